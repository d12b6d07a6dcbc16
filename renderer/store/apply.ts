import {
  applyStateAfter,
  initialApplyState,
  type ApplyEvent,
  type ApplyOutcome,
  type ApplyState,
  type RunRecord,
} from '../../shared/contract/apply.ts';

export type LogLine = Extract<ApplyEvent, { readonly kind: 'log' }>;

/** What is known of a run while it goes on. */
export type RunView = {
  readonly state: ApplyState;
  readonly log: readonly LogLine[];
  /** Milliseconds since the epoch at which the host rolls back by itself; null while no guard is armed. */
  readonly deadline: number | null;
  /** Seconds that the countdown had at its longest. */
  readonly total: number;
  /** Milliseconds since the epoch at which a scheduled run starts; null for one that has started. */
  readonly startsAt: number | null;
  /** The link was reported lost apart from the run's own events. */
  readonly lost: boolean;
};

const logLimit = 2000;

/** A run of these steps before its first event. */
export function newRun(steps: readonly { readonly number: number; readonly title: string }[]): RunView {
  return { state: initialApplyState(steps), log: [], deadline: null, total: 0, startsAt: null, lost: false };
}

/** The run after an event. `now` is this machine's clock in milliseconds. */
export function afterEvent(run: RunView, event: ApplyEvent, now: number): RunView {
  const state = applyStateAfter(run.state, event);
  switch (event.kind) {
    case 'log':
      return { ...run, log: [...run.log.slice(-logLimit + 1), event] };
    case 'guard': {
      const deadline = event.armed && event.deadlineAt !== null ? Date.parse(event.deadlineAt) : null;
      const left = deadline === null ? 0 : (deadline - now) / 1000;
      return { ...run, state, deadline, total: event.counting ? Math.max(left, 1) : run.total || left };
    }
    case 'phase':
      return {
        ...run,
        state,
        lost: event.phase === 'link-lost',
        startsAt: event.startsAt === undefined ? null : Date.parse(event.startsAt),
      };
    case 'step':
    case 'proof':
    case 'outcome':
      return { ...run, state };
  }
}

/** Whether the link to the host is lost. */
export function isLost(run: RunView): boolean {
  return run.lost || run.state.phase === 'link-lost';
}

/** Whether the person may keep the changes now: everything is proven and the link stands. */
export function mayKeep(run: RunView): boolean {
  return run.state.phase === 'waiting' && run.state.outcome === null && !isLost(run);
}

/** Whether rolling back can be asked for now. */
export function mayRollBack(run: RunView): boolean {
  const { phase, outcome } = run.state;
  return (
    (phase === 'scheduled' || phase === 'changing' || phase === 'proving' || phase === 'waiting') &&
    outcome === null &&
    !isLost(run)
  );
}

/** Whether a run of the history is one that can be rolled back. */
export function canRollBack(run: RunRecord): boolean {
  return run.state === 'kept' || run.state === 'unfinished' || run.state === 'rollback-failed';
}

/** An earlier run after it was rolled back: steps of which nothing else was told are undone. */
export function afterRollback(run: RunView, outcome: ApplyOutcome): RunView {
  const isBack = outcome.result === 'rolled-back' || outcome.result === 'rolled-back-by-guard';
  const steps = run.state.steps.map((step) =>
    isBack && step.state === 'waiting' ? { ...step, state: 'undone' as const } : step,
  );
  return { ...run, lost: false, deadline: null, state: { ...run.state, steps, outcome } };
}
