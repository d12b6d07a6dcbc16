import fc from 'fast-check';
import { collected } from '../../../shared/facts/fact.ts';
import type { ReachFacts } from '../../../shared/access/exposure.ts';
import { bootstrapRole, listener, membership, role, setting } from '../../unit/support/builders.ts';
import { rawFirewall } from '../../unit/firewall/firewalls.ts';

const hbaPath = '/etc/postgresql/17/main/pg_hba.conf';

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const listOf = (...words: readonly string[]) =>
  fc.uniqueArray(pick(...words), { minLength: 1, maxLength: 2 }).map((words_) => words_.join(','));

/** Addresses that the rules and the questions share, so that they meet often. */
export const sources = ['10.0.0.1', '10.0.0.9', '10.0.1.1', '192.0.2.7', 'fd00::1', 'fd00::9', '2001:db8::5'];
const networks = [
  ...['0.0.0.0/0', '10.0.0.0/24', '10.0.0.8/29', '10.0.0.1/32', '10.0.0.0/8', '192.0.2.0/24', '128.0.0.0/1'],
  ...['::/0', 'fd00::/64', 'fd00::1/128', 'fd00::8/125', '2000::/3'],
];

const databaseWords = [
  'all',
  'all',
  'shop',
  'app',
  'sameuser',
  'samerole',
  'replication',
  '/^s',
  'gone',
  '"all"',
];
const userWords = [
  'all',
  'all',
  'all',
  'all',
  'app',
  'report',
  '+staff',
  '+admins',
  '/^a',
  'postgres',
  'nobody',
  'old',
];
const methods = ['trust', 'reject', 'scram-sha-256', 'scram-sha-256', 'md5', 'password'];

/** A line of pg_hba.conf for the network, or for the socket. */
export const hbaLine: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        pick('host', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'),
        listOf(...databaseWords),
        listOf(...userWords),
        pick(
          ...networks,
          'all',
          '0.0.0.0/0',
          '::/0',
          'all',
          '10.0.0.0/8',
          'fd00::/64',
          'samenet',
          'samehost',
          'db.example.com',
          '10.0.0.0 255.0.255.0',
        ),
        pick(...methods),
      )
      .map((words) => words.join(' ')),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(listOf(...databaseWords), listOf(...userWords), pick(...methods))
      .map(([database, user, method]) => `local ${database} ${user} ${method}`),
  },
);

const iptablesRule = (family: 4 | 6): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.option(pick(...networks.filter((text) => text.includes(':') === (family === 6)))),
      pick('', '! '),
      fc.option(pick('5432', '5433', '5430:5440')),
      pick('ACCEPT', 'ACCEPT', 'ACCEPT', 'DROP', 'REJECT'),
      pick('', '', '', '-m string --string x --algo bm '),
    )
    .map(
      ([network, not, port, end, strange]) =>
        `-A INPUT ${network === null ? '' : `${not}-s ${network} `}-p tcp ${strange}${port === null ? '' : `-m tcp --dport ${port} `}-j ${end}`,
    );
const iptables = (family: 4 | 6): fc.Arbitrary<string> =>
  fc
    .tuple(
      pick('ACCEPT', 'ACCEPT', 'ACCEPT', 'DROP'),
      fc.array(iptablesRule(family), { maxLength: 4 }),
      fc.option(
        fc
          .tuple(
            pick(...networks.filter((text) => text.includes(':') === (family === 6))),
            pick('15432', '5433'),
            pick('5432', '5433'),
          )
          .map(
            ([network, from, to]) =>
              `-A PREROUTING -s ${network} -p tcp -m tcp --dport ${from} -j REDIRECT --to-ports ${to}`,
          ),
      ),
    )
    .map(([policy, rules, redirect]) =>
      [
        ...(redirect === null ? [] : ['*nat', ':PREROUTING ACCEPT', redirect, 'COMMIT']),
        '*filter',
        `:INPUT ${policy}`,
        '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
        ...rules,
        'COMMIT',
      ].join('\n'),
    );

const both = [1, 2, 3].map(() => ['0.0.0.0', '::']);

/** A host with a firewall, listeners, lines and roles. */
export const hosts: fc.Arbitrary<{ readonly facts: ReachFacts; readonly lines: readonly string[] }> = fc
  .record({
    lines: fc.array(hbaLine, { minLength: 4, maxLength: 12, size: 'max' }),
    four: fc.oneof(iptables(4), pick('')),
    six: fc.oneof(iptables(6), pick('')),
    ssl: fc.boolean(),
    bound: pick(...both, ...both, ['0.0.0.0'], ['10.0.0.2'], ['::'], ['127.0.0.1']),
    connect: pick('public', 'staff', 'none'),
  })
  .map(({ lines, four, six, ssl, bound, connect }) => ({
    lines,
    facts: factsOf(lines, { four, six, ssl, bound, connect }),
  }));

/** Facts of a host with these lines. */
export function factsOf(
  lines: readonly string[],
  {
    four = '',
    six = '',
    ssl = true,
    bound = ['0.0.0.0', '::'],
    connect = 'public',
  }: {
    readonly four?: string;
    readonly six?: string;
    readonly ssl?: boolean;
    readonly bound?: readonly string[];
    readonly connect?: string;
  } = {},
): ReachFacts {
  const cluster = {
    id: '17/main',
    name: '17/main',
    major: 17,
    port: 5432,
    dataDirectory: '/var/lib/postgresql/17/main',
    owner: 'postgres',
    running: true,
    socketDirectories: ['/var/run/postgresql'],
    configFile: '/etc/postgresql/17/main/postgresql.conf',
    hbaFile: hbaPath,
    identFile: '/etc/postgresql/17/main/pg_ident.conf',
    binDirectory: '/usr/lib/postgresql/17/bin',
    psql: null,
    service: { kind: 'systemd' as const, unit: 'postgresql@17-main' },
    origin: 'pg_lsclusters' as const,
    managedBy: null,
  };
  const database = (name: string, parts: object = {}) => ({
    name,
    owner: 'postgres',
    allowConnections: true,
    template: false,
    connectionLimit: -1,
    grants: [],
    defaultAcl: true,
    ...parts,
  });
  const grantee = connect === 'public' ? null : 'staff';
  return {
    cluster: collected(cluster),
    clusters: collected([cluster]),
    settings: collected([setting('port', '5432'), setting('ssl', ssl ? 'on' : 'off')]),
    listeners: collected(bound.map((address) => listener(address, 5432, 'postgres'))),
    interfaces: collected([
      { name: 'lo', address: '127.0.0.1', prefix: 8 },
      { name: 'lo', address: '::1', prefix: 128 },
      { name: 'eth0', address: '10.0.0.2', prefix: 24 },
      { name: 'eth0', address: 'fd00::2', prefix: 64 },
    ]),
    firewall: collected(rawFirewall({ nftRulesetJson: null, iptablesSave: four, ip6tablesSave: six })),
    configurationFiles: collected([
      {
        role: 'pg_hba.conf' as const,
        path: hbaPath,
        status: {
          path: hbaPath,
          type: 'file' as const,
          mode: 0o640,
          owner: 'postgres',
          group: 'postgres',
          sizeBytes: 1,
          modifiedAt: 1,
          hasAcl: false,
          target: null,
        },
        text: lines.join('\n'),
        sha256: null,
        problem: null,
      },
    ]),
    roles: collected([
      bootstrapRole(),
      role('app'),
      role('report', { verifier: 'md5' }),
      role('staff', { login: false }),
      role('admins', { login: false }),
      role('shop', { verifier: 'none' }),
      role('full', { connectionLimit: 0 }),
      role('old', { validUntil: '2020-01-01 00:00:00+00' }),
      role('copy', { replication: true }),
    ]),
    memberships: collected([membership('app', 'staff'), membership('staff', 'admins')]),
    databases: collected([
      database('postgres'),
      database('shop', {
        defaultAcl: connect === 'public',
        grants:
          connect === 'none'
            ? []
            : [{ grantee, grantor: 'postgres', privilege: 'CONNECT', grantable: false }],
      }),
      database('app'),
      database('template0', { allowConnections: false }),
      database('tiny', { connectionLimit: 0 }),
    ]),
    system: collected({
      hostname: 'db',
      kernel: '6',
      architecture: 'x86_64',
      distribution: 'debian',
      distributionLike: [],
      distributionVersion: '13',
      prettyName: 'Debian',
      loginUser: 'root',
      ranAsRoot: true,
      systemd: true,
      time: '2026-11-22T12:00:00Z',
      container: null,
    }),
  };
}
