import type { HbaAddress, HbaRule, HbaToken } from './types.ts';
import { parseNetwork } from '../lib/cidr.ts';

/**
 * Rules by what can be told apart at once, so that of thousands only those are compared in full that may overlap. A rule
 * that names several, or anything but plain names and IPv4 networks, may overlap with all.
 */
interface RuleIndex {
  readonly place: ReadonlyMap<HbaRule, number>;
  readonly users: Int32Array;
  readonly databases: Int32Array;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly names: ReadonlyMap<string, number>;
}

const any = -1;
const nobody = -2;
const indexes = new WeakMap<readonly HbaRule[], RuleIndex>();

function plainName(tokens: readonly HbaToken[]): string | null {
  const [token] = tokens;
  return tokens.length === 1 && token?.kind === 'name' ? token.text : null;
}

/** First and last IPv4 address as numbers; everything for what is no IPv4 network. */
function interval(address: HbaAddress | null): readonly [number, number] {
  if (address?.kind !== 'network' || address.prefix === null || address.family !== 'ipv4')
    return [-Infinity, Infinity];
  const network = parseNetwork(`${address.address}/${address.prefix}`);
  if (network === null) return [-Infinity, Infinity];
  const size = 2 ** (32 - address.prefix);
  const start = Math.floor(Number(network.value) / size) * size;
  return [start, start + size - 1];
}

function indexOf(rules: readonly HbaRule[]): RuleIndex {
  const known = indexes.get(rules);
  if (known !== undefined) return known;
  const names = new Map<string, number>();
  const idOf = (name: string | null): number => {
    if (name === null) return any;
    const id = names.get(name) ?? names.size;
    names.set(name, id);
    return id;
  };
  const index = {
    place: new Map(rules.map((rule, position) => [rule, position] as const)),
    users: Int32Array.from(rules, ({ users }) => idOf(plainName(users))),
    databases: Int32Array.from(rules, ({ databases }) => idOf(plainName(databases))),
    starts: Float64Array.from(rules, ({ address }) => interval(address)[0]),
    ends: Float64Array.from(rules, ({ address }) => interval(address)[1]),
    names,
  };
  indexes.set(rules, index);
  return index;
}

/** The place of a rule in a list; -1 when it is not in it. */
export function placeOfRule(rules: readonly HbaRule[], rule: HbaRule): number {
  return indexOf(rules).place.get(rule) ?? -1;
}

/**
 * The rules before a place that may take all of one database and one user of a rule, for some of its addresses. None
 * that does is left out.
 */
export function mayTake(
  rules: readonly HbaRule[],
  before: number,
  wanted: { readonly address: HbaAddress | null; readonly database: HbaToken; readonly user: HbaToken },
): readonly HbaRule[] {
  const { users, databases, starts, ends, names } = indexOf(rules);
  const idOf = (token: HbaToken): number =>
    token.kind === 'name' ? (names.get(token.text) ?? nobody) : nobody;
  const user = idOf(wanted.user);
  // `sameuser` of one user is the database of his name.
  const database = idOf(wanted.database.kind === 'sameuser' ? wanted.user : wanted.database);
  const [start, end] = interval(wanted.address);
  const found: HbaRule[] = [];
  for (let place = 0; place < before; place += 1) {
    const ofUser = users[place] ?? any;
    const ofDatabase = databases[place] ?? any;
    if (ofUser !== any && ofUser !== user) continue;
    if (ofDatabase !== any && ofDatabase !== database) continue;
    if ((starts[place] ?? 0) > end || (ends[place] ?? 0) < start) continue;
    const rule = rules[place];
    if (rule !== undefined) found.push(rule);
  }
  return found;
}
