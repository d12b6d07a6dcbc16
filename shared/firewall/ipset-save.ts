import { parseAddress, parseNetwork } from '../lib/cidr.ts';
import type { AddressFamily, Network } from '../lib/cidr.ts';
import { difference, emptySet, networkSet, rangeSet, union } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type { Condition, PortRange } from './model.ts';

/** A set of `ipset save`: its dimensions and its elements as they are written. */
interface IpSet {
  readonly dimensions: readonly string[];
  readonly family: AddressFamily;
  readonly elements: readonly { readonly parts: readonly string[]; readonly nomatch: boolean }[];
}

/** Sets by name. */
export type IpSets = ReadonlyMap<string, IpSet>;

/** Reads `ipset save`. */
export function readIpsetSave(text: string): IpSets {
  const sets = new Map<
    string,
    { dimensions: string[]; family: AddressFamily; elements: IpSet['elements'][number][] }
  >();
  for (const line of text.split('\n')) {
    const [command, name = '', third = '', ...options] = line.trim().split(/\s+/);
    if (command === 'create') {
      const family = options[options.indexOf('family') + 1] === 'inet6' ? 'ipv6' : 'ipv4';
      // A bitmap:port has a range for its first option and no address at all.
      sets.set(name, { dimensions: third.slice(third.indexOf(':') + 1).split(','), family, elements: [] });
    } else if (command === 'add') {
      sets.get(name)?.elements.push({ parts: third.split(','), nomatch: options.includes('nomatch') });
    }
  }
  return sets;
}

function addresses(text: string): NetworkSet | null {
  const network = parseNetwork(text);
  if (network !== null) return networkSet([network]);
  const [first, last] = text.split('-').map((part) => parseAddress(part));
  return first && last ? rangeSet(first, last) : null;
}

function ports(text: string): { readonly protocol: string; readonly range: PortRange } | null {
  const match = /^(?:(\w+):)?(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, protocol = 'tcp', first = '', last = first] = match;
  return { protocol, range: [Number(first), Number(last)] };
}

/** hash:net looks for the longest prefix first, so a `nomatch` inside a network takes it out and not the reverse. */
function netSet(set: IpSet): NetworkSet | null {
  const networks: { network: Network; nomatch: boolean }[] = [];
  let ranges = emptySet;
  for (const { parts, nomatch } of set.elements) {
    const text = parts[0] ?? '';
    const network = parseNetwork(text);
    if (network !== null) networks.push({ network, nomatch });
    else {
      const range = addresses(text);
      if (range === null) return null;
      ranges = union(ranges, range);
    }
  }
  networks.sort((one, other) => one.network.prefix - other.network.prefix);
  return networks.reduce(
    (sum, { network, nomatch }) =>
      nomatch ? difference(sum, networkSet([network])) : union(sum, networkSet([network])),
    ranges,
  );
}

/** A list of sets holds what any of them holds; the kernel lets no list be in another one. */
function listCondition(
  sets: IpSets,
  { elements }: IpSet,
  flags: string,
  negated: boolean,
  depth: number,
): Condition | null {
  if (depth > 0) return null;
  const alternatives: Condition[][] = [];
  for (const { parts } of elements) {
    const member = setCondition(sets, parts[0] ?? '', flags, false, depth + 1);
    if (member === null) return null;
    alternatives.push([member]);
  }
  return { kind: 'any-of', alternatives, negated };
}

/**
 * The condition `--match-set name flags`: `src` and `dst` say of which end each dimension is. Null when the set or one
 * of its dimensions is not understood.
 */
export function setCondition(
  sets: IpSets,
  name: string,
  flags: string,
  negated: boolean,
  depth = 0,
): Condition | null {
  const set = sets.get(name);
  const ends = flags
    .split(',')
    .map((flag) => (flag === 'src' ? ('source' as const) : ('destination' as const)));
  const [end] = ends;
  if (set === undefined || end === undefined) return null;
  const { dimensions, family } = set;
  if (dimensions.length === 1 && dimensions[0] === 'set')
    return listCondition(sets, set, flags, negated, depth);
  // With fewer flags than dimensions the kernel finds nothing (ip_set_test).
  if (ends.length < dimensions.length) return { kind: 'fixed', holds: negated };
  if (dimensions.length === 1 && (dimensions[0] === 'ip' || dimensions[0] === 'net')) {
    const all = netSet(set);
    return (
      all && {
        kind: 'any-of',
        alternatives: [[{ kind: 'address', end, set: all, negated: false, family }]],
        negated,
      }
    );
  }
  const alternatives: Condition[][] = [];
  for (const { parts, nomatch } of set.elements) {
    if (nomatch || parts.length !== dimensions.length) return null;
    const conditions: Condition[] = [];
    for (const [index, dimension] of dimensions.entries()) {
      const [text = '', side = 'source'] = [parts[index], ends[index]];
      if (dimension === 'ip' || dimension === 'net') {
        const one = addresses(text);
        if (one === null) return null;
        conditions.push({ kind: 'address', end: side, set: one, negated: false, family });
      } else if (dimension === 'port') {
        const one = ports(text);
        if (one === null) return null;
        conditions.push({ kind: 'protocol', names: [one.protocol], negated: false });
        conditions.push({ kind: 'port', end: side, ranges: [one.range], negated: false });
      } else return null;
    }
    alternatives.push(conditions);
  }
  return { kind: 'any-of', alternatives, negated };
}
