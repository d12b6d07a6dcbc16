import { formatAddress, lastAddress, parseAddress } from '../lib/cidr.ts';
import type { Address } from '../lib/cidr.ts';
import { assertNever } from '../lib/assert-never.ts';
import type { HbaAddress, HbaNetwork } from './types.ts';

/** Reads an IPv4 address in the forms of inet_aton (127.1, 0x7f.0.0.1, 010.0.0.1), which the server accepts. */
function parseInetAton(text: string): Address | null {
  const parts = text.split('.');
  if (parts.length > 4) return null;
  const numbers: bigint[] = [];
  for (const part of parts) {
    if (/^0[xX][0-9a-fA-F]+$/.test(part) || /^(0|[1-9][0-9]*)$/.test(part)) numbers.push(BigInt(part));
    else if (/^0[0-7]+$/.test(part)) numbers.push(BigInt(`0o${part.slice(1)}`));
    else return null;
  }
  const last = numbers.pop() ?? 0n;
  if (numbers.some((number) => number > 255n) || last >= 1n << BigInt(8 * (4 - numbers.length))) return null;
  const value = numbers.reduce((sum, number, index) => sum | (number << BigInt(24 - 8 * index)), last);
  return { family: 'ipv4', value };
}

/** Reads an address as the server's getaddrinfo(AI_NUMERICHOST) does; null is a host name. */
export function parseServerAddress(text: string): Address | null {
  if (!text.includes(':')) return parseInetAton(text);
  const [bare = '', zone, ...rest] = text.split('%');
  if (rest.length > 0 || zone === '' || bare.includes(':::') || /[0-9a-fA-F]{5}/.test(bare)) return null;
  const address = parseAddress(bare);
  if (address === null || zone === undefined || /^\d+$/.test(zone)) return address;
  // Only link-local addresses may name an interface.
  return address.value >> 118n === 0x3fan || address.value >> 120n === 0xffn ? address : null;
}

function bitsOf(address: Address): number {
  return address.family === 'ipv4' ? 32 : 128;
}

function maskOf(address: Address, prefix: number): Address {
  const free = BigInt(bitsOf(address) - prefix);
  return { family: address.family, value: (lastAddress(address.family) >> free) << free };
}

function prefixOf(mask: Address): number | null {
  const holes = lastAddress(mask.family) - mask.value;
  if ((holes & (holes + 1n)) !== 0n) return null;
  return bitsOf(mask) - (holes === 0n ? 0 : holes.toString(2).length);
}

function network(address: Address, mask: Address, text: string): HbaNetwork {
  return {
    kind: 'network',
    family: address.family,
    address: formatAddress(address),
    netmask: formatAddress(mask),
    prefix: prefixOf(mask),
    text,
  };
}

/** What the address field says; `needs-mask` when the netmask must stand in the next field. */
export type AddressField =
  | { readonly kind: 'address'; readonly address: HbaAddress }
  | { readonly kind: 'needs-mask'; readonly withMask: (mask: string) => AddressField }
  | { readonly kind: 'problem'; readonly message: string };

const problem = (message: string): AddressField => ({ kind: 'problem', message });
const found = (address: HbaAddress): AddressField => ({ kind: 'address', address });

/** Reads the address field of a host rule (hba.c, parse_hba_line), with the server's messages. */
export function parseAddressField(text: string, quoted: boolean): AddressField {
  if (!quoted && (text === 'all' || text === 'samehost' || text === 'samenet')) return found({ kind: text });
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const address = parseServerAddress(bare);
  if (slash >= 0) {
    if (address === null) return problem(`specifying both host name and CIDR mask is invalid: "${text}"`);
    const digits = /^[ \t\n\v\f\r]*([+-]?\d+)$/.exec(text.slice(slash + 1))?.[1];
    const prefix = digits === undefined ? -1 : Number(digits);
    if (prefix < 0 || prefix > bitsOf(address)) return problem(`invalid CIDR mask in address "${text}"`);
    return found(network(address, maskOf(address, Math.abs(prefix)), text));
  }
  if (address === null) {
    return found(
      text.startsWith('.') ? { kind: 'host-suffix', suffix: text } : { kind: 'host-name', name: text },
    );
  }
  return {
    kind: 'needs-mask',
    withMask: (maskText) => {
      const mask = parseServerAddress(maskText);
      if (mask === null) return problem(`invalid IP mask "${maskText}": Name or service not known`);
      if (mask.family !== address.family) return problem('IP address and mask do not match');
      return found(network(address, mask, `${text} ${maskText}`));
    },
  };
}

/** The address and the mask of a network as numbers. */
export function networkNumbers(hba: HbaNetwork): { readonly value: bigint; readonly mask: bigint } {
  return { value: parseAddress(hba.address)?.value ?? 0n, mask: parseAddress(hba.netmask)?.value ?? 0n };
}

/** True when the network holds the address. Families never match each other (hba.c, check_ip). */
export function networkHolds(hba: HbaNetwork, address: Address): boolean {
  if (hba.family !== address.family) return false;
  const { value, mask } = networkNumbers(hba);
  return ((value ^ address.value) & mask) === 0n;
}

/** True when every address of `inner` is in `outer`; masks with holes included. */
export function networkCovers(outer: HbaNetwork, inner: HbaNetwork): boolean {
  if (outer.family !== inner.family) return false;
  const [big, small] = [networkNumbers(outer), networkNumbers(inner)];
  return (big.mask & small.mask) === big.mask && ((big.value ^ small.value) & big.mask) === 0n;
}

/** An address for a new rule from what a person wrote: a keyword, a network or a host name. Null when unreadable. */
export function hbaAddress(text: string): HbaAddress | null {
  const words = text.trim().split(/\s+/);
  const first = parseAddressField(words[0] ?? '', false);
  const field =
    first.kind === 'needs-mask'
      ? words[1] === undefined
        ? parseAddressField(`${words[0] ?? ''}/${(words[0] ?? '').includes(':') ? 128 : 32}`, false)
        : first.withMask(words[1])
      : first;
  return field.kind === 'address' && words.length <= 2 && words[0] !== '' ? field.address : null;
}

/** The address as it is written in a file. */
export function formatHbaAddress(address: HbaAddress): string {
  switch (address.kind) {
    case 'all':
    case 'samehost':
    case 'samenet':
      return address.kind;
    case 'network':
      return address.text;
    case 'host-name':
      return address.name;
    case 'host-suffix':
      return address.suffix;
    default:
      return assertNever(address, 'address');
  }
}
