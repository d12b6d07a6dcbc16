import type { HbaRule } from '../hba/types.ts';
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
