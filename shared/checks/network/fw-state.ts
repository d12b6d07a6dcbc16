import { z } from 'zod';
import type { Firewall } from '../../facts/network.ts';
import { sourcesAllowed } from '../../firewall/evaluate.ts';
import type { FirewallModel } from '../../firewall/model.ts';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { sameZones } from '../../firewall/firewalld-zones.ts';
import { formatNetwork, isAny } from '../../lib/cidr.ts';
import { sameSet, setNetworks } from '../../lib/network-set.ts';
import type { NetworkSet } from '../../lib/network-set.ts';
import type { AnyCheck } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { presentEvidence, tableEvidence } from '../support/evidence.ts';
import { listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { firewallNames, listOf, unique } from '../support/words.ts';

/** The state of the firewall itself: does it come back, and who rules it. */

const connectionPage = postgresPage('runtime-config-connection.html', 'Connection settings');
const anyPort = 47_113;

/** Nothing in force, so that one kind of rules can be read alone. */
const empty = (raw: Firewall): Firewall => ({
  ...raw,
  nftRulesetJson: null,
  nftRuleset: null,
  iptablesSave: null,
  ip6tablesSave: null,
  iptablesLegacySave: null,
  ipsetSave: null,
  ufw: null,
  firewalld: null,
  windowsJson: null,
});

const fileOf = (raw: Firewall, ...paths: readonly string[]): string | null =>
  raw.files.find(({ path }) => paths.includes(path))?.text ?? null;

type AfterReboot =
  | { readonly kind: 'as now' }
  /** Stored rules differ from those in force. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'rules'; readonly model: FirewallModel };

/** The rules as they will be after a reboot by what their manager stores. */
function afterReboot(raw: Firewall, manager: FirewallModel['managers'][number]): AfterReboot {
  switch (manager) {
    case 'windows':
      return { kind: 'as now' };
    case 'ufw':
      // ufw writes each rule into its files before it brings it into force.
      return { kind: 'as now' };
    case 'firewalld':
      return raw.firewalld !== null && sameZones(raw.firewalld.runtimeZones, raw.firewalld.permanentZones)
        ? { kind: 'as now' }
        : { kind: 'changed' };
    case 'nft':
      return raw.nftAtBootJson === undefined || raw.nftAtBootJson === null
        ? { kind: 'unknown', reason: 'What nftables.service would load could not be tried.' }
        : { kind: 'rules', model: readFirewall({ ...empty(raw), nftRulesetJson: raw.nftAtBootJson }) };
    case 'iptables': {
      const four = fileOf(raw, '/etc/iptables/rules.v4', '/etc/sysconfig/iptables');
      const six = fileOf(raw, '/etc/iptables/rules.v6', '/etc/sysconfig/ip6tables');
      return four === null
        ? { kind: 'unknown', reason: 'The saved rules of iptables were not found.' }
        : {
            kind: 'rules',
            model: readFirewall({ ...empty(raw), iptablesSave: four, ip6tablesSave: six ?? '' }),
          };
    }
  }
}

interface Difference {
  readonly what: string;
  readonly now: string;
  readonly later: string;
}

const where = (set: NetworkSet): string =>
  setNetworks(set).some(isAny) ? 'everybody' : listOf(setNetworks(set).map(formatNetwork), 6) || 'nobody';

/** For which ports the rules say something else after a reboot. */
function differences(
  now: FirewallModel,
  later: FirewallModel,
  ports: readonly number[],
): readonly Difference[] {
  return ports.flatMap((port) =>
    (['ipv4', 'ipv6'] as const).flatMap((family) => {
      const [before, after] = [now, later].map((model) =>
        sourcesAllowed(model, { port, family, interface: null }),
      );
      if (before === undefined || after === undefined || sameSet(before.allowed, after.allowed)) return [];
      const what = `${port === anyPort ? 'ports that no rule names' : `port ${port}`}, ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`;
      return [{ what, now: where(before.allowed), later: where(after.allowed) }];
    }),
  );
}

const fwPersistent = defineCheck({
  id: 'fw-persistent',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'The rules of the firewall come back after a reboot',
    fail: 'After a reboot the firewall is another one',
    topic: 'The firewall after a reboot',
  },
  why: 'Rules live in the kernel and are gone with a reboot. What comes back is what is stored, and only when the service that loads it starts. A host that was closed for months can come up open, at night, after a power cut.',
  misuse: [
    'A rule was made by hand and never saved.',
    'The host restarts for an update, and the port is open to everybody from then on.',
  ],
  byHand: [
    'ufw: ENABLED=yes in /etc/ufw/ufw.conf, and systemctl enable ufw.',
    'firewalld: firewall-cmd --runtime-to-permanent, and systemctl enable firewalld.',
    'nftables: write the rules to /etc/nftables.conf, try it with nft -c -f, and systemctl enable nftables.',
    'iptables: netfilter-persistent save, from the package iptables-persistent.',
  ],
  references: { cis: [], stig: [], documentation: [connectionPage] },
  needs: ['firewall', 'settings'],
  uses: ['sshd'],
  parameters: z.object({}),
  judge({ firewall, settings }, _context, { sshd }) {
    const model = readFirewall(firewall);
    const [problem] = model.problems;
    if (problem !== undefined)
      return { status: 'not-assessed', summary: `The rules could not be read: ${problem}.` };
    if (model.managers.length === 0)
      return { status: 'not-applicable', summary: 'There is no rule that could be lost.' };
    const units = tableEvidence(
      ['Unit', 'Now', 'At boot'],
      firewall.units.map(({ name, active, enabled }) => [
        name,
        active ? 'active' : 'not active',
        enabled ? 'starts' : 'does not start',
      ]),
    );
    const subjects = [{ kind: 'firewall', name: 'reboot' }];
    if (model.persistence.state === 'lost-at-reboot')
      return {
        status: 'fail',
        summary: `The rules are lost at a reboot: ${model.persistence.reason}.`,
        evidence: [units],
        subjects,
      };
    const port = listening(settings)?.port ?? 5432;
    const ports = unique([port, ...(sshd.state === 'collected' ? sshd.value.ports : []), anyPort]);
    const outcomes = model.managers.map((manager) => afterReboot(firewall, manager));
    const changed = outcomes.flatMap((later) =>
      later.kind === 'rules' ? differences(model, later.model, ports) : [],
    );
    if (changed.length > 0)
      return {
        status: 'fail',
        summary: `After a reboot ${changed[0]?.what ?? ''} is open to ${changed[0]?.later ?? ''}; now it is to ${changed[0]?.now ?? ''}.`,
        evidence: [
          tableEvidence(
            ['What', 'Open now to', 'After a reboot to'],
            changed.map(({ what, now, later }) => [what, now, later]),
          ),
          units,
        ],
        subjects,
      };
    if (outcomes.some(({ kind }) => kind === 'changed'))
      return {
        status: 'fail',
        summary: 'firewalld has rules in force that it does not store, or the other way round.',
        evidence: [units],
        subjects,
      };
    const unknown = outcomes.find(({ kind }) => kind === 'unknown');
    if (unknown?.kind === 'unknown')
      return { status: 'not-assessed', summary: unknown.reason, evidence: [units] };
    return {
      status: 'pass',
      summary: `${listOf(model.managers.map((name) => firewallNames[name]))} loads the same rules at boot.`,
      evidence: [units],
    };
  },
});

/** Lines by which a container's port is put in front of the host's own, past the rules for incoming packets. */
function publishedLines(raw: Firewall, port: number): readonly string[] {
  const texts = [raw.iptablesSave, raw.ip6tablesSave, raw.nftRuleset].join('\n').split('\n');
  const own = new RegExp(`(--dport|tcp dport) ${port}\\b`);
  return unique(
    texts
      .map((line) => line.trim())
      .filter((line) => own.test(line) && /\b(DNAT|dnat|REDIRECT|redirect)\b/.test(line)),
  );
}

const fwConflicts = defineCheck({
  id: 'fw-conflicts',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'One program rules the firewall',
    fail: 'Several programs rule the firewall',
    topic: 'Who rules the firewall',
  },
  why: 'ufw, firewalld, nftables and Docker write to the same place in the kernel and know nothing of each other. One flushes what the other made, and a port that one of them closes is opened by the next. Nobody can say what holds by reading one configuration.',
  misuse: [
    'ufw shows that port 5432 is closed.',
    'Docker publishes it by rules that come before those of ufw: it is open to everybody.',
  ],
  byHand: [
    'Keep one program: systemctl disable --now firewalld, say, after its rules stand in the other.',
    'For containers: publish on loopback only (127.0.0.1:5432:5432), or write rules into the chain DOCKER-USER.',
    'Look at what is really in force: nft list ruleset',
  ],
  references: { cis: [], stig: [], documentation: [connectionPage] },
  needs: ['firewall', 'settings'],
  parameters: z.object({}),
  judge({ firewall, settings }) {
    const model = readFirewall(firewall);
    const [problem] = model.problems;
    if (problem !== undefined)
      return { status: 'not-assessed', summary: `The rules could not be read: ${problem}.` };
    const atBoot = [
      ...(firewall.ufw?.enabled === true && starts(firewall, 'ufw') ? ['ufw'] : []),
      ...(starts(firewall, 'firewalld') ? ['firewalld'] : []),
      ...(starts(firewall, 'nftables') ? ['nftables'] : []),
      ...(starts(firewall, 'netfilter-persistent') || starts(firewall, 'iptables') ? ['iptables'] : []),
    ];
    const inForce = model.managers.map((name) => firewallNames[name]);
    const port = listening(settings)?.port ?? 5432;
    const published = publishedLines(firewall, port);
    const evidence = presentEvidence(
      tableEvidence(
        ['Rules in force', 'Start at boot'],
        [[listOf(inForce) || 'none', listOf(atBoot) || 'none']],
      ),
      published.length === 0
        ? null
        : tableEvidence(
            [`Lines that lead port ${port} elsewhere`],
            published.map((line) => [line]),
          ),
    );
    const problems = [
      ...(inForce.length > 1 ? [`${listOf(inForce)} have rules in force`] : []),
      ...(inForce.length <= 1 && atBoot.length > 1 ? [`${listOf(atBoot)} start at boot`] : []),
      ...(published.length > 0
        ? [`port ${port} is led elsewhere before the rules for incoming packets are asked`]
        : []),
    ];
    if (problems.length === 0)
      return {
        status: 'pass',
        summary:
          inForce.length === 0 ? 'No program rules the firewall.' : `${listOf(inForce)} rules it alone.`,
        evidence,
      };
    return {
      status: 'fail',
      ...(inForce.length <= 1 && atBoot.length <= 1
        ? { title: 'A container is reached past the rules of the firewall' }
        : {}),
      summary: `${listOf(problems)}.`,
      evidence,
      subjects: [{ kind: 'firewall', name: 'managers' }],
    };
  },
});

const starts = ({ units }: Firewall, wanted: string): boolean =>
  units.some(({ name, enabled }) => name.replace(/\.service$/, '') === wanted && enabled);

/** Checks of the state of the firewall, in the order in which they are shown. */
export const fwStateChecks: readonly AnyCheck[] = [fwPersistent, fwConflicts];
