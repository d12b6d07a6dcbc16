import { z } from 'zod';
import type { AnyCheck } from '../define-check.ts';
import type { HbaRule, HbaToken } from '../../hba/types.ts';
import { hbaRuleCheck } from '../support/hba-rule-check.ts';
import { addressWords, ruleReach } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';
import { isLoopbackEntry } from '../support/listening.ts';
import { listOf } from '../support/words.ts';

/** Rules of pg_hba.conf that are for more than they have to be. */

const hbaPage = postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file');
const loginAnew = 'SELECT pg_reload_conf(); then ask pg_hba_file_rules for errors, and log in anew.';

const prefixes = z.object({
  ipv4: z.number().int().min(0).max(32),
  ipv6: z.number().int().min(0).max(128),
});

/** Networks with fewer bits count as any address: what hba-any-address is about. */
const anyBelow = 4;

/** The bits of a rule's network that are fixed, by family; null where it is no network. */
function prefixOf({
  address,
}: HbaRule): { readonly family: 'ipv4' | 'ipv6'; readonly prefix: number } | null {
  return address?.kind === 'network' && address.prefix !== null
    ? { family: address.family, prefix: address.prefix }
    : null;
}

const lets = (rule: HbaRule): boolean => rule.method !== 'reject' && ruleReach(rule) === 'remote';
const has = (tokens: readonly HbaToken[], kind: HbaToken['kind']): boolean =>
  tokens.some((token) => token.kind === kind);
/** For replication alone: what hba-replication-broad is about. */
const replicates = ({ databases }: HbaRule): boolean => databases.every(({ kind }) => kind === 'replication');
const encrypted = ({ type }: HbaRule): boolean => type === 'hostssl' || type === 'hostgssenc';

const hbaReplicationBroad = hbaRuleCheck({
  id: 'hba-replication-broad',
  severity: 'high',
  titles: {
    pass: 'Replication is for named standbys only',
    fail: 'Replication is open to more than the standbys',
    topic: 'Rules for replication',
  },
  why: 'Replication hands out everything: all databases, all rows, the stored passwords too, past every permission and policy. Its rules have to name one role and the addresses of the standbys, and require TLS.',
  misuse: [
    'Somebody gets the password of the replication role, from a script on a standby, say.',
    'From any machine of the network pg_basebackup copies the whole cluster in one command.',
  ],
  byHand: [
    'See who replicates: SELECT usename, client_addr, ssl FROM pg_stat_replication LEFT JOIN pg_stat_ssl USING (pid);',
    'In pg_hba.conf, one line a standby: hostssl replication repl_user 10.20.30.7/32 scram-sha-256',
    'SELECT pg_reload_conf(); and let a standby connect anew.',
  ],
  references: {
    cis: ['7.1, 7.5 (12, 14-17)'],
    stig: ['CD12-00-011500', 'CD16-00-003600'],
    documentation: [hbaPage],
  },
  parameters: z.object({
    /** Networks with fewer fixed bits are open to more than standbys. */
    shortestPrefix: prefixes.default({ ipv4: 24, ipv6: 64 }),
  }),
  objection(rule, { parameters }) {
    if (!lets(rule) || !has(rule.databases, 'replication')) return null;
    const network = prefixOf(rule);
    const wide = network === null || network.prefix < parameters.shortestPrefix[network.family];
    const several = network === null || network.prefix < (network.family === 'ipv4' ? 32 : 128);
    const problems = [
      ...(several ? [`open to ${addressWords(rule)}`] : []),
      ...(has(rule.users, 'all') ? ['for every role that may replicate'] : []),
      ...(encrypted(rule) ? [] : ['TLS is not required']),
    ];
    return problems.length === 0 ? null : { severity: wide ? 'high' : 'medium', note: listOf(problems) };
  },
  none: 'No rule opens replication to more than named machines.',
  one: 'opens replication too far',
  many: 'open replication too far',
  because: 'who comes by it copies the whole cluster',
});

const hbaBroadRange = hbaRuleCheck({
  id: 'hba-broad-range',
  severity: 'medium',
  titles: {
    pass: 'Rules are for small networks',
    fail: 'Rules are for very large networks',
    topic: 'Size of the networks in pg_hba.conf',
  },
  why: 'A line for 10.0.0.0/8 is for sixteen million addresses: every office, every VPN, every test machine that there ever will be. The smaller the network, the fewer machines from which a stolen password works.',
  misuse: [
    'A visitor, a printer or a forgotten test server in the same company network is broken into.',
    'From there the database is in reach, although no program there ever needed it.',
  ],
  byHand: [
    'See who connects: SELECT DISTINCT usename, datname, client_addr FROM pg_stat_activity WHERE client_addr IS NOT NULL;',
    'In pg_hba.conf, put the networks of these clients in the place of the large one: one line a network.',
    loginAnew,
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000900', 'CD16-00-000300'],
    documentation: [hbaPage],
  },
  parameters: z.object({
    /** Networks with fewer fixed bits are too large. */
    shortestPrefix: prefixes.default({ ipv4: 16, ipv6: 48 }),
  }),
  objection(rule, { parameters }) {
    const network = prefixOf(rule);
    if (!lets(rule) || replicates(rule) || network === null || network.prefix < anyBelow) return null;
    return network.prefix < parameters.shortestPrefix[network.family]
      ? { severity: 'medium', note: `larger than a /${parameters.shortestPrefix[network.family]}` }
      : null;
  },
  none: 'No rule is for a network that is larger than it may be.',
  one: 'is for a very large network',
  many: 'are for very large networks',
  because: 'more machines than any database has clients',
});

const hbaAllDb = hbaRuleCheck({
  id: 'hba-all-db',
  severity: 'low',
  titles: {
    pass: 'Rules for other machines name their databases',
    fail: 'Rules for other machines are for every database',
    topic: 'Databases in pg_hba.conf',
  },
  why: 'A line that names its database keeps a stolen password out of all others, whatever was granted in them. With all, each database that is made later is open by the same line.',
  misuse: [
    'The password of the shop application leaks.',
    'With it the databases of the accounts and of the staff are tried, too: CONNECT is granted to everybody unless somebody took it away.',
  ],
  byHand: [
    'See who uses what: SELECT DISTINCT usename, datname FROM pg_stat_activity WHERE client_addr IS NOT NULL;',
    'In pg_hba.conf, write the databases in the place of all, with commas between them.',
    loginAnew,
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000900', 'CD16-00-000300'],
    documentation: [hbaPage],
  },
  objection: (rule) =>
    lets(rule) && has(rule.databases, 'all') ? { severity: 'low', note: 'every database' } : null,
  none: 'Each rule for other machines names its databases.',
  one: 'for other machines is for every database',
  many: 'for other machines are for every database',
  because: 'all stands in the place of a database',
});

const hbaAllUser = hbaRuleCheck({
  id: 'hba-all-user',
  severity: 'low',
  titles: {
    pass: 'Rules for other machines name their roles',
    fail: 'Rules for other machines are for every role',
    topic: 'Roles in pg_hba.conf',
  },
  why: 'A line that names its roles is a list of who is expected. With all, a role that is made later, for a test or by an intruder, may come in over the network at once.',
  misuse: [
    'A role is made for one job on the host, with a weak password, as nobody else should use it.',
    'By the line with all it is open to every client of that network.',
  ],
  byHand: [
    'See who comes: SELECT DISTINCT usename, client_addr FROM pg_stat_activity WHERE client_addr IS NOT NULL;',
    'In pg_hba.conf, write the roles in the place of all, or a group as +clients.',
    loginAnew,
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000900', 'CD16-00-000300'],
    documentation: [hbaPage],
  },
  objection: (rule) =>
    lets(rule) && !replicates(rule) && has(rule.users, 'all')
      ? { severity: 'low', note: 'every role' }
      : null,
  none: 'Each rule for other machines names its roles.',
  one: 'for other machines is for every role',
  many: 'for other machines are for every role',
  because: 'all stands in the place of a role',
});

const hbaHostname = hbaRuleCheck({
  id: 'hba-hostname',
  severity: 'low',
  titles: {
    pass: 'Rules name addresses, not host names',
    fail: 'Rules depend on the name service',
    topic: 'Host names in pg_hba.conf',
  },
  why: 'For a host name the server asks the name service at each login, twice: from address to name and back. Who controls that service controls the line, and when it is slow or away nobody gets in.',
  misuse: [
    'An attacker changes or forges an answer of the name service.',
    'His machine has the name that the line is for, and may try to log in.',
  ],
  byHand: [
    'Find the address: getent ahosts app1.example.internal',
    'In pg_hba.conf, write it in the place of the name: 10.20.30.11/32',
    loginAnew,
  ],
  references: { cis: [], stig: [], documentation: [hbaPage] },
  objection({ address, method }) {
    if (method === 'reject') return null;
    if (address?.kind === 'host-suffix') return { severity: 'low', note: `every host of ${address.suffix}` };
    return address?.kind === 'host-name' && !isLoopbackEntry(address.name)
      ? { severity: 'low', note: `the name service says who ${address.name} is` }
      : null;
  },
  none: 'No rule depends on the name service.',
  one: 'depends on the name service',
  many: 'depend on the name service',
  because: 'a host name in the place of an address',
});

/** Checks of whom rules are for, in the order in which they are shown. */
export const hbaAddressChecks: readonly AnyCheck[] = [
  hbaReplicationBroad,
  hbaBroadRange,
  hbaAllDb,
  hbaAllUser,
  hbaHostname,
];
