import { addressBits, lastAddress } from '../lib/cidr.ts';
import type { AddressFamily, Network } from '../lib/cidr.ts';
import { containsSet, emptySet, setNetworks } from '../lib/network-set.ts';
import type { Interval, NetworkSet } from '../lib/network-set.ts';

/** Closes gaps in which nobody is, so that `any but the host's own address` reads as `any`. */
function closeGaps(family: AddressFamily, intervals: readonly Interval[], nobody: NetworkSet): Interval[] {
  const lies = (first: bigint, last: bigint): boolean =>
    containsSet(nobody, { ...emptySet, [family]: [{ first, last }] });
  const result: Interval[] = [];
  for (const interval of intervals) {
    const before = result.at(-1);
    const from = before === undefined ? 0n : before.last + 1n;
    if (interval.first > from && lies(from, interval.first - 1n)) {
      if (before === undefined) result.push({ first: 0n, last: interval.last });
      else result[result.length - 1] = { first: before.first, last: interval.last };
    } else result.push(interval);
  }
  const end = result.at(-1);
  const top = lastAddress(family);
  if (end !== undefined && end.last < top && lies(end.last + 1n, top))
    result[result.length - 1] = { first: end.first, last: top };
  return result;
}

/** The fewest networks for the addresses of a set, when it does not matter what is said of `nobody`. */
export function shortNetworks(set: NetworkSet, nobody: NetworkSet): readonly Network[] {
  return setNetworks({
    ipv4: closeGaps('ipv4', set.ipv4, nobody),
    ipv6: closeGaps('ipv6', set.ipv6, nobody),
  });
}

/**
 * True for so much of a family that it stands for everyone. A sixteenth is far more than all private networks together,
 * and less than what IPv6 uses today (2000::/3).
 */
export function isOpenToAll(set: NetworkSet): boolean {
  return (['ipv4', 'ipv6'] as const).some((family) => {
    const size = set[family].reduce((sum, { first, last }) => sum + (last - first + 1n), 0n);
    return size >= 1n << BigInt(addressBits(family) - 4);
  });
}
