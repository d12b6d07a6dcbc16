import type { HbaRule } from '../hba/types.ts';
import type { DatabaseBits } from './classes.ts';
import type { Somebody, Somewhere, Universe } from './universe.ts';

const asksPassword: readonly string[] = ['scram-sha-256', 'md5', 'password'];

/** Why the method of a line lets the role in never (`no`) or perhaps not (`maybe`); null when it can. */
export function methodGate(
  role: Somebody,
  method: string,
): { readonly sure: boolean; readonly reason: string } | null {
  if (!asksPassword.includes(method)) return null;
  if (role.verifier === 'none') return { sure: true, reason: 'the role has no password' };
  if (role.expired) return { sure: true, reason: 'the password of the role has expired (VALID UNTIL)' };
  if (method === 'scram-sha-256' && role.verifier === 'md5')
    return { sure: true, reason: 'the stored password of the role is md5, and the line asks for SCRAM' };
  if (role.verifier === 'unknown' && !role.ghost)
    return { sure: false, reason: 'whether the role has a password could not be read' };
  if (role.verifier === 'other')
    return { sure: false, reason: 'the stored password of the role is of a kind that is not known' };
  return null;
}

/** Everything about a role that decides, besides the lines, whether it gets in: equal texts, equal answers. */
export function roleKind(universe: Universe): (role: Somebody) => string {
  return (role) => {
    const { ghost, superuser, verifier, expired, barred } = role;
    const refused = universe.databases.flatMap((database, index) =>
      universe.refusal(role, database) === null ? [] : [index],
    );
    return [ghost, superuser, verifier, expired, barred !== null, refused.join()].join(' ');
  };
}

/** Why the role cannot come in by the line to the database, whatever it can prove; null when it can. */
export function roleGate(
  universe: Universe,
  role: Somebody,
  database: Somewhere,
  rule: HbaRule,
): { readonly sure: boolean; readonly reason: string } | null {
  const refusal = role.barred ?? database.closed ?? universe.refusal(role, database);
  if (refusal !== null) return { sure: true, reason: refusal };
  return methodGate(role, rule.method);
}

/** Databases that are open to a kind of role by a method: for sure, and perhaps. */
export interface OpenBits {
  readonly sure: DatabaseBits;
  readonly maybe: DatabaseBits;
}

/** Answers for a role, and all of its kind, which databases a method opens; each kind and method once. */
export function openDatabases(
  universe: Universe,
): (kind: number, role: Somebody, method: string) => OpenBits {
  const cache = new Map<string, OpenBits>();
  const closed: OpenBits = { sure: 0n, maybe: 0n };
  return (kind, role, method) => {
    const key = `${kind} ${method}`;
    const before = cache.get(key);
    if (before !== undefined) return before;
    const gate = methodGate(role, method);
    let found = closed;
    if (!role.ghost && role.barred === null && gate?.sure !== true) {
      let bits = 0n;
      for (const [index, database] of universe.databases.entries())
        if (!database.ghost && database.closed === null && universe.refusal(role, database) === null)
          bits |= 1n << BigInt(index);
      const known = universe.rolesKnown && universe.databasesKnown && gate === null;
      found = known ? { sure: bits, maybe: 0n } : { sure: 0n, maybe: bits };
    }
    cache.set(key, found);
    return found;
  };
}
