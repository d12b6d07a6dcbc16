import type { HbaRule } from '../hba/types.ts';
import { formatNetwork } from '../lib/cidr.ts';
import { setNetworks } from '../lib/network-set.ts';
import type { Interval, NetworkSet } from '../lib/network-set.ts';
import { admission } from './admitted.ts';
import type { Admitted } from './admitted.ts';
import { approaches, notRemote } from './endpoints.ts';
import type { Approach } from './endpoints.ts';
import { notInspected } from './exposure.ts';
import type {
  Exposure,
  ExposureReport,
  LineReach,
  NetworkTransport,
  ReachGround,
  UnknownPart,
} from './exposure.ts';
import { roleKind } from './gates.ts';
import { known, processName } from './ground.ts';
import { isOpenToAll, shortNetworks } from './networks.ts';
import { computeRegions, offeredTransports } from './regions.ts';
import type { Region, Regions } from './regions.ts';
import type { RegionWork } from './shares.ts';
import { socketExposures } from './sockets.ts';
import { readUniverse } from './universe.ts';
import { staleRules, unknownParts } from './unknown-parts.ts';
import type { Assembly } from './unknown-parts.ts';
import type { Universe } from './universe.ts';

/** What is computed of the lines alone: the same for every address that is dialled. */
export interface HbaExposure {
  readonly universe: Universe;
  readonly regions: Regions;
}

/** First match over all roles, databases, addresses and transports. */
export function hbaExposure(ground: ReachGround): HbaExposure {
  const rules = ground.rules ?? [];
  const universe = readUniverse(ground.facts, rules);
  const context = {
    hostNetworks:
      known(ground.facts.interfaces)?.map(({ address, prefix }) => `${address}/${prefix}`) ?? null,
  };
  const transports = [...offeredTransports(ground), 'local' as const];
  return { universe, regions: computeRegions(rules, universe, context, transports, roleKind(universe)) };
}

/** Approaches in order of their addresses, so that those of a region are found without looking at all. */
interface ApproachIndex {
  readonly intervals: {
    readonly [family in 'ipv4' | 'ipv6']: readonly (Interval & { readonly at: number })[];
  };
  readonly list: readonly Approach[];
}

function indexed(list: readonly Approach[]): ApproachIndex {
  const of = (family: 'ipv4' | 'ipv6') =>
    list
      .flatMap(({ addresses }, at) => addresses[family].map((interval) => ({ ...interval, at })))
      .sort((left, right) => (left.first < right.first ? -1 : left.first > right.first ? 1 : 0));
  return { intervals: { ipv4: of('ipv4'), ipv6: of('ipv6') }, list };
}

/** Approaches to one place do not overlap, so each address of the set meets at most one of them. */
function meeting(index: ApproachIndex, set: NetworkSet): ReadonlyMap<number, NetworkSet> {
  const found = new Map<number, { ipv4: Interval[]; ipv6: Interval[] }>();
  for (const family of ['ipv4', 'ipv6'] as const) {
    const all = index.intervals[family];
    for (const { first, last } of set[family]) {
      let [low, high] = [0, all.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((all[middle]?.last ?? 0n) < first) low = middle + 1;
        else high = middle;
      }
      for (let at = low; at < all.length; at += 1) {
        const one = all[at];
        if (one === undefined || one.first > last) break;
        const entry = found.get(one.at) ?? { ipv4: [], ipv6: [] };
        entry[family].push({
          first: one.first > first ? one.first : first,
          last: one.last < last ? one.last : last,
        });
        found.set(one.at, entry);
      }
    }
  }
  return found;
}

/** Groups approaches whose addresses do not overlap: one place that is dialled, one verdict. */
function byPlace(list: readonly Approach[]): readonly ApproachIndex[] {
  const places = new Map<string, Approach[]>();
  for (const one of list) {
    const key = [one.to.address, one.to.port, one.scope, one.certain, one.redirectedTo?.port].join(' ');
    places.set(key, [...(places.get(key) ?? []), one]);
  }
  return [...places.values()].map(indexed);
}

function networkExposures(assembly: Assembly, list: readonly Approach[]): readonly Exposure[] {
  const { ground, regions, universe, stale } = assembly;
  const rules = ground.rules ?? [];
  const admit = admission(universe, regions.people);
  const places = byPlace(list.filter(({ listener }) => listener?.inspected === true));
  const sets = new Map<Region['ranges'], NetworkSet>();
  return regions.regions.flatMap((region): readonly Exposure[] => {
    const rule = rules[region.rule];
    if (rule === undefined || region.transport === 'local' || rule.method === 'reject') return [];
    if (region.addressDoubt) return [];
    const set = sets.get(region.ranges) ?? regions.cells.setOf(region.ranges);
    sets.set(region.ranges, set);
    const met = places.flatMap((index) =>
      [...meeting(index, set)].flatMap(([at, addresses]) => {
        const approach = index.list[at];
        return approach === undefined ? [] : [{ approach, addresses }];
      }),
    );
    // Most lines of a large file are for addresses that the firewall keeps away.
    if (met.length === 0) return [];
    const { transport } = region;
    const admitted = admit(region, rule.method);
    return met.flatMap(({ approach, addresses }) =>
      admitted.map((group) =>
        exposureOf(assembly, approach, addresses, rule, region, group, transport, stale),
      ),
    );
  });
}

function exposureOf(
  { ground, local }: Assembly,
  approach: Approach,
  addresses: NetworkSet,
  rule: HbaRule,
  { doubt }: Region,
  group: Admitted,
  transport: NetworkTransport,
  stale: readonly UnknownPart[],
): Exposure {
  const from = approach.scope === 'remote' ? shortNetworks(addresses, local) : setNetworks(addresses);
  const certain =
    approach.certain &&
    doubt === null &&
    group.certain &&
    stale.length === 0 &&
    ground.listenersReason === null &&
    !(transport === 'tls' && ground.ssl === null) &&
    transport !== 'gss';
  return {
    from: from.map(formatNetwork),
    scope: approach.scope,
    openToAll: approach.scope === 'remote' && isOpenToAll(addresses),
    to: approach.to,
    redirectedTo: approach.redirectedTo,
    databases: group.databases,
    allDatabases: group.allDatabases,
    roles: group.roles,
    allRoles: group.allRoles,
    method: rule.method,
    clientCertificate:
      rule.method === 'cert' ||
      rule.options.some(({ name, value }) => name === 'clientcert' && /^verify|^1$/.test(value)),
    transport,
    firewallRule: approach.firewallRule,
    hba: { file: rule.file, line: rule.line },
    certainty: certain ? 'certain' : 'possible',
    process: null,
  };
}

/** Ports that are open and lead to something that was not looked into: who gets in there is not known. */
function uninspected({ local }: Assembly, list: readonly Approach[]): readonly Exposure[] {
  return list
    .filter(({ listener, scope, redirectedTo }) =>
      listener === null
        ? redirectedTo !== null && scope === 'remote'
        : !listener.inspected && scope === 'remote',
    )
    .map((approach): Exposure => ({
      from: shortNetworks(approach.addresses, local).map(formatNetwork),
      scope: approach.scope,
      openToAll: isOpenToAll(approach.addresses),
      to: approach.to,
      redirectedTo: approach.redirectedTo,
      databases: [],
      allDatabases: false,
      roles: [],
      allRoles: false,
      method: notInspected,
      clientCertificate: false,
      transport: null,
      firewallRule: approach.firewallRule,
      hba: null,
      certainty: approach.certain ? 'certain' : 'possible',
      process: approach.listener === null ? 'a container or another machine' : processName(approach.listener),
    }));
}

function lineReaches(
  assembly: Assembly,
  report: Pick<ExposureReport, 'network' | 'sockets'>,
): readonly LineReach[] {
  const { ground, regions } = assembly;
  const state = new Map<number, 'live' | 'unknown'>();
  for (const { rule, doubt } of regions.regions)
    if (doubt === null || !state.has(rule))
      state.set(rule, doubt === null ? 'live' : (state.get(rule) ?? 'unknown'));
  const places = new Set(
    [...report.network, ...report.sockets].flatMap(({ hba }) =>
      hba === null ? [] : [`${hba.file}:${hba.line}`],
    ),
  );
  return (ground.rules ?? []).map(({ file, line, method, type }, number) => ({
    place: { file, line },
    method,
    state:
      state.get(number) ??
      (regions.unmatched.has(number) || (type === 'hostssl' && ground.ssl === false) || type === 'hostgssenc'
        ? 'unknown'
        : 'shadowed'),
    exposed: places.has(`${file}:${line}`),
  }));
}

/**
 * Everything that is open: firewall × listeners × pg_hba.conf × roles × TLS, by interval arithmetic over all addresses
 * of IPv4 and IPv6. What is not understood is in `unknown` and makes what it touches `possible`, never closed.
 * `work` counts what was compared, for tests of its cost.
 */
export function exposuresOf(ground: ReachGround, work?: RegionWork): ExposureReport {
  const { universe, regions } = hbaExposure(ground);
  if (work !== undefined) {
    work.lines += regions.work.lines;
    work.roles += regions.work.roles;
  }
  const assembly: Assembly = {
    ground,
    regions,
    universe,
    local: notRemote(ground),
    stale: staleRules(ground),
  };
  const list = approaches(ground);
  const network = [...networkExposures(assembly, list), ...uninspected(assembly, list)].sort(byWeight);
  const { sockets, unknown } = socketExposures(ground, universe, regions, assembly.stale.length === 0);
  const lines = lineReaches(assembly, { network, sockets });
  return { network, sockets, unknown: [...unknownParts(assembly, list), ...unknown], lines };
}

/** Open to everyone first, then other machines, then the host itself; within it by place and line. */
function byWeight(one: Exposure, other: Exposure): number {
  const rank = ({ openToAll, scope }: Exposure): number => (openToAll ? 0 : scope === 'remote' ? 1 : 2);
  return (
    rank(one) - rank(other) ||
    one.to.port - other.to.port ||
    (one.hba?.line ?? 0) - (other.hba?.line ?? 0) ||
    (one.to.address < other.to.address ? -1 : one.to.address > other.to.address ? 1 : 0)
  );
}
