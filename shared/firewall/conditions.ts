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
import type { Action, Condition, PortRange } from './model.ts';

/**
 * A class of packets that differ only in the address of the other side: the SYN that comes in, the answer that goes out,
 * or what follows it. `local` is the host's own end.
 */
export interface PacketClass {
  readonly direction: 'in' | 'out';
  readonly family: AddressFamily;
  readonly protocol: 'tcp';
  readonly localPort: number;
  /** Addresses of the host that the packet may be for. */
  readonly localAddresses: NetworkSet;
  /** Name of the interface; null for any but the loopback. */
  readonly interface: string | null;
  readonly state: 'new' | 'established';
}

/** Addresses of the other side for which something holds for sure, and for which it may hold. */
export interface Bounds {
  readonly sure: NetworkSet;
  readonly possible: NetworkSet;
}

const clientPorts: PortRange = [1, 65535];

function fixed(family: AddressFamily, holds: boolean | 'maybe'): Bounds {
  const all = anySet(family);
  return { sure: holds === true ? all : emptySet, possible: holds === false ? emptySet : all };
}

function negate(bounds: Bounds, family: AddressFamily): Bounds {
  const all = anySet(family);
  return { sure: difference(all, bounds.possible), possible: difference(all, bounds.sure) };
}

function portHolds(ranges: readonly PortRange[], port: PortRange): boolean | 'maybe' {
  if (ranges.some(([first, last]) => first <= port[0] && port[1] <= last)) return true;
  return ranges.some(([first, last]) => first <= port[1] && port[0] <= last) ? 'maybe' : false;
}

function interfaceHolds(names: readonly string[], wanted: string | null): boolean | 'maybe' {
  const matches = (pattern: string, name: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
  if (names.includes('*')) return true;
  if (wanted !== null) return names.some((pattern) => matches(pattern, wanted));
  return names.every((pattern) => pattern === 'lo') ? false : 'maybe';
}

/** Flags of a handshake: SYN, the answer's SYN and ACK, then ACK. */
function flagsHold(mask: readonly string[], value: readonly string[], packet: PacketClass): boolean {
  const flags = packet.direction === 'out' ? ['syn', 'ack'] : packet.state === 'new' ? ['syn'] : ['ack'];
  const masked = flags.filter((flag) => mask.includes(flag));
  return masked.length === value.length && masked.every((flag) => value.includes(flag));
}

function stateHolds(states: readonly string[], packet: PacketClass): boolean {
  return states.includes(packet.state);
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

function positive(condition: Condition, packet: PacketClass, action: Action['kind']): Bounds {
  const { family } = packet;
  switch (condition.kind) {
    case 'address': {
      const remote = condition.end === (packet.direction === 'in' ? 'source' : 'destination');
      const set = intersection(condition.set, anySet(family));
      if (remote) return { sure: set, possible: set };
      if (containsSet(set, packet.localAddresses)) return fixed(family, true);
      return fixed(family, isEmptySet(intersection(set, packet.localAddresses)) ? false : 'maybe');
    }
    case 'port': {
      const local = condition.end === (packet.direction === 'in' ? 'destination' : 'source');
      const port: PortRange = local ? [packet.localPort, packet.localPort] : clientPorts;
      return fixed(family, portHolds(condition.ranges, port));
    }
    case 'protocol':
      return fixed(family, condition.names.includes(packet.protocol));
    case 'family':
      return fixed(family, condition.families.includes(family));
    case 'interface':
      // A packet that comes in has no outgoing interface yet, and the other way round.
      return fixed(
        family,
        condition.direction === packet.direction && interfaceHolds(condition.names, packet.interface),
      );
    case 'state':
      return fixed(family, stateHolds(condition.states, packet));
    case 'tcp-flags':
      return fixed(family, flagsHold(condition.mask, condition.value, packet));
    case 'any-of': {
      const bounds = condition.alternatives.map((alternative) =>
        conditionBounds(alternative, packet, action),
      );
      return {
        sure: union(...bounds.map(({ sure }) => sure)),
        possible: union(...bounds.map(({ possible }) => possible)),
      };
    }
    case 'fixed':
      return fixed(family, condition.holds);
    case 'rate':
      return fixed(family, rateHolds(condition.holds, action));
    case 'unknown':
      return fixed(family, 'maybe');
    default:
      return assertNever(condition, 'condition');
  }
}

/** Whether asking makes sense at all: a port of UDP or an IPv4 address is neither equal nor unequal in other packets. */
function applies(condition: Condition, packet: PacketClass): boolean {
  return condition.kind !== 'address' || condition.family === null || condition.family === packet.family;
}

/** For which addresses of the other side all the conditions hold, surely and possibly, before the action is taken. */
export function conditionBounds(
  conditions: readonly Condition[],
  packet: PacketClass,
  action: Action['kind'],
): Bounds {
  let result = fixed(packet.family, true);
  for (const condition of conditions) {
    if (!applies(condition, packet)) return fixed(packet.family, false);
    const bounds = positive(condition, packet, action);
    const one = 'negated' in condition && condition.negated ? negate(bounds, packet.family) : bounds;
    result = {
      sure: intersection(result.sure, one.sure),
      possible: intersection(result.possible, one.possible),
    };
    if (isEmptySet(result.possible)) return result;
  }
  return result;
}
