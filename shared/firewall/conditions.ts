import { assertNever } from '../lib/assert-never.ts';
import type { AddressFamily } from '../lib/cidr.ts';
import {
  anySet,
  containsSet,
  difference,
  emptySet,
  intersection,
  isEmptySet,
  union,
} from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import type { Action, Condition, Hook, PortRange } from './model.ts';

/**
 * A class of packets that differ only in the address of the other side: the SYN that comes in, the answer that goes out,
 * or what follows it. `local` is the end that is dialled: the host's own, or that of a container behind it.
 */
export interface PacketClass {
  readonly direction: 'in' | 'out';
  readonly family: AddressFamily;
  readonly protocol: 'tcp';
  readonly localPort: number;
  /** Addresses that the packet may be for. */
  readonly localAddresses: NetworkSet;
  /** Name of the interface towards the other side; null for any but the loopback. */
  readonly interface: string | null;
  readonly state: 'new' | 'established';
  /** What the client dialled; the same as the local end unless that was translated. */
  readonly dialled: { readonly port: number; readonly addresses: NetworkSet };
  /** Whether the kernel marks the connection as translated: only when address or port became another one. */
  readonly translated: boolean | 'maybe';
  /** Set where the packet goes through the host: the interface towards the local end, null when not known. */
  readonly forward: { readonly interface: string | null } | null;
  /** Where the packet is now. */
  readonly hook: Hook;
}

/** Addresses of the other side for which something holds for sure, and for which it may hold. */
export interface Bounds {
  readonly sure: NetworkSet;
  readonly possible: NetworkSet;
}

const clientPorts: PortRange = [1, 65535];

function negate(bounds: Bounds, family: AddressFamily): Bounds {
  const all = anySet(family);
  return { sure: difference(all, bounds.possible), possible: difference(all, bounds.sure) };
}

function portHolds(ranges: readonly PortRange[], port: PortRange): boolean | 'maybe' {
  if (ranges.some(([first, last]) => first <= port[0] && port[1] <= last)) return true;
  return ranges.some(([first, last]) => first <= port[1] && port[0] <= last) ? 'maybe' : false;
}

function nameHolds(names: readonly string[], wanted: string | null): boolean | 'maybe' {
  const matches = (pattern: string, name: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
  if (names.includes('*')) return true;
  if (wanted !== null) return names.some((pattern) => matches(pattern, wanted));
  return names.every((pattern) => pattern === 'lo') ? false : 'maybe';
}

/** A packet has no outgoing interface before it is routed, and one of the host itself no incoming one. */
function interfaceHolds(
  names: readonly string[],
  direction: 'in' | 'out',
  packet: PacketClass,
): boolean | 'maybe' {
  const { hook, forward } = packet;
  const comes = packet.direction === 'in';
  if (forward === null) return direction === packet.direction && nameHolds(names, packet.interface);
  if (direction === 'out' && hook !== 'forward' && hook !== 'postrouting') return false;
  return nameHolds(names, (direction === 'in') === comes ? packet.interface : forward.interface);
}

/** Flags of a handshake: SYN, the answer's SYN and ACK, then ACK. */
function flagsHold(mask: readonly string[], value: readonly string[], packet: PacketClass): boolean {
  const flags = packet.direction === 'out' ? ['syn', 'ack'] : packet.state === 'new' ? ['syn'] : ['ack'];
  const masked = flags.filter((flag) => mask.includes(flag));
  return masked.length === value.length && masked.every((flag) => value.includes(flag));
}

function stateHolds(states: readonly string[], packet: PacketClass): boolean | 'maybe' {
  if (states.includes(packet.state)) return true;
  return states.includes('dnat') ? packet.translated : false;
}

/**
 * Counters depend on what came before. A first connection finds them at zero, and that is enough to say that a limited
 * accept lets in and that a rule for the excess does not refuse. A limited refusal ends with its burst, and the excess
 * may be let in: both are open.
 */
function rateHolds(below: boolean, action: Action['kind']): boolean | 'maybe' {
  if (below) return action === 'accept' || action === 'continue' ? true : 'maybe';
  return action === 'accept' ? 'maybe' : false;
}

/** What a condition says of all packets of the class at once; null for those that ask for the other side's address. */
function forAll(condition: Condition, packet: PacketClass, action: Action['kind']): boolean | 'maybe' | null {
  const { family } = packet;
  switch (condition.kind) {
    case 'address': {
      // An IPv4 address is neither equal nor unequal in a packet of IPv6.
      if (condition.family !== null && condition.family !== family) return false;
      if (condition.end === (packet.direction === 'in' ? 'source' : 'destination')) return null;
      const local = condition.original === true ? packet.dialled.addresses : packet.localAddresses;
      if (containsSet(condition.set, local)) return !condition.negated;
      return isEmptySet(intersection(condition.set, local)) ? condition.negated : 'maybe';
    }
    case 'port': {
      const local = condition.end === (packet.direction === 'in' ? 'destination' : 'source');
      const own = condition.original === true ? packet.dialled.port : packet.localPort;
      return negated(condition, portHolds(condition.ranges, local ? [own, own] : clientPorts));
    }
    case 'protocol':
      return negated(condition, condition.names.includes(packet.protocol));
    case 'family':
      return negated(condition, condition.families.includes(family));
    case 'interface':
      return negated(condition, interfaceHolds(condition.names, condition.direction, packet));
    case 'state':
      return negated(condition, stateHolds(condition.states, packet));
    case 'translated':
      return negated(condition, packet.translated);
    case 'tcp-flags':
      return negated(condition, flagsHold(condition.mask, condition.value, packet));
    case 'fixed':
      return condition.holds;
    case 'rate':
      return rateHolds(condition.holds, action);
    case 'unknown':
      return 'maybe';
    case 'any-of':
      return null;
    default:
      return assertNever(condition, 'condition');
  }
}

function negated(condition: { readonly negated: boolean }, holds: boolean | 'maybe'): boolean | 'maybe' {
  return holds === 'maybe' ? holds : holds !== condition.negated;
}

/** For which addresses of the other side a condition holds that `forAll` does not answer. */
function bySource(
  condition: Extract<Condition, { kind: 'address' | 'any-of' }>,
  packet: PacketClass,
  action: Action['kind'],
): Bounds {
  if (condition.kind === 'address') return { sure: condition.set, possible: condition.set };
  const bounds = condition.alternatives.map((alternative) => conditionBounds(alternative, packet, action));
  return {
    sure: union(...bounds.map(({ sure }) => sure)),
    possible: union(...bounds.map(({ possible }) => possible)),
  };
}

const nobody: Bounds = { sure: emptySet, possible: emptySet };

/** For which addresses of the other side all the conditions hold, surely and possibly, before the action is taken. */
export function conditionBounds(
  conditions: readonly Condition[],
  packet: PacketClass,
  action: Action['kind'],
): Bounds {
  let certain = true;
  const rest: Extract<Condition, { kind: 'address' | 'any-of' }>[] = [];
  // What fails for all of them is cheap to ask and ends most rules.
  for (const condition of conditions) {
    const holds = forAll(condition, packet, action);
    if (holds === false) return nobody;
    if (holds === 'maybe') certain = false;
    if (holds === null && (condition.kind === 'address' || condition.kind === 'any-of')) rest.push(condition);
  }
  const all = anySet(packet.family);
  let result: Bounds = { sure: certain ? all : emptySet, possible: all };
  for (const condition of rest) {
    const bounds = bySource(condition, packet, action);
    const one = condition.negated ? negate(bounds, packet.family) : bounds;
    result = {
      sure: intersection(result.sure, one.sure),
      possible: intersection(result.possible, one.possible),
    };
    if (isEmptySet(result.possible)) return result;
  }
  return result;
}
