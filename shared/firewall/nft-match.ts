import type { AddressFamily } from '../lib/cidr.ts';
import { asList, asObject, asText } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Condition } from './model.ts';
import { addressSet, elementsOf, portRanges, wordList } from './nft-values.ts';
import type { NftSets } from './nft-values.ts';

const unknown = (what: Json): readonly Condition[] => [{ kind: 'unknown', text: JSON.stringify(what) }];
const fixed = (holds: boolean): readonly Condition[] => [{ kind: 'fixed', holds }];
const protocolIs = (name: string): Condition => ({ kind: 'protocol', names: [name], negated: false });

/** Values that one field is compared with; null when they cannot be known. */
type Values = readonly Json[] | null;

function address(
  family: AddressFamily,
  field: string,
  values: Values,
  negated: boolean,
): readonly Condition[] | null {
  const end = field === 'saddr' ? 'source' : field === 'daddr' ? 'destination' : null;
  const set = addressSet(values);
  return end === null || set === null ? null : [{ kind: 'address', end, set, negated, family }];
}

function port(field: string, values: Values, negated: boolean): readonly Condition[] | null {
  const end = field === 'sport' ? 'source' : field === 'dport' ? 'destination' : null;
  const ranges = portRanges(values);
  return end === null || ranges === null ? null : [{ kind: 'port', end, ranges, negated }];
}

function protocols(values: Values, negated: boolean): readonly Condition[] | null {
  const numbers: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 1: 'icmp', 58: 'ipv6-icmp' };
  const names = wordList(values?.map((value) => (typeof value === 'number' ? String(value) : value)) ?? null);
  return names && [{ kind: 'protocol', names: names.map((name) => numbers[name] ?? name), negated }];
}

function families(values: Values, negated: boolean): readonly Condition[] | null {
  const known: Readonly<Record<string, AddressFamily>> = {
    ip: 'ipv4',
    ipv4: 'ipv4',
    ip6: 'ipv6',
    ipv6: 'ipv6',
  };
  const names = wordList(values);
  return names && [{ kind: 'family', families: names.flatMap((name) => known[name] ?? []), negated }];
}

function payload(left: JsonObject, values: Values, negated: boolean): readonly Condition[] | null {
  const [protocol, field] = [asText(left['protocol']), asText(left['field'])];
  const ofFamily = (family: AddressFamily): Condition => ({
    kind: 'family',
    families: [family],
    negated: false,
  });
  switch (protocol) {
    case 'ip':
    case 'ip6': {
      const family = protocol === 'ip' ? 'ipv4' : 'ipv6';
      if (field !== 'protocol' && field !== 'nexthdr') return address(family, field, values, negated);
      const wanted = protocols(values, negated);
      return wanted && [ofFamily(family), ...wanted];
    }
    case 'tcp': {
      const wanted = port(field, values, negated);
      return wanted && [protocolIs('tcp'), ...wanted];
    }
    case 'th':
      return port(field, values, negated);
    case 'udp':
    case 'udplite':
    case 'sctp':
    case 'dccp':
    case 'icmp':
    case 'icmpv6':
    case 'igmp':
    case 'ah':
    case 'esp':
    case 'comp':
    case 'arp':
      return fixed(false);
    default:
      return null;
  }
}

function meta(key: string, values: Values, negated: boolean): readonly Condition[] | null {
  const names = wordList(values);
  switch (key) {
    case 'iifname':
    case 'iif':
    case 'oifname':
    case 'oif':
      return names && [{ kind: 'interface', direction: key.startsWith('i') ? 'in' : 'out', names, negated }];
    case 'iiftype':
      return (
        names && [
          { kind: 'interface', direction: 'in', names: names.includes('loopback') ? ['lo'] : [], negated },
        ]
      );
    case 'l4proto':
      return protocols(values, negated);
    case 'nfproto':
    case 'protocol':
      return families(values, negated);
    case 'pkttype':
      return names && fixed((names.includes('host') || names.includes('unicast')) !== negated);
    default:
      return null;
  }
}

/** The same condition on what the client dialled, before any translation. */
function asDialled(conditions: readonly Condition[] | null): readonly Condition[] | null {
  return (
    conditions?.map((condition) =>
      condition.kind === 'port' || condition.kind === 'address'
        ? { ...condition, original: true }
        : condition,
    ) ?? null
  );
}

function connection(left: JsonObject, values: Values, negated: boolean): readonly Condition[] | null {
  const key = asText(left['key']);
  const names = wordList(values);
  const original = left['dir'] === 'original';
  switch (key) {
    case 'state':
      return names && [{ kind: 'state', states: names, negated }];
    case 'status':
      // A source that is translated is none of a connection that comes from outside.
      return names?.every((name) => name === 'dnat' || name === 'snat') === true
        ? names.includes('dnat')
          ? [{ kind: 'translated', negated }]
          : fixed(negated)
        : null;
    case 'l3proto':
      return families(values, negated);
    case 'protocol':
      return protocols(values, negated);
    case 'proto-dst':
      return original ? asDialled(port('dport', values, negated)) : null;
    case 'ip saddr':
    case 'ip daddr':
      return original ? asDialled(address('ipv4', key.slice(3), values, negated)) : null;
    case 'ip6 saddr':
    case 'ip6 daddr':
      return original ? asDialled(address('ipv6', key.slice(4), values, negated)) : null;
    default:
      return null;
  }
}

function routing(left: JsonObject, right: Json | undefined, negated: boolean): readonly Condition[] | null {
  // Reverse path filters drop spoofed senders only, and a spoofed sender completes no connection: the path exists.
  if (left['result'] === 'oif' && typeof right === 'boolean') return fixed(right !== negated);
  if (left['result'] !== 'type' || !asList(left['flags']).includes('daddr')) return null;
  const types = wordList(elementsOf(right, new Map()));
  return types && fixed(types.includes('local') !== negated);
}

function flags(left: Json | undefined, op: string, right: Json | undefined): readonly Condition[] | null {
  const masked = asList(asObject(left)?.['&']);
  const bare = (value: Json | undefined) => {
    const field = asObject(asObject(value)?.['payload']);
    return field?.['protocol'] === 'tcp' && field['field'] === 'flags';
  };
  const value = wordList(right === 0 ? [] : elementsOf(right, new Map()));
  if (value === null) return null;
  if (masked.length >= 2 && bare(masked[0])) {
    const mask = wordList(masked.slice(1).flatMap((one) => asList(one)));
    return mask && [protocolIs('tcp'), { kind: 'tcp-flags', mask, value, negated: op === '!=' }];
  }
  if (!bare(left)) return null;
  const every = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr'];
  return op === 'in'
    ? // `tcp flags syn` asks whether any of the flags is set, which is: not (flags & mask == 0).
      [protocolIs('tcp'), { kind: 'tcp-flags', mask: value, value: [], negated: true }]
    : [protocolIs('tcp'), { kind: 'tcp-flags', mask: every, value, negated: op === '!=' }];
}

function single(
  left: Json,
  values: Values,
  right: Json | undefined,
  negated: boolean,
): readonly Condition[] | null {
  const object = asObject(left);
  const [kind] = Object.keys(object ?? {});
  const inner = asObject(object?.[kind ?? '']);
  if (inner === null) return null;
  switch (kind) {
    case 'payload':
      return payload(inner, values, negated);
    case 'meta':
      return meta(asText(inner['key']), values, negated);
    case 'ct':
      return connection(inner, values, negated);
    case 'fib':
      return routing(inner, right, negated);
    default:
      return null;
  }
}

/** The conditions under which `left` equals one element; for concatenations part by part. */
export function elementConditions(left: Json, element: Json): readonly Condition[] {
  const parts = asObject(left)?.['concat'];
  if (parts === undefined) return single(left, [element], element, false) ?? unknown({ left, element });
  const values = asList(asObject(element)?.['concat']);
  return asList(parts).flatMap((part, index) => {
    const value = values[index];
    const conditions = value === undefined ? null : single(part, [value], value, false);
    return conditions ?? unknown({ left: part });
  });
}

/** Turns an nft match expression into conditions that must all hold. */
export function matchConditions(match: JsonObject, sets: NftSets): readonly Condition[] {
  const left = match['left'] ?? null;
  const right = match['right'];
  const op = asText(match['op']);
  const tcpFlags = flags(left, op, right);
  if (tcpFlags !== null) return tcpFlags;
  if (op !== '==' && op !== '!=' && op !== 'in') return ranged(left, op, right) ?? unknown(match);
  const values = elementsOf(right, sets);
  if (asObject(left)?.['concat'] !== undefined) {
    if (values === null) return unknown(match);
    const alternatives = values.map((value) => elementConditions(left, value));
    return [{ kind: 'any-of', alternatives, negated: op === '!=' }];
  }
  return single(left, values, right, op === '!=') ?? unknown(match);
}

/** `tcp dport > 1024` and the like. */
function ranged(left: Json, op: string, right: Json | undefined): readonly Condition[] | null {
  if (typeof right !== 'number') return null;
  const ranges: Readonly<Record<string, readonly [number, number]>> = {
    '<': [0, right - 1],
    '<=': [0, right],
    '>': [right + 1, 65535],
    '>=': [right, 65535],
  };
  const range = ranges[op];
  return range === undefined ? null : single(left, [{ range: [...range] }], right, false);
}
