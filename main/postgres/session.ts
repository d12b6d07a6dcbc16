import { Client, DatabaseError } from 'pg';
import type { Duplex } from 'node:stream';
import { HostError } from '../host/host.ts';
import type { Secret } from '../../shared/lib/secret.ts';
import { StatementError } from './connection.ts';
import type {
  Connection,
  ConnectionWay,
  Purpose,
  ServerInfo,
  Statement,
  StatementResult,
} from './connection.ts';
import { ServerStream } from './server-stream.ts';

const connectTimeoutMs = 20_000;
const defaultBatchMs = 60_000;

export interface SessionOptions {
  readonly role: string;
  readonly database: string;
  readonly purpose: Purpose;
  readonly how: ConnectionWay;
  readonly tls: boolean;
  /** Called when the server asks for a password. */
  readonly password: () => Promise<Secret>;
}

/** What pg says of the parameters that the server reports at the start; its types do not name this event. */
interface ParameterSource {
  on(
    event: 'parameterStatus',
    listener: (message: { parameterName: string; parameterValue: string }) => void,
  ): void;
}

/**
 * Opens a session over a stream that leads to the server. Inspecting sessions are read only and cannot hang or block
 * others: the server itself holds the limits, from the start packet on. Throws the server's error as StatementError.
 */
export async function openSession(
  stream: Duplex,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const link = stream instanceof ServerStream ? stream : new ServerStream(stream, null);
  let asked: Error | null = null;
  const client = new Client({
    // Every value is given, so that none comes from the environment (PGHOST, PGPASSWORD, …) or from ~/.pgpass.
    host: 'localhost',
    port: 5432,
    user: options.role,
    database: options.database,
    password: () =>
      options.password().then(
        (secret) => secret.reveal(),
        (error: Error) => {
          asked = error;
          throw error;
        },
      ),
    ssl: false,
    stream: () => link,
    pipeline: true,
    application_name: 'portcullis',
    options: startupOptions(options.purpose),
    connectionTimeoutMillis: connectTimeoutMs,
  });
  const parameters = new Map<string, string>();
  (client as unknown as { connection: ParameterSource }).connection.on('parameterStatus', (message) =>
    parameters.set(message.parameterName, message.parameterValue),
  );
  // Without a listener an error of the link would end the program; it reaches whoever waits through the queries.
  client.on('error', () => undefined);
  const abort = () => link.destroy(new HostError('cancelled', 'cancelled', ''));
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
  } catch (error) {
    link.destroy();
    throw asked ?? translate(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return sessionOf(client, link, options, serverInfoOf(parameters), signal);
}

function sessionOf(
  client: Client,
  link: ServerStream,
  options: SessionOptions,
  serverInfo: ServerInfo,
  openSignal: AbortSignal,
): Connection {
  const limited = async <T>(
    work: Promise<T>,
    limits: { readonly timeoutMs?: number; readonly signal?: AbortSignal } | undefined,
  ): Promise<T> => {
    const signal = limits?.signal ?? openSignal;
    const milliseconds = limits?.timeoutMs ?? defaultBatchMs;
    const stop = (error: HostError) => link.destroy(error);
    const abort = () => stop(new HostError('cancelled', 'cancelled', ''));
    const timer = setTimeout(
      () => stop(new HostError('timeout', `the server gave no answer within ${milliseconds / 1000} s`, '')),
      milliseconds,
    );
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };
  const send = (statement: Statement) =>
    client.query(statement.text, statement.values === undefined ? undefined : [...statement.values]);
  return {
    how: options.how,
    tls: options.tls,
    role: options.role,
    database: options.database,
    serverInfo,
    async query(text, values, limits) {
      try {
        const statement: Statement = values === undefined ? { text } : { text, values };
        return (await limited(send(statement), limits)).rows as Record<string, unknown>[];
      } catch (error) {
        throw translate(error);
      }
    },
    async batch(statements, limits) {
      const outcomes = statements.map((statement) =>
        send(statement).then(
          (result): StatementResult => ({ state: 'done', rows: result.rows, command: result.command }),
          (error: unknown): StatementResult => {
            const translated = translate(error);
            if (!(translated instanceof StatementError)) throw translated;
            return { state: 'failed', code: translated.code, message: translated.message };
          },
        ),
      );
      return await limited(Promise.all(outcomes), limits);
    },
    async close() {
      const ended = client.end().catch(() => undefined);
      const timer = setTimeout(() => link.destroy(), 2000);
      await ended;
      clearTimeout(timer);
      link.destroy();
    },
  };
}

function startupOptions(purpose: Purpose): string {
  const settings =
    purpose === 'inspect'
      ? ['default_transaction_read_only=on', 'statement_timeout=15000', 'lock_timeout=2000']
      : ['default_transaction_read_only=off', 'statement_timeout=300000', 'lock_timeout=5000'];
  settings.push('idle_in_transaction_session_timeout=60000', 'search_path=pg_catalog');
  return settings.map((setting) => `-c ${setting}`).join(' ');
}

function serverInfoOf(parameters: ReadonlyMap<string, string>): ServerInfo {
  const version = parameters.get('server_version') ?? '';
  const [, major = '0', minor = '0'] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  const recovery = parameters.get('in_hot_standby');
  return {
    version,
    versionNumber: Number(major) * 10_000 + Number(minor),
    major: Number(major),
    roleIsSuperuser: parameters.get('is_superuser') === 'on',
    inRecovery: recovery === undefined ? null : recovery === 'on',
  };
}

function translate(error: unknown): Error {
  if (error instanceof HostError || error instanceof StatementError) return error;
  if (error instanceof DatabaseError) {
    return new StatementError(error.code ?? 'XX000', error.message, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'AbortError')
    return new HostError('cancelled', 'cancelled', '');
  return new HostError('link-lost', `the session with PostgreSQL was lost: ${message}`, '', { cause: error });
}
