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

/** Takes in neighbours that are nobody where fewer networks say it then: `0.0.0.0/1` for all of it but 127.0.0.0/8. */
function widen(family: AddressFamily, interval: Interval, nobody: NetworkSet): Interval {
  const before = nobody[family].find(({ last }) => last + 1n === interval.first);
  const after = nobody[family].find(({ first }) => first === interval.last + 1n);
  if (before === undefined && after === undefined) return interval;
  const size = (one: Interval): number => setNetworks({ ...emptySet, [family]: [one] }).length;
  let best = interval;
  for (const first of [interval.first, before?.first ?? interval.first])
    for (const last of [interval.last, after?.last ?? interval.last])
      if (size({ first, last }) < size(best)) best = { first, last };
  return best;
}

/** The fewest networks for the addresses of a set, when it does not matter what is said of `nobody`. */
export function shortNetworks(set: NetworkSet, nobody: NetworkSet): readonly Network[] {
  return setNetworks({
    ipv4: closeGaps('ipv4', set.ipv4, nobody).map((one) => widen('ipv4', one, nobody)),
    ipv6: closeGaps('ipv6', set.ipv6, nobody).map((one) => widen('ipv6', one, nobody)),
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
