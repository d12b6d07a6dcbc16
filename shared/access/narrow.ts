import { formatNetwork } from '../lib/cidr.ts';
import type { Network } from '../lib/cidr.ts';
import { intersection, isEmptySet, networkSet, setNetworks } from '../lib/network-set.ts';
import type { Exposure, ExposureReport, SocketExposure } from './exposure.ts';
import { exposureSources } from './difference.ts';
import { isOpenToAll } from './networks.ts';

/** What is asked about; null for everything. */
export interface Narrowing {
  readonly from: Network | null;
  readonly port: number | null;
  readonly role: string | null;
  readonly database: string | null;
  readonly tls: boolean | null;
}

function names<T extends Exposure | SocketExposure>(exposure: T, { role, database }: Narrowing): T | null {
  if (exposure.roles.length === 0) return exposure;
  if (role !== null && !exposure.roles.includes(role)) return null;
  if (database !== null && !exposure.databases.includes(database)) return null;
  return {
    ...exposure,
    ...(role === null ? {} : { roles: [role], allRoles: false }),
    ...(database === null ? {} : { databases: [database], allDatabases: false }),
  };
}

function networkPart(exposure: Exposure, narrowing: Narrowing): readonly Exposure[] {
  const { from, port, tls } = narrowing;
  if (port !== null && exposure.to.port !== port) return [];
  if (tls !== null && exposure.transport !== null && (exposure.transport === 'tls') !== tls) return [];
  const named = names(exposure, narrowing);
  if (named === null) return [];
  if (from === null) return [named];
  const set = intersection(exposureSources(exposure), networkSet([from]));
  if (isEmptySet(set)) return [];
  return [{ ...named, from: setNetworks(set).map(formatNetwork), openToAll: isOpenToAll(set) }];
}

/** The part of a report that is asked about. What is unknown is kept unless it is about other networks or ports. */
export function narrowed(report: ExposureReport, narrowing: Narrowing): ExposureReport {
  const { from, port } = narrowing;
  const remote = from !== null || port !== null || narrowing.tls !== null;
  return {
    lines: report.lines,
    network: report.network.flatMap((exposure) => networkPart(exposure, narrowing)),
    sockets: remote ? [] : report.sockets.flatMap((exposure) => names(exposure, narrowing) ?? []),
    unknown: report.unknown.filter(
      (part) =>
        (port === null || part.to === null || part.to.port === port) &&
        (from === null ||
          part.from.length === 0 ||
          !isEmptySet(intersection(exposureSources(part), networkSet([from])))),
    ),
  };
}
