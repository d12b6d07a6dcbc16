import { HostError } from '../host/host.ts';
import type { Host } from '../host/host.ts';
import type { HostStatus } from './host-status.ts';
import type { RunOnHost } from './run-on-host.ts';
import { messageOf } from './run-reporter.ts';
import type { RunReporter } from './run-reporter.ts';

const statusMs = 20_000;
const quickMs = 5_000;
/** How long the program looks for the host after the guard was due. */
const graceMs = 120_000;
/** Short attempts in between: TCP waits twice as long before each retry, a new connection starts at one second again. */
const attemptsMs = [5_000, 8_000, 20_000] as const;

/** True when the way to the host failed, and not what was asked of it. */
export function isLinkError(error: unknown): boolean {
  return (
    error instanceof HostError &&
    ['link-lost', 'timeout', 'unreachable', 'session-refused', 'authentication-failed'].includes(error.code)
  );
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

/** The ways to a host during a run: the login that it began with, and new ones when that one is lost. */
export class HostLink {
  readonly #first: Host;
  readonly #onHost: RunOnHost;
  readonly #reporter: RunReporter;
  readonly #logins: Host[] = [];

  constructor(first: Host, onHost: RunOnHost, reporter: RunReporter) {
    this.#first = first;
    this.#onHost = onHost;
    this.#reporter = reporter;
  }

  /** A login that goes on when the first one dies; closed with the run. */
  add(host: Host): void {
    if (host !== this.#first) this.#logins.push(host);
  }

  get hasSpare(): boolean {
    return this.#logins.length > 0;
  }

  /** What the host says of the run; null when it cannot be asked by the login in use. */
  async status(milliseconds = statusMs): Promise<HostStatus | null> {
    try {
      return await this.#onHost.status(AbortSignal.timeout(milliseconds));
    } catch {
      return null;
    }
  }

  /** When it is useless to look for the host any longer. */
  lookUntil(deadline: number | null): number {
    return Math.max(Date.now(), deadline ?? 0) + graceMs;
  }

  /** Looks for the host by new logins until some time after the guard was due. Null when it is not reached. */
  async reconnect(reason: string, deadline: number | null): Promise<HostStatus | null> {
    const until = this.lookUntil(deadline);
    const there = await this.status(quickMs);
    if (there !== null) return there;
    this.#reporter.enter('link-lost');
    this.#reporter.log('error', `${reason} Trying new logins.`);
    await this.#reporter.record('link-lost', { reason });
    for (const login of this.#logins) {
      this.#onHost.useHost(login);
      const status = await this.status(quickMs);
      if (status !== null) return status;
    }
    for (let attempt = 1; Date.now() < until; attempt += 1) {
      try {
        const host = await this.#first.loginAgain(
          AbortSignal.timeout(attemptsMs[(attempt - 1) % attemptsMs.length] ?? statusMs),
        );
        this.#logins.push(host);
        this.#onHost.useHost(host);
        const status = await this.status();
        if (status !== null) {
          this.#reporter.log(
            'host',
            `the link is back after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`,
          );
          return status;
        }
      } catch (error) {
        this.#reporter.log('host', `attempt ${attempt}: ${messageOf(error)}`);
      }
      await pause(Math.min(5000, 500 * attempt));
    }
    return null;
  }

  async close(): Promise<void> {
    await Promise.all(this.#logins.map((host) => host.close().catch(() => undefined)));
  }
}
