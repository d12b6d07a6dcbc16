import type { HbaRule } from '../hba/types.ts';
import { databaseMatcher, userMatcher } from './universe.ts';
import type { Named, Somebody, Universe } from './universe.ts';

/** Databases as bits, by their number in the universe. */
export type DatabaseBits = bigint;

/** For whom a line is: classes of roles, each with its databases. */
export interface LinePeople {
  /** Numbers of role classes, ascending; `all` for every class. */
  readonly roles: 'all' | readonly number[];
  /** The databases for each of them; one for all unless the line says sameuser or samerole. */
  readonly databases: DatabaseBits | readonly DatabaseBits[];
  /** Why it is not certain that the line is for them; null when it is. */
  readonly doubt: string | null;
}

/** All lines with the people that they are for. */
export interface People {
  /** Numbers of roles of each class: roles that no line and no gate tells apart. */
  readonly classes: readonly (readonly number[])[];
  /** What decides for each class besides the lines: equal numbers, equal answers. */
  readonly kinds: readonly number[];
  readonly everyDatabase: DatabaseBits;
  /** For each line what is sure and what is only possible. */
  readonly lines: readonly { readonly sure: LinePeople; readonly maybe: LinePeople | null }[];
}

/** The databases of one class of a line. */
export function databasesOf({ databases }: LinePeople, index: number): DatabaseBits {
  return typeof databases === 'bigint' ? databases : (databases[index] ?? 0n);
}

/** Numbers of the bits that are set. */
export function bitNumbers(bits: DatabaseBits): readonly number[] {
  const numbers: number[] = [];
  const text = bits.toString(2);
  for (let index = 0; index < text.length; index += 1)
    if (text.charAt(text.length - 1 - index) === '1') numbers.push(index);
  return numbers;
}

const bitsOf = (numbers: readonly number[]): DatabaseBits =>
  numbers.reduce((bits, number) => bits | (1n << BigInt(number)), 0n);

/**
 * Finds for whom each line is. Roles are put into classes by the lines that name them, by `kindOf` (what decides
 * besides the lines) and by the databases that sameuser and samerole mean for them.
 */
export function readPeople(
  rules: readonly HbaRule[],
  universe: Universe,
  kindOf: (role: Somebody) => string,
): People {
  const matchUsers = userMatcher(universe);
  const matchDatabases = databaseMatcher(universe);
  const users = rules.map((rule) => matchUsers(rule.users));
  const databases = rules.map((rule) => matchDatabases(rule.databases));
  const same = databases.some(({ sameUser, sameRole }) => sameUser || sameRole);
  const numberOf = new Map(
    universe.databases.flatMap(({ name, replication }, index) =>
      replication ? [] : [[name, index] as const],
    ),
  );
  const naming = universe.roles.map((): number[] => []);
  for (const [rule, { sure, maybe }] of users.entries()) {
    if (sure !== 'all') for (const role of sure) naming[role]?.push(rule);
    if (maybe !== 'all') for (const role of maybe) naming[role]?.push(-1 - rule);
  }
  const classes: number[][] = [];
  const classOf: number[] = [];
  const ownDatabases: { readonly user: DatabaseBits; readonly role: DatabaseBits }[] = [];
  const byKey = new Map<string, number>();
  const kinds: number[] = [];
  const kindNumbers = new Map<string, number>();
  for (const [number, role] of universe.roles.entries()) {
    const user = same ? bitsOf([role.name].flatMap((name) => numberOf.get(name) ?? [])) : 0n;
    const groups = same ? bitsOf([...role.groups].flatMap((name) => numberOf.get(name) ?? [])) : 0n;
    const kind = kindOf(role);
    const key = `${kind} ${user} ${groups} ${naming[number]?.join()}`;
    const found = byKey.get(key) ?? classes.length;
    byKey.set(key, found);
    if (found === classes.length) {
      classes.push([]);
      if (!kindNumbers.has(kind)) kindNumbers.set(kind, kindNumbers.size);
      kinds.push(kindNumbers.get(kind) ?? 0);
      ownDatabases.push({ user, role: groups });
    }
    classes[found]?.push(number);
    classOf[number] = found;
  }
  const everyClass = classes.map((_, index) => index);
  const classesOf = (named: Named['sure']): readonly number[] =>
    named === 'all'
      ? everyClass
      : [...new Set(named.map((role) => classOf[role] ?? 0))].sort((left, right) => left - right);
  const replication = universe.databases.findIndex((database) => database.replication);
  const everyNamed = (1n << BigInt(universe.databases.length)) - 1n - (1n << BigInt(replication));
  // `all` does not mean physical replication, which is listed by its keyword only; `all, replication` means both.
  const namedBits = (named: Named['sure'], also: boolean): DatabaseBits =>
    named === 'all' ? everyNamed | (also ? 1n << BigInt(replication) : 0n) : bitsOf(named);
  const lines = rules.map((rule, index) => {
    const user = users[index] ?? { sure: [], maybe: [], reason: null };
    const database = databases[index] ?? {
      sure: [],
      maybe: [],
      reason: null,
      sameUser: false,
      sameRole: false,
    };
    const also = rule.databases.some(({ kind }) => kind === 'replication');
    const people = (roles: Named['sure'], dbs: Named['sure'], doubt: string | null): LinePeople => {
      const bits = namedBits(dbs, also);
      const plain = !database.sameUser && !database.sameRole;
      if (plain) return { roles: roles === 'all' ? 'all' : classesOf(roles), databases: bits, doubt };
      const list = classesOf(roles);
      const own = list.map((one) => {
        const mine = ownDatabases[one] ?? { user: 0n, role: 0n };
        return bits | (database.sameUser ? mine.user : 0n) | (database.sameRole ? mine.role : 0n);
      });
      return { roles: list, databases: own, doubt };
    };
    const doubtful = user.maybe.length > 0 || database.maybe.length > 0;
    const join = (one: Named['sure'], other: Named['sure']): Named['sure'] =>
      one === 'all' || other === 'all' ? 'all' : [...new Set([...one, ...other])];
    return {
      sure: people(user.sure, database.sure, null),
      maybe: doubtful
        ? people(
            join(user.sure, user.maybe),
            join(database.sure, database.maybe),
            user.reason ?? database.reason,
          )
        : null,
    };
  });
  return { classes, kinds, everyDatabase: everyNamed | (1n << BigInt(replication)), lines };
}
