import { isAny, isLoopback, parseNetwork } from '../lib/cidr.ts';
import type { Network } from '../lib/cidr.ts';
import { notInspected } from './exposure.ts';
import type { Encryption, PictureEntry } from './picture-schema.ts';

/** `1 line`, `3 lines`. */
export function several(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

const read = (networks: readonly string[]): readonly Network[] =>
  networks.flatMap((text) => parseNetwork(text) ?? []);

function familiesOf(networks: readonly Network[]): string {
  const families = new Set(networks.map(({ family }) => family));
  return families.size === 2 ? '' : families.has('ipv6') ? ', IPv6' : ', IPv4';
}

/** Sources in words, and what stands under them. `own` are the networks of the host's interfaces. */
export function sourceWords(
  networks: readonly string[],
  { openToAll, own }: { readonly openToAll: boolean; readonly own: ReadonlyMap<string, string> },
): { readonly label: string; readonly note: string } {
  const list = read(networks);
  const [first = ''] = networks;
  const note = networks.length <= 2 ? networks.join(', ') : several(networks.length, 'network');
  if (list.length > 0 && list.every(isLoopback)) return { label: 'Loopback', note };
  if (list.length > 0 && list.every(isAny)) return { label: `Everyone${familiesOf(list)}`, note };
  if (openToAll) return { label: `Everyone else${familiesOf(list)}`, note };
  if (networks.length === 1) {
    const name = own.get(first);
    if (name !== undefined) return { label: 'Its own network', note: `${first}, ${name}` };
    const single = list[0] !== undefined && !first.includes('/');
    return { label: first, note: single ? 'one host' : sizeWords(list[0]) };
  }
  return { label: several(networks.length, 'network'), note: networks.slice(0, 2).join(', ') };
}

function sizeWords(network: Network | undefined): string {
  if (network === undefined) return '';
  const free = (network.family === 'ipv4' ? 32 : 128) - network.prefix;
  return free <= 24 ? `${(2 ** free).toLocaleString('en')} addresses` : 'a large network';
}

const methodNames: ReadonlyMap<string, string> = new Map([
  ['trust', 'no password'],
  ['scram-sha-256', 'SCRAM'],
  ['password', 'clear text'],
  ['cert', 'certificate'],
  [notInspected, 'not inspected'],
]);

/** Methods in words: `trust` is said as what it is. */
export function methodWords({ methods, clientCertificate }: PictureEntry): string {
  const [first = ''] = methods;
  if (methods.length > 1) return several(methods.length, 'method');
  const word = methodNames.get(first) ?? first;
  return clientCertificate && first !== 'cert' ? `${word} + certificate` : word;
}

/** Roles of an entry in words; the port where nothing more is known. */
export function roleWords({ roles, allRoles, port }: PictureEntry): string {
  if (port !== null) return `port ${port}`;
  if (roles.length === 0) return '';
  if (allRoles) return 'any role';
  return roles.length <= 2 ? roles.join(', ') : several(roles.length, 'role');
}

/** Databases of an entry in words. */
export function databaseWords({ databases, allDatabases }: PictureEntry): string {
  if (databases.length === 0) return '';
  if (allDatabases) return databases.length === 1 ? (databases[0] ?? '') : `all ${databases.length}`;
  return databases.length <= 2 ? databases.join(', ') : several(databases.length, 'database');
}

/** Whether it is encrypted, in words. */
export const encryptionWords: Readonly<Record<Encryption, string>> = {
  required: 'required',
  optional: 'not required',
  none: 'no TLS',
  local: 'stays on the host',
  unknown: 'not known',
};

/** `line 5`, `lines 5, 8`, `118 lines`. */
export function lineWords(lines: PictureEntry['lines']): string {
  if (lines.length === 0) return '';
  if (lines.length > 3) return several(lines.length, 'line');
  return `${lines.length === 1 ? 'line' : 'lines'} ${lines.map(({ line }) => line).join(', ')}`;
}
