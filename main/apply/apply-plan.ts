import type { ApplyEvent, ApplyOutcome, ApplyState, GuardKind } from '../../shared/contract/apply.ts';
import { applyStateAfter, initialApplyState } from '../../shared/contract/apply.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import type { Host } from '../host/host.ts';
import type { KeepRule } from '../journal/keep-rule.ts';
import { newRunId } from '../journal/run-id.ts';
import { ApplyMachine } from './apply-machine.ts';
import { awaitStart } from './scheduled-start.ts';
import type { Accepted } from './check-plan.ts';
import type { RestartWishes } from './prepared-step.ts';
import type { ExtraProof } from './prove.ts';
import type { OpenSession } from './step-tools.ts';

export interface ApplyRequest {
  readonly host: Host;
  readonly cluster: Cluster;
  readonly plan: Plan;
  /** The program's own data folder on this machine: the journal's second copy. */
  readonly home: string;
  /** Who does it, for the records: `alice@laptop`. */
  readonly by: string;
  /** What the history calls it. */
  readonly title: string;
  /** Seconds to say "keep" once everything is proven: 10 to 3600. */
  readonly confirmWithinSeconds: number;
  /** Seconds that the changes may take before the host rolls back by itself; otherwise known from the steps. */
  readonly budgetSeconds?: number;
  readonly accept: Accepted;
  readonly openSession: OpenSession;
  /** What must hold besides the new logins. */
  readonly proofs?: readonly ExtraProof[];
  /** What to do when somebody would be cut off in the middle of something by a restart; stop unless told. */
  readonly restart?: RestartWishes;
  /** When the run starts; at once unless told. */
  readonly startAt?: Date;
  /** Which finished runs stay on the host; the usual rule where it is not given. */
  readonly keepRule?: () => Promise<KeepRule>;
  /** Keep by itself once all is proven. */
  readonly autoKeep: boolean;
  /** Another guard than the best one that the host can have. */
  readonly guard?: GuardKind;
  readonly onEvent: (event: ApplyEvent) => void;
}

/** A run that is under way. */
export interface ApplyRun {
  readonly id: string;
  /** Where it stands now. */
  state(): ApplyState;
  /** Keeps the changes, once the run waits for it; ignored before. */
  keep(): void;
  /** Puts everything back; also while changes are being made. */
  rollBack(): void;
  /** Never rejects: every end is an outcome. */
  readonly finished: Promise<ApplyOutcome>;
}

/**
 * Applies a plan: checks, copies, arms the guard on the host, changes step by step, proves by new logins, waits for
 * "keep", else puts everything back. Aborting the signal rolls back too. Whatever happens to this program or the link,
 * the host ends in the state before or in the state after. With `startAt` it waits first, and rolling back cancels that.
 */
export function applyPlan(request: ApplyRequest, signal: AbortSignal): ApplyRun {
  const id = newRunId();
  let state = initialApplyState(request.plan.steps);
  const wanted: ApplyRequest = {
    ...request,
    confirmWithinSeconds: Math.min(3600, Math.max(10, Math.trunc(request.confirmWithinSeconds))),
    onEvent: (event) => {
      state = applyStateAfter(state, event);
      request.onEvent(event);
    },
  };
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  let machine: ApplyMachine | null = null;
  const runOn = (host: Host): Promise<ApplyOutcome> => {
    machine = new ApplyMachine({ ...wanted, host }, id, stop.signal);
    return machine.run();
  };
  const run = async (): Promise<ApplyOutcome> => {
    if (wanted.startAt === undefined) return runOn(wanted.host);
    const start = await awaitStart(wanted, wanted.startAt, id, stop.signal);
    if (!start.ready) return start.outcome;
    try {
      return await runOn(start.host);
    } finally {
      await start.opened?.close().catch(() => undefined);
    }
  };
  return {
    id,
    state: () => state,
    keep: () => machine?.keep(),
    rollBack: abort,
    finished: run().finally(() => signal.removeEventListener('abort', abort)),
  };
}
