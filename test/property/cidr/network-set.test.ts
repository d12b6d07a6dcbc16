import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  addressBits,
  contains,
  formatNetwork,
  networkOf,
  overlaps,
  parseNetwork,
} from '../../../shared/lib/cidr.ts';
import type { Address, AddressFamily, Network } from '../../../shared/lib/cidr.ts';
import * as sets from '../../../shared/lib/network-set.ts';

// Addresses come from a small corner at each end of the space, so that sets really meet; whole-space values too.
const addresses = fc.constantFrom<AddressFamily>('ipv4', 'ipv6').chain((family) => {
  const bits = BigInt(addressBits(family));
  const top = (1n << bits) - 1n;
  return fc
    .oneof(fc.bigInt(0n, 40n), fc.bigInt(top - 40n, top), fc.bigInt(0n, top))
    .map((value): Address => ({ family, value }));
});
const networks = fc
  .tuple(addresses, fc.nat(6), fc.boolean())
  .map(([address, size, large]): Network =>
    networkOf(address, large ? size : addressBits(address.family) - size),
  );
const lists = fc.array(networks, { maxLength: 8 });

const inList = (list: readonly Network[], address: Address) =>
  list.some((one) => contains(one, networkOf(address)));

it('networks survive their text', () => {
  fc.assert(
    fc.property(networks, (network) => {
      expect(parseNetwork(formatNetwork(network))).toEqual(network);
    }),
  );
});

it('set operations agree with membership, address by address', () => {
  fc.assert(
    fc.property(lists, lists, addresses, (left, right, address) => {
      const [one, other] = [sets.networkSet(left), sets.networkSet(right)];
      const [a, b] = [inList(left, address), inList(right, address)];
      expect(sets.hasAddress(one, address)).toBe(a);
      expect(sets.hasAddress(sets.union(one, other), address)).toBe(a || b);
      expect(sets.hasAddress(sets.intersection(one, other), address)).toBe(a && b);
      expect(sets.hasAddress(sets.difference(one, other), address)).toBe(a && !b);
      expect(sets.hasAddress(sets.complementSet(one), address)).toBe(!a);
      expect(inList(sets.merge(left), address)).toBe(a);
      expect(inList(sets.complement(left, address.family), address)).toBe(!a);
    }),
    { numRuns: 2000 },
  );
});

it('laws of sets hold', () => {
  fc.assert(
    fc.property(lists, lists, (left, right) => {
      const [one, other] = [sets.networkSet(left), sets.networkSet(right)];
      expect(sets.sameSet(sets.complementSet(sets.complementSet(one)), one)).toBe(true);
      expect(sets.sameSet(sets.networkSet(sets.setNetworks(one)), one)).toBe(true);
      const back = sets.union(sets.difference(one, other), sets.intersection(one, other));
      expect(sets.sameSet(back, one)).toBe(true);
      expect(sets.containsSet(sets.union(one, other), one)).toBe(true);
      expect(sets.isEmptySet(sets.intersection(sets.difference(one, other), other))).toBe(true);
      expect(sets.merge([...right, ...left])).toEqual(sets.merge([...left, ...right]));
    }),
  );
});

it('overlap, containment and subtraction of two networks agree with the sets', () => {
  fc.assert(
    fc.property(networks, networks, (one, other) => {
      const [a, b] = [sets.networkSet([one]), sets.networkSet([other])];
      expect(overlaps(one, other)).toBe(!sets.isEmptySet(sets.intersection(a, b)));
      expect(contains(one, other)).toBe(sets.containsSet(a, b));
      expect(sets.sameSet(sets.networkSet(sets.subtract(one, other)), sets.difference(a, b))).toBe(true);
    }),
  );
});
