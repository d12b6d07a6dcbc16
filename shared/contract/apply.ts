import { z } from 'zod';
import { assertNever } from '../lib/assert-never.ts';
import { guardKindSchema } from './guard.ts';

/** Where a run stands. `kept`, `rolled-back`, `rollback-failed`, `refused` and an outcome `unknown` are final. */
export const applyPhases = [
  /** Waits for the time that the person chose; nothing was changed. */
  'scheduled',
  'checking',
  'backing-up',
  'arming',
  'changing',
  'proving',
  'waiting',
  'kept',
  'rolling-back',
  'rolled-back',
  'rollback-failed',
  'refused',
  'link-lost',
] as const;
export const applyPhaseSchema = z.enum(applyPhases);
export type ApplyPhase = z.infer<typeof applyPhaseSchema>;

export const stepStates = ['waiting', 'running', 'done', 'failed', 'undone', 'not-undone'] as const;
export const stepStateSchema = z.enum(stepStates);
export type StepState = z.infer<typeof stepStateSchema>;

export { guardKindSchema };
export type { GuardKind } from './guard.ts';

/** Whoever has a host: one run at a time. */
export const lockHolderSchema = z.object({
  run: z.string(),
  /** `alice@laptop` */
  by: z.string(),
  since: z.string(),
  phase: z.enum(['preparing', 'changing', 'waiting', 'rolling-back']),
  guardArmed: z.boolean(),
  /** Seconds until the host rolls that run back by itself, by the host's clock; null when nothing counts. */
  guardSeconds: z.number().nullable(),
});
export type LockHolder = z.infer<typeof lockHolderSchema>;

export const applyOutcomeSchema = z.object({
  result: z.enum(['kept', 'rolled-back', 'rolled-back-by-guard', 'rollback-failed', 'refused', 'unknown']),
  /** null when nothing was written on the host. */
  runId: z.string().nullable(),
  /** Why it ended so, as a sentence. */
  reason: z.string(),
  /** What the person can do next; empty when there is nothing to do. */
  next: z.string(),
  /** Exact commands for what the rollback could not do. */
  finishByHand: z.array(z.string()),
  /** For `refused`: no guard can be armed, and nobody accepted that. */
  refusal: z.enum(['unguarded']).optional(),
  /** Milliseconds between the last connection before a restart and the first one after it, where it was measured. */
  downtimeMs: z.number().nullable().optional(),
  /** For `refused`: who has the host, when that is why. */
  holder: lockHolderSchema.optional(),
});
export type ApplyOutcome = z.infer<typeof applyOutcomeSchema>;

/** What happens during a run, in order. Times are ISO 8601 in UTC, durations milliseconds. */
export const applyEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('phase'),
    at: z.string(),
    phase: applyPhaseSchema,
    /** For `scheduled`: when the run starts. */
    startsAt: z.string().optional(),
  }),
  z.object({
    kind: z.literal('step'),
    at: z.string(),
    number: z.number(),
    state: stepStateSchema,
    detail: z.string(),
    elapsedMs: z.number().nullable(),
  }),
  z.object({
    kind: z.literal('log'),
    at: z.string(),
    /** A short word for the column: host, copy, guard, sql, file, reload, restart, firewall, proof, error. */
    topic: z.string(),
    step: z.number().nullable(),
    text: z.string(),
  }),
  z.object({
    kind: z.literal('guard'),
    at: z.string(),
    guard: guardKindSchema,
    armed: z.boolean(),
    /** When the host rolls back by itself, by the clock of this machine. */
    deadlineAt: z.string().nullable(),
    /** True once it counts down to the confirmation; before, it covers the time that the changes may take. */
    counting: z.boolean(),
  }),
  z.object({
    kind: z.literal('proof'),
    at: z.string(),
    title: z.string(),
    state: z.enum(['running', 'passed', 'failed']),
    detail: z.string(),
    elapsedMs: z.number().nullable(),
  }),
  z.object({ kind: z.literal('outcome'), at: z.string(), outcome: applyOutcomeSchema }),
]);
export type ApplyEvent = z.infer<typeof applyEventSchema>;

export const applyStateSchema = z.object({
  phase: applyPhaseSchema,
  steps: z.array(
    z.object({
      number: z.number(),
      title: z.string(),
      state: stepStateSchema,
      detail: z.string(),
      elapsedMs: z.number().nullable(),
    }),
  ),
  guard: z.object({
    guard: guardKindSchema,
    armed: z.boolean(),
    deadlineAt: z.string().nullable(),
    counting: z.boolean(),
  }),
  proofs: z.array(
    z.object({
      title: z.string(),
      state: z.enum(['running', 'passed', 'failed']),
      detail: z.string(),
      elapsedMs: z.number().nullable(),
    }),
  ),
  outcome: applyOutcomeSchema.nullable(),
});
/** All that a view needs to show a run; the log is kept apart. */
export type ApplyState = z.infer<typeof applyStateSchema>;

/** The state before the first event. */
export function initialApplyState(
  steps: readonly { readonly number: number; readonly title: string }[],
): ApplyState {
  return {
    phase: 'checking',
    steps: steps.map(({ number, title }) => ({
      number,
      title,
      state: 'waiting',
      detail: '',
      elapsedMs: null,
    })),
    guard: { guard: 'none', armed: false, deadlineAt: null, counting: false },
    proofs: [],
    outcome: null,
  };
}

/** The state after an event. Log lines leave it alone. */
export function applyStateAfter(state: ApplyState, event: ApplyEvent): ApplyState {
  switch (event.kind) {
    case 'phase':
      return { ...state, phase: event.phase };
    case 'step':
      return {
        ...state,
        steps: state.steps.map((step) =>
          step.number === event.number
            ? { ...step, state: event.state, detail: event.detail, elapsedMs: event.elapsedMs }
            : step,
        ),
      };
    case 'log':
      return state;
    case 'guard': {
      const { guard, armed, deadlineAt, counting } = event;
      return { ...state, guard: { guard, armed, deadlineAt, counting } };
    }
    case 'proof': {
      const { title, detail, elapsedMs } = event;
      const proof = { title, state: event.state, detail, elapsedMs };
      const known = state.proofs.some((one) => one.title === title);
      return {
        ...state,
        proofs: known
          ? state.proofs.map((one) => (one.title === title ? proof : one))
          : [...state.proofs, proof],
      };
    }
    case 'outcome':
      return { ...state, outcome: event.outcome };
    default:
      return assertNever(event, 'apply event');
  }
}

/** A run as the history shows it. */
export const runRecordSchema = z.object({
  id: z.string(),
  startedAt: z.string(),
  /** `alice@laptop` */
  by: z.string(),
  title: z.string(),
  state: z.enum([
    'kept',
    'rolled-back',
    'rolled-back-by-guard',
    'rollback-failed',
    /** Still open: the guard counts, or nothing counts any more. */
    'unfinished',
    /** Known from this machine only: the host was not asked or has forgotten it. */
    'unknown',
  ]),
  /** For `unfinished`: seconds until the host rolls back by itself; null when no guard is armed. */
  guardSeconds: z.number().nullable(),
  endedAt: z.string().nullable(),
  steps: z.array(
    z.object({ number: z.number(), title: z.string(), kind: z.string(), reversible: z.boolean() }),
  ),
  /** What the rollback left to be done by hand. */
  finishByHand: z.array(z.string()),
  recorded: z.enum(['here-and-on-host', 'on-host', 'here']),
  /** False when the record does not fit: somebody changed it. */
  intact: z.boolean(),
  /** What exactly does not fit, as sentences. */
  problems: z.array(z.string()),
  /** Steps that a rollback left as they were, by somebody's choice. */
  left: z.array(z.number()),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

const diffHunkSchema = z.object({
  oldStart: z.number(),
  oldLines: z.number(),
  newStart: z.number(),
  newLines: z.number(),
  /** With their sign: space, minus, plus. */
  lines: z.array(z.string()),
});

/** What differs between two texts, without secrets and bounded. */
export const textDiffSchema = z.object({
  hunks: z.array(diffHunkSchema),
  /** Why not everything is shown: too long, too different, not to be shown; empty when it is all. */
  note: z.string(),
});
export type TextDiff = z.infer<typeof textDiffSchema>;

/**
 * What is done with an operation when its run is rolled back: put back to before (what is newer is overwritten and kept
 * aside), only this run's change undone, or left as it is now.
 */
export const rollbackChoices = ['before', 'merge', 'leave'] as const;
export const rollbackChoiceSchema = z.enum(rollbackChoices);
export type RollbackChoice = z.infer<typeof rollbackChoiceSchema>;

export const rollbackDecisionSchema = z.object({ step: z.number().int(), choice: rollbackChoiceSchema });
export type RollbackDecision = z.infer<typeof rollbackDecisionSchema>;

/** One operation of a kept run, or several that have one file in common: before, after, and now. */
export const reviewItemSchema = z.object({
  /** Decided together; a decision names one of them. */
  steps: z.array(z.number()),
  title: z.string(),
  kind: z.string(),
  /** The file or database; empty where there is none. */
  place: z.string(),
  /** It is not as the run left it. */
  changed: z.boolean(),
  /** Single values: a setting, mode and owner, whether a statement's change is in force. */
  values: z.array(z.object({ name: z.string(), before: z.string(), after: z.string(), now: z.string() })),
  /** For text: what the run changed, what was changed since, and what `merge` would change now. */
  ran: textDiffSchema.nullable(),
  since: textDiffSchema.nullable(),
  merged: textDiffSchema.nullable(),
  choices: z.array(rollbackChoiceSchema),
  /** Something that the person has to know, as a sentence: why there is no merge, which run changed it later. */
  note: z.string(),
  /** A kept run that changed the same file later; then `before` is refused. */
  laterRun: z.string().nullable(),
});
export type ReviewItem = z.infer<typeof reviewItemSchema>;

/** Something that is not as the run left it. */
export const driftSchema = z.object({ subject: z.string(), left: z.string(), now: z.string() });
export type Drift = z.infer<typeof driftSchema>;
