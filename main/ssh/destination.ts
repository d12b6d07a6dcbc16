import { HostError } from '../host/host.ts';

/** Where to connect to as the person wrote it; null leaves the choice to the ssh config. */
export interface Destination {
  readonly user: string | null;
  /** A host name, an address, or an alias of the ssh config. Never starts with `-`. */
  readonly host: string;
  readonly port: number | null;
}

const bracketed = /^\[([^\]]+)\](?::(\d+))?$/;
const named = /^([^:[\]]+)(?::(\d+))?$/;

function invalid(text: string, why: string): HostError {
  return new HostError(
    'not-found',
    `"${text}" is no destination: ${why}.`,
    'Write user@host, user@host:port, ssh://user@host:port, [IPv6 address]:port, or an alias of your ssh config.',
  );
}

function readPort(text: string | undefined, whole: string): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalid(whole, `${text} is no port`);
  return port;
}

/**
 * Reads `host`, `user@host`, `user@host:port`, `[IPv6]:port`, a bare IPv6 address and `ssh://user@host:port`.
 * Throws HostError 'not-found' on anything else, and on names that a command line would take for an option.
 */
export function parseDestination(text: string): Destination {
  const whole = text.trim();
  let rest = whole;
  if (rest.startsWith('ssh://')) rest = rest.slice('ssh://'.length).replace(/\/+$/, '');
  else if (rest.includes('://')) throw invalid(whole, 'only ssh:// is understood');
  const at = rest.lastIndexOf('@');
  const user = at < 0 ? null : rest.slice(0, at);
  const address = rest.slice(at + 1);
  if (user !== null && (user === '' || user.startsWith('-') || /[\s:]/.test(user)))
    throw invalid(whole, 'the user name is not valid');
  // More than one colon outside of brackets can only be an IPv6 address.
  const bare = (address.match(/:/g) ?? []).length > 1 && !address.startsWith('[');
  const match = bare ? [address, address] : (bracketed.exec(address) ?? named.exec(address));
  const host = match?.[1];
  if (match === null || host === undefined) throw invalid(whole, 'the host is not valid');
  // eslint-disable-next-line no-control-regex
  if (host.startsWith('-') || /[\s'"`$\\;&<>|(){}\u0000-\u001f]/.test(host))
    throw invalid(whole, 'the host name holds characters that no host name has');
  return { user, host, port: readPort(match[2], whole) };
}

/** Reads a list of jump hosts as `ssh -J` takes it: `me@a,b:2222`, in the order in which they are passed. */
export function parseJumpList(text: string): readonly Destination[] {
  if (text.trim() === '' || text.trim().toLowerCase() === 'none') return [];
  return text.split(',').map((part) => parseDestination(part));
}
