import type { HostNetworks } from '../firewall/walk.ts';
import { partitionSources } from '../firewall/evaluate.ts';
import type { SourcePart } from '../firewall/evaluate.ts';
import type { Chain, Condition, FirewallModel } from '../firewall/model.ts';
import { formatAddress, isLoopback, networkOf, overlaps, parseAddress } from '../lib/cidr.ts';
import type { Address, AddressFamily } from '../lib/cidr.ts';
import {
  anySet,
  difference,
  intersection,
  isEmptySet,
  networkSet,
  sameSet,
  union,
} from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type { Endpoint, ReachGround, ReachListener } from './exposure.ts';
import { hostNetworks, linkLocal, loopbackSet, notRemote, ownAddresses } from './own-addresses.ts';
import type { OwnAddress } from './own-addresses.ts';

export { notRemote };

/** A way to a listener: what is dialled, by whom, and what the firewall says of it. */
export interface Approach {
  readonly to: Endpoint;
  readonly scope: 'host' | 'remote';
  readonly addresses: NetworkSet;
  /** False when the firewall, or what listens, is not understood there. */
  readonly certain: boolean;
  readonly firewallRule: string | null;
  readonly redirectedTo: Endpoint | null;
  /** null: another machine or a container behind the host. */
  readonly listener: ReachListener | null;
}

const isWildcard = (address: string): boolean => parseAddress(address)?.value === 0n;
const isOwnLoopback = (address: Address): boolean => isLoopback(networkOf(address));

/** Whether a listener takes connections for an address. `::` of other programs mostly takes IPv4 too. */
function listensOn(listener: ReachListener, address: Address | null, family: AddressFamily): boolean {
  const bound = parseAddress(listener.address);
  if (bound === null) return false;
  if (bound.value === 0n)
    return (
      bound.family === family ||
      (bound.family === 'ipv6' && !listener.inspected && listener.process !== 'postgres')
    );
  return address !== null && bound.family === address.family && bound.value === address.value;
}

function conditionPorts(conditions: readonly Condition[]): readonly number[] {
  return conditions.flatMap((condition) => {
    if (condition.kind === 'any-of') return condition.alternatives.flatMap(conditionPorts);
    if (condition.kind !== 'port' || condition.end !== 'destination') return [];
    return condition.ranges.flatMap(([first, last]) => [first, last]);
  });
}

/** Ports that a rule may lead on to another one: those that tables with such rules name. */
function translatedPorts({ chains }: FirewallModel): readonly number[] {
  const tableOf = ({ family, table }: Chain): string => `${family} ${table}`;
  const translates = ({ rules }: Chain): boolean =>
    rules.some(({ action }) => action.kind === 'translate' || action.kind === 'unknown');
  const nat = new Set(
    chains.filter(({ base }) => base?.type === 'nat' && base.hook === 'prerouting').map(tableOf),
  );
  const tables = new Set(chains.filter((chain) => nat.has(tableOf(chain)) && translates(chain)).map(tableOf));
  const named = chains
    .filter(({ family, table }) => tables.has(`${family} ${table}`))
    .flatMap(({ rules }) => rules.flatMap(({ conditions }) => conditionPorts(conditions)));
  return [...new Set(named)].filter((port) => port > 0 && port < 65536);
}

/** Where another machine can dial: each own address with its interface; null stands for all when they are not known. */
interface Dialled {
  readonly address: Address | null;
  readonly family: AddressFamily;
  readonly interface: string | null;
}

function dialledAddresses(own: readonly OwnAddress[]): readonly Dialled[] {
  const remote = own.filter((one) => one.interface !== 'lo' && !isOwnLoopback(one.address));
  if (own.length === 0)
    return (['ipv4', 'ipv6'] as const).map((family) => ({ address: null, family, interface: null }));
  const isLinkLocal = ({ address }: OwnAddress): boolean =>
    linkLocal !== null && overlaps(linkLocal, networkOf(address));
  // Who can dial the link-local address can dial the other one of that interface too.
  return remote
    .filter(
      (one) =>
        !isLinkLocal(one) ||
        !remote.some(
          (other) =>
            other.interface === one.interface && other.address.family === 'ipv6' && !isLinkLocal(other),
        ),
    )
    .map((one) => ({ address: one.address, family: one.address.family, interface: one.interface }));
}

function partsOf(
  ground: ReachGround,
  host: HostNetworks,
  port: number,
  { address, family, interface: name }: Dialled,
  among: NetworkSet,
): readonly SourcePart[] {
  if (ground.firewall === null)
    return [{ addresses: among, verdict: 'unknown', rule: ground.firewallReason, redirectedTo: null }];
  const destinations = address === null ? {} : { destinations: networkSet([networkOf(address)]) };
  return partitionSources(ground.firewall, { port, family, interface: name, host, ...destinations }, among);
}

function approachesOf(
  ground: ReachGround,
  host: HostNetworks,
  port: number,
  dialled: Dialled,
  among: NetworkSet,
  scope: Approach['scope'],
): readonly Approach[] {
  return partsOf(ground, host, port, dialled, among).flatMap((part): readonly Approach[] => {
    const { verdict, redirectedTo, addresses } = part;
    if (verdict === 'fail' || isEmptySet(addresses)) return [];
    const target = redirectedTo?.address ?? dialled.address;
    const targetPort = redirectedTo?.port ?? port;
    const text = target === null ? (dialled.family === 'ipv4' ? '0.0.0.0' : '::') : formatAddress(target);
    const base = {
      to: {
        address:
          dialled.address === null
            ? dialled.family === 'ipv4'
              ? '0.0.0.0'
              : '::'
            : formatAddress(dialled.address),
        port,
      },
      scope,
      addresses,
      certain: verdict === 'pass',
      firewallRule: part.rule,
      redirectedTo:
        redirectedTo === null ||
        (targetPort === port && !redirectedTo.behind && redirectedTo.address === null)
          ? null
          : { address: text, port: targetPort },
    };
    if (redirectedTo?.behind === true) return [{ ...base, listener: null }];
    // Where a rule may lead on to any port, the server may be behind it.
    const nobody = !ground.listeners.some((one) => one.port === port);
    if (verdict === 'unknown' && redirectedTo === null && nobody) return [{ ...base, listener: null }];
    // A redirect goes to the address of the interface; a wildcard listener has them all.
    return ground.listeners
      .filter((one) => one.port === targetPort && listensOn(one, target, dialled.family))
      .slice(0, 1)
      .map((listener) => ({ ...base, listener }));
  });
}

const sameApproach = (one: Approach, other: Approach): boolean =>
  one.certain === other.certain &&
  one.firewallRule === other.firewallRule &&
  one.listener === other.listener &&
  one.redirectedTo?.port === other.redirectedTo?.port &&
  (one.redirectedTo === null) === (other.redirectedTo === null) &&
  one.to.port === other.to.port &&
  sameSet(one.addresses, other.addresses);

/** Where all addresses of a wildcard listener are treated alike, they are one. */
function mergeAddresses(lists: readonly (readonly Approach[])[], wildcard: string): readonly Approach[] {
  const [first] = lists;
  const alike =
    first !== undefined &&
    lists.every(
      (list) =>
        list.length === first.length &&
        list.every((one, index) => {
          const other = first[index];
          return (
            other !== undefined && sameApproach(one, other) && isWildcard(one.listener?.address ?? wildcard)
          );
        }),
    );
  if (!alike) return lists.flat();
  return first.map((one) => ({ ...one, to: { ...one.to, address: wildcard } }));
}

/** Every way by which anybody comes to a listener of PostgreSQL or of what runs beside it. */
export function approaches(ground: ReachGround): readonly Approach[] {
  const host = hostNetworks(ground);
  const own = ownAddresses(ground);
  const local = notRemote(ground);
  const translated = ground.firewall === null ? [] : translatedPorts(ground.firewall);
  const ports = [...new Set([...ground.listeners.map(({ port }) => port), ...translated])].sort(
    (a, b) => a - b,
  );
  const dialled = dialledAddresses(own);
  const concerned = new Set(ground.listeners.map(({ port }) => port));
  return ports.flatMap((port) =>
    (['ipv4', 'ipv6'] as const).flatMap((family) => {
      const remote = dialled
        .filter((one) => one.family === family)
        .map((one) =>
          approachesOf(ground, host, port, one, difference(anySet(family), local), 'remote').filter(
            // What a container answers on is told only where it looks like PostgreSQL.
            ({ listener, redirectedTo }) =>
              listener !== null ||
              redirectedTo === null ||
              postgresPort(port) ||
              postgresPort(redirectedTo.port),
          ),
        );
      const wildcard = family === 'ipv4' ? '0.0.0.0' : '::';
      const merged = mergeAddresses(remote, wildcard);
      const inside = concerned.has(port) ? fromHost(ground, host, port, family) : [];
      return [...merged, ...inside];
    }),
  );
}

/** What the firewall does to other machines that dial the port over a family, for each address of the host apart. */
export function remoteParts(ground: ReachGround, port: number, family: AddressFamily): readonly SourcePart[] {
  const among = difference(anySet(family), notRemote(ground));
  const dialled = dialledAddresses(ownAddresses(ground)).filter((one) => one.family === family);
  return dialled.flatMap((one) => partsOf(ground, hostNetworks(ground), port, one, among));
}

const postgresPort = (port: number): boolean => (port >= 5432 && port <= 5439) || port === 6432;

/** Clients on the host itself, over the loopback. */
function fromHost(
  ground: ReachGround,
  host: HostNetworks,
  port: number,
  family: AddressFamily,
): readonly Approach[] {
  const address = parseAddress(family === 'ipv4' ? '127.0.0.1' : '::1');
  if (address === null || (family === 'ipv6' && !hasLoopback(ground, family))) return [];
  // Any address of 127.0.0.0/8 could be taken by a program there; this is the one that clients have.
  const among = networkSet([networkOf(address)]);
  return approachesOf(ground, host, port, { address, family, interface: 'lo' }, among, 'host').filter(
    ({ redirectedTo }) => redirectedTo === null,
  );
}

function hasLoopback(ground: ReachGround, family: AddressFamily): boolean {
  const own = ownAddresses(ground);
  return own.length === 0 || own.some(({ address }) => address.family === family && isOwnLoopback(address));
}

/** The approach of one client: where its packets come to. Empty set of parts when nothing listens. */
export function approachOf(
  ground: ReachGround,
  client: Address,
  port: number,
): { readonly parts: readonly SourcePart[]; readonly approaches: readonly Approach[] } {
  const host = hostNetworks(ground);
  const own = ownAddresses(ground);
  const among = networkSet([networkOf(client)]);
  const inside = !isEmptySet(
    intersection(among, union(loopbackSet, networkSet(own.map(({ address }) => networkOf(address))))),
  );
  const places: readonly Dialled[] = inside
    ? [{ address: client, family: client.family, interface: 'lo' }]
    : dialledAddresses(own).filter(({ family }) => family === client.family);
  const scope = inside ? 'host' : 'remote';
  return {
    parts: places.flatMap((place) => partsOf(ground, host, port, place, among)),
    approaches: places.flatMap((place) => approachesOf(ground, host, port, place, among, scope)),
  };
}
