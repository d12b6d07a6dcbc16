/* eslint-disable max-lines -- the states of a run and all ways between them, which belong side by side. */
import type { ApplyOutcome, GuardKind } from '../../shared/contract/apply.ts';
import { HostError } from '../host/host.ts';
import type { ChainEnd } from '../journal/chain.ts';
import { usualKeepRule } from '../journal/keep-rule.ts';
import { ApplyRefused, RunClosed } from './apply-error.ts';
import type { ApplyRequest } from './apply-plan.ts';
import { checkPlan } from './check-plan.ts';
import type { CheckedPlan } from './check-plan.ts';
import { HostLink, isLinkError, pause } from './host-link.ts';
import { HostHeld } from './host-lock.ts';
import type { PreparedStep } from './prepared-step.ts';
import { proveAccess } from './prove.ts';
import { noteLine, RunOnHost } from './run-on-host.ts';
import type { HostStatus } from './host-status.ts';
import { messageOf, RunReporter } from './run-reporter.ts';
import { breakHostLock } from './rollback-run.ts';
import { RunSessions, stepTools } from './step-tools.ts';
import { undoSqlBySession } from './undo-sql.ts';

const baseBudgetSeconds = 20;
const proofMs = 45_000;
/** An earlier deadline is worth another timer when it comes so much earlier. */
const spareMs = 60_000;
const lateMs = 2_000;

type Decision = 'keep' | 'roll-back' | 'deadline' | 'link-lost';

/** The parts of a run once it is checked. */
interface Parts {
  readonly onHost: RunOnHost;
  readonly link: HostLink;
  readonly sessions: RunSessions;
  readonly steps: readonly PreparedStep[];
  readonly guard: GuardKind;
}

/** One run from the first check to its outcome. */
export class ApplyMachine {
  readonly #request: ApplyRequest;
  readonly #runId: string;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #work: AbortSignal;
  readonly #reporter: RunReporter;
  #parts: Parts | null = null;
  /** When the host rolls back by itself, by this machine's clock; null while nothing is armed. */
  #deadline: number | null = null;
  #decide: ((decision: Decision) => void) | null = null;
  #lost = false;
  #expired = false;
  #expiry: NodeJS.Timeout | null = null;
  #downtimeMs: number | null = null;
  /** Where the host's journal stood when it was seen last. */
  #hostEnd: ChainEnd | null = null;

  constructor(request: ApplyRequest, runId: string, signal: AbortSignal) {
    this.#request = request;
    this.#runId = runId;
    this.#signal = signal;
    this.#work = this.#stop.signal;
    this.#reporter = new RunReporter(request.onEvent);
  }

  keep(): void {
    this.#decide?.('keep');
  }

  rollBack(): void {
    this.#stop.abort();
    this.#decide?.('roll-back');
  }

  async run(): Promise<ApplyOutcome> {
    const stopListening = this.#request.host.onLost(() => {
      this.#lost = true;
      this.#decide?.('link-lost');
    });
    const onAbort = () => this.rollBack();
    if (this.#signal.aborted) onAbort();
    else this.#signal.addEventListener('abort', onAbort, { once: true });
    let outcome: ApplyOutcome;
    try {
      outcome = await this.#go();
    } catch (error) {
      // A defect of this program: the guard on the host does not depend on it.
      outcome = this.#outcome('unknown', messageOf(error), 'The guard on the host rolls back by itself.');
    } finally {
      this.#expireAt(null);
      stopListening();
      this.#signal.removeEventListener('abort', onAbort);
      await this.#parts?.sessions.close();
      await this.#parts?.link.close();
    }
    const host = this.#hostEnd === null ? {} : { host: this.#hostEnd };
    await this.#reporter.record('outcome', { ...outcome, ...host });
    this.#reporter.outcome(outcome);
    return outcome;
  }

  async #go(): Promise<ApplyOutcome> {
    const { plan, by, title, accept } = this.#request;
    let parts: Parts;
    this.#reporter.enter('checking');
    try {
      parts = await this.#check();
      this.#parts = parts;
    } catch (error) {
      return this.#refuse(error);
    }
    const { onHost, steps } = parts;

    this.#reporter.enter('backing-up');
    try {
      this.#reporter.log('host', `run ${this.#runId}, folder ${onHost.place.actor.folder}/runs, 0700`);
      if (accept.breakLock) await this.#breakLock();
      const copies = await onHost.prepare(plan, steps, { by, title }, this.#work);
      for (const line of copies.split('\n').filter((text) => /^\d{4}\t/.test(text))) {
        const [slot = '', size = '', rights = ''] = line.split('\t');
        this.#reporter.log('copy', `${pathOf(steps, slot)} ${size} bytes ${rights}`);
      }
    } catch (error) {
      await this.#close(error);
      return this.#refuse(error);
    }

    this.#reporter.enter('arming');
    try {
      await this.#arm('guard', this.#secondsFrom(0));
    } catch (error) {
      // Nothing was changed: the run is closed again on the host.
      await onHost.revert('program', AbortSignal.timeout(60_000)).catch(() => undefined);
      return this.#refuse(error);
    }

    try {
      await this.#change();
      await this.#arm('confirm', this.#request.confirmWithinSeconds);
      await this.#prove();
    } catch (error) {
      return this.#failed(error);
    }
    return this.#await();
  }

  /** Nothing was changed yet: the run is closed again on the host, over a new link where the first one was lost. */
  async #close(error: unknown): Promise<void> {
    if (error instanceof ApplyRefused) return;
    if (isLinkError(error) && !this.#work.aborted) {
      const status = await this.#reconnect(messageOf(error));
      if (status === null || status.state === 'none') return;
    }
    await this.#run.onHost.revert('program', AbortSignal.timeout(60_000)).catch(() => undefined);
  }

  async #check(): Promise<Parts> {
    const { plan, by, title, home, host, openSession } = this.#request;
    await this.#reporter.openJournal(home, plan.targetKey, this.#runId);
    await this.#reporter.record('run-started', {
      run: this.#runId,
      by,
      title,
      target: plan.targetKey,
      cluster: plan.clusterId,
      steps: plan.steps.map((step) => ({
        number: step.number,
        title: step.title,
        kind: step.operation.kind,
        reversible: step.reversible,
      })),
    });
    if (plan.steps.length === 0) throw new ApplyRefused('The plan has no steps.');
    const guard = this.#request.guard ?? null;
    const checked: CheckedPlan = await checkPlan({ ...this.#request, runId: this.#runId, guard }, this.#work);
    for (const proof of this.#request.proofs ?? []) await proof.before?.(host, this.#work);
    const onHost = new RunOnHost(host, checked.place);
    return {
      onHost,
      link: new HostLink(host, onHost, this.#reporter),
      sessions: new RunSessions(openSession, onHost),
      steps: checked.steps,
      guard: checked.guard,
    };
  }

  /** Another's run that is open goes back first. */
  async #breakLock(): Promise<void> {
    const { host, cluster, home, by, plan, openSession } = this.#request;
    const onLog = (text: string) => this.#reporter.log('host', text);
    const request = { host, cluster, home, by, targetKey: plan.targetKey, openSession, onLog };
    await breakHostLock(request, this.#run.onHost, this.#work);
  }

  /** What the steps from an index on may take, and the confirmation after them. */
  #secondsFrom(index: number): number {
    const budget =
      this.#request.budgetSeconds ??
      this.#run.steps.slice(index).reduce((sum, step) => sum + step.budgetSeconds, baseBudgetSeconds);
    return budget + this.#request.confirmWithinSeconds;
  }

  async #arm(timer: string, seconds: number): Promise<void> {
    const { onHost, guard } = this.#run;
    // Counted from before the command was sent: what is shown never ends later than the host's own clock.
    const sent = Date.now();
    const left = await onHost.arm(guard, timer, seconds, this.#work);
    this.#deadline = left === null ? null : sent + left * 1000;
    this.#expireAt(this.#deadline);
    this.#reporter.guard(guard, this.#deadline, timer === 'confirm');
    const { folder } = onHost.place.actor;
    await this.#reporter.record('armed', { guard, timer, seconds, deadline: this.#deadline, folder });
    const said =
      left === null ? 'none: the host will not roll back by itself' : `${guard}, fires in ${left} s`;
    this.#reporter.log('guard', said);
  }

  /** Once the guard has fired nothing that is still under way can count: it may wait for an answer that got lost. */
  #expireAt(deadline: number | null): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = null;
    if (deadline === null) return;
    this.#expiry = setTimeout(
      () => {
        this.#expired = true;
        this.#stop.abort();
      },
      deadline - Date.now() + lateMs,
    );
  }

  async #change(): Promise<void> {
    this.#reporter.enter('changing');
    const { onHost, sessions, steps } = this.#run;
    const pending: string[] = [];
    for (const [index, step] of steps.entries()) {
      // What took less time than it might have is not added to the time that somebody may be locked out.
      const spare =
        this.#deadline === null ? 0 : this.#deadline - Date.now() - this.#secondsFrom(index) * 1000;
      if (step.step.guarded && spare > spareMs)
        await this.#arm(`guard${index + 1}`, this.#secondsFrom(index));
      await this.#runStep(step, pending);
      if (this.#lost) throw new HostError('link-lost', 'The link to the host was lost.', '');
    }
    await onHost.recordAfter(steps, [...sessions.takeUnrecorded(), ...pending.splice(0)], this.#work);
  }

  async #runStep(step: PreparedStep, pending: string[]): Promise<void> {
    const { onHost, sessions } = this.#run;
    const { number } = step.step;
    const started = Date.now();
    this.#reporter.step(number, 'running', '', null);
    await this.#reporter.record('step-started', { step: number });
    const log = (topic: string, text: string) => this.#reporter.log(topic, text, number);
    const restarted = (downtimeMs: number | null) => {
      this.#downtimeMs = downtimeMs;
    };
    try {
      const detail = await step.run(
        stepTools(step.number, onHost, sessions, pending, log, this.#work, restarted),
      );
      this.#reporter.step(number, 'done', detail, Date.now() - started);
      await this.#reporter.record('step-done', { step: number, detail });
      pending.push(noteLine('step-done', { step: number }));
    } catch (error) {
      const message = messageOf(error);
      this.#reporter.step(number, 'failed', message, Date.now() - started);
      await this.#reporter.record('step-failed', { step: number, message });
      throw error;
    }
  }

  async #prove(): Promise<void> {
    this.#reporter.enter('proving');
    const { onHost, sessions, link } = this.#run;
    // New logins that take longer than this count as failed: there must be time left to roll back in an orderly way.
    const left = this.#deadline === null ? proofMs : this.#deadline - Date.now();
    const fresh = await proveAccess(
      {
        onHost,
        sessions,
        plan: this.#request.plan,
        openSession: this.#request.openSession,
        extra: this.#request.proofs ?? [],
        withinMs: Math.trunc(Math.min(proofMs, Math.max(4000, 0.6 * left))),
        emit: (event) => this.#reporter.emit(event),
      },
      this.#work,
    );
    link.add(fresh);
    await this.#reporter.record('proven', {});
  }

  /** Waits for the person, the deadline or the loss of the link. */
  async #await(): Promise<ApplyOutcome> {
    this.#expireAt(null);
    this.#reporter.enter('waiting');
    const guarded = this.#run.steps.some(({ step }) => step.guarded);
    if (this.#request.autoKeep || !guarded) return this.#keepNow();
    for (;;) {
      const decision = await this.#decision();
      if (decision === 'keep') return this.#keepNow();
      if (decision === 'roll-back') return this.#undo('as asked');
      if (decision === 'deadline') return this.#settle('nobody confirmed in time');
      this.#lost = false;
      const back = await this.#reconnect('The link to the host was lost.');
      if (back === null) return this.#unreachable();
      if (back.state !== 'open') return this.#fromHost(back, 'the link to the host was lost');
      this.#reporter.enter('waiting');
    }
  }

  #decision(): Promise<Decision> {
    if (this.#work.aborted) return Promise.resolve('roll-back');
    if (this.#lost && !this.#run.link.hasSpare) return Promise.resolve('link-lost');
    return new Promise((resolve) => {
      const timer =
        this.#deadline === null
          ? null
          : setTimeout(() => resolve('deadline'), Math.max(0, this.#deadline - Date.now()));
      this.#decide = (decision) => {
        if (timer !== null) clearTimeout(timer);
        this.#decide = null;
        resolve(decision);
      };
    });
  }

  async #keepNow(): Promise<ApplyOutcome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#hostEnd = await this.#run.onHost.keep(
          this.#request.by,
          this.#reporter.anchor,
          (await this.#request.keepRule?.()) ?? usualKeepRule,
          AbortSignal.timeout(60_000),
        );
        return await this.#kept();
      } catch (error) {
        if (error instanceof RunClosed) return this.#settle('the host was faster');
        const status = await this.#reconnect(messageOf(error));
        if (status === null) return this.#unreachable();
        // The command may have reached the host although its answer did not come back.
        if (status.state !== 'open') return this.#fromHost(status, messageOf(error));
        if (!isLinkError(error) || attempt >= 3)
          return this.#undo(`it could not be kept: ${messageOf(error)}`);
      }
    }
  }

  async #kept(): Promise<ApplyOutcome> {
    this.#reporter.enter('kept');
    await this.#reporter.record('kept', this.#hostEnd === null ? {} : { host: this.#hostEnd });
    this.#disarmed();
    return this.#outcome('kept', 'All changes are made, proven and kept.', '');
  }

  async #failed(error: unknown): Promise<ApplyOutcome> {
    if (error instanceof RunClosed) return this.#settle(messageOf(error));
    if (this.#expired) return this.#settle('the changes took too long');
    if (this.#work.aborted) return this.#undo('as asked');
    if (!isLinkError(error) && !this.#lost) return this.#undo(messageOf(error));
    const status = await this.#reconnect(messageOf(error));
    if (status === null) return this.#unreachable();
    if (status.state !== 'open') return this.#fromHost(status, messageOf(error));
    return this.#undo(messageOf(error));
  }

  /** Rolls back now, through the session that is there or a new one; otherwise the guard does it. */
  async #undo(reason: string): Promise<ApplyOutcome> {
    this.#reporter.enter('rolling-back');
    await this.#reporter.record('rolling-back', { reason });
    const { onHost, sessions } = this.#run;
    const { plan, openSession } = this.#request;
    await sessions.close();
    // Not to be cancelled: half a rollback helps nobody.
    const { signal } = new AbortController();
    if (onHost.place.cluster.psql === null) {
      const log = (text: string) => this.#reporter.log('sql', text);
      await undoSqlBySession(onHost, plan.steps, openSession, log, signal);
    }
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      try {
        await onHost.revert('program', signal);
        break;
      } catch (error) {
        this.#reporter.log('error', messageOf(error));
        const status = await this.#reconnect(messageOf(error));
        if (status === null) return this.#unreachable();
        if (status.state !== 'open' && status.state !== 'rollback-failed') break;
      }
    }
    return this.#settle(reason);
  }

  /** Waits until the host's rollback is over and tells what came of it. */
  async #settle(reason: string): Promise<ApplyOutcome> {
    const { link } = this.#run;
    this.#expireAt(null);
    if (this.#reporter.phase !== 'rolling-back') this.#reporter.enter('rolling-back');
    const until = link.lookUntil(this.#deadline);
    let status: HostStatus | null = null;
    while (Date.now() < until || status?.state === 'reverting') {
      status = (await link.status(8_000)) ?? (await this.#reconnect(reason));
      if (status === null) return this.#unreachable();
      if (status.state !== 'open' && status.state !== 'reverting') break;
      await pause(400);
    }
    return status === null ? this.#unreachable() : this.#fromHost(status, reason);
  }

  /** The outcome, as the host tells it. */
  async #fromHost(status: HostStatus, reason: string): Promise<ApplyOutcome> {
    this.#hostEnd = status.end;
    if (status.state === 'reverting') return this.#settle(reason);
    for (const line of status.log) this.#reporter.log('host', line);
    // As well as possible: it is over in any case.
    if (status.state === 'kept' || status.state === 'rolled-back')
      await this.#run.onHost.sweep(AbortSignal.timeout(30_000)).catch(() => undefined);
    const why = reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`;
    switch (status.state) {
      case 'rolled-back':
        for (const { step } of this.#run.steps) this.#reporter.step(step.number, 'undone', '', null);
        this.#reporter.enter('rolled-back');
        this.#disarmed();
        return status.by === 'guard'
          ? this.#outcome('rolled-back-by-guard', `The guard on the host rolled everything back${why}.`, '')
          : this.#outcome('rolled-back', `Everything was rolled back${why}.`, '');
      case 'rollback-failed': {
        this.#reporter.enter('rollback-failed');
        const next =
          'Run the commands by hand, then roll the run back again: what is done is not done twice.';
        const outcome = this.#outcome(
          'rollback-failed',
          `The rollback could not put everything back${why}.`,
          next,
        );
        return { ...outcome, finishByHand: [...status.finishByHand] };
      }
      case 'kept':
        return this.#kept();
      case 'open':
      case 'none': {
        const script = `${this.#run.onHost.place.actor.folder}/runs/${this.#runId}/revert.sh`;
        const next = `Run on the host: sh ${script} --by person`;
        return this.#outcome('unknown', `The run is still open on the host${why}.`, next);
      }
    }
  }

  #reconnect(reason: string): Promise<HostStatus | null> {
    return this.#run.link.reconnect(reason, this.#deadline);
  }

  #refuse(error: unknown): ApplyOutcome {
    const next = error instanceof ApplyRefused || error instanceof HostError ? error.next : '';
    const reason = this.#work.aborted ? 'Cancelled; nothing was changed.' : messageOf(error);
    this.#reporter.enter('refused');
    this.#reporter.log('error', reason);
    const outcome = this.#refusedOutcome(error, reason, next);
    return error instanceof HostHeld ? { ...outcome, holder: error.holder } : outcome;
  }

  #refusedOutcome(error: unknown, reason: string, next: string): ApplyOutcome {
    const outcome = this.#outcome('refused', reason, next);
    return error instanceof ApplyRefused && error.refusal !== null
      ? { ...outcome, refusal: error.refusal }
      : outcome;
  }

  #unreachable(): ApplyOutcome {
    return this.#outcome(
      'unknown',
      'The host could not be reached again.',
      this.#deadline === null
        ? 'No guard was armed: look at the host.'
        : `Its guard was due at ${new Date(this.#deadline).toISOString()}. Connect again to see what it did.`,
    );
  }

  #outcome(result: ApplyOutcome['result'], reason: string, next: string): ApplyOutcome {
    return { result, runId: this.#runId, reason, next, finishByHand: [], downtimeMs: this.#downtimeMs };
  }

  #disarmed(): void {
    this.#deadline = null;
    this.#reporter.guard(this.#run.guard, null, false);
  }

  get #run(): Parts {
    if (this.#parts === null) throw new Error('The run is not prepared');
    return this.#parts;
  }
}

function pathOf(steps: readonly PreparedStep[], slot: string): string {
  for (const { undo } of steps) {
    for (const one of undo) if (one.kind === 'file' && one.slot === slot) return one.path;
  }
  return slot;
}
