import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';

/** A private key in a file, as far as it can be read without its passphrase. */
export interface Identity {
  readonly file: string;
  /** The public half in wire format; null when only the passphrase can tell. */
  readonly publicKey: Buffer | null;
  /** The key itself when it is not encrypted. */
  readonly privateKey: ParsedKey | null;
  readonly encrypted: boolean;
  /** Why it cannot be used (a kind of key that is not supported, no key at all); null when it can. */
  readonly problem: string | null;
}

const { parseKey } = ssh2.utils;

function oneKey(parsed: ParsedKey | Error | readonly ParsedKey[]): ParsedKey | Error {
  if (parsed instanceof Error) return parsed;
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : (parsed as ParsedKey);
}

/** The public half stands in clear in OpenSSH's own format, also of an encrypted key (PROTOCOL.key of OpenSSH). */
export function publicKeyInside(text: string): Buffer | null {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (body === undefined) return null;
  const data = Buffer.from(body, 'base64');
  let position = 'openssh-key-v1\0'.length;
  const read = (): Buffer | null => {
    if (position + 4 > data.length) return null;
    const length = data.readUInt32BE(position);
    const value = data.subarray(position + 4, position + 4 + length);
    position += 4 + length;
    return value.length === length ? value : null;
  };
  for (let field = 0; field < 3; field += 1) if (read() === null) return null; // cipher, kdf, its options
  position += 4; // the number of keys
  return read();
}

async function publicKeyBeside(file: string): Promise<Buffer | null> {
  const text = await readFile(`${file}.pub`, 'utf8').catch(() => null);
  if (text === null) return null;
  const base64 = text.trim().split(/\s+/)[1];
  return base64 === undefined ? null : Buffer.from(base64, 'base64');
}

/** Reads an identity file. Null when it does not exist or cannot be read. */
export async function readIdentity(file: string): Promise<Identity | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = oneKey(parseKey(text));
  if (!(parsed instanceof Error)) {
    const privateKey = parsed.isPrivateKey() ? parsed : null;
    return { file, publicKey: parsed.getPublicSSH(), privateKey, encrypted: false, problem: null };
  }
  const encrypted = /encrypted|passphrase/i.test(parsed.message);
  return {
    file,
    publicKey: publicKeyInside(text) ?? (await publicKeyBeside(file)),
    privateKey: null,
    encrypted,
    problem: encrypted ? null : parsed.message,
  };
}

/** Decrypts an identity. Null when the passphrase is wrong. */
export async function unlockIdentity(file: string, passphrase: string): Promise<ParsedKey | null> {
  const parsed = oneKey(parseKey(await readFile(file, 'utf8'), passphrase));
  return parsed instanceof Error || !parsed.isPrivateKey() ? null : parsed;
}
