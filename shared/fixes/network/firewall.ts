import type { FactSet } from '../../facts/facts.ts';
import { planFirewall } from '../../firewall/plan-firewall.ts';
import type { FirewallPlan } from '../../firewall/plan-firewall.ts';
import { iptablesStore } from '../../firewall/plan-iptables.ts';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { readHba, rulePlace, ruleReach } from '../../checks/support/hba-view.ts';
import { isLoopbackEntry, listening } from '../../checks/support/listening.ts';
import { listOf, unique } from '../../checks/support/words.ts';
import { companionOf } from '../../checks/support/companions.ts';
import type { Firewall } from '../../facts/network.ts';
import { contains, formatNetwork, parseNetwork } from '../../lib/cidr.ts';
import type { Network } from '../../lib/cidr.ts';
import { defineFix } from '../define-fix.ts';
import type { Choice } from '../define-fix.ts';
import { clientsAreVisible, logSince, seenText } from '../support/clients.ts';
import { clientsIn, networkOptions, readNetworks, remoteClients } from '../support/networks.ts';
import { notOffered, offered } from '../support/offers.ts';

const settled = [
  'fw-pg-port-any',
  'fw-active',
  'fw-default-deny',
  'fw-ipv6',
  'fw-companions',
  'fw-vs-hba',
] as const;

type Option = Extract<Choice, { kind: 'networks' }>['options'][number];

/** Networks that pg_hba.conf names, with the line: somebody meant them to come in. Those for any address are no names. */
function namedByRules({
  configurationFiles,
  cluster,
}: FactSet): readonly { network: Network; place: string }[] {
  if (configurationFiles.state !== 'collected' || cluster.state !== 'collected') return [];
  const reading = readHba(configurationFiles.value, cluster.value.major);
  if (!reading.ok) return [];
  return reading.view.rules
    .filter((rule) => rule.method !== 'reject' && ruleReach(rule) === 'remote')
    .flatMap((rule) => {
      const { address } = rule;
      if (address?.kind !== 'network' || address.prefix === null || address.prefix < 4) return [];
      const network = parseNetwork(`${address.address}/${address.prefix}`);
      return network === null ? [] : [{ network, place: rulePlace(reading.view, rule) }];
    });
}

function optionsOf(all: FactSet): readonly Option[] {
  const clients = remoteClients(all);
  const named = namedByRules(all);
  const byRule = named.map(({ network, place }) => ({
    value: formatNetwork(network),
    label: `pg_hba.conf, ${place}`,
    seen: seenText(clientsIn(network, clients)),
    chosen: true,
  }));
  const others = networkOptions(all).filter(({ value }) => {
    const network = parseNetwork(value);
    return network !== null && !named.some((one) => contains(one.network, network));
  });
  return [...byRule, ...others].filter(
    (option, index, list) => list.findIndex(({ value }) => value === option.value) === index,
  );
}

function sshPorts({ sshd, listeners }: FactSet): readonly number[] {
  const known = sshd.state === 'collected' ? sshd.value.ports : [];
  const heard =
    listeners.state === 'collected'
      ? listeners.value.filter(({ process }) => process === 'sshd').map(({ port }) => port)
      : [];
  const ports = unique([...known, ...heard]);
  return ports.length > 0 ? ports : [22];
}

interface OpenPort {
  readonly port: number;
  readonly process: string;
}

/** Other TCP ports of the host that other machines may use today. */
function otherPorts(all: FactSet, port: number): readonly OpenPort[] {
  if (all.listeners.state !== 'collected') return [];
  const ssh = sshPorts(all);
  const others = all.listeners.value.filter(
    (one) =>
      one.port !== port &&
      !ssh.includes(one.port) &&
      !isLoopbackEntry(one.address) &&
      companionOf(one) === null,
  );
  return unique(others.map((one) => one.port)).map((number) => ({
    port: number,
    process: others.find((one) => one.port === number)?.process ?? 'an unknown program',
  }));
}

/** Ports of poolers, control and metrics beside PostgreSQL that other machines may use today. */
function companionPorts(all: FactSet, port: number): readonly OpenPort[] {
  if (all.listeners.state !== 'collected') return [];
  const found = all.listeners.value.flatMap((listener) => {
    const companion = companionOf(listener);
    return companion === null || listener.port === port || isLoopbackEntry(listener.address)
      ? []
      : [{ port: listener.port, process: companion.what }];
  });
  return found.filter((one, index) => found.findIndex((other) => other.port === one.port) === index);
}

/** The host's own networks, for those whose clients nobody can see. */
function nearby(all: FactSet): readonly Option[] {
  return networkOptions(all)
    .filter(({ value }) => {
      const network = parseNetwork(value);
      return network !== null && network.prefix >= (network.family === 'ipv4' ? 16 : 48);
    })
    .map((option) => ({ ...option, chosen: true }));
}

function portOf(all: FactSet): number {
  const settings = all.settings.state === 'collected' ? all.settings.value : [];
  return listening(settings)?.port ?? 5432;
}

/** Whether what is planned with a manager is there after a reboot: not where rules are loaded by something unknown. */
function comesBack(raw: Firewall, manager: FirewallPlan['manager']): boolean {
  const model = readFirewall(raw);
  const unit = raw.units.find(({ name }) => name.replace(/\.service$/, '') === 'nftables');
  if (manager === 'iptables') return iptablesStore(raw) !== null;
  return manager !== 'nft' || !model.managers.includes('nft') || unit?.enabled === true;
}

export const closeFirewall = defineFix({
  id: 'firewall-chosen-networks',
  resolves: settled,
  title: 'Open PostgreSQL to chosen networks only',
  description:
    'The firewall of the host lets the chosen networks through to PostgreSQL and to what stands beside it, over IPv4 and IPv6, keeps SSH open, and refuses what no rule names. It is brought into force, now and at boot. Open connections go on. Services over UDP, such as DNS or a VPN, are not seen here: add rules for them by hand first.',
  effect: 'live',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['firewall', 'settings', 'listeners'],
  // Who uses a pooler or asks for metrics cannot be seen.
  safeFor: (_facts, _finding, all) => clientsAreVisible(all) && companionPorts(all, portOf(all)).length === 0,
  offer: ({ firewall }) => {
    const model = readFirewall(firewall);
    if (firewall.installed.length === 0) {
      return notOffered('No firewall program is installed. Install one first, nftables for example.');
    }
    return model.managers.length > 1
      ? notOffered(
          `Several programs rule this firewall: ${model.managers.join(', ')}. Keep one of them first.`,
        )
      : offered;
  },
  choices: (_facts, _finding, all) => {
    const others = otherPorts(all, portOf(all));
    const companions = companionPorts(all, portOf(all));
    return [
      {
        kind: 'networks',
        key: 'networks',
        label: `Which networks may connect? ${logSince(all)}`,
        options: optionsOf(all),
      },
      ...(others.length === 0
        ? []
        : [
            {
              kind: 'many',
              key: 'ports',
              label: 'Which other ports stay open to everybody?',
              options: others.map(({ port, process }) => ({
                value: String(port),
                label: `Port ${port}`,
                seen: process,
                chosen: true,
              })),
            } as const,
          ]),
      ...(companions.length === 0
        ? []
        : [
            {
              kind: 'networks',
              key: 'companions',
              label: `Which networks may reach ${listOf(companions.map(({ port, process }) => `${process} (port ${port})`))}?`,
              options: nearby(all),
            } as const,
          ]),
    ];
  },
  plan({ firewall }, _finding, answers, _preferences, all) {
    const networks = readNetworks(answers['networks']);
    if (typeof networks === 'string') return { ok: false, reason: networks };
    const port = portOf(all);
    const ssh = sshPorts(all);
    const known = otherPorts(all, port).map((one) => one.port);
    const wanted = (answers['ports'] ?? known.join(','))
      .split(',')
      .filter((text) => text.trim() !== '')
      .map(Number);
    const strange = wanted.find((one) => !known.includes(one));
    if (strange !== undefined)
      return { ok: false, reason: 'Only ports on which something listens can stay open.' };
    const companions = companionPorts(all, port);
    const near = readNetworks(
      answers['companions'] ??
        nearby(all)
          .map(({ value }) => value)
          .join(','),
    );
    if (typeof near === 'string') return { ok: false, reason: near };
    const planned = planFirewall(readFirewall(firewall), firewall, {
      port,
      others: companions.map((one) => ({ port: one.port, allowNetworks: near.map(formatNetwork) })),
      allowNetworks: networks.map(formatNetwork),
      // For the rules, a port that stays open to everybody is one like that of sshd.
      sshPorts: [...ssh, ...wanted],
      defaultDeny: true,
      enable: true,
    });
    if (planned === null) return { ok: false, reason: 'No firewall program is installed on the host.' };
    const relabel = (line: string) =>
      line.replace(/^ssh \((\d+)\/tcp/, (text, number: string) =>
        wanted.includes(Number(number)) ? `port ${number} (${number}/tcp` : text,
      );
    const { manager, allow, commands, files, save, restore, before, after } = planned;
    return {
      ok: true,
      operations: [
        {
          kind: 'firewall',
          manager,
          port,
          allow: [...allow],
          sshPorts: [...ssh],
          ...(wanted.length === 0 ? {} : { open: wanted }),
          commands: [...commands],
          files: [...files],
          save: [...save],
          restore: [...restore],
          before: before.map(relabel),
          after: after.map(relabel),
          // Whether it agrees with pg_hba.conf is computed.
          expects: [
            ...settled.filter((check) => check !== 'fw-vs-hba'),
            ...(comesBack(firewall, manager) ? ['fw-persistent'] : []),
          ],
        },
      ],
    };
  },
});
