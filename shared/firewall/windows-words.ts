import { networkOf, parseAddress, parseNetwork } from '../lib/cidr.ts';
import type { AddressFamily } from '../lib/cidr.ts';
import {
  intersection,
  isEmptySet,
  anySet,
  networkSet,
  rangeSet,
  union,
  emptySet,
} from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type { Condition, PortRange } from './model.ts';

/** The words of Windows Defender Firewall in the filters of its rules, as the cmdlets of NetSecurity show them. */

export const isAnyWord = (word: string): boolean => /^(any|)$/i.test(word.trim());

/** True for a filter that holds for everything: nothing, or the word Any. */
export const holdsForAll = (words: readonly string[]): boolean => words.length === 0 || words.some(isAnyWord);

export const unknownCondition = (text: string): Condition => ({ kind: 'unknown', text });

const port = (text: string): number | null => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  return value >= 0 && value <= 65_535 ? value : null;
};

/** `5432`, `5000-5010`; null for a keyword (RPC, RPCEPMap, IPHTTPSIn, Teredo, …), which only the system resolves. */
function portRange(word: string): PortRange | null {
  const [first, last, ...more] = word.split('-').map((text) => port(text.trim()));
  if (first === undefined || first === null || more.length > 0) return null;
  if (last === undefined) return [first, first];
  return last === null || last < first ? null : [first, last];
}

/** The ports of one end. Words that are no numbers may stand for any port. */
export function portConditions(
  end: 'source' | 'destination',
  words: readonly string[],
): readonly Condition[] {
  if (holdsForAll(words)) return [];
  const ranges = words.flatMap((word) => {
    const range = portRange(word);
    return range === null ? [] : [range];
  });
  const odd = words.filter((word) => portRange(word) === null);
  const known: Condition = { kind: 'port', end, ranges, negated: false };
  if (odd.length === 0) return [known];
  const alternatives = [
    ...(ranges.length === 0 ? [] : [[known]]),
    [unknownCondition(`port ${odd.join(', ')}`)],
  ];
  return [{ kind: 'any-of', alternatives, negated: false }];
}

/** `255.255.255.0` as the length of a prefix; null when it has holes. */
function prefixOfMask(mask: string): number | null {
  const parsed = parseAddress(mask);
  if (parsed?.family !== 'ipv4') return null;
  const bits = parsed.value.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : null;
}

/** An address, CIDR, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9`; null for a keyword. */
export function addressesOf(word: string): NetworkSet | null {
  const text = word.trim();
  const [start, end, ...more] = text.split('-');
  if (end !== undefined) {
    const [first, last] = [parseAddress(start ?? ''), parseAddress(end)];
    if (first === null || last === null || more.length > 0) return null;
    return first.family === last.family && first.value <= last.value ? rangeSet(first, last) : null;
  }
  const masked = /^([^/]+)\/(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (masked !== null) {
    const address = parseAddress(masked[1] ?? '');
    const prefix = prefixOfMask(masked[2] ?? '');
    return address?.family === 'ipv4' && prefix !== null ? networkSet([networkOf(address, prefix)]) : null;
  }
  const network = parseNetwork(text);
  return network === null ? null : networkSet([network]);
}

/** An address of the host with its network and the alias of its interface. */
export interface WindowsAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
}

/** `LocalSubnet`: the networks of the interface that the packet comes in by. Null when they are not known. */
function localSubnet(word: string, own: readonly WindowsAddress[]): readonly (readonly Condition[])[] | null {
  const match = /^LocalSubnet([46]?)$/i.exec(word);
  if (match === null || own.length === 0) return null;
  const wanted: AddressFamily | null = match[1] === '4' ? 'ipv4' : match[1] === '6' ? 'ipv6' : null;
  return [...new Set(own.map((one) => one.interface))].flatMap((name) => {
    const set = networkSet(
      own
        .filter((one) => one.interface === name)
        .flatMap((one) => parseNetwork(`${one.address}/${one.prefix}`) ?? []),
    );
    const part = wanted === null ? set : intersection(set, anySet(wanted));
    if (isEmptySet(part)) return [];
    return [
      [
        { kind: 'interface', direction: 'in', names: [name], negated: false },
        { kind: 'address', end: 'source', set: part, negated: false, family: null },
      ] satisfies readonly Condition[],
    ];
  });
}

/** The addresses of one end. Keywords that are not resolved here may stand for any address. */
export function addressConditions(
  end: 'source' | 'destination',
  words: readonly string[],
  own: readonly WindowsAddress[],
): readonly Condition[] {
  if (holdsForAll(words)) return [];
  const sets = words.map((word) => ({ word, set: addressesOf(word) }));
  const set = sets.reduce((sum, one) => (one.set === null ? sum : union(sum, one.set)), emptySet);
  const known: Condition = { kind: 'address', end, set, negated: false, family: null };
  const others = sets.filter((one) => one.set === null).map(({ word }) => word);
  if (others.length === 0) return [known];
  const alternatives = others.flatMap((word): readonly (readonly Condition[])[] => {
    const subnets = end === 'source' ? localSubnet(word, own) : null;
    return subnets ?? [[unknownCondition(`address ${word}`)]];
  });
  return [
    {
      kind: 'any-of',
      alternatives: [...(isEmptySet(set) ? [] : [[known]]), ...alternatives],
      negated: false,
    },
  ];
}
