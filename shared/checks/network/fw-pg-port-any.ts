import { z } from 'zod';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { formatNetwork } from '../../lib/cidr.ts';
import { setNetworks } from '../../lib/network-set.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { isLocalOnly, listening, localOnlyReason } from '../support/listening.ts';
import { portSources, remoteFamilies, standsForAny } from '../support/port-sources.ts';
import { postgresPage } from '../support/references.ts';
import { settingEvidence, settingMissing } from '../support/settings.ts';
import { listOf } from '../support/words.ts';

export const fwPgPortAny = defineCheck({
  id: 'fw-pg-port-any',
  pillar: 'network',
  severity: 'critical',
  titles: {
    pass: 'The port of PostgreSQL is open to chosen networks only',
    fail: 'The port of PostgreSQL is open to any source',
    topic: 'Who reaches the port of PostgreSQL',
  },
  why: 'When every source may open a connection, only pg_hba.conf and the passwords are left between the internet and the data. Each weakness of theirs then counts at once, for everybody.',
  misuse: [
    'Scanners find the port within hours and note the version of the server.',
    'Passwords of common roles are tried day and night.',
    'When a flaw before login becomes known, these servers fall first.',
  ],
  byHand: [
    'Allow the networks of the clients: ufw allow proto tcp from 10.20.30.0/24 to any port 5432',
    'Remove the wide rule: ufw status numbered, then ufw delete NUMBER',
    'With nftables: tcp dport 5432 ip saddr { 10.20.30.0/24 } accept, in an input chain with policy drop.',
    'Try it from a machine that must not get in: nc -vz db1 5432',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000100', 'CD16-00-003500'],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings')],
  },
  needs: ['firewall', 'settings'],
  uses: ['interfaces'],
  parameters: z.object({}),
  judge({ firewall, settings }, _context, { interfaces }) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    if (isLocalOnly(found)) return { status: 'not-applicable', summary: localOnlyReason(found) };
    const model = readFirewall(firewall);
    const own = interfaces.state === 'collected' ? interfaces.value : null;
    const families = remoteFamilies(found, own);
    const sources = portSources(model, found.port, families, own);
    const networks = setNetworks(sources.allowed).map(formatNetwork);
    const evidence = [
      settingEvidence(found.setting, null),
      tableEvidence(
        ['What decides'],
        (sources.decidedBy.length > 0 ? sources.decidedBy : sources.because).map((rule) => [rule]),
      ),
    ];
    if (standsForAny(sources.allowed, families)) {
      return {
        status: 'fail',
        title: `Port ${found.port} is open to any source`,
        summary:
          model.managers.length === 0
            ? `No firewall stands in front of port ${found.port}.`
            : `The firewall lets any source through to port ${found.port}.`,
        evidence,
        subjects: [{ kind: 'port', name: String(found.port) }],
      };
    }
    if (standsForAny(sources.unknown, families)) {
      return {
        status: 'not-assessed',
        summary: `Whether port ${found.port} is open hangs on a rule that could not be understood: ${sources.because[0] ?? ''}.`,
        evidence,
      };
    }
    return {
      status: 'pass',
      summary:
        networks.length === 0
          ? `The firewall lets nobody through to port ${found.port}.`
          : `Port ${found.port} is open to ${listOf(networks)}.`,
      evidence,
    };
  },
});
