import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Secret } from '../../shared/lib/secret.ts';
import type { Host, RunAs } from '../host/host.ts';
import { bridgeTo } from './bridge.ts';
import { StatementError } from './connection.ts';
import { ServerStream } from './server-stream.ts';
import { openSession } from './session.ts';
import { withTls } from './tls.ts';

/** By which way a login is tried. */
export type LoginPath =
  /** From this machine, without the ssh connection. */
  | { readonly kind: 'direct'; readonly address: string; readonly port: number }
  /** From the host itself. */
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string; readonly as: RunAs };

export interface LoginAttempt {
  readonly path: LoginPath;
  readonly role: string;
  readonly database: string;
  /** null: there is none; where the server asks for one the attempt fails. */
  readonly password: Secret | null;
}

function fromHere(address: string, port: number, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, signal, timeout: 8_000 });
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('timeout', () => socket.destroy(new Error(`${address} gives no answer`)));
    socket.once('error', reject);
  });
}

async function open(host: Host, path: LoginPath, tls: boolean, signal: AbortSignal) {
  if (path.kind === 'socket') {
    const bridge = bridgeTo(path.path);
    const program = await host.openProgram(bridge.argv, path.as, signal);
    return { stream: new ServerStream(program, bridge.mark) as Duplex, tls: false };
  }
  const stream =
    path.kind === 'direct'
      ? await fromHere(path.address, path.port, signal)
      : await host.openTcp(path.address, path.port, signal);
  return tls ? withTls(stream) : { stream, tls: false };
}

/**
 * Logs in as a role and ends the session at once. Over TCP as libpq does it unless told: with TLS where the server has
 * it, then without. Throws StatementError when the server refuses, another error when it cannot be reached.
 */
export async function tryLogin(
  host: Host,
  attempt: LoginAttempt,
  signal: AbortSignal,
): Promise<{ readonly tls: boolean }> {
  const { path, role, database, password } = attempt;
  const once = async (withEncryption: boolean): Promise<{ readonly tls: boolean }> => {
    const { stream, tls } = await open(host, path, withEncryption, signal);
    const session = await openSession(
      stream,
      {
        role,
        database,
        purpose: 'inspect',
        how: path.kind === 'socket' ? 'socket' : 'tcp',
        tls,
        password: () =>
          password === null
            ? Promise.reject(new StatementError('28P01', 'the server asks for a password'))
            : Promise.resolve(password),
      },
      signal,
    );
    await session.close();
    return { tls };
  };
  try {
    return await once(true);
  } catch (error) {
    // 28000: no line for TLS. libpq then tries without.
    if (path.kind === 'socket' || !(error instanceof StatementError) || error.code !== '28000') throw error;
    return once(false).catch(() => {
      throw error;
    });
  }
}
