import type {
  ApplyEvent,
  ApplyOutcome,
  Drift,
  ReviewItem,
  RollbackDecision,
} from '../../shared/contract/apply.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import { HostError } from '../host/host.ts';
import type { Host } from '../host/host.ts';
import type { ChainEnd } from '../journal/chain.ts';
import { pruneLine, usualKeepRule } from '../journal/keep-rule.ts';
import type { KeepRule } from '../journal/keep-rule.ts';
import { LocalJournal } from '../journal/local-journal.ts';
import { isRunId } from '../journal/run-id.ts';
import { actorFor } from './actor.ts';
import { ApplyRefused } from './apply-error.ts';
import { followRollback, takeToRevert } from './follow-rollback.ts';
import { HostHeld, lookAtLock } from './host-lock.ts';
import { proveWayIn } from './prove-way-in.ts';
import { keepRulesAside, readPlan } from './review/read-run.ts';
import { reviewRun } from './review/review-run.ts';
import type { Review } from './review/review-run.ts';
import { selectSteps, undecided } from './review/select.ts';
import type { Selection } from './review/select.ts';
import { placeOf, RunOnHost } from './run-on-host.ts';
import type { HostStatus } from './host-status.ts';
import { messageOf, RunReporter } from './run-reporter.ts';
import { readHostRuns } from './runs.ts';
import type { HostRun } from './runs.ts';
import type { OpenSession } from './step-tools.ts';
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
  /** What is done with operations one by one; what is not named is put back. */
  readonly decisions?: readonly RollbackDecision[];
  /** Roll another's open run back first, when it has the host. */
  readonly breakLock?: boolean;
  /** Which finished runs stay on the host; the usual rule where it is not given. */
  readonly keepRule?: KeepRule;
  readonly openSession: OpenSession;
  readonly onLog: (text: string) => void;
  /** The phases, steps, log lines and new logins, as a run tells them. */
  readonly onEvent?: (event: ApplyEvent) => void;
}

export interface RollbackResult {
  readonly outcome: ApplyOutcome;
  /** What is not as the run left it, shown before anything is overwritten. */
  readonly drift: readonly Drift[];
  /** The operations with before, after and now; empty where the run was not kept. */
  readonly review: readonly ReviewItem[];
}

const nothingChosen: Selection = { left: [], merged: [], replace: [] };

interface Checked {
  readonly onHost: RunOnHost;
  readonly run: HostRun;
  readonly plan: Plan;
  /** Null for a run that was not kept: it goes back as a whole. */
  readonly review: Review | null;
}

/** The run on its host. Throws ApplyRefused when the login may not, or the host has no such run. */
function runPlace(request: Pick<RollbackRequest, 'host' | 'cluster' | 'runId'>): RunOnHost {
  const { host, cluster, runId } = request;
  const actor = actorFor(host.description, cluster);
  if (!isRunId(runId)) throw new ApplyRefused(`${printable(runId)} is not the name of a run.`);
  if (actor === null)
    throw new ApplyRefused('This login can neither become root nor is the owner of the cluster.');
  return new RunOnHost(host, placeOf(actor, cluster, runId));
}

/** A kept run operation by operation: before, after, now. Changes nothing. Throws ApplyRefused. */
export async function lookAtRun(
  request: Pick<RollbackRequest, 'host' | 'cluster' | 'runId' | 'openSession'>,
  signal: AbortSignal,
): Promise<{ readonly drift: readonly Drift[]; readonly review: readonly ReviewItem[] }> {
  const onHost = runPlace(request);
  const runs = await readHostRuns(request.host, request.cluster, signal);
  const { drift, reviewed } = await reviewRun(onHost, request.cluster, runs, request.openSession, signal);
  return { drift, review: reviewed.map(({ item }) => item) };
}

class Rollback {
  readonly #request: RollbackRequest;
  readonly #reporter: RunReporter;
  review: readonly ReviewItem[] = [];
  /** Where the host's journal ends. */
  end: ChainEnd | null = null;
  drift: readonly Drift[] = [];

  constructor(request: RollbackRequest) {
    this.#request = request;
    this.#reporter = new RunReporter((event) => {
      if (event.kind === 'log') request.onLog(event.text);
      request.onEvent?.(event);
    });
  }

  async run(signal: AbortSignal): Promise<ApplyOutcome> {
    this.#reporter.enter('checking');
    let outcome: ApplyOutcome;
    try {
      outcome = await this.#go(signal);
    } catch (error) {
      const reason = signal.aborted ? 'Cancelled; nothing was changed.' : messageOf(error);
      const next = error instanceof ApplyRefused || error instanceof HostError ? error.next : '';
      outcome = { ...this.#outcome('refused', reason, signal.aborted ? '' : next) };
      if (error instanceof HostHeld) outcome = { ...outcome, holder: error.holder };
    }
    if (outcome.result === 'refused') this.#reporter.enter('refused');
    this.#reporter.outcome(outcome);
    return outcome;
  }

  async #go(signal: AbortSignal): Promise<ApplyOutcome> {
    const { force, decisions = [], by, cluster, openSession } = this.#request;
    if (this.#request.breakLock === true) await breakHostLock(this.#request, runPlace(this.#request), signal);
    const checked = await this.#check(signal);
    const { onHost, run, plan, review } = checked;
    if (run.status.state === 'rolled-back')
      return this.#outcome('rolled-back', 'This run is rolled back already.');
    if (review === null && decisions.length > 0) {
      throw new ApplyRefused('This run was not kept: it goes back as a whole, or goes on as it was begun.');
    }
    let selection = nothingChosen;
    if (review !== null) {
      const open = force ? [] : undecided(review, decisions);
      if (open.length > 0) return this.#asks(open.map(({ item }) => item));
      selection = selectSteps(review, decisions, force);
      const all = review.reviewed.flatMap(({ item }) => item.steps);
      if (all.length > 0 && all.every((step) => selection.left.includes(step)))
        throw new ApplyRefused('Every operation would stay as it is: nothing is rolled back.');
    }
    const rules = keepRulesAside(
      plan,
      review === null
        ? []
        : review.reviewed.flatMap(({ item }) =>
            item.kind === 'firewall' && item.changed
              ? item.steps.filter((step) => !selection.left.includes(step))
              : [],
          ),
    );
    signal.throwIfAborted();
    await takeToRevert(onHost, by, selection, rules, signal);
    // From here on it goes to its end: half a rollback helps nobody.
    this.#reporter.enter('rolling-back');
    const forever = new AbortController().signal;
    const steps = plan.steps.filter(({ number }) => !selection.left.includes(number));
    if (cluster.psql === null)
      await undoSqlBySession(onHost, steps, openSession, (text) => this.#reporter.log('sql', text), forever);
    const status = await followRollback(onHost, plan, selection, this.#reporter, forever);
    this.end = status.end;
    return this.#ended(onHost, status, plan, selection);
  }

  async #check(signal: AbortSignal): Promise<Checked> {
    const { host, cluster, runId, openSession } = this.#request;
    const onHost = runPlace(this.#request);
    const runs = await readHostRuns(host, cluster, signal);
    const run = runs.find(({ id }) => id === runId);
    if (run === undefined) throw new ApplyRefused(`The host has no record of run ${runId}.`);
    if (run.status.state !== 'kept')
      return { onHost, run, plan: await readPlan(onHost, signal), review: null };
    const review = await reviewRun(onHost, cluster, runs, openSession, signal);
    this.review = review.reviewed.map(({ item }) => item);
    this.drift = review.drift;
    return { onHost, run, plan: review.record.plan, review };
  }

  #asks(items: readonly ReviewItem[]): ApplyOutcome {
    const [first] = items;
    const more = items.length > 1 ? ` and ${items.length - 1} more` : '';
    const what = first === undefined || first.place === '' ? (first?.title ?? '') : first.place;
    const later = items.find(({ laterRun }) => laterRun !== null)?.laterRun ?? undefined;
    return this.#outcome(
      'refused',
      `${what}${more} changed since this run${later === undefined ? '' : `, by run ${later}`}.`,
      'Look at what changed, then say for each what becomes of it, or that all of it may be overwritten.',
    );
  }

  async #ended(
    onHost: RunOnHost,
    status: HostStatus,
    plan: Plan,
    selection: Selection,
  ): Promise<ApplyOutcome> {
    if (status.state === 'kept') {
      throw new ApplyRefused(
        'What was chosen cannot be written: the server would refuse it, or somebody changed it meanwhile. Nothing was put back.',
        'Look at the run again and choose anew.',
      );
    }
    if (status.state !== 'rolled-back') {
      this.#reporter.enter('rollback-failed');
      const next = 'Run the commands by hand, then roll the run back again: what is done is not done twice.';
      const outcome = this.#outcome('rollback-failed', 'The rollback could not put everything back.', next);
      return { ...outcome, finishByHand: [...status.finishByHand] };
    }
    const rule = pruneLine(this.#request.keepRule ?? usualKeepRule, new Date());
    await onHost.script(['set +e', rule, 'true'], 60_000, AbortSignal.timeout(60_000)).catch(() => '');
    this.#reporter.enter('proving');
    const wayIn = await proveWayIn(this.#request, (event) => this.#reporter.emit(event));
    this.#reporter.enter('rolled-back');
    return this.#outcome('rolled-back', `${endWords(plan, selection)}${wayIn}`);
  }

  #outcome(result: ApplyOutcome['result'], reason: string, next = ''): ApplyOutcome {
    return { result, runId: this.#request.runId, reason, next, finishByHand: [], downtimeMs: null };
  }
}

function endWords(plan: Plan, { left, merged }: Selection): string {
  const titles = (steps: readonly number[]): string =>
    plan.steps
      .filter(({ number }) => steps.includes(number))
      .map(({ number, title }) => `${number}. ${title}`)
      .join(', ');
  if (left.length === 0 && merged.length === 0) return 'Everything is as it was before the run.';
  return [
    left.length === 0 ? 'The run is undone.' : `The run is undone but for what was left: ${titles(left)}.`,
    ...(merged.length === 0 ? [] : [`What is newer was kept in: ${titles(merged)}.`]),
  ].join(' ');
}

/**
 * Breaks the lock of another's run: that run is rolled back first, by its own revert.sh and under its own lock, so that
 * two runs never change the host at once and no guard is left that would fire into ours. A run that is being prepared
 * or rolled back right now is waited for instead. Does nothing where the host is free. Throws HostHeld or ApplyRefused.
 */
export async function breakHostLock(
  request: Omit<RollbackRequest, 'runId' | 'force' | 'decisions' | 'breakLock' | 'onEvent'>,
  onHost: RunOnHost,
  signal: AbortSignal,
): Promise<void> {
  const { holder, isAtWork } = await lookAtLock(onHost, signal);
  if (holder === null) return;
  if (holder.phase === 'preparing' || (holder.phase === 'rolling-back' && isAtWork))
    throw new HostHeld(holder);
  const { outcome } = await rollbackRun({ ...request, runId: holder.run, force: false }, signal);
  if (outcome.result === 'rolled-back') return;
  throw new ApplyRefused(
    `The run of ${holder.by} (${holder.run}) could not be rolled back, so its lock stays: ${outcome.reason}`,
    outcome.next,
  );
}

/**
 * Rolls a finished or unfinished run back. Of a kept run what has changed since is looked at first: each operation that
 * was changed needs a decision, or `force` for all. What is newer and is overwritten is kept aside on the host; nothing
 * of a later run is taken along. Bytes, modes and rules are compared by the host itself. Cancelling counts until the
 * host begins. Never rejects but for a defect.
 */
export async function rollbackRun(request: RollbackRequest, signal: AbortSignal): Promise<RollbackResult> {
  const rollback = new Rollback(request);
  const outcome = await rollback.run(signal);
  if (outcome.result !== 'refused' && isRunId(request.runId)) {
    const journal = await LocalJournal.open(request.home, request.targetKey, request.runId);
    await journal.append({
      kind: 'host-report',
      at: new Date().toISOString(),
      result: outcome.result,
      by: request.by,
      decisions: request.decisions ?? [],
      drift: rollback.drift,
      ...(rollback.end === null ? {} : { host: rollback.end }),
    });
  }
  return { outcome, drift: rollback.drift, review: rollback.review };
}
