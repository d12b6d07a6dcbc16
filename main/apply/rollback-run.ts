import type { ApplyOutcome, Drift } from '../../shared/contract/apply.ts';
import { quoteShell } from '../../shared/lib/quoting.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { planSchema } from '../../shared/plan/plan.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import { HostError } from '../host/host.ts';
import type { Host } from '../host/host.ts';
import { LocalJournal } from '../journal/local-journal.ts';
import { isRunId } from '../journal/run-id.ts';
import { actorFor } from './actor.ts';
import { ApplyRefused } from './apply-error.ts';
import { fileDrift, keepDrifted, sqlDrift } from './drift.ts';
import { placeOf, RunOnHost } from './run-on-host.ts';
import { runShell } from './run-shell.ts';
import { readHostRuns } from './runs.ts';
import type { HostRun } from './runs.ts';
import type { OpenSession } from './step-tools.ts';
import { timeLimit } from './time-limit.ts';
import { undoSqlBySession } from './undo-sql.ts';

export interface RollbackRequest {
  readonly host: Host;
  readonly cluster: Cluster;
  readonly home: string;
  readonly targetKey: string;
  readonly runId: string;
  readonly by: string;
  /** Overwrite what was changed since the run; the newer files are kept aside in the run's folder. */
  readonly force: boolean;
  readonly openSession: OpenSession;
  readonly onLog: (text: string) => void;
}

export interface RollbackResult {
  readonly outcome: ApplyOutcome;
  /** What is not as the run left it, shown before anything is overwritten. */
  readonly drift: readonly Drift[];
}

async function readPlan(onHost: RunOnHost, signal: AbortSignal): Promise<Plan> {
  const text = await onHost.script(['cat "$RUN/plan.json"'], 60_000, signal);
  const parsed = planSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new ApplyRefused(
    'The plan of this run was written by another version of this program.',
    `Run on the host: sh ${onHost.place.actor.folder}/runs/${onHost.place.runId}/revert.sh --by person`,
  );
}

/** A later run that changed the same file must be undone first, or its change would be lost without a word. */
function checkOrder(runs: readonly HostRun[], run: HostRun): void {
  const later = runs.filter(
    ({ id, status }) => id > run.id && ['kept', 'open', 'rollback-failed'].includes(status.state),
  );
  for (const one of later) {
    const common = one.paths.find((path) => run.paths.includes(path));
    if (common === undefined) continue;
    const by = one.journal.entries.find(({ kind }) => kind === 'run-started')?.by;
    throw new ApplyRefused(
      `Run ${one.id}${typeof by === 'string' ? ` of ${printable(by)}` : ''} changed ${common} later.`,
      'Roll that run back first.',
    );
  }
}

async function takeHost(onHost: RunOnHost, by: string, signal: AbortSignal): Promise<void> {
  const id = onHost.place.runId;
  const output = await onHost.script(
    [
      'set +e',
      'if ! mkdir "$BASE/lock" 2>/dev/null; then',
      '  holder=$(cut -f1 "$BASE/lock/owner" 2>/dev/null)',
      '  case $holder in "$ID") ;; *) case $(cut -d" " -f1 "$BASE/runs/$holder/status" 2>/dev/null) in open | reverting) echo held; cat "$BASE/lock/owner"; exit 0 ;; esac ;; esac',
      'fi',
      `printf '%s\\t%s\\t%s\\n' "$ID" ${quoteShell(by.replaceAll(/[\t\n]/g, ' '))} "$(now)" >"$BASE/lock/owner"`,
    ],
    30_000,
    signal,
  );
  if (!output.startsWith('held')) return;
  const [other = '', who = '', since = ''] = (output.split('\n')[1] ?? '').split('\t');
  if (other !== id) {
    throw new ApplyRefused(
      `${who === '' ? 'Somebody' : printable(who)} is changing this host since ${since} (run ${other}).`,
      'Wait until that run is kept or rolled back.',
    );
  }
}

/** New logins after a rollback: whether the way in is open again. Gives a sentence, empty when all is well. */
async function proveWayIn(request: RollbackRequest, signal: AbortSignal): Promise<string> {
  const limit = timeLimit(signal, 45_000);
  const within = limit.signal;
  const actor = actorFor(request.host.description, request.cluster);
  let fresh: Host | null = null;
  try {
    fresh = await request.host.loginAgain(within);
    if (actor !== null) await runShell(fresh, actor.as, 'id -un', 30_000, within);
    const session = await request.openSession(fresh, request.cluster, null, within);
    await session.close();
    return '';
  } catch (error) {
    return ` A new login did not work: ${printable(error instanceof Error ? error.message : String(error))}`;
  } finally {
    limit.release();
    await fresh?.close().catch(() => undefined);
  }
}

async function driftOf(
  onHost: RunOnHost,
  cluster: Cluster,
  plan: Plan,
  openSession: OpenSession,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  return [
    ...(await fileDrift(onHost, plan, signal)),
    ...(await sqlDrift(onHost, cluster, plan, openSession, signal)),
  ];
}

/** What is not as a kept run left it, without changing anything. Throws ApplyRefused when the run cannot be read. */
export async function lookForDrift(
  { host, cluster, runId, openSession }: Pick<RollbackRequest, 'host' | 'cluster' | 'runId' | 'openSession'>,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const actor = actorFor(host.description, cluster);
  if (!isRunId(runId)) throw new ApplyRefused(`${printable(runId)} is not the name of a run.`);
  if (actor === null)
    throw new ApplyRefused('This login can neither become root nor is the owner of the cluster.');
  const onHost = new RunOnHost(host, placeOf(actor, cluster, runId));
  return driftOf(onHost, cluster, await readPlan(onHost, signal), openSession, signal);
}

async function rollBack(request: RollbackRequest, signal: AbortSignal): Promise<RollbackResult> {
  const { host, cluster, runId, by, force, openSession } = request;
  const actor = actorFor(host.description, cluster);
  if (!isRunId(runId)) throw new ApplyRefused(`${printable(runId)} is not the name of a run.`);
  if (actor === null)
    throw new ApplyRefused('This login can neither become root nor is the owner of the cluster.');
  const runs = await readHostRuns(host, cluster, signal);
  const run = runs.find(({ id }) => id === runId);
  if (run === undefined) throw new ApplyRefused(`The host has no record of run ${runId}.`);
  const done = (result: ApplyOutcome['result'], reason: string, next = ''): ApplyOutcome => ({
    result,
    runId,
    reason,
    next,
    finishByHand: [],
  });
  if (run.status.state === 'rolled-back') {
    return { outcome: done('rolled-back', 'This run is rolled back already.'), drift: [] };
  }
  const onHost = new RunOnHost(host, placeOf(actor, cluster, runId));
  const plan = await readPlan(onHost, signal);
  let drift: readonly Drift[] = [];
  if (run.status.state === 'kept') {
    if (!force) checkOrder(runs, run);
    drift = await driftOf(onHost, cluster, plan, openSession, signal);
    if (drift.length > 0 && !force) {
      const [first] = drift;
      const reason = `${first?.subject ?? ''}${drift.length > 1 ? ` and ${drift.length - 1} more` : ''} changed since this run.`;
      return {
        outcome: done('refused', reason, 'Look at what changed, then say that it may be overwritten.'),
        drift,
      };
    }
  }
  await takeHost(onHost, by, signal);
  const aside = keepDrifted(drift);
  if (aside.length > 0) await onHost.script(aside, 60_000, signal);
  // From here on it goes to its end: half a rollback helps nobody.
  const forever = new AbortController().signal;
  if (cluster.psql === null) await undoSqlBySession(onHost, plan.steps, openSession, request.onLog, forever);
  await onHost.revert('person', forever);
  const status = await onHost.status(AbortSignal.timeout(60_000));
  for (const line of status.log) request.onLog(printable(line));
  if (status.state !== 'rolled-back') {
    const next = 'Run the commands by hand, then roll the run back again: what is done is not done twice.';
    const outcome = done('rollback-failed', 'The rollback could not put everything back.', next);
    return { outcome: { ...outcome, finishByHand: [...status.finishByHand] }, drift };
  }
  const wayIn = await proveWayIn(request, signal);
  return { outcome: done('rolled-back', `Everything is as it was before the run.${wayIn}`), drift };
}

/**
 * Rolls a finished or unfinished run back: what has drifted since is looked for first and is never overwritten without
 * `force`; a run that a later one builds on is refused. Bytes, modes and rules are compared with the copies by the
 * host itself. Never rejects but for a defect.
 */
export async function rollbackRun(request: RollbackRequest, signal: AbortSignal): Promise<RollbackResult> {
  let result: RollbackResult;
  try {
    result = await rollBack(request, signal);
  } catch (error) {
    const reason = printable(error instanceof Error ? error.message : String(error));
    const next = error instanceof ApplyRefused || error instanceof HostError ? error.next : '';
    const outcome: ApplyOutcome = { result: 'refused', runId: request.runId, reason, next, finishByHand: [] };
    result = { outcome, drift: [] };
  }
  if (result.outcome.result !== 'refused' && isRunId(request.runId)) {
    const journal = await LocalJournal.open(request.home, request.targetKey, request.runId);
    await journal.append({
      kind: 'host-report',
      at: new Date().toISOString(),
      result: result.outcome.result,
      by: request.by,
      drift: result.drift,
    });
  }
  return result;
}
