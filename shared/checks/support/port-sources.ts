import type { FactValue } from '../../facts/facts.ts';
import { sourcesAllowed } from '../../firewall/evaluate.ts';
import type { FirewallModel } from '../../firewall/model.ts';
import { isLoopback, networkOf, parseAddress, parseNetwork } from '../../lib/cidr.ts';
import type { AddressFamily } from '../../lib/cidr.ts';
import { difference, emptySet, networkSet, setNetworks, union } from '../../lib/network-set.ts';
import type { NetworkSet } from '../../lib/network-set.ts';
import { isLoopbackEntry, isWildcard } from './listening.ts';
import type { Listening } from './listening.ts';
import { unique } from './words.ts';

/** Who can open a connection to a port of the host, over all its interfaces. */
export interface PortSources {
  readonly allowed: NetworkSet;
  /** Addresses for which nobody can tell, with the rules that are not understood. */
  readonly unknown: NetworkSet;
  readonly because: readonly string[];
  readonly decidedBy: readonly string[];
}

type Interfaces = FactValue<'interfaces'>;

/** Addresses of the machine itself, loopback included: connections from there never pass the network. */
export function ownAddresses(interfaces: Interfaces | null): NetworkSet {
  const own = (interfaces ?? [])
    .flatMap(({ address }) => parseAddress(address) ?? [])
    .map((one) => networkOf(one));
  const loopback = ['127.0.0.0/8', '::1'].flatMap((text) => parseNetwork(text) ?? []);
  return networkSet([...own, ...loopback]);
}

const linkLocal = parseNetwork('fe80::/10');

/** Families of address on which other machines can come: what is listened on, and what the host has at all. */
export function remoteFamilies(found: Listening, interfaces: Interfaces | null): readonly AddressFamily[] {
  const has = (family: AddressFamily) =>
    interfaces === null ||
    interfaces.some(({ address }) => {
      const parsed = parseAddress(address);
      if (parsed?.family !== family || isLoopback(networkOf(parsed))) return false;
      return (
        linkLocal === null || parsed.family === 'ipv4' || parsed.value >> 118n !== linkLocal.value >> 118n
      );
    });
  return (['ipv4', 'ipv6'] as const).filter((family) =>
    found.entries.some((entry) => {
      if (isLoopbackEntry(entry)) return false;
      // A host name may stand for either family.
      const listened = parseAddress(entry)?.family ?? family;
      return (listened === family || entry === '::') && (has(family) || !isWildcard(entry));
    }),
  );
}

/** The sources that the firewall lets through to the port, for the families given, by any interface but loopback. */
export function portSources(
  model: FirewallModel,
  port: number,
  families: readonly AddressFamily[],
  interfaces: Interfaces | null,
): PortSources {
  const names = unique(
    (interfaces ?? [])
      .filter(({ name, address }) => name !== 'lo' && !isLoopbackEntry(address))
      .map(({ name }) => name),
  );
  const answers = families.flatMap((family) =>
    (names.length === 0 ? [null] : names).map((name) =>
      sourcesAllowed(model, { port, family, interface: name }),
    ),
  );
  const allowed = union(emptySet, ...answers.map((answer) => answer.allowed));
  const unclear = answers.flatMap((answer) => answer.unknown);
  return {
    allowed,
    unknown: difference(union(emptySet, ...unclear.map(({ addresses }) => addresses)), allowed),
    because: unique(unclear.map(({ because }) => because)),
    decidedBy: unique(answers.flatMap(({ decidedBy }) => decidedBy)),
  };
}

/** The part of a family's addresses that a set has, from 0 to 1. */
export function shareOf(set: NetworkSet, family: AddressFamily): number {
  return setNetworks(set)
    .filter((network) => network.family === family)
    .reduce((sum, { prefix }) => sum + 2 ** -prefix, 0);
}

/**
 * True when a set has so much of a family that it stands for any source. A sixteenth is far more than all private
 * networks together, and less than what IPv6 uses today (2000::/3), so lists of exceptions do not hide an open port.
 */
export function standsForAny(set: NetworkSet, families: readonly AddressFamily[]): boolean {
  return families.some((family) => shareOf(set, family) >= 1 / 16);
}
