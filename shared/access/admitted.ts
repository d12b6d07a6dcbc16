import type { HbaRule } from '../hba/types.ts';
import { roleGate } from './gates.ts';
import type { Region } from './regions.ts';
import type { Universe } from './universe.ts';

/** Roles and databases of a region that get in, all alike. */
export interface Admitted {
  readonly roles: readonly string[];
  readonly databases: readonly string[];
  readonly allRoles: boolean;
  readonly allDatabases: boolean;
  readonly certain: boolean;
}

const sorted = (names: readonly string[]): readonly string[] => [...names].sort();

interface Group {
  readonly roles: Set<string>;
  readonly databases: Set<string>;
  readonly certain: boolean;
}

/** Adds to the group that has the same roles (or databases), which gets the others too. */
function add(
  groups: Map<string, Group>,
  by: 'roles' | 'databases',
  roles: readonly string[],
  databases: readonly string[],
  certain: boolean,
): void {
  if (roles.length === 0 || databases.length === 0) return;
  const key = `${certain} ${JSON.stringify(sorted(by === 'roles' ? roles : databases))}`;
  const found = groups.get(key);
  if (found === undefined) groups.set(key, { roles: new Set(roles), databases: new Set(databases), certain });
  else {
    roles.forEach((name) => found.roles.add(name));
    databases.forEach((name) => found.databases.add(name));
  }
}

/** Who of a region's roles and databases gets in by the line, put together into as few groups as go by themselves. */
export function admittedBy(
  { crowds }: Pick<Region, 'crowds'>,
  rule: HbaRule,
  universe: Universe,
): readonly Admitted[] {
  const byRoles = new Map<string, Group>();
  for (const { roles, databases } of crowds) {
    const [someone] = roles.flatMap((number) => universe.roles[number] ?? []);
    if (someone === undefined || someone.ghost) continue;
    // Roles of one crowd are alike before every gate, so one speaks for all.
    const open: string[] = [];
    const perhaps: string[] = [];
    for (const number of databases) {
      const database = universe.databases[number];
      if (database === undefined || database.ghost) continue;
      const gate = roleGate(universe, someone, database, rule);
      if (gate === null) open.push(database.name);
      else if (!gate.sure) perhaps.push(database.name);
    }
    const names = roles.flatMap((number) => universe.roles[number]?.name ?? []);
    add(byRoles, 'roles', names, open, universe.rolesKnown && universe.databasesKnown);
    add(byRoles, 'roles', names, perhaps, false);
  }
  const byDatabases = new Map<string, Group>();
  for (const { roles, databases, certain } of byRoles.values())
    add(byDatabases, 'databases', [...roles], [...databases], certain);
  const loginRoles = universe.roles.filter(({ ghost, barred }) => !ghost && barred === null).length;
  const openDatabases = universe.databases.filter(
    ({ ghost, closed, replication }) => !ghost && closed === null && !replication,
  );
  return [...byDatabases.values()].map(({ roles, databases, certain }) => ({
    roles: sorted([...roles]),
    databases: sorted([...databases]),
    allRoles: roles.size === loginRoles,
    allDatabases: openDatabases.every(({ name }) => databases.has(name)),
    certain,
  }));
}
