import type { Client } from '../../access/cut-off.ts';
import { clientsSeen } from '../../access/cut-off.ts';
import type { FactSet } from '../../facts/facts.ts';
import { ownAddresses } from '../../checks/support/port-sources.ts';
import {
  contains,
  formatNetwork,
  isAny,
  isLoopback,
  networkOf,
  parseAddress,
  parseNetwork,
} from '../../lib/cidr.ts';
import type { Network } from '../../lib/cidr.ts';
import { hasAddress } from '../../lib/network-set.ts';
import type { Choice } from '../define-fix.ts';
import { logGoesBack, logSince, seenText } from './clients.ts';

type Option = Extract<Choice, { kind: 'networks' }>['options'][number];

/** Addresses that no machine of the Internet has: RFC 1918 and RFC 4193. */
const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].flatMap(
  (text) => parseNetwork(text) ?? [],
);

const neighbours = { ipv4: 24, ipv6: 64 } as const;

const interfacesOf = ({ interfaces }: FactSet) =>
  interfaces.state === 'collected' ? interfaces.value : null;

/** Clients that came from another machine. */
export function remoteClients(all: FactSet): readonly Client[] {
  const own = ownAddresses(interfacesOf(all));
  return clientsSeen(all).filter(({ address }) => {
    const parsed = parseAddress(address ?? '');
    return parsed !== null && !hasAddress(own, parsed);
  });
}

/** The clients whose address lies in the network. */
export function clientsIn(network: Network, clients: readonly Client[]): readonly Client[] {
  return clients.filter(({ address }) => {
    const parsed = parseAddress(address ?? '');
    return parsed !== null && contains(network, networkOf(parsed));
  });
}

/** Two or more clients of one /24 (or /64) stand for that network, a single one for itself. */
export function clusterNetworks(clients: readonly Client[]): readonly Network[] {
  const hosts = new Map<string, Network>();
  for (const { address } of clients) {
    const parsed = parseAddress(address ?? '');
    if (parsed !== null) hosts.set(formatNetwork(networkOf(parsed)), networkOf(parsed));
  }
  const groups = new Map<string, Network[]>();
  for (const host of hosts.values()) {
    const key = formatNetwork(networkOf(host, neighbours[host.family]));
    groups.set(key, [...(groups.get(key) ?? []), host]);
  }
  return [...groups.values()].map((members) => {
    const [first] = members as [Network, ...Network[]];
    return members.length === 1 ? first : networkOf(first, neighbours[first.family]);
  });
}

/**
 * The networks to choose from: where clients were seen, ticked, then the host's own networks. Where the log is too short to
 * tell who comes at all, all private addresses are ticked: that closes the Internet out and nobody near. More can be typed in.
 */
export function networkOptions(all: FactSet): readonly Option[] {
  const clients = remoteClients(all);
  const seen = clusterNetworks(clients);
  const own = (interfacesOf(all) ?? []).flatMap(({ name, address, prefix }) => {
    const parsed = parseAddress(address);
    const linkLocal = parsed?.family === 'ipv6' && parsed.value >> 118n === 0x3fan;
    if (parsed === null || linkLocal || isLoopback(networkOf(parsed))) return [];
    return { name, network: networkOf(parsed, prefix) };
  });
  const told = logGoesBack(all);
  const option = (network: Network, label: string, chosen: boolean): Option => ({
    value: formatNetwork(network),
    label,
    seen: seenText(clientsIn(network, clients)),
    chosen,
  });
  const isPrivate = (network: Network): boolean => privateNetworks.some((one) => contains(one, network));
  const wide = told ? [] : privateNetworks.map((network) => option(network, 'Private addresses', true));
  const options = seen.map((network) =>
    option(
      network,
      own.find((one) => contains(one.network, network))?.name ?? 'Clients',
      told || !isPrivate(network),
    ),
  );
  const more = own
    .filter(({ network }) => !seen.some((one) => formatNetwork(one) === formatNetwork(network)))
    .map(({ name, network }) => option(network, `The network of ${name}`, !told && !isPrivate(network)));
  return [...wide, ...options, ...more].filter(
    (one, index, list) => list.findIndex(({ value }) => value === one.value) === index,
  );
}

/** The question which networks may connect. */
export function networksChoice(all: FactSet): Choice {
  return {
    kind: 'networks',
    key: 'networks',
    label: `Which networks may connect? ${logSince(all)}`,
    options: networkOptions(all),
  };
}

/** The networks of an answer, or what is wrong with it in a sentence. */
export function readNetworks(answer: string | undefined): readonly Network[] | string {
  const networks = new Map<string, Network>();
  for (const text of (answer ?? '').split(',').map((part) => part.trim())) {
    if (text === '') continue;
    const network = parseNetwork(text);
    if (network === null) return `"${text}" is no network. Write one such as 10.20.8.0/22.`;
    if (isAny(network)) return `${text} is every address. Name the networks of the clients.`;
    const name = formatNetwork(network);
    if (!networks.has(name)) networks.set(name, network);
  }
  return [...networks.values()];
}
