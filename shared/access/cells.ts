import { networkNumbers } from '../hba/address.ts';
import type { HbaContext } from '../hba/match.ts';
import type { HbaAddress } from '../hba/types.ts';
import { addressBits, lastAddress, networkOf, parseAddress, parseNetwork } from '../lib/cidr.ts';
import type { AddressFamily } from '../lib/cidr.ts';
import { anySet, emptySet, networkSet } from '../lib/network-set.ts';
import type { Interval, NetworkSet } from '../lib/network-set.ts';

/** Who a line is for, as addresses. When `reason` is set it is for some of `set`, and nobody can tell for which. */
export interface LineSources {
  readonly set: NetworkSet;
  readonly reason: string | null;
}

/** Beyond so many intervals a mask with holes is taken as the range that it lies in. */
const mostHoles = 4096n;

/** A mask with holes is for as many intervals as its free bits above the last ones have values. */
function maskedSources(family: AddressFamily, base: bigint, mask: bigint): LineSources {
  const free = lastAddress(family) - mask;
  let low = 0n;
  while (((free >> low) & 1n) === 1n) low += 1n;
  const holes: bigint[] = [];
  for (let bit = low; bit < BigInt(addressBits(family)); bit += 1n)
    if (((free >> bit) & 1n) === 1n) holes.push(1n << bit);
  const count = 1n << BigInt(holes.length);
  if (count > mostHoles)
    return {
      set: { ...emptySet, [family]: [{ first: base, last: base | free }] },
      reason: 'its mask has so many holes that it is for some addresses of the range only',
    };
  const intervals: Interval[] = [];
  for (let number = 0n; number < count; number += 1n) {
    const first = holes.reduce(
      (sum, bit, index) => (((number >> BigInt(index)) & 1n) === 1n ? sum | bit : sum),
      base,
    );
    intervals.push({ first, last: first + (1n << low) - 1n });
  }
  return { set: { ...emptySet, [family]: intervals }, reason: null };
}

/** The addresses of a line. `local` lines have none. */
export function lineSources(
  address: HbaAddress | null,
  context: Pick<HbaContext, 'hostNetworks'>,
): LineSources {
  switch (address?.kind) {
    case undefined:
      return { set: emptySet, reason: null };
    case 'all':
      return { set: anySet(), reason: null };
    case 'network': {
      const { value, mask } = networkNumbers(address);
      const { family, prefix } = address;
      if (prefix !== null) return { set: networkSet([networkOf({ family, value }, prefix)]), reason: null };
      return maskedSources(family, value & mask, mask);
    }
    case 'samehost':
    case 'samenet': {
      const networks = context.hostNetworks ?? null;
      if (networks === null)
        return {
          set: anySet(),
          reason: `the host's own addresses, which ${address.kind} means, are not known`,
        };
      return {
        set: networkSet(
          networks.flatMap((text) => {
            const own = parseAddress(text.split('/')[0] ?? '');
            if (own === null) return [];
            return (address.kind === 'samenet' ? parseNetwork(text) : networkOf(own)) ?? [];
          }),
        ),
        reason: null,
      };
    }
    case 'host-name':
      return {
        set: anySet(),
        reason: `it names the host ${address.name}, which the server looks up when somebody connects`,
      };
    case 'host-suffix':
      return {
        set: anySet(),
        reason: `it names the hosts of ${address.suffix.slice(1)}, which the server looks up when somebody connects`,
      };
  }
}

/** Cells from `first` to before `last`, by number. */
export type CellRange = readonly [first: number, last: number];

/**
 * All addresses, cut where any line begins or ends: within a cell no line tells two addresses apart. IPv4 comes first.
 * What a line is for is then a range of cell numbers, and first match is painting them.
 */
export interface Cells {
  readonly count: number;
  /** The cells of a set whose bounds were cut. */
  readonly rangesOf: (set: NetworkSet) => readonly CellRange[];
  /** The addresses of ranges in ascending order. */
  readonly setOf: (ranges: readonly CellRange[]) => NetworkSet;
}

/**
 * Cuts the addresses at the bounds of the sets. Bounds are found again by halving: numbers of this size do not spread in
 * a Map, whose hash sees their lowest 64 bits only.
 */
export function cutCells(setsOfLines: readonly NetworkSet[]): Cells {
  const families = ['ipv4', 'ipv6'] as const;
  const starts = { ipv4: boundsOf(setsOfLines, 'ipv4'), ipv6: boundsOf(setsOfLines, 'ipv6') };
  const offsetOf = (family: AddressFamily): number => (family === 'ipv4' ? 0 : starts.ipv4.length);
  const endOf = (family: AddressFamily): number => offsetOf(family) + starts[family].length;
  const cellOf = (family: AddressFamily, start: bigint): number => {
    const list = starts[family];
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[middle] ?? 0n) < start) low = middle + 1;
      else high = middle;
    }
    return offsetOf(family) + low;
  };
  const rangesOf = (set: NetworkSet): readonly CellRange[] =>
    families.flatMap((family) =>
      set[family].map(({ first, last }): CellRange => [cellOf(family, first), cellOf(family, last + 1n)]),
    );
  const setOf = (ranges: readonly CellRange[]): NetworkSet => {
    const result = { ipv4: [] as Interval[], ipv6: [] as Interval[] };
    for (const [first, last] of ranges)
      for (const family of families) {
        const [low, high] = [Math.max(first, offsetOf(family)), Math.min(last, endOf(family))];
        if (low >= high) continue;
        const start = starts[family][low - offsetOf(family)] ?? 0n;
        const end = (starts[family][high - offsetOf(family)] ?? lastAddress(family) + 1n) - 1n;
        const before = result[family].at(-1);
        if (before !== undefined && before.last + 1n === start)
          result[family][result[family].length - 1] = { first: before.first, last: end };
        else result[family].push({ first: start, last: end });
      }
    return result;
  };
  return { count: endOf('ipv6'), rangesOf, setOf };
}

/** Where cells of a family begin, ascending, each once. */
function boundsOf(setsOfLines: readonly NetworkSet[], family: AddressFamily): readonly bigint[] {
  const all = [0n];
  for (const set of setsOfLines)
    for (const { first, last } of set[family]) {
      all.push(first);
      if (last < lastAddress(family)) all.push(last + 1n);
    }
  // IPv4 fits into numbers, which are sorted much faster.
  const sorted =
    addressBits(family) === 32
      ? Array.from(Float64Array.from(all, Number).sort(), BigInt)
      : all.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return sorted.filter((bound, index) => index === 0 || bound !== sorted[index - 1]);
}
