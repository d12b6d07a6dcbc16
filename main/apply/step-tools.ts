import type { Connection } from '../postgres/connection.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Host } from '../host/host.ts';
import type { StepTools } from './prepared-step.ts';
import type { RunOnHost } from './run-on-host.ts';

/** Opens a PostgreSQL session over a host that may change things; a new login each time. Database null: any for the whole cluster. */
export type OpenSession = (
  host: Host,
  cluster: Cluster,
  database: string | null,
  signal: AbortSignal,
) => Promise<Connection>;

const scriptMs = 60_000;

/**
 * The sessions of a run. The process number of each is on the host before the session changes anything, so that a
 * rollback ends it first.
 */
export class RunSessions {
  readonly #open: OpenSession;
  readonly #onHost: RunOnHost;
  readonly #sessions = new Map<string, Connection>();
  #unrecorded: string[] = [];
  cluster: Cluster;

  constructor(open: OpenSession, onHost: RunOnHost) {
    this.#open = open;
    this.#onHost = onHost;
    this.cluster = onHost.place.cluster;
  }

  async get(database: string, signal: AbortSignal): Promise<Connection> {
    const known = this.#sessions.get(database);
    if (known !== undefined) return known;
    const session = await this.#open(this.#onHost.host, this.cluster, database, signal);
    const [row] = await session.query('SELECT pg_backend_pid() AS pid', undefined, { signal });
    const pid = Number(row?.pid);
    if (Number.isInteger(pid)) this.#unrecorded.push(`record_session ${pid}`);
    this.#sessions.set(database, session);
    return session;
  }

  /** Lines that have to go in front of the next change. */
  takeUnrecorded(): readonly string[] {
    const lines = this.#unrecorded;
    this.#unrecorded = [];
    return lines;
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.close().catch(() => undefined)));
  }
}

/** What a step gets to work with. `pending` holds lines that wait for the next script of the run. */
export function stepTools(
  number: string,
  onHost: RunOnHost,
  sessions: RunSessions,
  pending: string[],
  log: (topic: string, text: string) => void,
  signal: AbortSignal,
  restarted: (downtimeMs: number | null) => void = () => undefined,
): StepTools {
  let started = false;
  return {
    signal,
    log,
    async change(lines, timeoutMs = scriptMs) {
      const first = !started;
      started = true;
      const before = [...sessions.takeUnrecorded(), ...pending.splice(0)];
      return onHost.change(number, first, before, lines, timeoutMs, signal);
    },
    later(lines) {
      pending.push(...lines);
    },
    read: (lines, timeoutMs = scriptMs) => onHost.script(lines, timeoutMs, signal),
    session: (database = onHost.place.database) => sessions.get(database, signal),
    serverMoved(port, socketDirectory) {
      const { socketDirectories } = sessions.cluster;
      const directories = [socketDirectory, ...socketDirectories].filter((one) => one !== '');
      sessions.cluster = { ...sessions.cluster, port, socketDirectories: [...new Set(directories)] };
    },
    closeSessions: () => sessions.close(),
    restarted,
  };
}
