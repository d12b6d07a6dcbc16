import { z } from 'zod';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { parseWindowsFirewall, profilesInUse } from '../../firewall/windows-rules.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence, textEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { firewallNames, listOf } from '../support/words.ts';

/** The profiles of Windows Defender Firewall that an interface has and that are off. */
function profilesOff(windowsJson: string | null | undefined): readonly string[] {
  const parsed = windowsJson ? parseWindowsFirewall(windowsJson) : null;
  if (parsed?.ok !== true) return [];
  return profilesInUse(parsed.value)
    .filter(({ enabled }) => !enabled)
    .map(({ name }) => name);
}

export const fwActive = defineCheck({
  id: 'fw-active',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'A firewall is active on the host',
    fail: 'No firewall is active on the host',
    topic: 'Firewall of the host',
  },
  why: 'A firewall decides which packets reach a program at all. It holds when listen_addresses or pg_hba.conf is opened by mistake, and it protects what else runs on the host.',
  misuse: [
    'A service is installed, or PostgreSQL is reconfigured, and its port is in reach of everybody at once.',
    'A flaw of the server that works before any login can be used by whoever can send a packet.',
  ],
  byHand: [
    'Let yourself in first: ufw allow OpenSSH',
    'Let the clients of PostgreSQL in: ufw allow proto tcp from 10.20.30.0/24 to any port 5432',
    'Refuse the rest: ufw default deny incoming',
    'ufw enable and systemctl enable ufw, then log in by SSH anew before you close this session.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-004150', 'CD16-00-008000'],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings')],
  },
  needs: ['firewall'],
  parameters: z.object({}),
  judge({ firewall }) {
    const model = readFirewall(firewall);
    const units = firewall.units.map(({ name, active, enabled }) => [
      name,
      active ? 'active' : 'not active',
      enabled ? 'starts at boot' : 'does not start at boot',
    ]);
    const evidence = [
      tableEvidence(['Unit', 'Now', 'At boot'], units),
      textEvidence(
        firewall.installed.length === 0
          ? 'No firewall program is installed.'
          : `Installed: ${listOf(firewall.installed)}.`,
      ),
    ];
    const [problem] = model.problems;
    if (problem !== undefined) {
      return { status: 'not-assessed', summary: `The rules could not be read: ${problem}.`, evidence };
    }
    if (model.managers.length === 0) {
      return {
        status: 'fail',
        summary: 'No rule for incoming packets is in force.',
        evidence,
        subjects: [{ kind: 'firewall', name: 'host' }],
      };
    }
    const off = profilesOff(firewall.windowsJson);
    if (off.length > 0) {
      return {
        status: 'fail',
        title: 'The firewall is off on a network of this host',
        summary: `Windows Defender Firewall is off for ${listOf(off)} networks.`,
        evidence,
        subjects: [{ kind: 'firewall', name: 'host' }],
      };
    }
    const lost =
      model.persistence.state === 'lost-at-reboot'
        ? ` After a reboot it is gone: ${model.persistence.reason}.`
        : '';
    return {
      status: 'pass',
      summary: `Rules of ${listOf(model.managers.map((name) => firewallNames[name]))} are in force.${lost}`,
      evidence,
    };
  },
});
