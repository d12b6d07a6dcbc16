import { networkOf, parseAddress } from '../lib/cidr.ts';
import { addressMatches, databaseTokenMatches, transportsOf, userTokenMatches } from './match.ts';
import type { HbaContext, Verdict } from './match.ts';
import { networkCovers } from './address.ts';
import { searchRegex } from './regex.ts';
import type { HbaAddress, HbaRule, HbaToken } from './types.ts';

/** Whether a rule takes every connection that a later one is for, so that the later one is never reached. */
export type Coverage = 'covers' | 'no' | 'unknown';

/** What is known beyond the files. Without memberships, groups cover only themselves. */
export interface CoverContext {
  readonly memberships?: HbaContext['memberships'];
  readonly hostNetworks?: readonly string[] | null;
}

function coverageOf(verdict: Verdict): Coverage {
  return verdict === true ? 'covers' : verdict === false ? 'no' : 'unknown';
}

/** The best of several ways to be covered. */
function best(ways: readonly Coverage[]): Coverage {
  return ways.includes('covers') ? 'covers' : ways.includes('unknown') ? 'unknown' : 'no';
}

/** All of several parts have to be covered. */
function worst(parts: readonly Coverage[]): Coverage {
  return parts.includes('no') ? 'no' : parts.includes('unknown') ? 'unknown' : 'covers';
}

function groupCovers(group: string, role: string, context: CoverContext): Coverage {
  if (group === role) return 'covers';
  if (context.memberships === undefined) return 'unknown';
  return context.memberships(role, group) ? 'covers' : 'no';
}

const matchContext = (context: CoverContext): HbaContext => ({
  memberships: context.memberships ?? (() => false),
  hostNetworks: context.hostNetworks ?? null,
});

function userCovers(earlier: HbaToken, later: HbaToken, context: CoverContext): Coverage {
  if (earlier.kind === 'all') return 'covers';
  if (earlier.kind === 'file' || later.kind === 'file') return 'unknown';
  if (earlier.kind === later.kind && earlier.text === later.text) return 'covers';
  switch (later.kind) {
    case 'name':
      return earlier.kind === 'group'
        ? groupCovers(earlier.text.slice(1), later.text, context)
        : coverageOf(userTokenMatches(earlier, later.text, matchContext(context)));
    case 'group':
      // Whoever is in a group that is in the earlier group is in the earlier group.
      if (earlier.kind === 'group') return groupCovers(earlier.text.slice(1), later.text.slice(1), context);
      return earlier.kind === 'regex' ? 'unknown' : 'no';
    case 'regex':
      return earlier.kind === 'regex' ? 'unknown' : 'no';
    default:
      return earlier.kind === 'regex' && mayTakeAll(earlier) ? 'unknown' : 'no';
  }
}

/** A pattern that finds something in an empty name may find something in all names. */
const mayTakeAll = (regex: HbaToken): boolean => searchRegex(regex.text.slice(1), '').kind !== 'no-match';

function databaseCovers(earlier: HbaToken, later: HbaToken, user: HbaToken, context: CoverContext): Coverage {
  if (earlier.kind === 'file' || later.kind === 'file') return 'unknown';
  // The keyword is for physical replication, which all does not include.
  if (earlier.kind === 'replication' || later.kind === 'replication') {
    return earlier.kind === later.kind ? 'covers' : 'no';
  }
  if (earlier.kind === 'all') return 'covers';
  if (earlier.kind === later.kind && earlier.text === later.text) return 'covers';
  if (earlier.kind === 'samerole' && later.kind === 'sameuser') return 'covers';
  if (earlier.kind === later.kind && earlier.kind === 'samerole') return 'covers';
  if (later.kind === 'sameuser' && user.kind === 'name') {
    return databaseCovers(earlier, { kind: 'name', text: user.text, quoted: true }, user, context);
  }
  if (later.kind !== 'name') {
    return earlier.kind === 'regex' && (later.kind !== 'all' || mayTakeAll(earlier)) ? 'unknown' : 'no';
  }
  if (earlier.kind === 'sameuser' || earlier.kind === 'samerole') {
    if (user.kind !== 'name') return earlier.kind === 'samerole' && user.kind !== 'all' ? 'unknown' : 'no';
    if (user.text === later.text) return 'covers';
    return earlier.kind === 'samerole' ? groupCovers(later.text, user.text, context) : 'no';
  }
  const request = { role: '', database: later.text, replication: false } as const;
  return coverageOf(databaseTokenMatches(earlier, request, matchContext(context)));
}

const wholeWorld = (address: HbaAddress): boolean => address.kind === 'network' && address.prefix === 0;

function ownNetworkCovers(kind: 'samehost' | 'samenet', later: HbaAddress, context: CoverContext): Coverage {
  if (later.kind === 'samehost') return 'covers';
  if (later.kind !== 'network') return later.kind === 'all' || later.kind === 'samenet' ? 'no' : 'unknown';
  const single = later.prefix === (later.family === 'ipv4' ? 32 : 128);
  if (kind === 'samehost' && !single) return wholeWorld(later) ? 'no' : 'unknown';
  if (!single) {
    const networks = context.hostNetworks ?? null;
    if (networks === null) return wholeWorld(later) ? 'no' : 'unknown';
    return networks.some((text) => ownNetworkHolds(text, later)) ? 'covers' : 'no';
  }
  return coverageOf(addressMatches({ kind }, later.address, matchContext(context)));
}

function ownNetworkHolds(text: string, later: Extract<HbaAddress, { kind: 'network' }>): boolean {
  const [own = '', length] = text.split('/');
  const address = parseAddress(own);
  const inner = parseAddress(later.address);
  if (address === null || inner === null || later.prefix === null || address.family !== inner.family)
    return false;
  const prefix = length === undefined ? (address.family === 'ipv4' ? 32 : 128) : Number(length);
  return prefix <= later.prefix && networkOf(inner, prefix).value === networkOf(address, prefix).value;
}

function addressCovers(earlier: HbaAddress, later: HbaAddress, context: CoverContext): Coverage {
  if (earlier.kind === 'all') return 'covers';
  if (earlier.kind === 'network') {
    if (later.kind === 'network') return networkCovers(earlier, later) ? 'covers' : 'no';
    return later.kind === 'all' ? 'no' : 'unknown';
  }
  if (earlier.kind === 'samehost' || earlier.kind === 'samenet') {
    return earlier.kind === later.kind ? 'covers' : ownNetworkCovers(earlier.kind, later, context);
  }
  const pattern = (earlier.kind === 'host-name' ? earlier.name : earlier.suffix).toLowerCase();
  if (later.kind === 'host-name' || later.kind === 'host-suffix') {
    const name = (later.kind === 'host-name' ? later.name : later.suffix).toLowerCase();
    return name === pattern || (earlier.kind === 'host-suffix' && name.endsWith(pattern)) ? 'covers' : 'no';
  }
  return later.kind === 'all' || wholeWorld(later) ? 'no' : 'unknown';
}

/**
 * Whether `earlier` takes all that `later` is for, so that `later` is never reached (given that it stands first).
 * `no` means that something is left over; several earlier rules together may still cover all.
 */
export function covers(earlier: HbaRule, later: HbaRule, context: CoverContext = {}): Coverage {
  const transports = transportsOf(earlier.type);
  if (!transportsOf(later.type).every((transport) => transports.includes(transport))) return 'no';
  const address =
    earlier.address === null || later.address === null
      ? 'covers'
      : addressCovers(earlier.address, later.address, context);
  if (address === 'no') return 'no';
  const pairs = later.users.map((user) =>
    worst([
      best(earlier.users.map((token) => userCovers(token, user, context))),
      ...later.databases.map((database) =>
        best(earlier.databases.map((token) => databaseCovers(token, database, user, context))),
      ),
    ]),
  );
  return worst([address, ...pairs]);
}
