import { createHash, createHmac, randomBytes } from 'node:crypto';

/** One usable line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostsEntry {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The first field as written: a comma list of patterns, or one `|1|salt|hash`. */
  readonly hosts: string;
  readonly keyType: string;
  readonly key: Buffer;
}

export interface KnownHostsFile {
  readonly entries: readonly KnownHostsEntry[];
  /** Lines that hold neither an entry nor a comment; they are passed over, as ssh does. */
  readonly invalidLines: readonly number[];
}

export type HostKeyVerdict =
  | { readonly kind: 'known'; readonly entry: KnownHostsEntry }
  /** `authorities`: how many @cert-authority lines name this host; certificates are not supported. */
  | { readonly kind: 'unknown'; readonly authorities: readonly KnownHostsEntry[] }
  /** Another key of this type is known, or only keys of other types. */
  | { readonly kind: 'changed'; readonly expected: readonly KnownHostsEntry[] }
  | { readonly kind: 'revoked'; readonly entry: KnownHostsEntry };

/** The type that stands at the start of a key in the wire format (RFC 4253, 6.6); null when it is no key. */
export function keyTypeOf(key: Buffer): string | null {
  if (key.length < 4) return null;
  const length = key.readUInt32BE(0);
  if (length === 0 || length > 64 || key.length < 4 + length) return null;
  return key.toString('latin1', 4, 4 + length);
}

/** `SHA256:…` as ssh prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Under which name ssh looks a host up: `host`, or `[host]:port` where the port is not 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

function matchesPattern(pattern: string, name: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(name);
}

function matchesHash(field: string, name: string): boolean {
  const [, version, salt, hash, ...rest] = field.split('|');
  if (version !== '1' || salt === undefined || hash === undefined || rest.length > 0) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** Whether the first field of a line names the host (`name` from knownHostName). A negated match rules the line out. */
export function matchesHosts(field: string, name: string): boolean {
  if (field.startsWith('|')) return matchesHash(field, name);
  let matched = false;
  for (const raw of field.split(',')) {
    const pattern = raw.toLowerCase();
    if (pattern.startsWith('!')) {
      if (matchesPattern(pattern.slice(1), name)) return false;
    } else if (pattern !== '' && matchesPattern(pattern, name)) matched = true;
  }
  return matched;
}

function parseLine(text: string, file: string, line: number): KnownHostsEntry | null {
  const fields = text.trim().split(/[ \t]+/);
  let marker: KnownHostsEntry['marker'] = 'none';
  if (fields[0]?.startsWith('@') === true) {
    const word = fields.shift();
    if (word === '@revoked') marker = 'revoked';
    else if (word === '@cert-authority') marker = 'cert-authority';
    else return null;
  }
  const [hosts, keyType, base64] = fields;
  if (hosts === undefined || keyType === undefined || base64 === undefined) return null;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const key = Buffer.from(base64, 'base64');
  return keyTypeOf(key) === keyType ? { file, line, marker, hosts, keyType, key } : null;
}

/** Reads a known_hosts file. Corrupt lines are reported, never fatal. */
export function parseKnownHosts(text: string, file: string): KnownHostsFile {
  const entries: KnownHostsEntry[] = [];
  const invalidLines: number[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const entry = parseLine(trimmed, file, index + 1);
    if (entry === null) invalidLines.push(index + 1);
    else entries.push(entry);
  }
  return { entries, invalidLines };
}

/** The types of the keys that are known for a host, first line first: to be offered first, so that none looks changed. */
export function knownKeyTypes(entries: readonly KnownHostsEntry[], name: string): readonly string[] {
  const matching = entries.filter((entry) => entry.marker === 'none' && matchesHosts(entry.hosts, name));
  return [...new Set(matching.map((entry) => entry.keyType))];
}

/**
 * Judges the key that a host showed. `fallbackName` is the name without its port: as ssh does, a key that is known for
 * it is taken for another port too, while any other key there says nothing. A host of which only keys of other types
 * are known counts as changed: known types are asked for first, so an honest host would have shown one.
 */
export function judgeHostKey(
  entries: readonly KnownHostsEntry[],
  name: string,
  fallbackName: string | null,
  key: Buffer,
): HostKeyVerdict {
  const matching = entries.filter((entry) => matchesHosts(entry.hosts, name));
  const fallback =
    fallbackName === null ? [] : entries.filter((entry) => matchesHosts(entry.hosts, fallbackName));
  const revoked = [...matching, ...fallback].find(
    (entry) => entry.marker === 'revoked' && entry.key.equals(key),
  );
  if (revoked !== undefined) return { kind: 'revoked', entry: revoked };
  const plain = matching.filter((entry) => entry.marker === 'none');
  const known = plain.find((entry) => entry.key.equals(key));
  if (known !== undefined) return { kind: 'known', entry: known };
  const type = keyTypeOf(key);
  const sameType = plain.filter((entry) => entry.keyType === type);
  if (sameType.length > 0) return { kind: 'changed', expected: sameType };
  if (plain.length > 0) return { kind: 'changed', expected: plain };
  const elsewhere = fallback.find((entry) => entry.marker === 'none' && entry.key.equals(key));
  if (elsewhere !== undefined) return { kind: 'known', entry: elsewhere };
  return { kind: 'unknown', authorities: matching.filter((entry) => entry.marker === 'cert-authority') };
}

/** The line that remembers a key; `hashed` hides the host's name as `HashKnownHosts yes` does. */
export function formatKnownHostsLine(name: string, key: Buffer, hashed: boolean): string {
  let hosts = name;
  if (hashed) {
    const salt = randomBytes(20);
    hosts = `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
  }
  return `${hosts} ${keyTypeOf(key) ?? ''} ${key.toString('base64')}`;
}
