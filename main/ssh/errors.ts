import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { HostError } from '../host/host.ts';

/** The message of whatever was thrown, fit to be shown. */
export function messageOf(error: unknown): string {
  return shorten(printable(error instanceof Error ? error.message : String(error)), 500);
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Why a TCP connection could not be made, in words. */
export function unreachableError(host: string, port: number, error: unknown): HostError {
  const options = { cause: error };
  const place = `${host} port ${port}`;
  switch (codeOf(error)) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new HostError(
        'unreachable',
        `The name ${host} is not known to this machine's name service.`,
        'Check the spelling, or use the address.',
        options,
      );
    case 'ECONNREFUSED':
      return new HostError(
        'unreachable',
        `${place} refuses connections: no ssh server listens there.`,
        'Check the port, and that sshd runs on the host.',
        options,
      );
    case 'ETIMEDOUT':
      return new HostError(
        'unreachable',
        `${place} does not answer. A firewall may drop the packets.`,
        'Check the address, the port and the firewalls on the way.',
        options,
      );
    default:
      return new HostError(
        'unreachable',
        `${place} cannot be reached: ${messageOf(error)}`,
        'Check the address and the network.',
        options,
      );
  }
}

/** What ssh2 reports while a login is under way. */
export function handshakeError(host: string, error: unknown): HostError {
  const message = messageOf(error);
  const options = { cause: error };
  if (/no matching/i.test(message))
    return new HostError(
      'unreachable',
      `${host} and this program have no secure algorithm in common (${message}).`,
      'Update the ssh server: it offers only algorithms that are no longer safe.',
      options,
    );
  return new HostError(
    'unreachable',
    `The ssh server of ${host} ended the connection: ${message}`,
    "Look into the host's log (journalctl -u ssh), where sshd says why.",
    options,
  );
}
