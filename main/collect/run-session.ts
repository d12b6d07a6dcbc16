import { closedDatabase } from '../../shared/facts/catalog.ts';
import { denied, failed } from '../../shared/facts/fact.ts';
import type { Fact } from '../../shared/facts/fact.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { absent } from '../../shared/facts/fact.ts';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { HostError } from '../host/host.ts';
import type { Host } from '../host/host.ts';
import type { Connection, ConnectionWay } from '../postgres/connection.ts';
import { openPostgres, stockBridges } from '../postgres/open-postgres.ts';
import type { BridgeStock } from '../postgres/open-postgres.ts';
import type { CollectOptions } from './collect-facts.ts';
import { textOf } from './define-collector.ts';
import type { Collector, SqlRows } from './define-collector.ts';
import { noCluster, probeName } from './read-facts.ts';
import { whenSessionsAreFree } from './run-host.ts';
import { sqlFact, statementOf } from './run-sql.ts';
import type { NamedSqlProbe } from './run-sql.ts';

const defaultMaximumDatabases = 50;
/** sshd allows ten sessions at once by default (MaxSessions), and the script of root needs one of them. */
const databasesAtOnce = 8;
const bridgesAheadAtMost = 7;

export const settingsStatement = `SELECT name, CASE WHEN source IN ('client', 'session') THEN boot_val ELSE setting END AS value
FROM pg_settings`;
export const databasesStatement = `SELECT datname AS name, datallowconn AS allowed, has_database_privilege(datname, 'CONNECT') AS granted
FROM pg_database ORDER BY datistemplate, datname`;

export interface DatabaseOutputs {
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, Fact<SqlRows>>>;
  readonly skipped: readonly { readonly database: string; readonly reason: string }[];
}

/** What the first session gave. */
export interface ClusterSession {
  readonly how: ConnectionWay | null;
  readonly major: number;
  readonly outputs: ReadonlyMap<string, Fact<SqlRows>>;
  /** Null when there is no session, or the settings could not be read. */
  readonly settings: ReadonlyMap<string, string> | null;
  readonly noSession: Fact<never> | null;
  /** The database that the session was in, with the outputs of its own probes. */
  readonly own: { readonly database: string; readonly outputs: ReadonlyMap<string, Fact<SqlRows>> } | null;
  readonly databases: readonly {
    readonly name: string;
    readonly allowed: boolean;
    readonly granted: boolean;
  }[];
  /** Bridges for the sessions of the other databases, opened beside the first session. */
  readonly stock: BridgeStock | null;
}

type SessionChoices = Pick<CollectOptions, 'role' | 'prompter'> & { readonly stock?: BridgeStock | null };

/** The probes of one scope, named. */
export function sqlProbes(
  collectors: readonly Collector[],
  scope: 'cluster' | 'each-database',
): NamedSqlProbe[] {
  return collectors.flatMap((collector) =>
    Object.entries(collector.probes).flatMap(([name, probe]) =>
      probe.kind === 'sql' && probe.scope === scope ? [{ name: probeName(collector, name), probe }] : [],
    ),
  );
}

/**
 * Opens the first session and sends all statements of the cluster and of that database at once. Throws only when
 * cancelled or when the link to the host is lost.
 */
export async function openCluster(
  host: Host,
  cluster: Cluster | null,
  collectors: readonly Collector[],
  options: CollectOptions & { readonly others: number },
  signal: AbortSignal,
): Promise<ClusterSession> {
  if (cluster === null) return withoutSession(absent(noCluster));
  let connection: Connection;
  const first = open(host, cluster, null, options, signal);
  first.catch(() => undefined);
  // The first session is asked for first: where sshd allows few, the others must not take its place.
  await new Promise((resolve) => setImmediate(resolve));
  const ahead = Math.max(0, Math.min(options.others, bridgesAheadAtMost));
  const stock = stockBridges(host, cluster, ahead, signal);
  try {
    connection = await first;
  } catch (error) {
    stock.close();
    return withoutSession(noSessionFact(error, signal));
  }
  const probes = [...sqlProbes(collectors, 'cluster'), ...sqlProbes(collectors, 'each-database')];
  try {
    const { major } = connection.serverInfo;
    const [settings, databases, ...results] = await runProbes(connection, probes, major, [
      settingsStatement,
      databasesStatement,
    ]);
    const facts = new Map(
      probes.map(({ name, probe }, index) => [name, sqlFact(probe, results[index] ?? null, major)]),
    );
    return {
      how: connection.how,
      major,
      outputs: facts,
      settings:
        settings?.state === 'done'
          ? new Map(settings.rows.map((row) => [textOf(row['name']), textOf(row['value'])]))
          : null,
      noSession: null,
      own: { database: connection.database, outputs: facts },
      databases:
        databases?.state === 'done'
          ? databases.rows.map((row) => ({
              name: textOf(row['name']),
              allowed: row['allowed'] === true,
              granted: row['granted'] === true,
            }))
          : [],
      stock,
    };
  } catch (error) {
    stock.close();
    return withoutSession(noSessionFact(error, signal));
  } finally {
    // Not awaited: the goodbye costs a round trip, and nothing depends on it.
    void connection.close();
  }
}

/** Looks into the other databases, some at a time, each with a session of its own. */
export async function collectDatabases(
  host: Host,
  cluster: Cluster | null,
  session: ClusterSession,
  collectors: readonly Collector[],
  options: CollectOptions,
  signal: AbortSignal,
): Promise<DatabaseOutputs> {
  const outputs = new Map<string, ReadonlyMap<string, Fact<SqlRows>>>();
  const skipped: { database: string; reason: string }[] = [];
  if (cluster === null || session.own === null) return { outputs, skipped };
  outputs.set(session.own.database, session.own.outputs);
  const maximum = options.maximumDatabases ?? defaultMaximumDatabases;
  const queue: string[] = [];
  for (const { name, allowed, granted } of session.databases) {
    if (name === session.own.database) continue;
    if (!allowed) skipped.push({ database: name, reason: closedDatabase });
    else if (!granted) skipped.push({ database: name, reason: 'the inspecting role may not connect to it' });
    else if (queue.length + 1 >= maximum)
      skipped.push({ database: name, reason: `only ${maximum} databases are looked into` });
    else queue.push(name);
  }
  const probes = sqlProbes(collectors, 'each-database');
  const worker = async () => {
    for (let database = queue.shift(); database !== undefined; database = queue.shift()) {
      try {
        outputs.set(
          database,
          await collectDatabase(
            host,
            cluster,
            database,
            probes,
            { ...options, stock: session.stock },
            signal,
          ),
        );
      } catch (error) {
        const fact = noSessionFact(error, signal);
        skipped.push({ database, reason: fact.state === 'collected' ? '' : fact.reason });
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: databasesAtOnce }, worker));
  } finally {
    session.stock?.close();
  }
  return { outputs: new Map([...outputs].sort(([left], [right]) => (left < right ? -1 : 1))), skipped };
}

async function collectDatabase(
  host: Host,
  cluster: Cluster,
  database: string,
  probes: readonly NamedSqlProbe[],
  options: SessionChoices,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Fact<SqlRows>>> {
  const connection = await open(host, cluster, database, options, signal);
  try {
    const { major } = connection.serverInfo;
    const results = await runProbes(connection, probes, major, []);
    return new Map(
      probes.map(({ name, probe }, index) => [name, sqlFact(probe, results[index] ?? null, major)]),
    );
  } finally {
    void connection.close();
  }
}

/** Sends everything in one go; a probe that the server is too old for has the result null. */
async function runProbes(
  connection: Connection,
  probes: readonly NamedSqlProbe[],
  major: number,
  before: readonly string[],
) {
  const statements = probes.map(({ probe }) => statementOf(probe, major));
  const results = await connection.batch([
    ...before.map((text) => ({ text })),
    ...statements.flatMap((text) => (text === null ? [] : [{ text }])),
  ]);
  const answered = results.slice(before.length).values();
  return [
    ...results.slice(0, before.length),
    ...statements.map((text) => (text === null ? null : (answered.next().value ?? null))),
  ];
}

function open(
  host: Host,
  cluster: Cluster,
  database: string | null,
  options: SessionChoices,
  signal: AbortSignal,
): Promise<Connection> {
  const { role, prompter, stock } = options;
  return whenSessionsAreFree(
    () =>
      openPostgres(
        host,
        cluster,
        {
          database,
          purpose: 'inspect',
          ...(role === undefined ? {} : { role }),
          ...(prompter === undefined ? {} : { prompter }),
          ...(stock === undefined || stock === null ? {} : { stock }),
        },
        signal,
      ),
    signal,
  );
}

function withoutSession(noSession: Fact<never>): ClusterSession {
  return {
    how: null,
    major: 0,
    outputs: new Map(),
    settings: null,
    noSession,
    own: null,
    databases: [],
    stock: null,
  };
}

/** Why there is no session, as a fact; what ends the whole scan is thrown on. */
function noSessionFact(error: unknown, signal: AbortSignal): Fact<never> {
  if (signal.aborted || (error instanceof HostError && error.code === 'cancelled')) throw error;
  const message = shorten(printable(error instanceof Error ? error.message : String(error)), 400);
  return error instanceof HostError && ['denied', 'authentication-failed'].includes(error.code)
    ? denied(message)
    : failed(message);
}
