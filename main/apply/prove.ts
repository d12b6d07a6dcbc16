import type { ApplyEvent } from '../../shared/contract/apply.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import { HostError } from '../host/host.ts';
import type { Host } from '../host/host.ts';
import { StepFailed } from './apply-error.ts';
import { runShell } from './run-shell.ts';
import type { RunOnHost } from './run-on-host.ts';
import type { OpenSession, RunSessions } from './step-tools.ts';
import { timeLimit } from './time-limit.ts';

/** Something else that has to hold before a run may be kept: a login from a network, a handshake. */
export interface ExtraProof {
  readonly title: string;
  /** Looks how it is before anything is changed. Throws ApplyRefused when the run must not begin. */
  before?(host: Host, signal: AbortSignal): Promise<void>;
  /** Gives what was seen; throws when it does not hold. `host` is the new login. */
  run(host: Host, signal: AbortSignal): Promise<string>;
}

export interface ProofContext {
  readonly onHost: RunOnHost;
  readonly sessions: RunSessions;
  readonly plan: Plan;
  readonly openSession: OpenSession;
  readonly extra: readonly ExtraProof[];
  /** How long the new logins may take together. */
  readonly withinMs: number;
  emit(event: ApplyEvent): void;
}

async function proof(
  context: ProofContext,
  title: string,
  run: () => Promise<string>,
  signal: AbortSignal,
): Promise<void> {
  const started = Date.now();
  const tell = (state: 'running' | 'passed' | 'failed', detail: string, elapsedMs: number | null) =>
    context.emit({ kind: 'proof', at: new Date().toISOString(), title, state, detail, elapsedMs });
  tell('running', '', null);
  try {
    tell('passed', await run(), Date.now() - started);
  } catch (error) {
    const late = !signal.aborted && error instanceof HostError && error.code === 'cancelled';
    const reason = late
      ? `not within ${Math.round((Date.now() - started) / 1000)} s`
      : error instanceof Error
        ? error.message
        : String(error);
    tell('failed', reason, Date.now() - started);
    throw new StepFailed(`${title}: ${reason}`, { cause: error });
  }
}

/** Each setting of the plan is what the server uses, or waits for a restart that the plan left for later. */
async function settingsInForce(context: ProofContext, host: Host, signal: AbortSignal): Promise<string> {
  const wanted = context.plan.steps.flatMap(({ operation }) =>
    operation.kind === 'setting' ? [operation] : [],
  );
  const session = await context.openSession(
    host,
    context.sessions.cluster,
    context.onHost.place.database,
    signal,
  );
  try {
    const rows = await session.query(
      `SELECT name, source, sourcefile, pending_restart FROM pg_settings WHERE lower(name) = ANY (string_to_array($1, ','))`,
      [wanted.map(({ name }) => name.toLowerCase()).join(',')],
      { signal },
    );
    const restarted = context.plan.steps.some(({ operation }) => operation.kind === 'restart');
    for (const { name, value, effect } of wanted) {
      const row = rows.find((one) => String(one.name).toLowerCase() === name.toLowerCase());
      if (row === undefined || (effect === 'restart' && !restarted)) continue;
      if (row.pending_restart === true) throw new StepFailed(`${name} waits for a restart`);
      if (value !== null && row.source !== 'configuration file') {
        throw new StepFailed(`${name} is decided elsewhere (${String(row.source)})`);
      }
    }
    return `${wanted.length} ${wanted.length === 1 ? 'setting' : 'settings'}`;
  } finally {
    await session.close();
  }
}

/**
 * Proves by new logins, which share nothing with the old ones, that the way in still works. Gives the new login, which
 * the caller closes. Throws StepFailed with the first proof that failed.
 */
export async function proveAccess(context: ProofContext, signal: AbortSignal): Promise<Host> {
  const { onHost, plan } = context;
  const { kind, loginUser } = onHost.host.description;
  const limit = timeLimit(signal, context.withinMs);
  const within = limit.signal;
  const prove = (title: string, run: () => Promise<string>) => proof(context, title, run, signal);
  let fresh: Host | null = null;
  try {
    await prove(kind === 'ssh' ? 'New SSH login' : 'New login', async () => {
      fresh = await onHost.host.loginAgain(within);
      const user = await runShell(fresh, onHost.place.actor.as, 'id -un', 30_000, within);
      return user.trim() === loginUser ? loginUser : `${loginUser}, becomes ${user.trim()}`;
    });
    const host: Host = fresh ?? onHost.host;
    await prove('New PostgreSQL login', async () => {
      const session = await context.openSession(
        host,
        context.sessions.cluster,
        onHost.place.database,
        within,
      );
      try {
        await session.query('SELECT 1', undefined, { signal: within });
        return `${session.role}, ${session.how}${session.tls ? ', TLS' : ''}`;
      } finally {
        await session.close();
      }
    });
    if (plan.steps.some(({ operation }) => operation.kind === 'setting')) {
      await prove('Settings in force', () => settingsInForce(context, host, within));
    }
    for (const extra of context.extra) await prove(extra.title, () => extra.run(host, within));
    return host;
  } catch (error) {
    await (fresh as Host | null)?.close().catch(() => undefined);
    throw error;
  } finally {
    limit.release();
  }
}
