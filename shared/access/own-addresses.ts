import type { HostNetworks } from '../firewall/walk.ts';
import { networkOf, overlaps, parseAddress, parseNetwork } from '../lib/cidr.ts';
import type { Address, Network } from '../lib/cidr.ts';
import { networkSet, union } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type { ReachGround } from './exposure.ts';
import { known } from './ground.ts';

/** An address of the host, as its interfaces have it. */
export interface OwnAddress {
  readonly address: Address;
  readonly network: Network;
  readonly interface: string;
}

const networks = (...texts: readonly string[]): NetworkSet =>
  networkSet(texts.flatMap((text) => parseNetwork(text) ?? []));
/** The loopback of both families. */
export const loopbackSet = networks('127.0.0.0/8', '::1');
/** Addresses that no other machine sends from: what is said of them does not matter. */
const noSender = networks('0.0.0.0/8', '224.0.0.0/3', '::', 'ff00::/8');
/** Addresses that are good on one link only. */
export const linkLocal = parseNetwork('fe80::/10');

/** The host's own addresses with their interfaces; none when they are not known. */
export function ownAddresses(ground: ReachGround): readonly OwnAddress[] {
  return (known(ground.facts.interfaces) ?? []).flatMap(({ name, address, prefix }) => {
    const parsed = parseAddress(address);
    return parsed === null ? [] : [{ address: parsed, network: networkOf(parsed, prefix), interface: name }];
  });
}

/** Addresses of the host itself and those that nobody sends from. */
export function notRemote(ground: ReachGround): NetworkSet {
  return union(
    loopbackSet,
    noSender,
    networkSet(ownAddresses(ground).map(({ address }) => networkOf(address))),
  );
}

/** What the firewall's model has to know of the host. */
export function hostNetworks(ground: ReachGround): HostNetworks {
  const own = ownAddresses(ground);
  return {
    own: own.length === 0 ? null : networkSet(own.map(({ address }) => networkOf(address))),
    interfaceTo: (address) => {
      const [best] = own
        .filter(({ network }) => overlaps(network, networkOf(address)))
        .sort((left, right) => right.network.prefix - left.network.prefix);
      return best?.interface ?? null;
    },
  };
}
