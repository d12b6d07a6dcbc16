import { z } from 'zod';
import { effectSchema, operationSchema } from './operation.ts';

export const fixChoiceSchema = z.object({ fix: z.string(), answers: z.record(z.string(), z.string()) });
/** A fix that the person chose, with the answers to its choices. */
export type FixChoice = z.infer<typeof fixChoiceSchema>;

/** A file of pg_hba.conf as a person edited it: see shownText. `sha256` names the version that the edit began from. */
export const hbaTextSchema = z.object({
  path: z.string(),
  text: z.string().max(8_000_000),
  sha256: z.string().nullable(),
});
export type HbaText = z.infer<typeof hbaTextSchema>;

export const planStepSchema = z.object({
  /** 1, 2, 3 … in the order in which they run. */
  number: z.number(),
  title: z.string(),
  operation: operationSchema,
  /** The fixes that asked for it. */
  fixes: z.array(z.string()),
  effect: effectSchema,
  reversible: z.boolean(),
  /** Needs the guard armed before it. */
  guarded: z.boolean(),
});
export type PlanStep = z.infer<typeof planStepSchema>;

/** Somebody who gets in today and would be refused at the next login. */
export const cutOffSchema = z.object({
  role: z.string(),
  database: z.string().nullable(),
  address: z.string().nullable(),
  transport: z.string(),
  /** Seen: `3 sessions now`, `14 logins, last today 02:10`. */
  seen: z.string(),
  /** What refuses it: `no pg_hba line`, `pg_hba.conf:12 reject`, `no firewall rule`. */
  because: z.string(),
  certainty: z.enum(['certain', 'possible']),
  // What follows is missing in plans of older programs.
  replication: z.boolean().optional(),
  /** What of the server refuses it. */
  gate: z.enum(['sshd', 'firewall', 'listener', 'socket', 'tls', 'hba', 'role', 'database']).optional(),
  /** The text of the line or rule that decides; null where the lack of one does. */
  rule: z.string().nullable().optional(),
  /** Where the line stands once the plan has run, for `hba`. */
  file: z.string().nullable().optional(),
  line: z.number().nullable().optional(),
  /** True when it is refused only from the next restart on, which is not part of the plan. */
  afterRestart: z.boolean().optional(),
});
export type CutOff = z.infer<typeof cutOffSchema>;

/** What has to be as it was when inspected, or apply refuses before it changes anything. */
export const preconditionSchema = z.discriminatedUnion('kind', [
  /** sha256 null: the file must not exist. */
  z.object({ kind: z.literal('file'), path: z.string(), sha256: z.string().nullable() }),
  z.object({ kind: z.literal('setting'), name: z.string(), value: z.string() }),
  z.object({ kind: z.literal('server'), systemIdentifier: z.string().nullable(), versionNumber: z.number() }),
]);
export type Precondition = z.infer<typeof preconditionSchema>;

export const planSchema = z.object({
  id: z.string(),
  targetKey: z.string(),
  targetLabel: z.string(),
  clusterId: z.string(),
  createdAt: z.string(),
  chosen: z.array(fixChoiceSchema),
  steps: z.array(planStepSchema),
  preconditions: z.array(preconditionSchema),
  cutOff: z.array(cutOffSchema),
  /** What could not be seen, so that somebody may be missing from `cutOff`. Missing in plans of older programs. */
  cutOffUnknown: z.array(z.string()).optional(),
  /** Settings whose new value waits for the restart in this plan, or for a later one. */
  restart: z.object({ reasons: z.array(z.string()), included: z.boolean() }),
  notReversible: z.array(z.string()),
});
export type Plan = z.infer<typeof planSchema>;

/** One change as a person reads it, in the order in which it runs. */
export const changeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('diff'),
    step: z.number(),
    title: z.string(),
    path: z.string(),
    before: z.string(),
    after: z.string(),
  }),
  z.object({
    kind: z.literal('sql'),
    step: z.number(),
    title: z.string(),
    database: z.string(),
    statements: z.array(z.string()),
    inverse: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('commands'),
    step: z.number(),
    title: z.string(),
    as: z.string(),
    lines: z.array(z.string()),
    undo: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('firewall'),
    step: z.number(),
    title: z.string(),
    before: z.array(z.string()),
    after: z.array(z.string()),
    commands: z.array(z.string()),
  }),
]);
export type Change = z.infer<typeof changeSchema>;
