import { z } from 'zod';
import { evaluate } from '../../firewall/evaluate.ts';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { formatNetwork, parseAddress } from '../../lib/cidr.ts';
import type { AddressFamily } from '../../lib/cidr.ts';
import { setNetworks, union } from '../../lib/network-set.ts';
import type { AnyCheck } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { companionOf } from '../support/companions.ts';
import { tableEvidence } from '../support/evidence.ts';
import { isLoopbackEntry, isWildcard, listening } from '../support/listening.ts';
import { portSources, standsForAny } from '../support/port-sources.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, listOf, unique } from '../support/words.ts';

/** What the firewall lets through besides the port of PostgreSQL over IPv4. */

const connectionPage = postgresPage('runtime-config-connection.html', 'Connection settings');

const fwAdminPath = defineCheck({
  id: 'fw-admin-path',
  pillar: 'network',
  severity: 'critical',
  titles: {
    pass: 'The way in by SSH stays open',
    fail: 'The firewall would refuse the next login by SSH',
    topic: 'The way in by SSH',
  },
  why: 'An open session lives on when a rule closes its port; a new login does not. Who closes this session then stands outside, and so does whoever should help.',
  misuse: [
    'A rule for SSH was replaced by a narrower one. The session goes on, and all seems well.',
    'The next morning nobody gets in, while somebody who is inside stays there.',
  ],
  byHand: [
    'Keep this session open.',
    'Let your address in: ufw allow proto tcp from 10.20.30.40 to any port 22',
    'Log in anew from a second window before you close this one.',
  ],
  references: { cis: [], stig: [], documentation: [connectionPage] },
  needs: ['firewall', 'system'],
  uses: ['interfaces'],
  parameters: z.object({}),
  judge({ firewall, system }, _context, { interfaces }) {
    const { sshConnection } = system;
    if (sshConnection === undefined)
      return { status: 'not-assessed', summary: 'The address of the SSH session was not asked.' };
    if (sshConnection === null)
      return { status: 'not-applicable', summary: 'This host was not inspected over SSH.' };
    const source = parseAddress(sshConnection.clientAddress.replace(/^::ffff:(?=\d+\.)/, ''));
    const destination = parseAddress(sshConnection.serverAddress.replace(/^::ffff:(?=\d+\.)/, ''));
    if (source === null)
      return { status: 'not-assessed', summary: `${sshConnection.clientAddress} is no address.` };
    const own =
      interfaces.state === 'collected'
        ? interfaces.value.find(({ address }) => address === sshConnection.serverAddress)
        : undefined;
    const verdict = evaluate(readFirewall(firewall), {
      source,
      destination,
      port: sshConnection.serverPort,
      interface: own?.name ?? null,
    });
    const evidence = [
      tableEvidence(
        ['From', 'To', 'Decided by'],
        [
          [
            sshConnection.clientAddress,
            `${sshConnection.serverAddress} port ${sshConnection.serverPort}`,
            verdict.rule ?? 'no rule stands in the way',
          ],
        ],
      ),
    ];
    switch (verdict.verdict) {
      case 'accept':
        return {
          status: 'pass',
          summary: `A new login from ${sshConnection.clientAddress} gets through the firewall.`,
          evidence,
        };
      case 'unknown':
        return {
          status: 'not-assessed',
          summary: `Whether a new login gets through hangs on a rule that could not be understood: ${verdict.rule ?? ''}.`,
          evidence,
        };
      case 'drop':
      case 'reject':
        return {
          status: 'fail',
          summary: `A new login from ${sshConnection.clientAddress} to port ${sshConnection.serverPort} would be refused by ${verdict.rule ?? 'the firewall'}.`,
          evidence,
          subjects: [{ kind: 'port', name: String(sshConnection.serverPort) }],
        };
    }
  },
});

/** A port that no rule is likely to name: what happens to it is the default. */
const anyPort = 47_113;

const fwIpv6 = defineCheck({
  id: 'fw-ipv6',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'IPv6 is filtered like IPv4',
    fail: 'IPv6 passes where IPv4 is refused',
    topic: 'IPv6 in the firewall',
  },
  why: 'Rules for IPv4 say nothing about IPv6. Most machines have both, and programs prefer IPv6. A firewall that was made for one of them is open on the other, and nobody sees it in the rules.',
  misuse: [
    'The port is closed for IPv4, and every test says so.',
    'A scan over IPv6 finds it open, past all rules.',
  ],
  byHand: [
    'With ufw: IPV6=yes in /etc/default/ufw, then ufw reload.',
    'With nftables: tables of the family inet hold for both.',
    'With iptables: the same rules with ip6tables, saved to rules.v6.',
    'Try it from another machine: nc -6 -vz db1 5432',
  ],
  references: { cis: [], stig: [], documentation: [connectionPage] },
  needs: ['firewall', 'settings'],
  uses: ['interfaces', 'sshd', 'listeners'],
  parameters: z.object({}),
  judge({ firewall, settings }, _context, { interfaces, sshd, listeners }) {
    if (
      interfaces.state === 'collected' &&
      !interfaces.value.some(({ address }) => address.includes(':') && !/^(fe[89ab]|::1$)/i.test(address))
    ) {
      return {
        status: 'pass',
        summary: 'The host has no IPv6 address that other networks reach.',
        evidence: [],
      };
    }
    if (interfaces.state !== 'collected') return { status: 'not-assessed', summary: interfaces.reason };
    const model = readFirewall(firewall);
    const [problem] = model.problems;
    if (problem !== undefined)
      return { status: 'not-assessed', summary: `The rules could not be read: ${problem}.` };
    if (model.managers.length === 0)
      return { status: 'not-applicable', summary: 'There is no firewall, for IPv4 or IPv6.' };
    const port = listening(settings)?.port ?? 5432;
    const ssh = sshd.state === 'collected' ? sshd.value.ports : [];
    const heard =
      listeners.state === 'collected'
        ? listeners.value.filter(({ address }) => !isLoopbackEntry(address)).map((one) => one.port)
        : [];
    const ports = unique([port, ...ssh, ...heard, anyPort]).slice(0, 60);
    const rows = ports.map((one) => {
      const answer = (family: AddressFamily) => portSources(model, one, [family], interfaces.value);
      const [four, six] = [answer('ipv4'), answer('ipv6')];
      return {
        port: one,
        wider:
          !standsForAny(four.allowed, ['ipv4']) &&
          !standsForAny(four.unknown, ['ipv4']) &&
          standsForAny(six.allowed, ['ipv6']),
        unclear: standsForAny(six.unknown, ['ipv6']) && !standsForAny(four.allowed, ['ipv4']),
        four,
        six,
      };
    });
    const where = (set: (typeof rows)[number]['four']['allowed']) =>
      listOf(setNetworks(set).map(formatNetwork), 6) || 'nobody';
    const evidence = [
      tableEvidence(
        ['Port', 'IPv4 from', 'IPv6 from'],
        rows.map((row) => [
          row.port === anyPort ? 'any that no rule names' : String(row.port),
          where(row.four.allowed),
          where(row.six.allowed),
        ]),
      ),
    ];
    const wider = rows.filter((row) => row.wider);
    if (wider.length > 0) {
      const names = wider.map((row) =>
        row.port === anyPort ? 'ports that no rule names' : `port ${row.port}`,
      );
      return {
        status: 'fail',
        summary: `Over IPv6 everybody gets to ${listOf(names)}, over IPv4 not.`,
        evidence,
        subjects: [{ kind: 'firewall', name: 'ipv6' }],
        severity: wider.some((row) => row.port === port) ? 'high' : 'medium',
      };
    }
    const unclear = rows.find((row) => row.unclear);
    return unclear === undefined
      ? { status: 'pass', summary: 'No port is wider open for IPv6 than for IPv4.', evidence }
      : {
          status: 'not-assessed',
          summary: `For IPv6 it hangs on a rule that could not be understood: ${unclear.six.because[0] ?? ''}.`,
          evidence,
        };
  },
});

const fwCompanions = defineCheck({
  id: 'fw-companions',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'What stands beside PostgreSQL is not open to everybody',
    fail: 'What stands beside PostgreSQL is open to everybody',
    topic: 'Poolers, control and metrics beside PostgreSQL',
  },
  why: 'A pooler passes clients on from the host itself, so the addresses in pg_hba.conf mean nothing for them. The interfaces of Patroni and etcd take commands, and metrics tell names of databases and roles. Each of them has a port of its own, and rules for 5432 do not cover it.',
  misuse: [
    'Port 5432 is closed, and 6432 beside it leads to the same databases.',
    'A request to port 8008 restarts the server or makes another machine the primary.',
  ],
  byHand: [
    'See what listens and who it is: ss -Hltnp',
    'Allow only the machines that need it: ufw allow proto tcp from 10.20.30.0/24 to any port 6432',
    'Or bind it to loopback in its own configuration: listen_addr = 127.0.0.1 for PgBouncer.',
  ],
  references: { cis: [], stig: ['CD12-00-004150', 'CD16-00-008000'], documentation: [connectionPage] },
  needs: ['firewall', 'listeners', 'settings'],
  uses: ['interfaces'],
  parameters: z.object({
    /** Ports of companions that are meant to be open to everybody. */
    acceptedPorts: z.array(z.number().int()).default([]),
  }),
  judge({ firewall, listeners, settings }, { parameters }, { interfaces }) {
    const own = listening(settings)?.port ?? 5432;
    const found = listeners.flatMap((listener) => {
      const companion = companionOf(listener);
      return companion === null ||
        listener.port === own ||
        isLoopbackEntry(listener.address) ||
        parameters.acceptedPorts.includes(listener.port)
        ? []
        : [{ listener, what: companion.what }];
    });
    if (found.length === 0)
      return {
        status: 'pass',
        summary: 'No pooler, control or metrics interface of PostgreSQL listens to other machines.',
        evidence: [],
      };
    const model = readFirewall(firewall);
    const addresses = interfaces.state === 'collected' ? interfaces.value : null;
    const families = (address: string): readonly AddressFamily[] =>
      isWildcard(address) && address.includes(':')
        ? ['ipv4', 'ipv6']
        : [parseAddress(address)?.family ?? 'ipv4'];
    const rows = found.map(({ listener, what }) => {
      const wanted = families(listener.address);
      const sources = portSources(model, listener.port, wanted, addresses);
      return {
        listener,
        what,
        open: standsForAny(sources.allowed, wanted),
        unclear: standsForAny(sources.unknown, wanted),
        because: sources.because[0] ?? '',
        from: listOf(setNetworks(union(sources.allowed)).map(formatNetwork), 6) || 'nobody',
      };
    });
    const evidence = [
      tableEvidence(
        ['Listening', 'What', 'Process', 'Open to'],
        rows.map(({ listener, what, open, unclear, from }) => [
          `${listener.address} port ${listener.port}`,
          what,
          listener.process ?? 'not visible',
          open ? 'everybody' : unclear ? 'not clear' : from,
        ]),
      ),
    ];
    const open = rows.filter((row) => row.open);
    if (open.length > 0) {
      const ports = unique(open.map(({ listener }) => listener.port));
      return {
        status: 'fail',
        title: `${countOf(ports.length, 'port')} beside PostgreSQL ${ports.length === 1 ? 'is' : 'are'} open to everybody`,
        summary: `Everybody gets to ${listOf(unique(open.map(({ what, listener }) => `${what} on port ${listener.port}`)))}.`,
        evidence,
        subjects: ports.map((port) => ({ kind: 'port', name: String(port) })),
        severity: open.some(({ what }) => /Patroni|etcd|another/.test(what)) ? 'high' : 'medium',
      };
    }
    const unclear = rows.find((row) => row.unclear);
    return unclear === undefined
      ? { status: 'pass', summary: 'The firewall lets only chosen networks through to them.', evidence }
      : {
          status: 'not-assessed',
          summary: `Who reaches port ${unclear.listener.port} hangs on a rule that could not be understood: ${unclear.because}.`,
          evidence,
        };
  },
});

/** Checks of what the firewall lets through, in the order in which they are shown. */
export const fwReachChecks: readonly AnyCheck[] = [fwAdminPath, fwIpv6, fwCompanions];
