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
import { followPackets } from './walk.ts';
import type { Decision, Outcome } from './walk.ts';

/** Which connections are asked about. */
export interface PortQuery {
  readonly port: number;
  readonly family: AddressFamily;
  /** The interface that they come in by; null for any but the loopback. */
  readonly interface: string | null;
  /** The host's own addresses that they may be for; left out: any that one host can have. */
  readonly destinations?: NetworkSet;
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

/** The text that names what decided. */
export function decisionText({ chain, rule, verdict }: Decision): string {
  return rule === null ? `${chain}: policy ${verdict}` : `${chain}: ${rule.text}`;
}

/**
 * The three packets of a handshake. A rule may let the first one in and stop the answer or what follows it, and then
 * there is no connection either.
 */
function handshake(model: FirewallModel, query: PortQuery, addresses: NetworkSet): readonly Outcome[] {
  const first: PacketClass = {
    direction: 'in',
    family: query.family,
    protocol: 'tcp',
    localPort: query.port,
    localAddresses: intersection(query.destinations ?? unicast, anySet(query.family)),
    interface: query.interface,
    state: 'new',
  };
  const syn = followPackets(model, first, addresses);
  const answer = followPackets(model, { ...first, direction: 'out', state: 'established' }, syn.mayPass);
  const rest = followPackets(model, { ...first, state: 'established' }, answer.mayPass);
  return [syn, answer, rest];
}

/**
 * The exact set of addresses from which a TCP connection to the port is let in. Loopback addresses count as allowed
 * when all others are, as they never come in from outside. When the model has problems everything is unknown.
 */
export function sourcesAllowed(model: FirewallModel, query: PortQuery): AllowedSources {
  const all = anySet(query.family);
  const problem = model.problems[0];
  if (problem !== undefined) {
    return { allowed: emptySet, unknown: [{ addresses: all, because: problem }], decidedBy: [] };
  }
  const outcomes = handshake(model, query, all);
  const mayFail = union(...outcomes.map((outcome) => outcome.mayFail));
  const mayPass = outcomes.reduce((rest, outcome) => intersection(rest, outcome.mayPass), all);
  const sure = difference(mayPass, mayFail);
  const allowed = containsSet(union(sure, loopback), all) ? all : sure;
  let undecided = difference(intersection(mayPass, mayFail), allowed);
  const unknown: { addresses: NetworkSet; because: string }[] = [];
  const decisions = outcomes.flatMap((outcome) => outcome.decisions);
  for (const decision of decisions.filter(({ certain, verdict }) => !certain || verdict === 'unknown')) {
    const addresses = intersection(undecided, decision.addresses);
    if (isEmptySet(addresses)) continue;
    unknown.push({ addresses, because: decisionText(decision) });
    undecided = difference(undecided, addresses);
  }
  const decidedBy = (outcomes[0]?.decisions ?? [])
    .filter(({ verdict, addresses }) => verdict === 'accept' && !isEmptySet(intersection(addresses, allowed)))
    .map(decisionText);
  return { allowed, unknown, decidedBy: [...new Set(decidedBy)] };
}

/** The allowed addresses as networks, the fewest that are enough. */
export function allowedNetworks({ allowed }: AllowedSources): readonly Network[] {
  return setNetworks(allowed);
}

/** The verdict on one connection. A source on the loopback comes in by `lo` whatever the packet says. */
export function evaluate(model: FirewallModel, packet: Packet): Verdict {
  const problem = model.problems[0];
  if (problem !== undefined) return { verdict: 'unknown', rule: problem };
  const source = networkOf(packet.source);
  const destinations =
    packet.destination === null ? {} : { destinations: networkSet([networkOf(packet.destination)]) };
  const query: PortQuery = {
    port: packet.port,
    family: packet.source.family,
    interface: isLoopback(source) ? 'lo' : packet.interface,
    ...destinations,
  };
  const outcomes = handshake(model, query, networkSet([source]));
  const decisions = outcomes.flatMap((outcome) => outcome.decisions);
  const mayFail = outcomes.some((outcome) => !isEmptySet(outcome.mayFail));
  const mayPass = outcomes.every((outcome) => !isEmptySet(outcome.mayPass));
  const find = (test: (decision: Decision) => boolean) => decisions.findLast(test);
  const textOf = (decision: Decision | undefined) => (decision === undefined ? null : decisionText(decision));
  if (mayFail && mayPass) {
    return {
      verdict: 'unknown',
      rule: textOf(find(({ certain, verdict }) => !certain || verdict === 'unknown')),
    };
  }
  if (mayFail) {
    const decision = find(({ verdict }) => verdict === 'drop' || verdict === 'reject');
    return { verdict: decision?.verdict ?? 'drop', rule: textOf(decision) };
  }
  // A rule that let the first packet in says more than the policies of other chains.
  const opened = outcomes[0]?.decisions ?? [];
  const accepted = opened.findLast(({ verdict, rule }) => verdict === 'accept' && rule !== null);
  return {
    verdict: 'accept',
    rule: textOf(accepted ?? opened.findLast(({ verdict }) => verdict === 'accept')),
  };
}
