import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { JoinedStream } from '../host/duplex.ts';
import { HostError } from '../host/host.ts';
import type { RunningProcess } from '../host/process.ts';
import { whenAborted } from '../host/abort.ts';
import { messageOf } from './errors.ts';
import { limits } from './limits.ts';

/** The server did not open another session: MaxSessions, or sessions are forbidden altogether. */
export class SessionRefused extends Error {}

/** RFC 4254, 5.1 */
const administrativelyProhibited = 1;

export function lostError(reason: string): HostError {
  return new HostError(
    'link-lost',
    `The connection to the host was lost: ${reason}.`,
    'Check the network and connect again. What was armed on the host rolls back by itself.',
  );
}

function reasonOf(error: Error): unknown {
  return 'reason' in error ? error.reason : undefined;
}

/** Opens something on a connection, with a time limit; a channel that comes too late is closed. */
async function open(
  start: (done: (error: Error | undefined, channel: ClientChannel) => void) => unknown,
  signal: AbortSignal,
): Promise<ClientChannel> {
  const aborted = whenAborted(signal);
  let timer: NodeJS.Timeout | undefined;
  let tooLate = false;
  try {
    return await Promise.race([
      aborted.promise,
      new Promise<ClientChannel>((resolve, reject) => {
        timer = setTimeout(
          () => reject(new HostError('timeout', 'The host did not open a channel in time.', 'Try again.')),
          limits.channelMs,
        );
        try {
          start((error, channel) => {
            if (error !== undefined && error !== null) reject(error);
            else if (tooLate) {
              channel.on('error', () => undefined);
              channel.close();
            } else resolve(channel);
          });
        } catch (error) {
          reject(lostError(messageOf(error))); // ssh2 throws 'Not connected'
        }
      }),
    ]);
  } finally {
    tooLate = true;
    clearTimeout(timer);
    aborted.release();
  }
}

/** Runs a command line on the host. Rejects with SessionRefused, or HostError no-shell, timeout, cancelled, link-lost. */
export async function execute(
  client: Client,
  commandLine: string,
  lost: () => HostError | null,
  signal: AbortSignal,
): Promise<RunningProcess> {
  const channel = await open((done) => client.exec(commandLine, done), signal).catch((error: unknown) => {
    if (error instanceof HostError) throw error;
    const lostReason = lost();
    if (lostReason !== null) throw lostReason;
    if (error instanceof Error && typeof reasonOf(error) === 'number')
      throw new SessionRefused(messageOf(error));
    if (/no response from server/i.test(messageOf(error))) throw lostError(messageOf(error));
    throw new HostError(
      'no-shell',
      `The host does not run commands for this login: ${messageOf(error)}`,
      'Use an account with an ordinary shell, without a forced command.',
    );
  });
  let exitCode: number | null = null;
  channel.on('exit', (code: number | null) => (exitCode = code));
  channel.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => channel.on('close', () => resolve()));
  const errorsRead = new Promise<void>((resolve) => channel.stderr.on('close', () => resolve()));
  const ended = Promise.all([closed, errorsRead]).then(() => {
    const reason = lost();
    if (reason !== null && exitCode === null) throw reason;
    return { exitCode };
  });
  ended.catch(() => undefined);
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended,
    kill: () => {
      if (lost() === null && exitCode === null) channel.signal('TERM');
      channel.close();
      // Nobody reads any more; the rest has to flow for the channel to close.
      channel.resume();
      channel.stderr.resume();
    },
  };
}

function asStream(channel: ClientChannel): Duplex {
  return new JoinedStream(channel, channel, () => {
    channel.close();
    channel.resume();
  });
}

/** A TCP connection made by the host. Rejects with HostError forwarding-refused or unreachable. */
export async function forwardTcp(
  client: Client,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<ClientChannel> {
  return open((done) => client.forwardOut('127.0.0.1', 0, address, port, done), signal).catch(
    (error: unknown) => {
      if (error instanceof HostError) throw error;
      if (error instanceof Error && reasonOf(error) === administrativelyProhibited)
        throw new HostError(
          'forwarding-refused',
          `sshd forbids forwarding to ${address} port ${port}.`,
          'Set AllowTcpForwarding local in sshd_config (and mind DisableForwarding and PermitOpen).',
          { cause: error },
        );
      throw new HostError(
        'unreachable',
        `The host cannot reach ${address} port ${port}: ${messageOf(error)}`,
        'Check that something listens there.',
        { cause: error },
      );
    },
  );
}

export async function openTcpStream(
  client: Client,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  return asStream(await forwardTcp(client, address, port, signal));
}

/**
 * A connection to a Unix socket made by sshd as the login user. sshd gives the same answer when it forbids this and
 * when the socket cannot be opened: then `explain` finds out which. Rejects with HostError.
 */
export async function openSocketStream(
  client: Client,
  path: string,
  explain: () => Promise<HostError>,
  signal: AbortSignal,
): Promise<Duplex> {
  const channel = await open((done) => client.openssh_forwardOutStreamLocal(path, done), signal).catch(
    async (error: unknown) => {
      throw error instanceof HostError ? error : await explain();
    },
  );
  return asStream(channel);
}
