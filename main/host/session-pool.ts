import type { Client } from 'ssh2';
import { execute, SessionRefused } from '../ssh/channels.ts';
import type { Chain } from '../ssh/chain.ts';
import { whenAborted } from './abort.ts';
import { HostError } from './host.ts';
import type { RunningProcess } from './process.ts';

interface Connection {
  readonly chain: Chain;
  active: number;
  programs: number;
  /** How many sessions sshd allows at once on it, as learned from a refusal; null while none was refused. */
  limit: number | null;
}

/** Further connections, opened only when programs hold every session that sshd allows. */
const connectionsAtMost = 12;
const retryDelayMs = 50;
const retriesAtMost = 10;

function refused(message: string): HostError {
  return new HostError(
    'session-refused',
    `sshd opens no further session: ${message}.`,
    'Raise MaxSessions in sshd_config on the host (its default is 10).',
  );
}

/**
 * Starts commands on a host whose sshd may allow few sessions a connection (MaxSessions): scripts wait for each other;
 * where programs, which run long, hold every session, a further connection is opened with what was answered before.
 */
export class SessionPool {
  readonly #main: Connection;
  readonly #open: (signal: AbortSignal) => Promise<Chain>;
  #connections: Connection[];
  #opening: Promise<void> | null = null;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(chain: Chain, open: (signal: AbortSignal) => Promise<Chain>) {
    this.#main = { chain, active: 0, programs: 0, limit: null };
    this.#connections = [this.#main];
    this.#open = open;
  }

  /** The first connection, for forwarding, which counts as no session. */
  get client(): Client {
    return this.#main.chain.client;
  }

  onLost(listener: (reason: HostError) => void): () => void {
    return this.#main.chain.onLost(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#connections.map(({ chain }) => chain.close()));
  }

  async launch(
    commandLine: string,
    kind: 'script' | 'program',
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<RunningProcess> {
    const until = Date.now() + timeoutMs;
    for (let retries = 0; ;) {
      this.#connections = this.#connections.filter(
        (connection) => connection === this.#main || connection.chain.lost === null,
      );
      const free = this.#connections.find(({ active, limit }) => limit === null || active < limit);
      if (free === undefined) {
        await this.#room(until, signal);
        continue;
      }
      free.active += 1;
      if (kind === 'program') free.programs += 1;
      const release = (): void => {
        free.active -= 1;
        if (kind === 'program') free.programs -= 1;
        this.#wake();
      };
      try {
        const process = await execute(free.chain.client, commandLine, () => free.chain.lost, signal);
        process.ended.then(release, release);
        return process;
      } catch (error) {
        release();
        if (!(error instanceof SessionRefused)) throw error;
        if (free.active > 0) free.limit = free.active;
        else {
          // sshd frees the session of a command a moment after it has closed its channel.
          retries += 1;
          if (retries > retriesAtMost) throw refused(error.message);
          await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
        }
      }
    }
  }

  /** Waits for a script to end, or opens another connection where only programs run. */
  async #room(until: number, signal: AbortSignal): Promise<void> {
    const scriptRuns = this.#connections.some(({ active, programs }) => active > programs);
    if (!scriptRuns || this.#opening !== null) {
      if (this.#opening === null && this.#connections.length >= connectionsAtMost)
        throw refused('programs hold every session that MaxSessions allows');
      this.#opening ??= this.#open(signal)
        .then(async (chain) => {
          if (this.#closed) await chain.close();
          else this.#connections.push({ chain, active: 0, programs: 0, limit: this.#main.limit });
        })
        .finally(() => (this.#opening = null));
      await this.#opening;
      return;
    }
    const aborted = whenAborted(signal);
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        aborted.promise,
        new Promise<void>((resolve) => this.#waiting.push(resolve)),
        new Promise<never>((_, reject) => {
          timer = setTimeout(
            () => reject(refused('the commands before this one did not end in time')),
            Math.max(0, until - Date.now()),
          );
        }),
      ]);
    } finally {
      clearTimeout(timer);
      aborted.release();
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
