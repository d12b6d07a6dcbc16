import type { Plan } from '../../shared/plan/plan.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { GuardKind } from '../../shared/contract/apply.ts';
import { HostError } from '../host/host.ts';
import type { Host } from '../host/host.ts';
import type { Connection } from '../postgres/connection.ts';
import { actorFor } from './actor.ts';
import type { Actor } from './actor.ts';
import { ApplyRefused, StepFailed } from './apply-error.ts';
import { bestGuard } from './guard/probe.ts';
import { checkScript, readCheck } from './host-check.ts';
import type { HostCheck, WantedFile } from './host-check.ts';
import { prepareOperation, readsOf } from './operations/handlers.ts';
import { Preparation } from './prepared-step.ts';
import type { PreparedStep, RestartWishes } from './prepared-step.ts';
import { refuseWhenBusy } from './restart/busy.ts';
import { runShell } from './run-shell.ts';
import { shellLibrary } from './shell/library.ts';
import { runVariables } from './shell/run-variables.ts';
import type { RunPlace } from './shell/run-variables.ts';
import type { OpenSession } from './step-tools.ts';

/** What the person said yes to. */
export interface Accepted {
  /** Those named in plan.cutOff will be refused. */
  readonly cutOff: boolean;
  /** No guard can be armed on this host. */
  readonly unguarded: boolean;
  /** The lock of another run is broken. */
  readonly breakLock: boolean;
}

export interface CheckedPlan {
  readonly place: RunPlace;
  readonly check: HostCheck;
  readonly guard: GuardKind;
  readonly steps: readonly PreparedStep[];
}

/** Free space that a run wants beyond the copies of its files. */
const spareBytes = 8 * 1024 * 1024;

const inspectAgain = 'Inspect the host again and make a new plan.';

function wantedFiles(plan: Plan, cluster: Cluster): readonly WantedFile[] {
  const wanted = new Map<string, boolean>([[cluster.hbaFile, false]]);
  const all = [
    ...plan.steps.flatMap(({ operation }) => readsOf(operation, cluster)),
    ...plan.preconditions.flatMap((one) => (one.kind === 'file' ? [{ path: one.path, content: false }] : [])),
  ];
  for (const { path, content } of all) wanted.set(path, content || wanted.get(path) === true);
  return [...wanted].map(([path, content]) => ({ path, content }));
}

interface ServerFacts {
  readonly superuser: string;
  readonly database: string;
}

async function checkServer(plan: Plan, session: Connection, signal: AbortSignal): Promise<ServerFacts> {
  const [row] = await session.query(
    `SELECT (SELECT rolname FROM pg_roles WHERE oid = 10) AS superuser, current_database() AS database,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super, pg_is_in_recovery() AS recovery,
       current_setting('server_version_num')::int AS version,
       (SELECT system_identifier::text FROM pg_control_system()) AS identifier`,
    undefined,
    { signal },
  );
  if (row?.super !== true) {
    throw new ApplyRefused(
      'The PostgreSQL role of this login is no superuser.',
      'Give sudo, or log in as the owner of the cluster.',
    );
  }
  if (row.recovery === true && plan.steps.some(({ operation }) => operation.kind === 'sql')) {
    throw new ApplyRefused(
      'The server is a standby: it takes no SQL changes.',
      'Make the changes on the primary.',
    );
  }
  for (const one of plan.preconditions) {
    if (one.kind === 'server') {
      if (one.systemIdentifier !== null && one.systemIdentifier !== row.identifier) {
        throw new ApplyRefused('This is another cluster than the one that was inspected.', inspectAgain);
      }
      if (one.versionNumber !== row.version) {
        throw new ApplyRefused('The server is of another version than when it was inspected.', inspectAgain);
      }
    }
    if (one.kind === 'setting') {
      const [now] = await session.query('SELECT setting FROM pg_settings WHERE name = $1', [one.name], {
        signal,
      });
      if (now !== undefined && now.setting !== one.value) {
        throw new ApplyRefused(
          `${one.name} is ${String(now.setting)} by now; the plan was made for ${one.value}.`,
          inspectAgain,
        );
      }
    }
  }
  return { superuser: String(row.superuser), database: String(row.database) };
}

function checkFiles(plan: Plan, check: HostCheck): void {
  for (const one of plan.preconditions) {
    if (one.kind !== 'file') continue;
    const now = check.files.get(one.path)?.sha256 ?? null;
    if (now !== one.sha256) {
      const what = one.sha256 === null ? 'exists by now' : now === null ? 'is gone' : 'was changed';
      throw new ApplyRefused(`${one.path} ${what} since it was inspected.`, inspectAgain);
    }
  }
}

function checkSpace(check: HostCheck, steps: readonly PreparedStep[]): void {
  const paths = new Set(
    steps.flatMap(({ undo }) => undo.flatMap((one) => (one.kind === 'file' ? [one.path] : []))),
  );
  const copies = [...check.files.values()].filter(({ realPath }) => paths.has(realPath));
  const needed = copies.reduce((sum, { size }) => sum + 3 * size, spareBytes);
  if (check.freeBytes < needed) {
    throw new ApplyRefused(
      `There is no room for the backups: ${Math.floor(check.freeBytes / 1024)} KiB are free, ${Math.ceil(needed / 1024)} KiB are needed.`,
      'Free some space in /var, then try again.',
    );
  }
}

function checkAcceptance(plan: Plan, cluster: Cluster, guard: GuardKind, accept: Accepted): void {
  const certain = plan.cutOff.filter(({ certainty }) => certainty === 'certain');
  const [first] = certain;
  if (first !== undefined && !accept.cutOff) {
    throw new ApplyRefused(
      `The plan would cut off ${certain.length === 1 ? '' : `${certain.length} users, among them `}${first.role} (${first.seen}): ${first.because}.`,
      'Change the plan, or say that this is wanted.',
    );
  }
  if (guard === 'none' && plan.steps.some(({ guarded }) => guarded) && !accept.unguarded) {
    throw new ApplyRefused(
      'This host can arm no guard: it has neither systemd nor at nor a way to leave a process behind.',
      'Say that you accept changes without an automatic rollback, or make them at the console.',
      { refusal: 'unguarded' },
    );
  }
  const configures = plan.steps.some(({ operation }) =>
    ['setting', 'hba', 'restart'].includes(operation.kind),
  );
  if (cluster.managedBy !== null && configures) {
    throw new ApplyRefused(
      `The configuration belongs to ${cluster.managedBy}, which would overwrite the changes.`,
      `Make the changes in ${cluster.managedBy}.`,
    );
  }
}

function refusal(error: unknown): ApplyRefused {
  if (error instanceof ApplyRefused) return error;
  if (error instanceof HostError) return new ApplyRefused(error.message, error.next, { cause: error });
  return new ApplyRefused(error instanceof Error ? error.message : String(error), '', { cause: error });
}

/**
 * Looks whether everything is as it was when the plan was made and whether each step can be done and undone. Changes
 * nothing. Throws ApplyRefused.
 */
export async function checkPlan(
  request: {
    readonly host: Host;
    readonly cluster: Cluster;
    readonly plan: Plan;
    readonly runId: string;
    readonly accept: Accepted;
    readonly guard: GuardKind | null;
    readonly openSession: OpenSession;
    readonly restart?: RestartWishes;
  },
  signal: AbortSignal,
): Promise<CheckedPlan> {
  const { host, cluster, plan, runId } = request;
  const actor: Actor | null = actorFor(host.description, cluster);
  if (actor === null) {
    throw new ApplyRefused(
      `${host.description.loginUser} can neither become root nor is the owner of the cluster.`,
      'Connect with an account that may use sudo, and allow sudo when asked.',
    );
  }
  try {
    const session = await request.openSession(host, cluster, null, signal);
    let server: ServerFacts;
    try {
      server = await checkServer(plan, session, signal);
      await refuseWhenBusy(plan, cluster, session, request.restart, signal);
    } finally {
      await session.close();
    }
    const provisional: RunPlace = {
      runId,
      actor,
      cluster,
      ...server,
      hbaPath: cluster.hbaFile,
      serverLog: '',
      wasRunning: true,
    };
    const wanted = wantedFiles(plan, cluster);
    const script = checkScript(`${runVariables(provisional)}\n${shellLibrary}`, actor, cluster, wanted);
    const check = readCheck(await runShell(host, actor.as, script, 60_000, signal), wanted, new Date());
    const guard = request.guard ?? bestGuard(check.guard, host, actor.isRoot);
    checkAcceptance(plan, cluster, guard, request.accept);
    checkFiles(plan, check);
    const preparation = new Preparation(cluster, check, request.restart);
    const steps = plan.steps.map((step): PreparedStep => {
      const number = String(step.number).padStart(3, '0');
      if (!/^\d{3}$/.test(number)) throw new ApplyRefused('A plan has at most 999 steps.');
      return { step, number, ...prepareOperation(step.operation, preparation, number) };
    });
    checkSpace(check, steps);
    const place: RunPlace = {
      ...provisional,
      hbaPath: check.files.get(cluster.hbaFile)?.realPath ?? cluster.hbaFile,
      serverLog: check.serverLog,
      wasRunning: check.serverRuns,
    };
    return { place, check, guard, steps };
  } catch (error) {
    if (error instanceof StepFailed) throw refusal(error);
    throw refusal(error);
  }
}
