import type { Duplex } from 'node:stream';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { Secret } from '../../shared/lib/secret.ts';
import { HostError } from '../host/host.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';
import { bridgeTo } from './bridge.ts';
import { StatementError } from './connection.ts';
import type { Connection, ConnectionWay, Purpose } from './connection.ts';
import { socketPaths } from './parse-clusters.ts';
import { ServerStream } from './server-stream.ts';
import { openSession } from './session.ts';
import { withTls } from './tls.ts';

export interface OpenPostgresOptions {
  /** Null: for what concerns the whole cluster, `postgres`, or `template1` where that is gone. */
  readonly database: string | null;
  readonly purpose: Purpose;
  /** The role to log in as; without it the cluster's owner, or what the login itself may be. */
  readonly role?: string;
  /** Asked for a password when the server wants one; without it such a way in is refused. */
  readonly prompter?: Prompter;
  /** Bridges that are open already; one is taken where a bridge as the owner is the way in. */
  readonly stock?: BridgeStock;
}

/** Bridges to a cluster opened ahead of time, so that a further session costs two round trips less. */
export interface BridgeStock {
  /** The next one, or null when there is none left or it did not open. */
  take(): Promise<Duplex | null>;
  /** Ends those that nobody took. */
  close(): void;
}

interface Way {
  readonly how: ConnectionWay;
  readonly role: string;
  open(signal: AbortSignal): Promise<{ stream: Duplex; tls: boolean }>;
}

const maximumAttempts = 3;
/** Databases that a session for the whole cluster can be opened in, in order of preference. */
const maintenanceDatabases = ['postgres', 'template1'];
/** No such database, it lets nobody in, this role may not enter it. */
const notThisDatabase = ['3D000', '55000', '42501'];
/** Passwords that worked, as long as the link lives: the sessions of other databases do not ask again. */
const remembered = new WeakMap<Host, Map<string, Secret>>();

/**
 * Opens a session with a cluster by the first way that lets it in: the Unix socket when the login is the cluster's
 * owner, a bridge to the socket as the owner (root or sudo), the socket as the login's own role, TCP with a password.
 *
 * @throws StatementError when the server answered and refused for a reason that no other way changes (no such
 *   database, too many connections, starting up); HostError in every other case, saying what can be done.
 */
export async function openPostgres(
  host: Host,
  cluster: Cluster,
  options: OpenPostgresOptions,
  signal: AbortSignal,
): Promise<Connection> {
  if (!cluster.running) throw notRunning();
  const { database } = options;
  if (database !== null) return openDatabase(host, cluster, { ...options, database }, signal);
  let missing: unknown = null;
  for (const one of maintenanceDatabases) {
    try {
      return await openDatabase(host, cluster, { ...options, database: one }, signal);
    } catch (error) {
      if (!(error instanceof StatementError) || !notThisDatabase.includes(error.code)) throw error;
      missing = error;
    }
  }
  throw missing;
}

type DatabaseOptions = OpenPostgresOptions & { readonly database: string };

async function openDatabase(
  host: Host,
  cluster: Cluster,
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const refusals: string[] = [];
  let last: unknown = null;
  for (const way of waysOf(host, cluster, options)) {
    try {
      return await tryWay(host, cluster, way, options, signal);
    } catch (error) {
      if (!isRefusalOfThisWay(error)) throw error;
      last = error;
      refusals.push(`${wayName(way)}: ${(error as Error).message}`);
    }
  }
  if (refusals.length === 1 && last instanceof HostError) throw last;
  throw new HostError(
    'denied',
    `no way into PostgreSQL as ${options.role ?? cluster.owner} (${refusals.join('; ')})`,
    'Give sudo, log in as the owner of the cluster, or give the password of a PostgreSQL role.',
    { cause: last },
  );
}

function waysOf(host: Host, cluster: Cluster, options: OpenPostgresOptions): Way[] {
  const { loginUser, privilege, kind } = host.description;
  const role = options.role ?? cluster.owner;
  const asOwner: RunAs = { kind: 'user', name: cluster.owner };
  const ways: Way[] = [];
  for (const path of socketPaths(cluster)) {
    const forwarded = (as: string): Way => ({
      how: 'socket',
      role: as,
      open: async (inner) => ({ stream: await host.openSocket(path, inner), tls: false }),
    });
    const bridged = (as: RunAs, how: ConnectionWay, roleName: string): Way => ({
      how,
      role: roleName,
      open: async (inner) => {
        const stocked = as.kind === 'user' ? await options.stock?.take() : null;
        return { stream: stocked ?? (await openBridge(host, path, as, inner)), tls: false };
      },
    });
    const isOwner = loginUser === cluster.owner || kind === 'practice';
    if (isOwner) {
      ways.push(forwarded(role));
      // sshd may forbid forwarding; and root opens the practice server's socket as root, whom peer does not let in.
      if (kind !== 'local') ways.push(bridged({ kind: 'login' }, 'socket', role));
    } else {
      // Also without root: sudo may allow this one account. The host says at once where it does not.
      if (cluster.owner !== '') ways.push(bridged(asOwner, 'sudo-bridge', role));
      if (privilege === 'none') ways.push(forwarded(options.role ?? loginUser));
    }
  }
  const tcp = (address: string): Way => ({
    how: 'tcp',
    role,
    open: async (inner) => withTls(await host.openTcp(address, cluster.port, inner)),
  });
  // A way over TCP ends in a question to a person, so it is tried only where there is somebody to ask.
  if (options.prompter !== undefined) {
    const own = host.description.address;
    ways.push(tcp('127.0.0.1'), tcp('::1'), ...(own === null ? [] : [tcp(own)]));
  }
  return ways;
}

/** Starts opening some bridges as the owner of the cluster; empty where that is not the way in. */
export function stockBridges(host: Host, cluster: Cluster, count: number, signal: AbortSignal): BridgeStock {
  const { loginUser, privilege } = host.description;
  const path = socketPaths(cluster)[0];
  const useful =
    privilege !== 'none' && loginUser !== cluster.owner && cluster.owner !== '' && cluster.running;
  const streams =
    path === undefined || !useful
      ? []
      : Array.from({ length: count }, () =>
          openBridge(host, path, { kind: 'user', name: cluster.owner }, signal).then(
            (stream) => {
              stream.on('error', () => undefined);
              return stream;
            },
            () => null,
          ),
        );
  return {
    take: async () => {
      const stream = await streams.shift();
      return stream === undefined || stream === null || stream.destroyed ? null : stream;
    },
    close: () => {
      for (const stream of streams.splice(0)) void stream.then((opened) => opened?.destroy());
    },
  };
}

async function openBridge(host: Host, path: string, as: RunAs, signal: AbortSignal): Promise<Duplex> {
  const bridge = bridgeTo(path);
  const stream = new ServerStream(await host.openProgram(bridge.argv, as, signal), bridge.mark);
  return stream;
}

async function tryWay(
  host: Host,
  cluster: Cluster,
  way: Way,
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<Connection> {
  for (let attempt = 1; ; attempt += 1) {
    const passwords = remembered.get(host) ?? new Map<string, Secret>();
    remembered.set(host, passwords);
    const key = `${cluster.id}\0${way.role}`;
    let given: Secret | null = null;
    const password = async (): Promise<Secret> => {
      given = passwords.get(key) ?? (await askPassword(host, way.role, options, attempt, signal));
      return given;
    };
    try {
      const { stream, tls } = await way.open(signal);
      const session = { role: way.role, database: options.database, purpose: options.purpose };
      const connection = await openSession(stream, { ...session, how: way.how, tls, password }, signal);
      if (given !== null) passwords.set(key, given);
      return connection;
    } catch (error) {
      const wrong = error instanceof StatementError && error.code === '28P01' && given !== null;
      if (wrong) passwords.delete(key);
      if (!wrong) throw error;
      if (attempt >= maximumAttempts) throw wrongPassword(way.role, error);
    }
  }
}

async function askPassword(
  host: Host,
  role: string,
  options: OpenPostgresOptions,
  attempt: number,
  signal: AbortSignal,
): Promise<Secret> {
  if (options.prompter !== undefined) {
    const answer = await options.prompter.ask(
      { kind: 'postgres-password', role, host: host.description.label, attempt },
      signal,
    );
    if (answer.kind === 'secrets' && answer.values[0] !== undefined) return new Secret(answer.values[0]);
  }
  throw new HostError(
    'denied',
    `the server asks for the password of role ${role}`,
    'Give the password, or an account with sudo, so that the owner of the cluster can connect.',
  );
}

function wrongPassword(role: string, cause: Error): HostError {
  return new HostError(
    'authentication-failed',
    `the password of role ${role} was wrong ${maximumAttempts} times`,
    'Connect again with the right password.',
    { cause },
  );
}

/** True when another way may still succeed; false when the server itself said no for every way. */
function isRefusalOfThisWay(error: unknown): boolean {
  if (error instanceof StatementError) return error.code.startsWith('28');
  if (!(error instanceof HostError)) return true;
  return !['cancelled', 'timeout', 'session-refused', 'authentication-failed'].includes(error.code);
}

function wayName(way: Way): string {
  return way.how === 'sudo-bridge' ? 'Unix socket as the owner' : way.how === 'tcp' ? 'TCP' : 'Unix socket';
}

function notRunning(): HostError {
  return new HostError('unreachable', 'the server is not running', 'Start the PostgreSQL server.');
}
