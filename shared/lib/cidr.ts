import ipaddr from 'ipaddr.js';

/** The two families of addresses, named as pg, nft and Node name them in words. */
export type AddressFamily = 'ipv4' | 'ipv6';

/** One address as a number: 32 bits for ipv4, 128 for ipv6. */
export interface Address {
  readonly family: AddressFamily;
  readonly value: bigint;
}

/** A network whose address has no bit set behind the prefix (10.0.0.0/8, not 10.1.2.3/8). */
export interface Network extends Address {
  /** Number of leading bits that count: 0-32 or 0-128. */
  readonly prefix: number;
}

const widths = { ipv4: 32, ipv6: 128 } as const;

/** Number of bits of an address of this family. */
export function addressBits(family: AddressFamily): number {
  return widths[family];
}

/** The highest address of a family as a number. */
export function lastAddress(family: AddressFamily): bigint {
  return (1n << BigInt(widths[family])) - 1n;
}

function bytesToNumber(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/**
 * Reads one address. IPv4 only as four decimal numbers: short, octal and hexadecimal forms mean different addresses to
 * different programs. A zone (`fe80::1%eth0`) is dropped, brackets are not accepted.
 */
export function parseAddress(text: string): Address | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const bytes = text.split('.').map(Number);
    const octal = text.split('.').some((part) => part.length > 1 && part.startsWith('0'));
    return octal || bytes.some((byte) => byte > 255) ? null : { family: 'ipv4', value: bytesToNumber(bytes) };
  }
  const zone = text.indexOf('%');
  const bare = zone > 0 ? text.slice(0, zone) : text;
  if (!bare.includes(':') || !/^[0-9a-fA-F:.]+$/.test(bare) || !ipaddr.IPv6.isValid(bare)) return null;
  return { family: 'ipv6', value: bytesToNumber(ipaddr.IPv6.parse(bare).toByteArray()) };
}

/** Address as text; IPv6 in the short form of RFC 5952. */
export function formatAddress({ family, value }: Address): string {
  const bytes = Array.from({ length: widths[family] / 8 }, (_, index) =>
    Number((value >> BigInt(widths[family] - 8 * (index + 1))) & 255n),
  );
  return family === 'ipv4' ? bytes.join('.') : new ipaddr.IPv6(bytes).toRFC5952String();
}

function maskOf(family: AddressFamily, prefix: number): bigint {
  const free = BigInt(widths[family] - prefix);
  return (lastAddress(family) >> free) << free;
}

/** The network of an address; bits behind the prefix are cleared. */
export function networkOf({ family, value }: Address, prefix: number = widths[family]): Network {
  return { family, value: value & maskOf(family, prefix), prefix };
}

/** The prefix length that a mask such as 255.255.0.0 means, or null when its bits are not contiguous. */
function prefixOfMask({ family, value }: Address): number | null {
  const inverted = lastAddress(family) - value;
  if ((inverted & (inverted + 1n)) !== 0n) return null;
  return widths[family] - (inverted === 0n ? 0 : inverted.toString(2).length);
}

/**
 * Reads an address (a network of one), `address/prefix`, `address/mask` or `address mask`. Host bits are cleared, as
 * pg_hba.conf and iptables do. Null for anything else: host names, masks with holes, prefixes out of range.
 */
export function parseNetwork(text: string): Network | null {
  const [addressText = '', suffix, ...rest] = text.trim().split(/\s*\/\s*|\s+/);
  const address = parseAddress(addressText);
  if (address === null || rest.length > 0) return null;
  if (suffix === undefined) return networkOf(address);
  if (/^\d{1,3}$/.test(suffix)) {
    const prefix = Number(suffix);
    return prefix <= widths[address.family] ? networkOf(address, prefix) : null;
  }
  const mask = parseAddress(suffix);
  const prefix = mask?.family === address.family ? prefixOfMask(mask) : null;
  return prefix === null ? null : networkOf(address, prefix);
}

/** `10.0.0.0/8`; a single address without its prefix: `10.1.2.3`. */
export function formatNetwork(network: Network): string {
  const address = formatAddress(network);
  return network.prefix === widths[network.family] ? address : `${address}/${network.prefix}`;
}

/** The first and the last address of a network. */
export function networkBounds({ family, value, prefix }: Network): { first: bigint; last: bigint } {
  return { first: value, last: value | (lastAddress(family) - maskOf(family, prefix)) };
}

/** True when every address of `inner` lies in `outer`. Families never contain each other. */
export function contains(outer: Network, inner: Network): boolean {
  return (
    outer.family === inner.family &&
    outer.prefix <= inner.prefix &&
    (inner.value & maskOf(outer.family, outer.prefix)) === outer.value
  );
}

/** True when the two networks share an address. */
export function overlaps(one: Network, other: Network): boolean {
  return contains(one, other) || contains(other, one);
}

/** True for 0.0.0.0/0 and ::/0. */
export function isAny(network: Network): boolean {
  return network.prefix === 0;
}

const loopbacks = ['127.0.0.0/8', '::1', '::ffff:127.0.0.0/104'].map((text) => parseNetwork(text));

/** True when the whole network is the machine itself: 127.0.0.0/8, ::1, or the former mapped into IPv6. */
export function isLoopback(network: Network): boolean {
  return loopbacks.some((loopback) => loopback !== null && contains(loopback, network));
}
