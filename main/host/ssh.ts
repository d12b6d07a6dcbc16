import type { Duplex } from 'node:stream';
import { quoteShell } from '../../shared/lib/quoting.ts';
import { execute, openSocketStream, openTcpStream, SessionRefused } from '../ssh/channels.ts';
import type { Chain } from '../ssh/chain.ts';
import { limits } from '../ssh/limits.ts';
import type { Login } from './access.ts';
import {
  HostError,
  type Host,
  type HostDescription,
  type RunAs,
  type RunRequest,
  type RunResult,
} from './host.ts';
import { commandLine, programInvocation, scriptInvocation, stopScript } from './invocation.ts';
import { openProgramStream, runScript } from './process.ts';
import type { RunningProcess } from './process.ts';
import { SessionPool } from './session-pool.ts';

/** How another way to the same host is opened: with what was answered the first time. */
export interface SshReopen {
  chain(signal: AbortSignal): Promise<Chain>;
  host(signal: AbortSignal): Promise<Host>;
}

/** A host behind an ssh login. */
export class SshHost implements Host {
  readonly description: HostDescription;
  readonly #pool: SessionPool;
  readonly #login: Login;
  readonly #reopen: SshReopen;

  constructor(description: HostDescription, chain: Chain, login: Login, reopen: SshReopen) {
    this.description = description;
    this.#login = login;
    this.#reopen = reopen;
    this.#pool = new SessionPool(chain, (signal) => reopen.chain(signal));
  }

  async run(request: RunRequest, signal: AbortSignal): Promise<RunResult> {
    const invocation = scriptInvocation(request.script, request.as, this.#login.access);
    const process = await this.#pool.launch(
      commandLine(invocation.argv),
      'script',
      request.timeoutMs,
      signal,
    );
    return runScript(process, invocation, request, signal, (pid) => {
      process.kill();
      const script = stopScript(pid, invocation.marker);
      // As well as possible: the link may be gone.
      this.run({ script, as: request.as, timeoutMs: limits.channelMs }, new AbortController().signal).catch(
        () => undefined,
      );
    });
  }

  async openSocket(path: string, signal: AbortSignal): Promise<Duplex> {
    const explain = async (): Promise<HostError> => {
      const quoted = quoteShell(path);
      const { stdout } = await this.run(
        {
          script: `if [ ! -S ${quoted} ]; then echo missing; elif [ -w ${quoted} ]; then echo writable; else echo locked; fi`,
          as: { kind: 'login' },
          timeoutMs: limits.channelMs,
        },
        signal,
      );
      switch (stdout.toString().trim()) {
        case 'missing':
          return new HostError('not-found', `There is no socket ${path}.`, 'Check that the server runs.');
        case 'locked':
          return new HostError(
            'denied',
            `${this.description.loginUser} may not use the socket ${path}.`,
            'Use an account that may, or sudo.',
          );
        default:
          return new HostError(
            'forwarding-refused',
            `sshd did not connect to the socket ${path}: it forbids forwarding, or nothing listens there.`,
            'Set AllowStreamLocalForwarding yes in sshd_config (and mind DisableForwarding and PermitOpen).',
          );
      }
    };
    return openSocketStream(this.#pool.client, path, explain, signal);
  }

  openTcp(address: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return openTcpStream(this.#pool.client, address, port, signal);
  }

  async openProgram(argv: readonly string[], as: RunAs, signal: AbortSignal): Promise<Duplex> {
    const invocation = programInvocation(argv, as, this.#login.access);
    const process = await this.#pool.launch(
      commandLine(invocation.argv),
      'program',
      limits.channelMs,
      signal,
    );
    return openProgramStream(process, invocation, limits.channelMs, signal);
  }

  loginAgain(signal: AbortSignal): Promise<Host> {
    return this.#reopen.host(signal);
  }

  onLost(listener: (reason: HostError) => void): () => void {
    return this.#pool.onLost(listener);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Starts a command on a chain that has no pool yet: while the login is still being looked at. */
export async function launchOn(
  chain: Chain,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<RunningProcess> {
  try {
    return await execute(chain.client, commandLine(argv), () => chain.lost, signal);
  } catch (error) {
    if (!(error instanceof SessionRefused)) throw error;
    throw new HostError(
      'session-refused',
      `sshd opens no session for this login: ${error.message}`,
      'Set MaxSessions to 1 or more in sshd_config.',
      { cause: error },
    );
  }
}
