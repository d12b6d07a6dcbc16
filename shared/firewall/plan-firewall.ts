import type { Firewall } from '../facts/network.ts';
import { formatNetwork, isAny, parseNetwork } from '../lib/cidr.ts';
import type { AddressFamily, Network } from '../lib/cidr.ts';
import { isEmptySet, merge, setNetworks, union } from '../lib/network-set.ts';
import { sourcesAllowed } from './evaluate.ts';
import type { FirewallModel } from './model.ts';
import { planFirewalld } from './plan-firewalld.ts';
import { planIptables } from './plan-iptables.ts';
import { planNft } from './plan-nft.ts';
import type { FirewallSteps, Wanted } from './plan-types.ts';
import { planUfw } from './plan-ufw.ts';

/** What the person wants of the firewall. */
export interface FirewallRequest {
  /** The port of PostgreSQL. */
  readonly port: number;
  /** Networks or addresses that may reach it; the host itself always may. Empty: nobody else. */
  readonly allowNetworks: readonly string[];
  /** Other ports that only some networks may reach: those of a pooler, of metrics. */
  readonly others?: readonly { readonly port: number; readonly allowNetworks: readonly string[] }[];
  /** Ports that sshd listens on: the way in stays open. */
  readonly sshPorts: readonly number[];
  /** From where ssh must stay possible; any unless told. Rules for ssh that are there are kept. */
  readonly sshFrom?: readonly string[] | 'any';
  /** Refuse connections to ports that no rule names. */
  readonly defaultDeny: boolean;
  /** Bring a firewall into force where there is none; otherwise rules are only written for when it is. */
  readonly enable: boolean;
}

/** A change of the firewall as data: the fields of the operation of the same name. */
export interface FirewallPlan extends FirewallSteps {
  readonly manager: 'ufw' | 'nft' | 'firewalld' | 'iptables';
  readonly port: number;
  /** The networks in CIDR form, merged. */
  readonly allow: readonly string[];
  readonly sshPorts: readonly number[];
  /** How things stand and will stand, for people. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function networks(texts: readonly string[]): readonly Network[] {
  return merge(
    texts.map((text) => {
      const network = parseNetwork(text);
      if (network === null) throw new Error(`Not a network: ${text}`);
      return network;
    }),
  );
}

const cidr = (network: Network) => {
  const text = formatNetwork(network);
  return text.includes('/') ? text : `${text}/${network.prefix}`;
};

/** The program to work with: the one that has rules in force, else an installed one; null when there is none. */
export function chooseManager(model: FirewallModel, raw: Firewall): FirewallPlan['manager'] | null {
  const order = ['ufw', 'firewalld', 'nft', 'iptables'] as const;
  return (
    order.find((manager) => model.managers.includes(manager)) ??
    order.find((manager) => raw.installed.includes(manager)) ??
    null
  );
}

const familyNames = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

/** `anywhere`, `nowhere`, or a list that names at most a dozen networks. */
function where(list: readonly Network[]): string {
  if (list.length === 0) return 'nowhere';
  if (list.some(isAny)) return 'anywhere';
  const shown = list.slice(0, 12).map(formatNetwork).join(', ');
  return list.length > 12 ? `${shown} and ${list.length - 12} more networks` : shown;
}

function reach(model: FirewallModel, name: string, port: number): readonly string[] {
  return (['ipv4', 'ipv6'] as const).map((family: AddressFamily) => {
    const { allowed, unknown } = sourcesAllowed(model, { port, family, interface: null });
    const unclear = union(...unknown.map(({ addresses }) => addresses));
    const rest = isEmptySet(unclear)
      ? ''
      : `; not clear for ${where(setNetworks(unclear))} because of "${unknown[0]?.because ?? ''}"`;
    return `${name} (${port}/tcp, ${familyNames[family]}): reachable from ${where(setNetworks(allowed))}${rest}`;
  });
}

function listBefore(model: FirewallModel, wanted: Wanted): readonly string[] {
  const manager = model.managers.length === 0 ? 'none has rules in force' : model.managers.join(', ');
  return [
    `firewall: ${manager}`,
    ...reach(model, 'PostgreSQL', wanted.port),
    ...wanted.others.flatMap(({ port }) => reach(model, 'beside it', port)),
    ...wanted.sshPorts.flatMap((port) => reach(model, 'ssh', port)),
    `ports that no rule names: ${model.defaultInbound === 'drop' ? 'refused' : model.defaultInbound === 'accept' ? 'open' : 'not clear'}`,
  ];
}

function listAfter(
  manager: string,
  model: FirewallModel,
  wanted: Wanted,
  inForce: boolean,
): readonly string[] {
  const chosen = where(wanted.allow);
  const denies = wanted.defaultDeny || model.defaultInbound === 'drop';
  return [
    `firewall: ${manager}${inForce ? '' : ', rules written but not in force'}`,
    `PostgreSQL (${wanted.port}/tcp): reachable from ${chosen === 'nowhere' ? 'the host itself only' : `${chosen} and the host itself`}`,
    ...wanted.others.map(({ port, allow }) => {
      const others = where(allow);
      return `beside it (${port}/tcp): reachable from ${others === 'nowhere' ? 'the host itself only' : `${others} and the host itself`}`;
    }),
    ...wanted.sshPorts.map(
      (port) => `ssh (${port}/tcp): the rules that are there are kept, and it stays reachable`,
    ),
    `ports that no rule names: ${denies ? 'refused' : 'as before'}`,
  ];
}

/**
 * Plans rules that let only the chosen networks reach PostgreSQL and keep ssh reachable, with the program that manages
 * the firewall of the host. Other rules are left alone; loopback and open connections always pass; IPv6 gets what IPv4
 * gets. The commands are POSIX sh lines for root, run with `set -e`; `save` and `restore` use the folder `$SAVE`, and
 * `restore` runs after the listed files have their old bytes again. Null when no firewall program is installed.
 * Throws when a network cannot be read.
 */
export function planFirewall(
  model: FirewallModel,
  raw: Firewall,
  request: FirewallRequest,
): FirewallPlan | null {
  const manager = chooseManager(model, raw);
  if (manager === null) return null;
  const { port, sshPorts, sshFrom = 'any', defaultDeny, enable } = request;
  const wanted: Wanted = {
    port,
    allow: networks(request.allowNetworks),
    others: (request.others ?? []).map((other) => ({
      port: other.port,
      allow: networks(other.allowNetworks),
    })),
    sshPorts,
    sshFrom: sshFrom === 'any' ? networks(['0.0.0.0/0', '::/0']) : networks(sshFrom),
    defaultDeny,
    enable,
  };
  const planners = { ufw: planUfw, nft: planNft, firewalld: planFirewalld, iptables: planIptables };
  const steps = planners[manager](model, raw, wanted);
  const inForce = enable || model.managers.includes(manager);
  return {
    manager,
    port,
    allow: wanted.allow.map(cidr),
    sshPorts,
    ...steps,
    before: listBefore(model, wanted),
    after: [...listAfter(manager, model, wanted, inForce), ...steps.notes],
  };
}
