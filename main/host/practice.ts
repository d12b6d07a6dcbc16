import type { Duplex } from 'node:stream';
import { practiceAccount, type PracticeAccount } from '../practice/account.ts';
import type { PracticeInfo } from '../practice/info.ts';
import type { PracticeServer } from '../practice/practice-server.ts';
import { practiceEnvironment } from '../practice/server-control.ts';
import {
  HostError,
  type Host,
  type HostDescription,
  type RunAs,
  type RunRequest,
  type RunResult,
} from './host.ts';
import { programInvocation, scriptInvocation, type Access } from './invocation.ts';
import { connectHere, startProcess } from './local.ts';
import { openProgramStream, runScript, type RunningProcess } from './process.ts';
import type { Prompter } from './prompter.ts';
import { Stages } from './stages.ts';

const openMs = 15_000;

/** The practice server as a host: everything runs as the account that owns the server, never as root. */
export class PracticeHost implements Host {
  readonly description: HostDescription;
  /** Where the server is, for what needs more than a running process to find it. */
  readonly practice: PracticeInfo;
  readonly #server: PracticeServer;
  readonly #account: PracticeAccount;
  readonly #access: Access;

  constructor(practice: PracticeInfo, server: PracticeServer, account: PracticeAccount) {
    this.practice = practice;
    this.#server = server;
    this.#account = account;
    this.#access = {
      loginUser: practice.owner,
      privilege: 'none',
      sudoPassword: null,
      sudoAllowed: false,
      hasRunuser: false,
    };
    this.description = {
      kind: 'practice',
      key: 'practice',
      label: 'Practice server',
      loginUser: practice.owner,
      privilege: 'none',
      address: null,
      clientAddress: null,
      port: null,
    };
  }

  async run(request: RunRequest, signal: AbortSignal): Promise<RunResult> {
    this.#refuseOthers(request.as);
    const invocation = scriptInvocation(request.script, request.as, this.#access);
    return runScript(await this.#start(invocation.argv), invocation, request, signal);
  }

  openSocket(path: string, signal: AbortSignal): Promise<Duplex> {
    return connectHere({ path }, signal);
  }

  openTcp(address: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return connectHere({ host: address, port }, signal);
  }

  async openProgram(argv: readonly string[], as: RunAs, signal: AbortSignal): Promise<Duplex> {
    this.#refuseOthers(as);
    const invocation = programInvocation(argv, as, this.#access);
    return openProgramStream(await this.#start(invocation.argv), invocation, openMs, signal);
  }

  loginAgain(signal: AbortSignal): Promise<Host> {
    if (signal.aborted) return Promise.reject(new HostError('cancelled', 'Cancelled.', 'Try again.'));
    return Promise.resolve(new PracticeHost(this.practice, this.#server, this.#account));
  }

  onLost(): () => void {
    return () => undefined;
  }

  /** The server goes on running: it is stopped by the person, or with the machine. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #refuseOthers(as: RunAs): void {
    if (as.kind === 'login' || (as.kind === 'user' && as.name === this.practice.owner)) return;
    throw new HostError(
      'denied',
      'The practice server shares this machine, which it leaves alone: nothing runs as root or as another account.',
      'Choose "This machine" or a host over ssh to work on a whole host.',
    );
  }

  #start(argv: readonly string[]): Promise<RunningProcess> {
    const { directory, binDirectory } = this.practice;
    return startProcess(argv, {
      environment: practiceEnvironment(directory, binDirectory),
      ...(this.#account.switch === null ? {} : { account: this.#account.switch }),
    });
  }
}

/** Starts the practice server (and makes it the first time) and gives it as a host. Rejects with HostError. */
export async function connectPractice(
  server: PracticeServer,
  prompter: Prompter,
  signal: AbortSignal,
): Promise<PracticeHost> {
  const stages = new Stages(prompter);
  for (const stage of ['name', 'tcp', 'host-key'] as const)
    stages.report(stage, 'skipped', 'the practice server');
  try {
    stages.report('login', 'running', 'starting the practice server');
    const info = await server.start(signal);
    stages.report('login', 'done', `PostgreSQL ${info.version}, as ${info.owner}`);
    stages.report('privilege', 'skipped', 'the practice server needs none');
    return new PracticeHost(info, server, await practiceAccount());
  } catch (error) {
    stages.fail(error);
    throw error;
  }
}
