import { databasesOf } from './classes.ts';
import type { DatabaseBits, LinePeople } from './classes.ts';

/** What counts as work: how often a line was looked at in a cell, and for how many classes of roles. */
export interface RegionWork {
  lines: number;
  roles: number;
}

/** What a line gets: databases for some classes of roles, and `rest` for every class that is not among these. */
export interface Share {
  readonly rest: DatabaseBits;
  readonly roles: readonly number[];
  readonly databases: readonly DatabaseBits[];
}

/** What no line took yet; classes that are not in `roles` have `rest`. */
export interface Left {
  rest: DatabaseBits;
  readonly roles: Map<number, DatabaseBits>;
}

/** What is left for a line; null when it is nothing. */
export function shareOf(line: LinePeople, left: Left, work: RegionWork): Share | null {
  const roles: number[] = [];
  const databases: DatabaseBits[] = [];
  let some = false;
  const give = (role: number, bits: DatabaseBits): void => {
    if (bits !== 0n) some = true;
    roles.push(role);
    databases.push(bits);
  };
  if (line.roles === 'all') {
    const wanted = databasesOf(line, 0);
    work.roles += left.roles.size + 1;
    for (const [role, bits] of left.roles) give(role, wanted & bits);
    const rest = wanted & left.rest;
    return some || rest !== 0n ? { rest, roles, databases } : null;
  }
  work.roles += line.roles.length;
  for (const [at, role] of line.roles.entries()) {
    const got = databasesOf(line, at) & (left.roles.get(role) ?? left.rest);
    if (got !== 0n) give(role, got);
  }
  return some ? { rest: 0n, roles, databases } : null;
}

/** The same share with these classes by number, so that they can be told from the rest. */
export function named({ rest, roles, databases }: Share, wanted: readonly number[]): Share {
  const there = new Set(roles);
  const more = rest === 0n ? [] : wanted.filter((role) => !there.has(role));
  return { rest, roles: [...roles, ...more], databases: [...databases, ...more.map(() => rest)] };
}

/** The databases that a line is for, by class; `null` asks for those of a class that has no number here. */
export function wantedBits(people: LinePeople): (role: number | null) => DatabaseBits {
  if (people.roles === 'all') return () => databasesOf(people, 0);
  const bits = new Map(people.roles.map((role, at) => [role, databasesOf(people, at)]));
  return (role) => (role === null ? 0n : (bits.get(role) ?? 0n));
}

/** Divides a share into the part that is wanted and the rest of it. */
export function split(
  { rest, roles, databases }: Share,
  wanted: (role: number | null) => DatabaseBits,
): { readonly inside: Share | null; readonly outside: Share | null } {
  const part = (bits: (role: number | null) => DatabaseBits): Share | null => {
    const got = databases.map((all, at) => all & bits(roles[at] ?? null));
    const remaining = rest & bits(null);
    return remaining === 0n && got.every((one) => one === 0n)
      ? null
      : { rest: remaining, roles, databases: got };
  };
  return { inside: part(wanted), outside: part((role) => ~wanted(role)) };
}
