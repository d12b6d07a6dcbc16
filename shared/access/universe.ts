import type { Database, Role } from '../facts/catalog.ts';
import { parseRegex } from '../hba/regex-parse.ts';
import { searchRegex } from '../hba/regex.ts';
import type { HbaRule, HbaToken } from '../hba/types.ts';
import { createRoleGraph } from '../roles/role-graph.ts';
import type { RoleGraph } from '../roles/role-graph.ts';
import type { ReachFacts } from './exposure.ts';
import { known } from './ground.ts';

/** A role as far as it matters to a login. A `ghost` stands for roles that do not exist (yet): it opens nothing. */
export interface Somebody {
  readonly name: string;
  readonly ghost: boolean;
  readonly superuser: boolean;
  readonly replication: boolean;
  /** Why the role cannot log in at all; null when it can. */
  readonly barred: string | null;
  readonly verifier: Role['verifier'];
  /** Its password has run out (VALID UNTIL), by the host's own clock. */
  readonly expired: boolean;
  /** Groups by any membership, itself included. */
  readonly groups: ReadonlySet<string>;
}

/** A database; `replication` stands for physical replication, which names none. */
export interface Somewhere {
  readonly name: string;
  readonly replication: boolean;
  readonly ghost: boolean;
  /** Why nobody can connect to it. */
  readonly closed: string | null;
}

/** All roles and databases, with those that only pg_hba.conf names. */
export interface Universe {
  readonly roles: readonly Somebody[];
  readonly databases: readonly Somewhere[];
  /** False when the catalogs were not read: then names are those of the lines, and anything else may exist. */
  readonly rolesKnown: boolean;
  readonly databasesKnown: boolean;
  readonly membershipsKnown: boolean;
  /** Why the role may not connect to the database (no CONNECT, limits, no REPLICATION); null when it may. */
  readonly refusal: (role: Somebody, database: Somewhere) => string | null;
}

/** Stands for every role that no line names. */
export const anyOtherRole = '(any other role)';
export const anyOtherDatabase = '(any other database)';

function hasExpired(validUntil: string | null, now: string | null): boolean {
  if (validUntil === null || /^infinity$/i.test(validUntil)) return false;
  const until = Date.parse(validUntil.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00'));
  return !Number.isNaN(until) && now !== null && until < Date.parse(now);
}

function barredBecause({ login, connectionLimit, superuser }: Role): string | null {
  if (!login) return 'the role may not log in (NOLOGIN)';
  return connectionLimit === 0 && !superuser ? 'the role has a connection limit of 0' : null;
}

function realRole(role: Role, graph: RoleGraph, now: string | null): Somebody {
  return {
    name: role.name,
    ghost: false,
    superuser: role.superuser,
    replication: role.replication || role.superuser,
    barred: barredBecause(role),
    verifier: role.verifier,
    expired: hasExpired(role.validUntil, now),
    groups: new Set([role.name, ...graph.groupsOf(role.name)]),
  };
}

function otherRole(name: string, ghost: boolean, groups: readonly string[] = []): Somebody {
  return {
    name,
    ghost,
    superuser: false,
    replication: true,
    barred: null,
    verifier: 'unknown',
    expired: false,
    groups: new Set([name, ...groups]),
  };
}

function namesIn(lists: readonly (readonly HbaToken[])[]): readonly string[] {
  return [...new Set(lists.flat().flatMap(({ kind, text }) => (kind === 'name' ? [text] : [])))];
}

/** Reads roles and databases, and adds those that the lines name and that do not exist, so that no line is forgotten. */
export function readUniverse(facts: ReachFacts, rules: readonly HbaRule[]): Universe {
  const roles = known(facts.roles);
  const memberships = known(facts.memberships);
  const databases = known(facts.databases);
  const graph = createRoleGraph(roles ?? [], memberships ?? []);
  const now = known(facts.system)?.time ?? null;
  const real = (roles ?? []).map((role) => realRole(role, graph, now));
  const names = new Set(real.map(({ name }) => name));
  const named = namesIn(rules.map(({ users }) => users)).filter((name) => !names.has(name));
  const groups = [
    ...new Set(
      rules.flatMap(({ users }) =>
        users.flatMap(({ kind, text }) => (kind === 'group' ? [text.slice(1)] : [])),
      ),
    ),
  ];
  const rolesKnown = roles !== null;
  const present = (databases ?? []).map((database): Somewhere => ({
    name: database.name,
    replication: false,
    ghost: false,
    closed: database.allowConnections ? null : 'the database allows no connections',
  }));
  const there = new Set(present.map(({ name }) => name));
  const missing = namesIn(rules.map((rule) => rule.databases)).filter((name) => !there.has(name));
  const databasesKnown = databases !== null;
  const otherDatabase = (name: string): Somewhere => ({
    name,
    replication: false,
    ghost: databasesKnown,
    closed: null,
  });
  return {
    roles: [
      ...real,
      ...named.map((name) => otherRole(name, rolesKnown)),
      ...groups.map((group) => otherRole(`(a member of ${group})`, true, [group, ...graph.groupsOf(group)])),
      otherRole(anyOtherRole, rolesKnown),
    ],
    databases: [
      ...present,
      ...missing.map(otherDatabase),
      otherDatabase(anyOtherDatabase),
      { name: 'replication', replication: true, ghost: false, closed: null },
    ],
    rolesKnown,
    databasesKnown,
    membershipsKnown: memberships !== null,
    refusal: refusals(databases ?? [], graph),
  };
}

function refusals(databases: readonly Database[], graph: RoleGraph): Universe['refusal'] {
  const byName = new Map(databases.map((database) => [database.name, database]));
  const inherited = new Map<string, ReadonlySet<string>>();
  const privilegesOf = (name: string): ReadonlySet<string> => {
    const found = inherited.get(name) ?? new Set([name, ...graph.groupsOf(name, 'inherit')]);
    inherited.set(name, found);
    return found;
  };
  return (role, database) => {
    if (database.replication) return role.replication ? null : 'the role may not replicate (NOREPLICATION)';
    const row = byName.get(database.name);
    if (row === undefined || role.superuser || role.ghost) return null;
    if (row.connectionLimit === 0) return 'the database has a connection limit of 0';
    if (row.defaultAcl) return null;
    const connects = row.grants.some(
      ({ privilege, grantee }) =>
        privilege === 'CONNECT' && (grantee === null || privilegesOf(role.name).has(grantee)),
    );
    return connects ? null : 'the role has no CONNECT privilege on the database';
  };
}

/** Indexes that a list of tokens stands for, for sure and perhaps. */
export interface Named {
  readonly sure: 'all' | readonly number[];
  readonly maybe: 'all' | readonly number[];
  /** Why it is not certain. */
  readonly reason: string | null;
}

function regexMatches(token: HbaToken, names: readonly { readonly name: string }[]): Named {
  const parsed = parseRegex(token.text.slice(1));
  if (parsed.kind === 'invalid') return { sure: [], maybe: [], reason: null };
  const sure: number[] = [];
  const maybe: number[] = [];
  let reason: string | null = null;
  for (const [index, { name }] of names.entries()) {
    const outcome = searchRegex(token.text.slice(1), name);
    if (outcome.kind === 'match') sure.push(index);
    else if (outcome.kind === 'unknown') {
      maybe.push(index);
      reason = `the regular expression "${token.text}" cannot be evaluated here: ${outcome.reason}`;
    }
  }
  return { sure, maybe, reason };
}

/** Answers for which roles a user list is, each token once. */
export function userMatcher(universe: Universe): (tokens: readonly HbaToken[]) => Named {
  const { roles, membershipsKnown } = universe;
  const byName = new Map(roles.map(({ name }, index) => [name, index]));
  const byGroup = new Map<string, number[]>();
  for (const [index, { groups }] of roles.entries())
    for (const group of groups) {
      const list = byGroup.get(group);
      if (list === undefined) byGroup.set(group, [index]);
      else list.push(index);
    }
  const cache = new Map<string, Named>();
  const one = (token: HbaToken): Named => {
    const { kind, text } = token;
    if (kind === 'all') return { sure: 'all', maybe: [], reason: null };
    if (kind === 'file') return { sure: [], maybe: 'all', reason: `the file ${text.slice(1)} was not read` };
    const key = `${kind} ${text}`;
    const before = cache.get(key);
    if (before !== undefined) return before;
    let found: Named;
    if (kind === 'group') {
      const group = text.slice(1);
      const reason = `who belongs to ${group} is not known`;
      found = membershipsKnown
        ? { sure: byGroup.get(group) ?? [], maybe: [], reason: null }
        : { sure: byGroup.get(group) ?? [], maybe: 'all', reason };
    } else if (kind === 'regex') found = regexMatches(token, roles);
    else {
      const index = byName.get(text);
      found = { sure: index === undefined ? [] : [index], maybe: [], reason: null };
    }
    cache.set(key, found);
    return found;
  };
  return (tokens) => joined(tokens.map(one));
}

function joined(parts: readonly Named[]): Named {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const all = (which: 'sure' | 'maybe'): Named['sure'] =>
    parts.some((part) => part[which] === 'all')
      ? 'all'
      : [...new Set(parts.flatMap((part) => [...(part[which] === 'all' ? [] : part[which])]))].sort(
          (left, right) => left - right,
        );
  return {
    sure: all('sure'),
    maybe: all('maybe'),
    reason: parts.find(({ reason }) => reason !== null)?.reason ?? null,
  };
}

/** For which databases a list is: those named, and whether it hangs on the role. */
export interface NamedDatabases extends Named {
  readonly sameUser: boolean;
  readonly sameRole: boolean;
}

/** Answers for which databases a list is; `sameuser` and `samerole` are left to the role. */
export function databaseMatcher(universe: Universe): (tokens: readonly HbaToken[]) => NamedDatabases {
  const { databases } = universe;
  const byName = new Map(databases.map(({ name, replication }, index) => [replication ? '' : name, index]));
  const replication = databases.findIndex((database) => database.replication);
  const cache = new Map<string, Named>();
  const one = (token: HbaToken): Named => {
    switch (token.kind) {
      case 'all':
        return { sure: 'all', maybe: [], reason: null };
      case 'replication':
        return { sure: [replication], maybe: [], reason: null };
      case 'sameuser':
      case 'samerole':
        return { sure: [], maybe: [], reason: null };
      case 'file':
        return { sure: [], maybe: 'all', reason: `the file ${token.text.slice(1)} was not read` };
      case 'regex': {
        const found =
          cache.get(token.text) ??
          regexMatches(
            token,
            databases.map((database) => (database.replication ? { name: '' } : database)),
          );
        cache.set(token.text, found);
        // Physical replication is matched by its keyword alone.
        const without = (list: Named['sure']) =>
          list === 'all' ? list : list.filter((index) => index !== replication);
        return { ...found, sure: without(found.sure), maybe: without(found.maybe) };
      }
      default: {
        const index = byName.get(token.text);
        return { sure: index === undefined ? [] : [index], maybe: [], reason: null };
      }
    }
  };
  return (tokens) => ({
    ...joined(tokens.map(one)),
    sameUser: tokens.some(({ kind }) => kind === 'sameuser'),
    sameRole: tokens.some(({ kind }) => kind === 'samerole'),
  });
}
