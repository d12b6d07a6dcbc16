import { bytesOfText } from '../lib/text-bytes.ts';
import { formatNetwork, parseNetwork } from '../lib/cidr.ts';
import { difference, emptySet, isEmptySet, networkSet, setNetworks, union } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type {
  Exposure,
  ExposureDifference,
  ExposureReport,
  LinePlace,
  ReachFacts,
  ReachGround,
  SocketExposure,
} from './exposure.ts';
import { known, readGround } from './ground.ts';

/** The ground as it would be without a line. */
export function withoutLine(ground: ReachGround, place: LinePlace): ReachGround {
  const rules = ground.rules?.filter(({ file, line }) => file !== place.file || line !== place.line) ?? null;
  return { ...ground, rules };
}

/** The facts as they would be with another text of a configuration file, taken to be loaded. */
export function withFileText(facts: ReachFacts, path: string, text: string): ReachFacts {
  const files = known(facts.configurationFiles);
  if (files === null) return facts;
  const value = files.map((file) =>
    file.path === path
      ? { ...file, text: bytesOfText(text), status: { ...file.status, modifiedAt: 0 }, sha256: null }
      : file,
  );
  return { ...facts, configurationFiles: { state: 'collected', value } };
}

/** The ground with another text of pg_hba.conf or of a file that it includes. */
export function withHbaText(ground: ReachGround, path: string, text: string): ReachGround {
  const after = readGround(withFileText(ground.facts, path, text));
  return { ...after, gss: after.gss || ground.gss };
}

/** The addresses of an exposure. */
export function exposureSources({ from }: Pick<Exposure, 'from'>): NetworkSet {
  return networkSet(from.flatMap((text) => parseNetwork(text) ?? []));
}

const wayOf = ({ to, redirectedTo, scope, transport, method, certainty }: Exposure): string =>
  JSON.stringify([to, redirectedTo, scope, transport, method, certainty]);
const wholeOf = (exposure: Exposure): string =>
  JSON.stringify([wayOf(exposure), exposure.from, exposure.roles, exposure.databases]);

/**
 * What `one` has beyond `other`: the same way in, method and certainty, by role, database and address. The line may be
 * another one: who gets in just so by a later line has lost nothing.
 */
function beyond(one: readonly Exposure[], other: readonly Exposure[]): readonly Exposure[] {
  const unchanged = new Set(other.map(wholeOf));
  const byWay = new Map<string, Exposure[]>();
  for (const exposure of other) {
    const list = byWay.get(wayOf(exposure));
    if (list === undefined) byWay.set(wayOf(exposure), [exposure]);
    else list.push(exposure);
  }
  return one
    .filter((exposure) => !unchanged.has(wholeOf(exposure)))
    .flatMap((exposure) => beyondAll(exposure, byWay.get(wayOf(exposure)) ?? []));
}

function beyondAll(exposure: Exposure, others: readonly Exposure[]): readonly Exposure[] {
  if (exposure.roles.length === 0)
    return remaining(
      exposure,
      others.filter(({ roles }) => roles.length === 0),
      exposure,
    );
  // Roles and databases that the same others speak of lose the same.
  const groups = new Map<
    string,
    { roles: Set<string>; databases: Set<string>; others: readonly Exposure[] }
  >();
  for (const role of exposure.roles) {
    const ofRole = others.filter(({ roles }) => roles.includes(role));
    for (const database of exposure.databases) {
      const ofBoth = ofRole.filter(({ databases }) => databases.includes(database));
      const key = `${ofRole.map((each) => others.indexOf(each)).join()} ${ofBoth.map((each) => others.indexOf(each)).join()}`;
      const group = groups.get(key);
      if (group === undefined)
        groups.set(key, { roles: new Set([role]), databases: new Set([database]), others: ofBoth });
      else {
        group.roles.add(role);
        group.databases.add(database);
      }
    }
  }
  return [...groups.values()].flatMap((group) =>
    remaining(exposure, group.others, {
      roles: [...group.roles],
      databases: [...group.databases],
    }),
  );
}

function remaining(
  exposure: Exposure,
  others: readonly Exposure[],
  names: Pick<Exposure, 'roles' | 'databases'>,
): readonly Exposure[] {
  const left = difference(exposureSources(exposure), union(emptySet, ...others.map(exposureSources)));
  if (isEmptySet(left)) return [];
  const { roles, databases } = names;
  return [
    {
      ...exposure,
      from: setNetworks(left).map(formatNetwork),
      roles,
      databases,
      allRoles: exposure.allRoles && roles.length === exposure.roles.length,
      allDatabases: exposure.allDatabases && databases.length === exposure.databases.length,
    },
  ];
}

function socketsBeyond(
  one: readonly SocketExposure[],
  other: readonly SocketExposure[],
): readonly SocketExposure[] {
  return one.flatMap((exposure): readonly SocketExposure[] => {
    const like = other.filter(({ path, method }) => path === exposure.path && method === exposure.method);
    const roles = exposure.roles.filter((role) =>
      exposure.databases.some(
        (database) =>
          !exposure.accounts.every((account) =>
            like.some(
              (each) =>
                each.roles.includes(role) &&
                each.databases.includes(database) &&
                each.accounts.includes(account),
            ),
          ),
      ),
    );
    return roles.length === 0
      ? []
      : [{ ...exposure, roles, allRoles: exposure.allRoles && roles.length === exposure.roles.length }];
  });
}

/** What a change opens and what it closes, by interval arithmetic. */
export function exposureDifference(before: ExposureReport, after: ExposureReport): ExposureDifference {
  return {
    opened: beyond(after.network, before.network),
    closed: beyond(before.network, after.network),
    openedSockets: socketsBeyond(after.sockets, before.sockets),
    closedSockets: socketsBeyond(before.sockets, after.sockets),
  };
}
