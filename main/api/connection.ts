import type { Connection, KnownTarget } from '../../shared/contract/values.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { ConnectOptions, Target } from '../../shared/contract/target.ts';
import { connectTarget, type Connected } from '../engine/connect.ts';
import { Session } from '../engine/session.ts';
import { HostError, type Host } from '../host/host.ts';
import { inLane, type AppContext, type HandlersOf } from './context.ts';

type ConnectionMethods = 'connection.open' | 'connection.cancel' | 'connection.close' | 'prompt.answer';

/** Opening and closing the one connection of the window. */
export function connectionHandlers(context: AppContext): HandlersOf<ConnectionMethods> {
  const close = async (): Promise<void> => {
    if (context.session?.run != null) {
      throw new AppError(
        'busy',
        'A run is under way on this host.',
        'Keep the changes or roll them back first.',
      );
    }
    context.busy.get('scan')?.abort();
    context.busy.get('tunnel')?.abort();
    const { session } = context;
    context.session = null;
    context.connection = null;
    await session?.close();
  };
  return {
    'connection.open': (options) =>
      inLane(context, 'connect', async (signal) => {
        await close();
        return open(context, options, signal);
      }),
    'connection.cancel': async () => {
      context.busy.get('connect')?.abort();
      return {};
    },
    'connection.close': async () => {
      await close();
      return {};
    },
    'prompt.answer': async ({ id, answer }) => {
      context.desk.answer(id, answer);
      return {};
    },
  };
}

async function open(context: AppContext, options: ConnectOptions, signal: AbortSignal): Promise<Connection> {
  let connected: Connected;
  try {
    connected = await connectTarget(options, context.desk, context.practice, signal);
  } catch (error) {
    await rememberProblem(context, options.target, error);
    throw error;
  }
  const session = sessionOf(context, connected);
  const connection = await describe(options.target, connected, session, signal);
  context.session = session;
  context.connection = connection;
  if (connected.kind === 'live') {
    connected.host.onLost(({ message, next }) => context.ports.emit('connection.lost', { message, next }));
  }
  await context.store.rememberTarget(await known(context, connection, null));
  return connection;
}

function sessionOf(context: AppContext, connected: Connected): Session {
  const { ports, store, desk } = context;
  const common = {
    version: ports.version,
    home: store.home,
    prompter: desk,
    waivers: (key: string) => store.waivers(key),
    keepRule: async () => {
      const { keepRuns, keepDays } = await store.settings();
      return { count: keepRuns, days: keepDays };
    },
  };
  return connected.kind === 'recorded'
    ? new Session(null, connected.facts, { ...common, cluster: null, clusters: [] })
    : new Session(connected.host, null, {
        ...common,
        cluster: connected.cluster,
        clusters: connected.clusters,
      });
}

async function describe(
  target: Target,
  connected: Connected,
  session: Session,
  signal: AbortSignal,
): Promise<Connection> {
  if (connected.kind === 'recorded') {
    const { facts, target: recorded } = connected.facts;
    return {
      target,
      key: recorded.key,
      label: recorded.label,
      address: recorded.address,
      system: facts.system.state === 'collected' ? facts.system.value.prettyName : '',
      server: facts.server.state === 'collected' ? facts.server.value.version : null,
      cluster: facts.cluster.state === 'collected' ? facts.cluster.value.id : null,
      rights: 'read only',
      readOnly: true,
      attention: [],
    };
  }
  const { host, cluster } = connected;
  const attention = await session.history.attention(signal);
  return {
    target,
    key: host.description.key,
    label: host.description.label,
    address: host.description.address,
    system: '',
    server: cluster === null ? null : `PostgreSQL ${cluster.major}`,
    cluster: cluster === null ? null : `${cluster.id} :${cluster.port}`,
    rights: rightsOf(host),
    readOnly: false,
    attention: attention.map(({ run, message, needsRollback, commands, log }) => ({
      run,
      message,
      needsRollback,
      commands: [...commands],
      log: log === null ? null : { path: log.path, tail: [...log.tail] },
    })),
  };
}

function rightsOf({ description: { kind, privilege, loginUser } }: Host): string {
  if (kind === 'practice') return `owner, as ${loginUser}`;
  if (privilege === 'root') return 'root';
  return privilege === 'none'
    ? `no sudo, as ${loginUser}`
    : `${privilege === 'pkexec' ? 'pkexec' : 'sudo'} as ${loginUser}`;
}

/** How the target stands in the list of recent ones; what was known of its last score stays until the next scan. */
async function known(
  context: AppContext,
  connection: Connection,
  problem: string | null,
): Promise<KnownTarget> {
  const before = (await context.store.targets()).find(({ key }) => key === connection.key);
  return {
    target: connection.target,
    key: connection.key,
    label: connection.label,
    lastConnectedAt: new Date().toISOString(),
    server: connection.server ?? before?.server ?? null,
    lastScore: before?.lastScore ?? null,
    lastOpen: before?.lastOpen ?? null,
    lastProblem: problem,
  };
}

/** A target that was reached before shows how the last try ended; an unknown one is not remembered for a failure. */
async function rememberProblem(context: AppContext, target: Target, error: unknown): Promise<void> {
  const present = (await context.store.targets()).find(
    (entry) => JSON.stringify(entry.target) === JSON.stringify(target),
  );
  if (present === undefined || !(error instanceof HostError) || error.code === 'cancelled') return;
  await context.store.rememberTarget({
    ...present,
    lastConnectedAt: new Date().toISOString(),
    lastProblem: error.message,
  });
}
