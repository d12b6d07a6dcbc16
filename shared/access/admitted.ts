import { bitNumbers } from './classes.ts';
import type { DatabaseBits, People } from './classes.ts';
import { openDatabases } from './gates.ts';
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

/** Tells who of a region's roles and databases gets in by a method, in as few groups as go by themselves. */
export function admission(
  universe: Universe,
  people: People,
): (region: Pick<Region, 'crowds'>, method: string) => readonly Admitted[] {
  const opens = openDatabases(universe);
  const loginRoles = universe.roles.filter(({ ghost, barred }) => !ghost && barred === null).length;
  const everyOpen = universe.databases.reduce(
    (bits, { ghost, closed, replication }, index) =>
      ghost || closed !== null || replication ? bits : bits | (1n << BigInt(index)),
    0n,
  );
  const names = new Map<DatabaseBits, readonly string[]>();
  const namesOf = (bits: DatabaseBits): readonly string[] => {
    const found =
      names.get(bits) ??
      bitNumbers(bits)
        .flatMap((one) => universe.databases[one]?.name ?? [])
        .sort();
    names.set(bits, found);
    return found;
  };
  const ranks = new Map(
    universe.roles
      .map(({ name }, number) => ({ name, number }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ number }, rank) => [number, rank]),
  );
  const rolesOf = (classes: readonly number[]): readonly string[] =>
    classes
      .flatMap((one) => people.classes[one] ?? [])
      .sort((one, other) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0))
      .flatMap((number) => universe.roles[number]?.name ?? []);
  return ({ crowds }, method) => {
    const sure = new Map<DatabaseBits, number[]>();
    const maybe = new Map<DatabaseBits, number[]>();
    // Each class is in one crowd only, and classes of one kind are alike before every gate.
    for (const { classes, databases } of crowds)
      for (const [kind, ofKind] of byKind(classes, people)) {
        const role = universe.roles[people.classes[ofKind[0] ?? -1]?.[0] ?? -1];
        if (role === undefined) continue;
        const open = opens(kind, role, method);
        addTo(sure, open.sure & databases, ofKind);
        addTo(maybe, open.maybe & databases, ofKind);
      }
    return [
      { found: sure, certain: true },
      { found: maybe, certain: false },
    ].flatMap(({ found, certain }) =>
      [...found].map(([bits, classes]): Admitted => {
        const roles = rolesOf(classes);
        return {
          roles,
          databases: namesOf(bits),
          allRoles: roles.length === loginRoles,
          allDatabases: (bits & everyOpen) === everyOpen,
          certain,
        };
      }),
    );
  };
}

function byKind(classes: readonly number[], { kinds }: People): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  for (const one of classes) {
    const kind = kinds[one] ?? 0;
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [one]);
    else group.push(one);
  }
  return groups;
}

function addTo(groups: Map<DatabaseBits, number[]>, bits: DatabaseBits, classes: readonly number[]): void {
  if (bits === 0n) return;
  const group = groups.get(bits);
  if (group === undefined) groups.set(bits, [...classes]);
  else group.push(...classes);
}
