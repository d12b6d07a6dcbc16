import { addressBits, lastAddress, networkBounds } from './cidr.ts';
import type { Address, AddressFamily, Network } from './cidr.ts';

/** Addresses from `first` to `last`, both included. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

/** A set of addresses of both families: intervals in order, apart from each other by at least one address. */
export interface NetworkSet {
  readonly ipv4: readonly Interval[];
  readonly ipv6: readonly Interval[];
}

export const emptySet: NetworkSet = { ipv4: [], ipv6: [] };
const families = ['ipv4', 'ipv6'] as const;

function normalise(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = intervals
    .filter(({ first, last }) => first <= last)
    .sort((one, other) => (one.first < other.first ? -1 : one.first > other.first ? 1 : 0));
  const result: Interval[] = [];
  for (const next of sorted) {
    const before = result.at(-1);
    if (before === undefined || next.first > before.last + 1n) result.push(next);
    else if (next.last > before.last) result[result.length - 1] = { first: before.first, last: next.last };
  }
  return result;
}

function complementIntervals(intervals: readonly Interval[], last: bigint): readonly Interval[] {
  const result: Interval[] = [];
  let next = 0n;
  for (const interval of intervals) {
    if (interval.first > next) result.push({ first: next, last: interval.first - 1n });
    next = interval.last + 1n;
  }
  if (next <= last) result.push({ first: next, last });
  return result;
}

/** Index of the first interval that does not end before the address. */
function firstFrom(intervals: readonly Interval[], address: bigint): number {
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle]?.last ?? 0n) < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What of a long list lies in each interval of a short one: inner intervals are copied as they are, so that it costs
 * little to compare a list of thousands with a single network.
 */
function intersectIntervals(left: readonly Interval[], right: readonly Interval[]): readonly Interval[] {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  const only = short[0];
  if (only !== undefined && short.length === 1) {
    const [begin, end] = [long[0], long.at(-1)];
    if (begin !== undefined && end !== undefined && only.first <= begin.first && end.last <= only.last)
      return long;
  }
  const result: Interval[] = [];
  for (const { first, last } of short) {
    for (let index = firstFrom(long, first); index < long.length; index += 1) {
      const one = long[index];
      if (one === undefined || one.first > last) break;
      result.push(
        one.first >= first && one.last <= last
          ? one
          : { first: one.first > first ? one.first : first, last: one.last < last ? one.last : last },
      );
    }
  }
  return result;
}

/** `from` without `what`; both in order. */
function subtractIntervals(
  family: AddressFamily,
  from: readonly Interval[],
  what: readonly Interval[],
): readonly Interval[] {
  const [one] = what;
  if (from.length === 0 || one === undefined) return from;
  if (what.length > 1) return intersectIntervals(from, complementIntervals(what, lastAddress(family)));
  const begin = firstFrom(from, one.first);
  let end = begin;
  while (end < from.length && (from[end]?.first ?? 0n) <= one.last) end += 1;
  if (begin === end) return from;
  const [left, right] = [from[begin], from[end - 1]];
  const edges: Interval[] = [];
  if (left !== undefined && left.first < one.first) edges.push({ first: left.first, last: one.first - 1n });
  if (right !== undefined && right.last > one.last) edges.push({ first: one.last + 1n, last: right.last });
  return [...from.slice(0, begin), ...edges, ...from.slice(end)];
}

/** The set of all addresses of the networks. */
export function networkSet(networks: readonly Network[]): NetworkSet {
  const of = (family: AddressFamily) =>
    normalise(networks.filter((network) => network.family === family).map(networkBounds));
  return { ipv4: of('ipv4'), ipv6: of('ipv6') };
}

/** Every address of one family, or of both. */
export function anySet(family?: AddressFamily): NetworkSet {
  const of = (one: AddressFamily) =>
    family === undefined || family === one ? [{ first: 0n, last: lastAddress(one) }] : [];
  return { ipv4: of('ipv4'), ipv6: of('ipv6') };
}

/** The addresses `first` to `last`, both included; empty when they are of different families or in the wrong order. */
export function rangeSet(first: Address, last: Address): NetworkSet {
  if (first.family !== last.family) return emptySet;
  return { ...emptySet, [first.family]: normalise([{ first: first.value, last: last.value }]) };
}

/** Addresses that are in any of the sets. */
export function union(...sets: readonly NetworkSet[]): NetworkSet {
  return {
    ipv4: normalise(sets.flatMap((set) => set.ipv4)),
    ipv6: normalise(sets.flatMap((set) => set.ipv6)),
  };
}

/** Addresses that are in both sets. */
export function intersection(one: NetworkSet, other: NetworkSet): NetworkSet {
  return { ipv4: intersectIntervals(one.ipv4, other.ipv4), ipv6: intersectIntervals(one.ipv6, other.ipv6) };
}

/** Every address, of both families, that is not in the set. */
export function complementSet(set: NetworkSet): NetworkSet {
  return {
    ipv4: complementIntervals(set.ipv4, lastAddress('ipv4')),
    ipv6: complementIntervals(set.ipv6, lastAddress('ipv6')),
  };
}

/** Addresses of `from` that are not in `what`. */
export function difference(from: NetworkSet, what: NetworkSet): NetworkSet {
  return {
    ipv4: subtractIntervals('ipv4', from.ipv4, what.ipv4),
    ipv6: subtractIntervals('ipv6', from.ipv6, what.ipv6),
  };
}

/** True when the set has no address. */
export function isEmptySet(set: NetworkSet): boolean {
  return set.ipv4.length === 0 && set.ipv6.length === 0;
}

/** True when the two sets have the same addresses. */
export function sameSet(one: NetworkSet, other: NetworkSet): boolean {
  return families.every(
    (family) =>
      one[family].length === other[family].length &&
      one[family].every(
        ({ first, last }, index) =>
          other[family][index]?.first === first && other[family][index]?.last === last,
      ),
  );
}

/** True when every address of `inner` is in `outer`. */
export function containsSet(outer: NetworkSet, inner: NetworkSet): boolean {
  return isEmptySet(difference(inner, outer));
}

/** True when the address is in the set. */
export function hasAddress(set: NetworkSet, { family, value }: Address): boolean {
  const found = set[family][firstFrom(set[family], value)];
  return found !== undefined && found.first <= value;
}

/** Bits of a number that is not negative: 0 has none, 255 has eight. */
const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);

/** The free bits of the largest network that begins at `next` and ends no later than `last`. */
function largestBlock(family: AddressFamily, next: bigint, last: bigint): number {
  const room = last - next + 1n;
  // Numbers are many times quicker than bigints, and a large host has tens of thousands of IPv4 intervals.
  if (family === 'ipv4') {
    const fits = room > 0xffff_ffffn ? 32 : 31 - Math.clz32(Number(room));
    const aligned = next === 0n ? 32 : 31 - Math.clz32(Number(next) & -Number(next));
    return Math.min(fits, aligned);
  }
  const aligned = next === 0n ? addressBits(family) : bitLength(next & -next) - 1;
  return Math.min(bitLength(room) - 1, aligned);
}

function intervalNetworks(family: AddressFamily, { first, last }: Interval): Network[] {
  const networks: Network[] = [];
  const bits = addressBits(family);
  let next = first;
  while (next <= last) {
    const size = largestBlock(family, next, last);
    networks.push({ family, value: next, prefix: bits - size });
    next += 1n << BigInt(size);
  }
  return networks;
}

/** The fewest networks that have exactly the addresses of the set, in order, IPv4 first. */
export function setNetworks(set: NetworkSet): readonly Network[] {
  return families.flatMap((family) => set[family].flatMap((interval) => intervalNetworks(family, interval)));
}

/** The fewest networks with the same addresses: duplicates, contained and adjacent networks become one. */
export function merge(networks: readonly Network[]): readonly Network[] {
  return setNetworks(networkSet(networks));
}

/** The fewest networks with the addresses of `from` without those of `what`. */
export function subtract(from: Network, what: Network): readonly Network[] {
  return setNetworks(difference(networkSet([from]), networkSet([what])));
}

/** The fewest networks with every address of the family that is in none of the networks. */
export function complement(networks: readonly Network[], family: AddressFamily): readonly Network[] {
  return setNetworks(difference(anySet(family), networkSet(networks)));
}
