import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import type { SudoMode } from '../../shared/contract/target.ts';
import type { Secret } from '../../shared/lib/secret.ts';
import { findLogin, type Login } from './access.ts';
import {
  HostError,
  type Host,
  type HostDescription,
  type RunAs,
  type RunRequest,
  type RunResult,
} from './host.ts';
import { programInvocation, scriptInvocation, stopScript } from './invocation.ts';
import { ownFilesOnly } from './own-files-only.ts';
import { openProgramStream, runScript, type RunningProcess } from './process.ts';
import type { Prompter } from './prompter.ts';
import { Stages } from './stages.ts';

const privilegeMs = 30_000;
const openMs = 15_000;
/** pkexec may open its dialog before the program starts. */
const dialogMs = 120_000;

export interface ConnectLocalOptions {
  readonly sudo: SudoMode;
}

function kill(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.stdin?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // Gone already, or it belongs to root now and ends when its pipes are closed.
  }
}

export interface SpawnOptions {
  /** Run as this account: only for a process of root. */
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly environment?: NodeJS.ProcessEnv;
}

/** The person's environment without what would change what tools do, or comes from this program's own packaging. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(LD_|DYLD_|NODE_|ELECTRON_|APPDIR$|APPIMAGE$|PG[A-Z]|PERL5|PYTHON|BASH_ENV$|ENV$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Starts a process on this machine. Rejects with HostError 'no-shell' or 'not-found' when it cannot be started. */
export function startProcess(argv: readonly string[], options: SpawnOptions = {}): Promise<RunningProcess> {
  const [program = 'sh', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: '/',
      // A process group of its own, so that all of it can be ended.
      detached: true,
      stdio: ownFilesOnly(),
      env: options.environment ?? ownEnvironment(),
      ...options.account,
    });
    child.once('error', (error) =>
      reject(
        new HostError(
          program === 'sh' || program === '/bin/sh' ? 'no-shell' : 'not-found',
          `${program} cannot be started on this machine: ${error.message}`,
          process.platform === 'win32'
            ? 'On Windows, connect to the host over ssh.'
            : `Check that ${program} is installed.`,
          { cause: error },
        ),
      ),
    );
    child.once('spawn', () => {
      const ended = new Promise<{ exitCode: number | null }>((settle) =>
        child.once('close', (exitCode) => settle({ exitCode })),
      );
      resolve({
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        ended,
        kill: () => kill(child),
      });
    });
  });
}

/** Opens a stream to a Unix socket or a TCP port of this machine. */
export function connectHere(
  target: { readonly path: string } | { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const place = 'path' in target ? target.path : `${target.host} port ${target.port}`;
  return new Promise((resolve, reject) => {
    const socket = connect(target);
    const finish = (error: HostError | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeListener('error', failed);
      socket.on('error', () => undefined);
      if (error === null) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(error);
    };
    const failed = (error: NodeJS.ErrnoException): void => {
      const options = { cause: error };
      if (error.code === 'ENOENT')
        finish(
          new HostError('not-found', `There is no socket ${place}.`, 'Check that the server runs.', options),
        );
      else if (error.code === 'EACCES')
        finish(new HostError('denied', `You may not use the socket ${place}.`, 'Use sudo.', options));
      else
        finish(
          new HostError(
            'unreachable',
            `${place} cannot be reached: ${error.message}`,
            'Check that the server runs.',
            options,
          ),
        );
    };
    const abort = (): void => finish(new HostError('cancelled', 'Cancelled.', 'Try again.'));
    const timer = setTimeout(
      () => finish(new HostError('timeout', `${place} did not answer in time.`, 'Try again.')),
      openMs,
    );
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', failed);
    socket.once('connect', () => finish(null));
    if (signal.aborted) abort();
  });
}

class LocalHost implements Host {
  readonly description: HostDescription;
  readonly #login: Login;
  readonly #again: (signal: AbortSignal) => Promise<Host>;
  readonly #running = new Set<RunningProcess>();

  constructor(description: HostDescription, login: Login, again: (signal: AbortSignal) => Promise<Host>) {
    this.description = description;
    this.#login = login;
    this.#again = again;
  }

  async #start(argv: readonly string[]): Promise<RunningProcess> {
    const started = await startProcess(argv);
    this.#running.add(started);
    void started.ended.then(() => this.#running.delete(started));
    return started;
  }

  async run(request: RunRequest, signal: AbortSignal): Promise<RunResult> {
    const invocation = scriptInvocation(request.script, request.as, this.#login.access);
    const asks = this.description.privilege === 'pkexec' && request.as.kind !== 'login';
    const timeoutMs = request.timeoutMs + (asks ? dialogMs : 0);
    const limited = { ...request, timeoutMs };
    const started = await this.#start(invocation.argv);
    return runScript(started, invocation, limited, signal, (pid) => {
      // pkexec would ask once more.
      if (asks || request.as.kind === 'login') {
        started.kill();
        return;
      }
      // First as its own account, while its shell can still be found: what we may signal is only sudo.
      const script = stopScript(pid, invocation.marker);
      this.run({ script, as: request.as, timeoutMs: openMs }, new AbortController().signal)
        .catch(() => undefined)
        .finally(() => started.kill());
    });
  }

  openSocket(path: string, signal: AbortSignal): Promise<Duplex> {
    return connectHere({ path }, signal);
  }

  openTcp(address: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return connectHere({ host: address, port }, signal);
  }

  async openProgram(argv: readonly string[], as: RunAs, signal: AbortSignal): Promise<Duplex> {
    const invocation = programInvocation(argv, as, this.#login.access);
    const asks = this.description.privilege === 'pkexec' && as.kind !== 'login';
    return openProgramStream(
      await this.#start(invocation.argv),
      invocation,
      asks ? dialogMs : openMs,
      signal,
    );
  }

  loginAgain(signal: AbortSignal): Promise<Host> {
    return this.#again(signal);
  }

  /** This machine cannot be lost without this program being lost too. */
  onLost(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    for (const running of this.#running) running.kill();
    return Promise.resolve();
  }
}

async function logIn(
  options: ConnectLocalOptions,
  prompter: Prompter,
  stages: Stages,
  knownPassword: Secret | null,
  signal: AbortSignal,
): Promise<Host> {
  stages.report('privilege', 'running', '');
  const login = await findLogin(
    (argv) => startProcess(argv),
    {
      mode: options.sudo,
      host: 'this machine',
      timeoutMs: privilegeMs,
      knownPassword,
      mayUsePkexec: process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined,
      ask: (prompt) => prompter.ask(prompt, signal),
    },
    signal,
  );
  stages.report('privilege', 'done', login.detail);
  const description: HostDescription = {
    kind: 'local',
    key: 'local',
    label: `This machine (${hostname()})`,
    loginUser: login.access.loginUser,
    privilege: login.access.privilege,
    address: null,
    clientAddress: null,
    port: null,
  };
  const { sudoPassword } = login.access;
  const sudo = options.sudo === 'ask' && sudoPassword === null ? 'auto' : options.sudo;
  const silent = new Stages({ ask: prompter.ask.bind(prompter), progress: () => undefined });
  return new LocalHost(description, login, (within) =>
    logIn({ sudo }, prompter, silent, sudoPassword, within),
  );
}

/** This machine as a host. Rejects with HostError: no-shell (Windows), sudo-refused, cancelled, timeout. */
export async function connectLocal(
  options: ConnectLocalOptions,
  prompter: Prompter,
  signal: AbortSignal,
): Promise<Host> {
  const stages = new Stages(prompter);
  for (const stage of ['name', 'tcp', 'host-key', 'login'] as const)
    stages.report(stage, 'skipped', 'this machine');
  try {
    return await logIn(options, prompter, stages, null, signal);
  } catch (error) {
    stages.fail(error);
    throw error;
  }
}
