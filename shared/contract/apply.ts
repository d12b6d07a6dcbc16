import { z } from 'zod';

/** The states of a run, as recorded on the host and here. */
export const runStateSchema = z.enum([
  /** Started and not ended: the guard may still fire. */
  'unfinished',
  'kept',
  'rolled-back',
  'rolled-back-by-guard',
  'rollback-failed',
  /** Stopped before anything was changed. */
  'refused',
]);
export type RunState = z.infer<typeof runStateSchema>;

export const stepStateSchema = z.enum(['waiting', 'running', 'done', 'failed', 'reverted']);

/** A run in History: what was done, by whom, and how it ended. */
export const runRecordSchema = z.object({
  id: z.string(),
  targetKey: z.string(),
  cluster: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** The person and machine that ran it. */
  by: z.string(),
  title: z.string(),
  state: runStateSchema,
  /** What a person has to know or do, when the state alone does not say it. */
  message: z.string().nullable(),
  steps: z.array(z.object({ number: z.number(), title: z.string(), state: stepStateSchema })),
  proofs: z.array(z.object({ title: z.string(), state: z.string(), detail: z.string() })),
  /** False when it cannot be rolled back (any more). */
  canRollBack: z.boolean(),
  whyNot: z.string().nullable(),
  /** Files or settings that were changed by somebody else since; null when it was not looked at. */
  drifted: z.array(z.string()).nullable(),
  /** ISO 8601 time at which the host rolls back by itself, while that is pending. */
  deadlineAt: z.string().nullable(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

export const applyPhaseSchema = z.enum([
  'checking',
  'backing-up',
  'arming',
  'changing',
  'proving',
  /** Everything is proven: keep or roll back, until the deadline. */
  'waiting',
  'keeping',
  'kept',
  'rolling-back',
  'rolled-back',
  'rollback-failed',
  'refused',
  'link-lost',
]);
export type ApplyPhase = z.infer<typeof applyPhaseSchema>;

/** What applying and rolling back tell while they run. */
export const applyEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('phase'), phase: applyPhaseSchema, message: z.string() }),
  z.object({
    kind: z.literal('step'),
    number: z.number(),
    title: z.string(),
    state: stepStateSchema,
    detail: z.string(),
    elapsedMs: z.number().nullable(),
  }),
  /** The guard: `remainingMs` counted from when the event was sent; null once it is disarmed. */
  z.object({
    kind: z.literal('guard'),
    armed: z.boolean(),
    deadlineAt: z.string().nullable(),
    remainingMs: z.number().nullable(),
    how: z.string(),
  }),
  z.object({
    kind: z.literal('proof'),
    id: z.string(),
    title: z.string(),
    state: z.enum(['running', 'proved', 'failed', 'unknown']),
    detail: z.string(),
    elapsedMs: z.number().nullable(),
  }),
  z.object({ kind: z.literal('log'), at: z.string(), topic: z.string(), text: z.string() }),
  z.object({ kind: z.literal('ended'), run: runRecordSchema }),
]);
export type ApplyEvent = z.infer<typeof applyEventSchema>;
