/* eslint-disable max-lines -- the states of a run and all ways between them, which belong side by side. */
import type { ApplyEvent, ApplyOutcome, ApplyPhase, GuardKind } from '../../shared/contract/apply.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import { HostError } from '../host/host.ts';
import type { Host } from '../host/host.ts';
import { LocalJournal } from '../journal/local-journal.ts';
import { ApplyRefused, RunClosed } from './apply-error.ts';
import type { ApplyRequest } from './apply-plan.ts';
import { checkPlan } from './check-plan.ts';
import type { CheckedPlan } from './check-plan.ts';
import type { PreparedStep } from './prepared-step.ts';
import { proveAccess } from './prove.ts';
import { noteLine, RunOnHost } from './run-on-host.ts';
import type { HostStatus } from './run-on-host.ts';
import { RunSessions, stepTools } from './step-tools.ts';
import { undoSqlBySession } from './undo-sql.ts';

const baseBudgetSeconds = 20;
/** How long the program looks for the host after the guard was due. */
const graceMs = 120_000;
const loginMs = 20_000;
const proofMs = 45_000;
/** An earlier deadline is worth another timer when it comes so much earlier. */
const spareMs = 60_000;

type Decision = 'keep' | 'roll-back' | 'deadline' | 'link-lost';

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

const messageOf = (error: unknown): string =>
  printable(error instanceof Error ? error.message : String(error));

/** True when the way to the host failed, and not what was asked of it. */
function isLinkError(error: unknown): boolean {
  return (
    error instanceof HostError &&
    ['link-lost', 'timeout', 'unreachable', 'session-refused', 'authentication-failed'].includes(error.code)
  );
}

/** One run from the first check to its outcome. */
export class ApplyMachine {
  readonly #request: ApplyRequest;
  readonly #runId: string;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #work: AbortSignal;
  #journal: LocalJournal | null = null;
  #onHost: RunOnHost | null = null;
  #sessions: RunSessions | null = null;
  #steps: readonly PreparedStep[] = [];
  #phase: ApplyPhase = 'checking';
  #deadline: number | null = null;
  #decide: ((decision: Decision) => void) | null = null;
  #extraLogins: Host[] = [];
  #lost = false;
  #guard: GuardKind = 'none';

  constructor(request: ApplyRequest, runId: string, signal: AbortSignal) {
    this.#request = request;
    this.#runId = runId;
    this.#signal = signal;
    this.#work = AbortSignal.any([signal, this.#stop.signal]);
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
    const onAbort = () => this.#decide?.('roll-back');
    this.#signal.addEventListener('abort', onAbort, { once: true });
    let outcome: ApplyOutcome;
    try {
      outcome = await this.#go();
    } catch (error) {
      // A defect of this program: the guard on the host does not depend on it.
      outcome = this.#outcome('unknown', messageOf(error), 'The guard on the host rolls back by itself.');
    } finally {
      stopListening();
      this.#signal.removeEventListener('abort', onAbort);
      await this.#sessions?.close();
      await Promise.all(this.#extraLogins.map((host) => host.close().catch(() => undefined)));
    }
    await this.#record('outcome', { ...outcome });
    this.#emit({ kind: 'outcome', at: this.#now(), outcome });
    return outcome;
  }

  async #go(): Promise<ApplyOutcome> {
    const { plan, by, title } = this.#request;
    let checked: CheckedPlan;
    this.#enter('checking');
    try {
      this.#journal = await LocalJournal.open(this.#request.home, plan.targetKey, this.#runId);
      await this.#record('run-started', {
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
      checked = await checkPlan(
        {
          ...this.#request,
          runId: this.#runId,
          guard: this.#request.guard ?? null,
        },
        this.#work,
      );
      if (plan.steps.length === 0) throw new ApplyRefused('The plan has no steps.');
    } catch (error) {
      return this.#refuse(error);
    }
    const { place } = checked;
    this.#guard = checked.guard;
    this.#steps = checked.steps;
    const onHost = new RunOnHost(this.#request.host, place);
    this.#onHost = onHost;
    this.#sessions = new RunSessions(this.#request.openSession, onHost);

    this.#enter('backing-up');
    try {
      this.#log('host', `run ${this.#runId}, folder ${place.actor.folder}/runs, 0700`);
      const copies = await onHost.prepare(
        plan,
        this.#steps,
        { by, title, breakLock: this.#request.accept.breakLock },
        this.#work,
      );
      for (const line of copies.split('\n').filter((text) => /^\d{4}\t/.test(text))) {
        const [slot = '', size = '', rights = ''] = line.split('\t');
        this.#log('copy', `${this.#pathOf(slot)} ${size} bytes ${rights}`);
      }
    } catch (error) {
      return this.#refuse(error);
    }

    this.#enter('arming');
    try {
      await this.#arm('guard', this.#secondsFrom(0));
    } catch (error) {
      await this.#abandon();
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

  /** What the steps from an index on may take, and the confirmation after them. */
  #secondsFrom(index: number): number {
    const budget =
      this.#request.budgetSeconds ??
      this.#steps.slice(index).reduce((sum, step) => sum + step.budgetSeconds, baseBudgetSeconds);
    return budget + this.#request.confirmWithinSeconds;
  }

  async #arm(timer: string, seconds: number): Promise<void> {
    const onHost = this.#host();
    const guard = this.#guard;
    // Counted from before the command was sent: what is shown never ends later than the host's own clock.
    const sent = Date.now();
    const left = await onHost.arm(guard, timer, seconds, this.#work);
    this.#deadline = left === null ? null : sent + left * 1000;
    this.#emit({
      kind: 'guard',
      at: this.#now(),
      guard,
      armed: left !== null,
      deadlineAt: this.#deadline === null ? null : new Date(this.#deadline).toISOString(),
      counting: timer === 'confirm',
    });
    await this.#record('armed', { guard, timer, seconds, deadline: this.#deadline });
    this.#log(
      'guard',
      left === null ? 'none: the host will not roll back by itself' : `${guard}, fires in ${left} s`,
    );
  }

  async #change(): Promise<void> {
    this.#enter('changing');
    const onHost = this.#host();
    const sessions = this.#sessionsOf();
    const pending: string[] = [];
    for (const [index, step] of this.#steps.entries()) {
      const { number } = step.step;
      // What took less time than it might have is not added to the time that somebody may be locked out.
      const spare =
        this.#deadline === null ? 0 : this.#deadline - Date.now() - this.#secondsFrom(index) * 1000;
      if (step.step.guarded && spare > spareMs)
        await this.#arm(`guard${index + 1}`, this.#secondsFrom(index));
      const started = Date.now();
      this.#step(number, 'running', '', null);
      await this.#record('step-started', { step: number });
      const log = (topic: string, text: string) => this.#log(topic, text, number);
      try {
        const tools = stepTools(step.number, onHost, sessions, pending, log, this.#work);
        const detail = await step.run(tools);
        this.#step(number, 'done', detail, Date.now() - started);
        await this.#record('step-done', { step: number, detail });
        pending.push(noteLine('step-done', { step: number }));
      } catch (error) {
        this.#step(number, 'failed', messageOf(error), Date.now() - started);
        await this.#record('step-failed', { step: number, message: messageOf(error) });
        throw error;
      }
      if (this.#lost) throw new HostError('link-lost', 'The link to the host was lost.', '');
    }
    await onHost.recordAfter(this.#steps, pending.splice(0), this.#work);
  }

  async #prove(): Promise<void> {
    this.#enter('proving');
    const fresh = await proveAccess(
      {
        onHost: this.#host(),
        sessions: this.#sessionsOf(),
        plan: this.#request.plan,
        openSession: this.#request.openSession,
        extra: this.#request.proofs ?? [],
        withinMs: this.#proofTime(),
        emit: (event) => this.#emit(event),
      },
      this.#work,
    );
    // Kept open: should the old login die now, this one goes on.
    if (fresh !== this.#host().host) this.#extraLogins.push(fresh);
    await this.#record('proven', {});
  }

  /** New logins that take longer than this count as failed: there must be time left to roll back in an orderly way. */
  #proofTime(): number {
    const left = this.#deadline === null ? proofMs : this.#deadline - Date.now();
    return Math.trunc(Math.min(proofMs, Math.max(4000, 0.6 * left)));
  }

  /** Waits for the person, the deadline or the loss of the link. */
  async #await(): Promise<ApplyOutcome> {
    this.#enter('waiting');
    const guarded = this.#steps.some(({ step }) => step.guarded);
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
      this.#enter('waiting');
    }
  }

  #decision(): Promise<Decision> {
    if (this.#work.aborted) return Promise.resolve('roll-back');
    if (this.#lost && this.#extraLogins.length === 0) return Promise.resolve('link-lost');
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
        await this.#host().keep(this.#request.by, AbortSignal.timeout(60_000));
        this.#enter('kept');
        await this.#record('kept', {});
        this.#disarmed();
        return this.#outcome('kept', 'All changes are made, proven and kept.', '');
      } catch (error) {
        if (error instanceof RunClosed) return this.#settle('the host was faster');
        if (!isLinkError(error) || attempt >= 3) {
          const status = await this.#reconnect(messageOf(error));
          if (status === null) return this.#unreachable();
          if (status.state !== 'open') return this.#fromHost(status, messageOf(error));
          if (!isLinkError(error) || attempt >= 3)
            return this.#undo(`it could not be kept: ${messageOf(error)}`);
        } else if ((await this.#reconnect(messageOf(error))) === null) return this.#unreachable();
      }
    }
  }

  async #failed(error: unknown): Promise<ApplyOutcome> {
    if (error instanceof RunClosed) return this.#settle(messageOf(error));
    if (this.#work.aborted) return this.#undo('as asked');
    if (!isLinkError(error) && !this.#lost) return this.#undo(messageOf(error));
    const status = await this.#reconnect(messageOf(error));
    if (status === null) return this.#unreachable();
    if (status.state !== 'open') return this.#fromHost(status, messageOf(error));
    return this.#undo(messageOf(error));
  }

  /** Rolls back now, through the session that is there or a new one; otherwise the guard does it. */
  async #undo(reason: string): Promise<ApplyOutcome> {
    this.#enter('rolling-back');
    await this.#record('rolling-back', { reason });
    await this.#sessions?.close();
    const onHost = this.#host();
    const forever = new AbortController().signal;
    if (onHost.place.cluster.psql === null) {
      await undoSqlBySession(
        onHost,
        this.#request.plan.steps,
        this.#request.openSession,
        (text) => this.#log('sql', text),
        forever,
      );
    }
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      try {
        await onHost.revert('program', forever);
        break;
      } catch (error) {
        this.#log('error', messageOf(error));
        const status = await this.#reconnect(messageOf(error));
        if (status === null) return this.#unreachable();
        if (status.state !== 'open' && status.state !== 'rollback-failed') break;
      }
    }
    return this.#settle(reason);
  }

  /** Waits until the host's rollback is over and tells what came of it. */
  async #settle(reason: string): Promise<ApplyOutcome> {
    if (this.#phase !== 'rolling-back') this.#enter('rolling-back');
    const until = Math.max(Date.now(), this.#deadline ?? 0) + graceMs;
    let status: HostStatus | null = null;
    while (Date.now() < until || status?.state === 'reverting') {
      status = await this.#readStatus();
      if (status === null) {
        status = await this.#reconnect(reason);
        if (status === null) return this.#unreachable();
      }
      if (status.state !== 'open' && status.state !== 'reverting') break;
      await pause(400);
    }
    return status === null ? this.#unreachable() : this.#fromHost(status, reason);
  }

  async #fromHost(status: HostStatus, reason: string): Promise<ApplyOutcome> {
    if (status.state === 'reverting') return this.#settle(reason);
    for (const line of status.log) this.#log('host', line);
    const why = reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`;
    switch (status.state) {
      case 'rolled-back': {
        for (const { step } of this.#steps) this.#step(step.number, 'undone', '', null);
        this.#enter('rolled-back');
        this.#disarmed();
        return status.by === 'guard'
          ? this.#outcome('rolled-back-by-guard', `The guard on the host rolled everything back${why}.`, '')
          : this.#outcome('rolled-back', `Everything was rolled back${why}.`, '');
      }
      case 'rollback-failed':
        this.#enter('rollback-failed');
        return {
          ...this.#outcome(
            'rollback-failed',
            `The rollback could not put everything back${why}.`,
            'Run the commands by hand, then roll the run back again: what is done is not done twice.',
          ),
          finishByHand: [...status.finishByHand],
        };
      case 'kept':
        this.#enter('kept');
        this.#disarmed();
        return this.#outcome('kept', 'The changes are kept.', '');
      case 'open':
      case 'none':
        return this.#outcome(
          'unknown',
          `The run is still open on the host${why}.`,
          `Run on the host: sh ${this.#host().place.actor.folder}/runs/${this.#runId}/revert.sh --by person`,
        );
    }
  }

  async #readStatus(milliseconds = loginMs): Promise<HostStatus | null> {
    try {
      return await this.#host().status(AbortSignal.timeout(milliseconds));
    } catch {
      return null;
    }
  }

  /** Looks for the host by new logins until some time after the guard was due. Null when it is not reached. */
  async #reconnect(reason: string): Promise<HostStatus | null> {
    const until = Math.max(Date.now(), this.#deadline ?? 0) + graceMs;
    const there = await this.#readStatus(5000);
    if (there !== null) return there;
    this.#enter('link-lost');
    this.#log('error', `${reason} Trying new logins.`);
    await this.#record('link-lost', { reason });
    for (const login of this.#extraLogins) {
      this.#host().useHost(login);
      const status = await this.#readStatus(5000);
      if (status !== null) return status;
    }
    for (let attempt = 1; Date.now() < until; attempt += 1) {
      try {
        const host = await this.#request.host.loginAgain(AbortSignal.timeout(loginMs));
        this.#extraLogins.push(host);
        this.#host().useHost(host);
        const status = await this.#readStatus();
        if (status !== null) {
          this.#log('host', `the link is back after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`);
          return status;
        }
      } catch (error) {
        this.#log('host', `attempt ${attempt}: ${messageOf(error)}`);
      }
      await pause(Math.min(5000, 500 * attempt));
    }
    return null;
  }

  /** Before the first change: the run is closed again on the host. */
  async #abandon(): Promise<void> {
    await this.#host()
      .revert('program', AbortSignal.timeout(60_000))
      .catch(() => undefined);
  }

  #refuse(error: unknown): ApplyOutcome {
    const next = error instanceof ApplyRefused || error instanceof HostError ? error.next : '';
    const reason = this.#work.aborted ? 'Cancelled; nothing was changed.' : messageOf(error);
    this.#enter('refused');
    this.#log('error', reason);
    return { result: 'refused', runId: this.#runId, reason, next, finishByHand: [] };
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
    return { result, runId: this.#runId, reason, next, finishByHand: [] };
  }

  #host(): RunOnHost {
    if (this.#onHost === null) throw new Error('The run is not prepared');
    return this.#onHost;
  }

  #sessionsOf(): RunSessions {
    if (this.#sessions === null) throw new Error('The run is not prepared');
    return this.#sessions;
  }

  #disarmed(): void {
    this.#deadline = null;
    this.#emit({
      kind: 'guard',
      at: this.#now(),
      guard: this.#guard,
      armed: false,
      deadlineAt: null,
      counting: false,
    });
  }

  #pathOf(slot: string): string {
    for (const { undo } of this.#steps) {
      for (const one of undo) if (one.kind === 'file' && one.slot === slot) return one.path;
    }
    return slot;
  }

  #now(): string {
    return new Date().toISOString();
  }

  #emit(event: ApplyEvent): void {
    this.#request.onEvent(event);
  }

  #enter(phase: ApplyPhase): void {
    this.#phase = phase;
    this.#emit({ kind: 'phase', at: this.#now(), phase });
  }

  #step(
    number: number,
    state: 'running' | 'done' | 'failed' | 'undone',
    detail: string,
    elapsedMs: number | null,
  ): void {
    this.#emit({ kind: 'step', at: this.#now(), number, state, detail, elapsedMs });
  }

  #log(topic: string, text: string, step: number | null = null): void {
    this.#emit({ kind: 'log', at: this.#now(), topic, step, text: printable(text) });
  }

  async #record(kind: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      await this.#journal?.append({ kind, at: this.#now(), ...fields });
    } catch (error) {
      // The host's journal decides; this machine's disk must not stop a rollback.
      this.#log('error', `the journal on this machine could not be written: ${messageOf(error)}`);
    }
  }
}
