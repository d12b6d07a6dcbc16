import type { Named, NamedDatabases, Somebody, Universe } from './universe.ts';

/** Lines that a class of roles meets, each with the databases that it is for. */
export interface ClassLine {
  readonly rule: number;
  /** Sure for the roles; null when sure, otherwise why not. */
  readonly doubt: string | null;
}

/** Adds to the list under a key. */
export function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

export interface RoleClass {
  readonly roles: readonly number[];
  readonly lines: readonly ClassLine[];
  /** Databases that sameuser and samerole mean for these roles. */
  readonly sameUser: readonly number[];
  readonly sameRole: readonly number[];
}

/** Roles that meet the same lines, for the same databases. */
export function roleClasses(
  count: number,
  universe: Universe,
  users: readonly Named[],
  databases: readonly NamedDatabases[],
  kindOf: (role: Somebody) => string,
): readonly RoleClass[] {
  const forAll: ClassLine[] = [];
  const forSome = new Map<number, ClassLine[]>();
  for (let rule = 0; rule < count; rule += 1) {
    const { sure, maybe, reason } = users[rule] ?? { sure: [], maybe: [], reason: null };
    if (sure === 'all') {
      forAll.push({ rule, doubt: null });
      continue;
    }
    for (const role of sure) pushTo(forSome, role, { rule, doubt: null });
    if (maybe === 'all') forAll.push({ rule, doubt: reason });
    else for (const role of maybe) if (!sure.includes(role)) pushTo(forSome, role, { rule, doubt: reason });
  }
  const same = databases.some(({ sameUser, sameRole }) => sameUser || sameRole);
  const numberOf = new Map(
    universe.databases.map(({ name, replication }, index) => [replication ? '' : name, index]),
  );
  const classes = new Map<string, { roles: number[]; own: ClassLine[]; user: number[]; role: number[] }>();
  for (const [number, role] of universe.roles.entries()) {
    const own = forSome.get(number) ?? [];
    const user = same ? [role.name].flatMap((name) => numberOf.get(name) ?? []) : [];
    const groups = same ? [...role.groups].flatMap((name) => numberOf.get(name) ?? []).sort() : [];
    const text = own.map(({ rule, doubt }) => (doubt === null ? rule : `?${rule}`)).join();
    const key = `${kindOf(role)} ${user.join()} ${groups.join()} ${text}`;
    const found = classes.get(key);
    if (found === undefined) classes.set(key, { roles: [number], own, user, role: groups });
    else found.roles.push(number);
  }
  return [...classes.values()].map(({ roles, own, user, role }) => ({
    roles,
    sameUser: user,
    sameRole: role,
    lines: merged(own, forAll),
  }));
}

/** Two lists in the order of the file as one; a line in both is taken once, sure if it is sure in one. */
function merged(left: readonly ClassLine[], right: readonly ClassLine[]): readonly ClassLine[] {
  if (left.length === 0) return right;
  const result: ClassLine[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [one, other] = [left[i], right[j]];
    if (one === undefined && other === undefined) return result;
    if (other === undefined || (one !== undefined && one.rule < other.rule)) {
      if (one !== undefined) result.push(one);
      i += 1;
    } else if (one === undefined || other.rule < one.rule) {
      result.push(other);
      j += 1;
    } else {
      result.push(one.doubt === null ? one : other);
      i += 1;
      j += 1;
    }
  }
}

/** Databases for which the class of roles meets the same lines. */
export function databaseClasses(
  { lines, sameUser, sameRole }: RoleClass,
  universe: Universe,
  databases: readonly NamedDatabases[],
): readonly { readonly numbers: readonly number[]; readonly lines: readonly ClassLine[] }[] {
  const forAll: ClassLine[] = [];
  const forSome = new Map<number, ClassLine[]>();
  const replication = universe.databases.findIndex((database) => database.replication);
  for (const line of lines) {
    const found = databases[line.rule];
    if (found === undefined) continue;
    if (found.sure === 'all') forAll.push(line);
    const some = found.sure === 'all' ? [] : found.sure;
    // `all` does not mean physical replication, which is listed by its keyword only.
    const extra = [...some, ...(found.sameUser ? sameUser : []), ...(found.sameRole ? sameRole : [])];
    for (const number of new Set(extra)) pushTo(forSome, number, line);
    const doubtful = { rule: line.rule, doubt: line.doubt ?? found.reason };
    if (found.maybe === 'all') forAll.push(doubtful);
    else for (const number of found.maybe) if (!extra.includes(number)) pushTo(forSome, number, doubtful);
  }
  const classes = new Map<string, { numbers: number[]; lines: readonly ClassLine[] }>();
  const rest: number[] = [];
  for (const number of universe.databases.keys()) {
    const own = forSome.get(number);
    if (own === undefined && number !== replication) {
      rest.push(number);
      continue;
    }
    const key = `${number === replication ? 'r' : ''} ${(own ?? []).map(({ rule, doubt }) => (doubt === null ? rule : `?${rule}`)).join()}`;
    const found = classes.get(key);
    if (found !== undefined) found.numbers.push(number);
    else
      classes.set(key, {
        numbers: [number],
        lines: number === replication ? (own ?? []) : merged(own ?? [], forAll),
      });
  }
  return [...(rest.length > 0 ? [{ numbers: rest, lines: forAll }] : []), ...classes.values()];
}
