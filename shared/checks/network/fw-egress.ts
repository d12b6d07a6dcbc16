import { z } from 'zod';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { defineCheck } from '../define-check.ts';
import { egressLimits } from '../support/egress.ts';
import { tableEvidence, textEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';

const connectionPage = postgresPage('runtime-config-connection.html', 'Connection settings');

export const fwEgress = defineCheck({
  id: 'fw-egress',
  pillar: 'network',
  severity: 'low',
  titles: {
    pass: 'The server cannot open connections to anywhere',
    fail: 'The server may open connections to anywhere',
    topic: 'Connections that the server opens',
  },
  why: 'A database answers; it seldom calls. Who gets to run a program inside the server, by COPY … TO PROGRAM or an extension, needs a way out: to fetch his tools, and to carry the data away. A rule for its account closes that way.',
  misuse: [
    'An attacker who became superuser sends a dump to a machine on the Internet.',
    'Or he has the server open a connection to him, which no rule for incoming packets stops.',
  ],
  byHand: [
    'List what the server needs: name service, time, standbys, backups, LDAP, foreign servers.',
    'nftables, in an output chain: meta skuid postgres ct state new oifname != "lo" ip daddr != { 10.20.30.0/24 } drop',
    'iptables: -A OUTPUT -m owner --uid-owner postgres -m conntrack --ctstate NEW -j DROP, behind the rules that allow.',
  ],
  references: { cis: [], stig: [], documentation: [connectionPage] },
  needs: ['firewall', 'cluster', 'accounts'],
  parameters: z.object({}),
  judge({ firewall, cluster, accounts }) {
    const model = readFirewall(firewall);
    const [problem] = model.problems;
    if (problem !== undefined)
      return { status: 'not-assessed', summary: `The rules could not be read: ${problem}.` };
    const uid = accounts.users.find(({ name }) => name === cluster.owner)?.uid ?? null;
    const limits = egressLimits(firewall, cluster.owner, uid);
    if (limits.length > 0)
      return {
        status: 'pass',
        summary: `Connections that ${cluster.owner} opens are limited.`,
        evidence: [
          tableEvidence(
            ['Rule'],
            limits.map((line) => [line]),
          ),
        ],
      };
    return {
      status: 'fail',
      summary: `No rule limits what ${cluster.owner} may connect to.`,
      evidence: [
        textEvidence(
          `Neither a policy for outgoing packets nor a rule with ${cluster.owner}${uid === null ? '' : ` (${uid})`} is in force.`,
        ),
      ],
      subjects: [{ kind: 'account', name: cluster.owner }],
    };
  },
});
