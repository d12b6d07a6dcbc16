import { parseAddress, parseNetwork } from '../lib/cidr.ts';
import { networkSet, rangeSet, union } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import { asList, asObject, asText } from './json.ts';
import type { Json } from './json.ts';
import type { PortRange } from './model.ts';

/** Sets and maps of one table by name: what `@name` stands for. */
export type NftSets = ReadonlyMap<string, { readonly elements: readonly Json[]; readonly complete: boolean }>;

/** The elements that the right side of a match stands for; null when they cannot be known. */
export function elementsOf(right: Json | undefined, sets: NftSets): readonly Json[] | null {
  if (typeof right === 'string' && right.startsWith('@')) {
    const set = sets.get(right.slice(1));
    return set?.complete === true ? set.elements.map(bareElement) : null;
  }
  const set = asObject(right)?.['set'];
  if (typeof set === 'string') return elementsOf(set, sets);
  if (set !== undefined) return asList(set).map(bareElement);
  return right === undefined ? null : asList(right).map(bareElement);
}

/** An element without its time-out, comment and counters. */
function bareElement(element: Json): Json {
  return asObject(asObject(element)?.['elem'])?.['val'] ?? element;
}

/** Addresses of one value: an address, a prefix, a range; null for anything else. */
export function addressesOf(value: Json): NetworkSet | null {
  if (typeof value === 'string') {
    const network = parseNetwork(value);
    return network === null ? null : networkSet([network]);
  }
  const prefix = asObject(asObject(value)?.['prefix']);
  if (prefix !== null) {
    const network = parseNetwork(`${asText(prefix['addr'])}/${asText(prefix['len'])}`);
    return network === null ? null : networkSet([network]);
  }
  const [first, last] = asList(asObject(value)?.['range']).map((bound) => parseAddress(asText(bound)));
  return first && last && first.family === last.family ? rangeSet(first, last) : null;
}

/** Addresses of all values; null when one of them is not understood. */
export function addressSet(values: readonly Json[] | null): NetworkSet | null {
  const sets = values?.map(addressesOf) ?? [null];
  return sets.every((set) => set !== null) ? union(...sets) : null;
}

/** Ports of all values; null when one of them is not a number or a range of numbers. */
export function portRanges(values: readonly Json[] | null): readonly PortRange[] | null {
  const ranges = values?.map((value): PortRange | null => {
    if (typeof value === 'number') return [value, value];
    const [first, last] = asList(asObject(value)?.['range']);
    return typeof first === 'number' && typeof last === 'number' ? [first, last] : null;
  }) ?? [null];
  return ranges.every((range) => range !== null) ? ranges : null;
}

/** Words of all values, also from `a | b`; null when one of them is not a word. */
export function wordList(values: readonly Json[] | null): readonly string[] | null {
  const words = values?.flatMap((value): readonly (string | null)[] => {
    if (typeof value === 'string') return [value];
    const either = asObject(value)?.['|'];
    return either === undefined ? [null] : (wordList(asList(either)) ?? [null]);
  }) ?? [null];
  return words.every((word) => word !== null) ? words : null;
}
