import { isLoopback, networkOf, parseNetwork } from '../lib/cidr.ts';
import type { Address, AddressFamily, Network } from '../lib/cidr.ts';
import {
  anySet,
  containsSet,
  difference,
  emptySet,
  intersection,
  isEmptySet,
  networkSet,
  setNetworks,
  union,
} from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type { PacketClass } from './conditions.ts';
import type { FirewallModel } from './model.ts';
import { followFirst, followLater } from './walk.ts';
import type { Arrival, Decision, HostNetworks, Outcome } from './walk.ts';

/** Which connections are asked about. */
export interface PortQuery {
  readonly port: number;
  readonly family: AddressFamily;
  /** The interface that they come in by; null for any but the loopback. */
  readonly interface: string | null;
  /** The host's own addresses that they may be for; left out: any that one host can have. */
  readonly destinations?: NetworkSet;
  /** What tells whether a translated connection stays on the host; left out: nobody knows. */
  readonly host?: HostNetworks;
}

/** A packet that opens a TCP connection to the host. */
export interface Packet {
  readonly source: Address;
  readonly destination: Address | null;
  readonly port: number;
  readonly interface: string | null;
}

/** The verdict on one connection and what decided it. */
export interface Verdict {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown';
  /** `ip filter INPUT: -p tcp --dport 5432 -j ACCEPT`, or the policy of a chain; null when no chain was in the way. */
  readonly rule: string | null;
  /** Where a connection goes on to, when a rule leads it to another port or address. */
  readonly redirectedTo?: Arrival['redirectedTo'];
}

/** Who can open a connection, as exactly as the rules can be understood. */
export interface AllowedSources {
  readonly allowed: NetworkSet;
  /** Addresses for which it depends on something that the model does not understand. Never take them as closed. */
  readonly unknown: readonly { readonly addresses: NetworkSet; readonly because: string }[];
  /** The rules and policies that let the allowed addresses in. */
  readonly decidedBy: readonly string[];
}

const notUnicast = networkSet(
  ['224.0.0.0/4', '255.255.255.255', 'ff00::/8'].map(parseNetwork).filter((network) => network !== null),
);
const unicast = difference(anySet(), notUnicast);
const loopback = networkSet(['127.0.0.0/8', '::1'].map(parseNetwork).filter((network) => network !== null));

const nowhere: HostNetworks = { own: null, interfaceTo: () => null };

/** The text that names what decided. */
export function decisionText({ chain, rule, verdict }: Decision): string {
  return rule === null ? `${chain}: policy ${verdict}` : `${chain}: ${rule.text}`;
}

/** One end to which connections come, with all three packets of the handshake. */
interface Way extends Arrival {
  /** Addresses whose packets may be stopped on this way after the first one. */
  readonly mayFail: NetworkSet;
  readonly decisions: readonly Decision[];
}

interface Handshake {
  readonly ways: readonly Way[];
  /** Where the first packet may be stopped, on any way. */
  readonly first: Outcome;
}

/**
 * The three packets of a handshake. A rule may let the first one in and stop the answer or what follows it, and then
 * there is no connection either.
 */
function handshake(model: FirewallModel, query: PortQuery, addresses: NetworkSet): Handshake {
  const localAddresses = intersection(query.destinations ?? unicast, anySet(query.family));
  const first: PacketClass = {
    direction: 'in',
    family: query.family,
    protocol: 'tcp',
    localPort: query.port,
    localAddresses,
    interface: query.interface,
    state: 'new',
    dialled: { port: query.port, addresses: localAddresses },
    translated: false,
    forward: null,
    hook: 'ingress',
  };
  const syn = followFirst(model, first, addresses, query.host ?? nowhere);
  const ways = syn.arrivals.map((arrival): Way => {
    const later = { ...arrival.packet, state: 'established' as const };
    const answer = followLater(model, { ...later, direction: 'out' }, arrival.mayPass);
    const rest = followLater(model, later, answer.mayPass);
    return {
      ...arrival,
      mayPass: rest.mayPass,
      mayFail: union(answer.mayFail, rest.mayFail),
      decisions: [...answer.decisions, ...rest.decisions],
    };
  });
  return { ways, first: syn };
}

/** True when the connection ends at the port that was asked about, on the host itself. */
function staysHere({ packet, redirectedTo }: Arrival, query: PortQuery): boolean {
  return packet.forward === null && (redirectedTo === null || redirectedTo.port === query.port);
}

/** What happens to connections from some addresses: where they come to, and which rule says so. */
export interface SourcePart {
  readonly addresses: NetworkSet;
  readonly verdict: 'pass' | 'fail' | 'unknown';
  /** The rule or policy that decides; null when no chain stands in the way. */
  readonly rule: string | null;
  /** Where the connection ends if not where it was dialled; `behind` the host or on it. */
  readonly redirectedTo: (NonNullable<Arrival['redirectedTo']> & { readonly behind: boolean }) | null;
}

/** Gives each address of `wanted` to the last decision that has it; what none has comes with null. */
function byDecision(
  wanted: NetworkSet,
  decisions: readonly Decision[],
  test: (decision: Decision) => boolean,
): readonly { readonly addresses: NetworkSet; readonly decision: Decision | null }[] {
  const parts: { addresses: NetworkSet; decision: Decision | null }[] = [];
  let left = wanted;
  for (let index = decisions.length - 1; index >= 0 && !isEmptySet(left); index -= 1) {
    const decision = decisions[index];
    if (decision === undefined || !test(decision)) continue;
    const addresses = intersection(left, decision.addresses);
    if (isEmptySet(addresses)) continue;
    parts.push({ addresses, decision });
    left = difference(left, addresses);
  }
  return isEmptySet(left) ? parts : [...parts, { addresses: left, decision: null }];
}

const unclear = ({ certain, verdict }: Decision): boolean => !certain || verdict === 'unknown';
const opens = ({ verdict, rule }: Decision): boolean => verdict === 'accept' && rule !== null;
const refuses = ({ verdict }: Decision): boolean => verdict === 'drop' || verdict === 'reject';

/**
 * All addresses of the family, each in one part (two where nobody can tell by which of two ways it goes): exactly who
 * comes where, and by which rule. With problems in the model everything is one unknown part.
 */
export function partitionSources(
  model: FirewallModel,
  query: PortQuery,
  among: NetworkSet = anySet(query.family),
): readonly SourcePart[] {
  const problem = model.problems[0];
  if (problem !== undefined)
    return [{ addresses: among, verdict: 'unknown', rule: problem, redirectedTo: null }];
  const { ways, first } = handshake(model, query, among);
  const parts: SourcePart[] = [];
  let reached = emptySet;
  for (const way of ways) {
    const { packet, redirectedTo: to } = way;
    const redirectedTo = to === null ? null : { ...to, behind: packet.forward !== null };
    const decisions = [...first.decisions, ...way.decisions];
    const sure = difference(way.mayPass, union(first.mayFail, way.mayFail));
    reached = union(reached, way.mayPass);
    const add = (addresses: NetworkSet, verdict: SourcePart['verdict'], decision: Decision | null): void => {
      const rule = decision === null ? null : decisionText(decision);
      parts.push({ addresses, verdict, rule, redirectedTo });
    };
    // A rule that let the first packet in says more than the policies of other chains.
    for (const { addresses, decision } of byDecision(sure, first.decisions, opens)) {
      if (decision !== null) add(addresses, 'pass', decision);
      else
        for (const rest of byDecision(addresses, first.decisions, ({ verdict }) => verdict === 'accept'))
          add(rest.addresses, 'pass', rest.decision);
    }
    for (const { addresses, decision } of byDecision(difference(way.mayPass, sure), decisions, unclear))
      add(addresses, 'unknown', decision);
  }
  const all = [...first.decisions, ...ways.flatMap(({ decisions }) => decisions)];
  for (const { addresses, decision } of byDecision(difference(among, reached), all, refuses))
    parts.push({
      addresses,
      verdict: 'fail',
      rule: decision === null ? null : decisionText(decision),
      redirectedTo: null,
    });
  return parts;
}

/**
 * The exact set of addresses from which a TCP connection to the port is let in and ends there. Loopback addresses count
 * as allowed when all others are, as they never come in from outside. When the model has problems everything is unknown.
 */
export function sourcesAllowed(model: FirewallModel, query: PortQuery): AllowedSources {
  const all = anySet(query.family);
  const problem = model.problems[0];
  if (problem !== undefined) {
    return { allowed: emptySet, unknown: [{ addresses: all, because: problem }], decidedBy: [] };
  }
  const { ways, first } = handshake(model, query, all);
  const here = ways.filter((way) => staysHere(way, query));
  const mayFail = union(first.mayFail, ...here.map((way) => way.mayFail));
  const mayPass = union(...here.map((way) => way.mayPass));
  const sure = difference(mayPass, mayFail);
  const allowed = containsSet(union(sure, loopback), all) ? all : sure;
  let undecided = difference(intersection(mayPass, mayFail), allowed);
  const unknown: { addresses: NetworkSet; because: string }[] = [];
  const decisions = [...first.decisions, ...here.flatMap((way) => way.decisions)];
  for (const decision of decisions.filter(unclear)) {
    const addresses = intersection(undecided, decision.addresses);
    if (isEmptySet(addresses)) continue;
    unknown.push({ addresses, because: decisionText(decision) });
    undecided = difference(undecided, addresses);
  }
  if (!isEmptySet(undecided))
    unknown.push({ addresses: undecided, because: 'rules that may or may not match' });
  const decidedBy = first.decisions
    .filter(({ verdict, addresses }) => verdict === 'accept' && !isEmptySet(intersection(addresses, allowed)))
    .map(decisionText);
  return { allowed, unknown, decidedBy: [...new Set(decidedBy)] };
}

/** The allowed addresses as networks, the fewest that are enough. */
export function allowedNetworks({ allowed }: AllowedSources): readonly Network[] {
  return setNetworks(allowed);
}

/** The verdict on one connection. A source on the loopback comes in by `lo` whatever the packet says. */
export function evaluate(model: FirewallModel, packet: Packet, host: HostNetworks = nowhere): Verdict {
  const source = networkOf(packet.source);
  const destinations =
    packet.destination === null ? {} : { destinations: networkSet([networkOf(packet.destination)]) };
  const query: PortQuery = {
    port: packet.port,
    family: packet.source.family,
    interface: isLoopback(source) ? 'lo' : packet.interface,
    host,
    ...destinations,
  };
  const parts = partitionSources(model, query, networkSet([source]));
  const part = parts.find(({ verdict }) => verdict === 'unknown') ?? parts[0];
  if (part === undefined) return { verdict: 'unknown', rule: null };
  const { rule, redirectedTo } = part;
  if (part.verdict === 'pass') return { verdict: 'accept', rule, redirectedTo };
  if (part.verdict === 'unknown') return { verdict: 'unknown', rule, redirectedTo };
  const { ways, first } = handshake(model, query, networkSet([source]));
  const stopped = [...first.decisions, ...ways.flatMap(({ decisions }) => decisions)].findLast(refuses);
  return { verdict: stopped?.verdict === 'reject' ? 'reject' : 'drop', rule };
}
