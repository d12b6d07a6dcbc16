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

/** Cuts the addresses at the bounds of the sets. */
export function cutCells(setsOfLines: readonly NetworkSet[]): Cells {
  const families = ['ipv4', 'ipv6'] as const;
  const starts = { ipv4: [] as bigint[], ipv6: [] as bigint[] };
  const numbers = { ipv4: new Map<bigint, number>(), ipv6: new Map<bigint, number>() };
  let count = 0;
  for (const family of families) {
    const bounds = new Set([0n]);
    for (const set of setsOfLines)
      for (const { first, last } of set[family]) {
        bounds.add(first);
        bounds.add(last + 1n);
      }
    bounds.delete(lastAddress(family) + 1n);
    starts[family] = sortedBounds(bounds, family);
    for (const [index, start] of starts[family].entries()) numbers[family].set(start, count + index);
    count += starts[family].length;
  }
  const offsetOf = (family: AddressFamily): number => (family === 'ipv4' ? 0 : starts.ipv4.length);
  const endOf = (family: AddressFamily): number => offsetOf(family) + starts[family].length;
  const rangesOf = (set: NetworkSet): readonly CellRange[] =>
    families.flatMap((family) =>
      set[family].map(({ first, last }): CellRange => [
        numbers[family].get(first) ?? offsetOf(family),
        numbers[family].get(last + 1n) ?? endOf(family),
      ]),
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
  return { count, rangesOf, setOf };
}

/** IPv4 is sorted as numbers, which is much faster. */
function sortedBounds(bounds: ReadonlySet<bigint>, family: AddressFamily): bigint[] {
  if (addressBits(family) === 32)
    return [...Float64Array.from(bounds, Number).sort()].map((value) => BigInt(value));
  return [...bounds].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}

/** What counts as work: how often a line was laid on the cells, and how many cells were painted. */
export interface PaintWork {
  lines: number;
  cells: number;
}

/** One line to paint: its number in the file's order, and where it is for. */
export interface PaintLine {
  readonly rule: number;
  readonly ranges: readonly CellRange[];
}

/** Cells that one line decides, in ascending order; `rule` -1: no line does. */
export interface Run {
  readonly rule: number;
  readonly first: number;
  readonly last: number;
}

/**
 * First match: gives each cell to the first line that is for it. Each cell is painted once and stepped over from then
 * on (union-find), so that the work is the number of lines plus the number of cells, not their product.
 */
export function paint(count: number, lines: readonly PaintLine[], work: PaintWork): readonly Run[] {
  const compressed = lines.length * 8 < count ? compress(count, lines) : null;
  const size = compressed === null ? count : compressed.bounds.length - 1;
  const next = new Int32Array(size + 1);
  for (let cell = 0; cell <= size; cell += 1) next[cell] = cell;
  const colour = new Int32Array(size).fill(-1);
  const free = (cell: number): number => {
    let root = cell;
    while (next[root] !== root) root = next[root] ?? root;
    let step = cell;
    while (next[step] !== root && step !== root) {
      const after = next[step] ?? root;
      next[step] = root;
      step = after;
    }
    return root;
  };
  let left = size;
  for (const { rule, ranges } of lines) {
    if (left === 0) break;
    work.lines += 1;
    for (const [from, to] of ranges) {
      const first = compressed === null ? from : (compressed.index.get(from) ?? 0);
      const last = compressed === null ? to : (compressed.index.get(to) ?? size);
      for (let cell = free(first); cell < last; cell = free(cell)) {
        colour[cell] = rule;
        next[cell] = cell + 1;
        left -= 1;
        work.cells += 1;
      }
    }
  }
  const runs: Run[] = [];
  const place = (cell: number): number => (compressed === null ? cell : (compressed.bounds[cell] ?? count));
  let begin = 0;
  for (let cell = 1; cell <= size; cell += 1) {
    if (cell < size && colour[cell] === colour[begin]) continue;
    runs.push({ rule: colour[begin] ?? -1, first: place(begin), last: place(cell) });
    begin = cell;
  }
  return runs;
}

/** Only the bounds that these lines have, for few lines among many cells. */
function compress(
  count: number,
  lines: readonly PaintLine[],
): { readonly bounds: readonly number[]; readonly index: ReadonlyMap<number, number> } {
  const all = new Set([0, count]);
  for (const { ranges } of lines)
    for (const [first, last] of ranges) {
      all.add(first);
      all.add(last);
    }
  const bounds = [...all].sort((left, right) => left - right);
  return { bounds, index: new Map(bounds.map((bound, index) => [bound, index])) };
}
