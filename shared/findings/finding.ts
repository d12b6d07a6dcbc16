import { z } from 'zod';

export const pillars = ['network', 'transport', 'database', 'platform', 'logging', 'secrets'] as const;
export const pillarSchema = z.enum(pillars);
export type Pillar = z.infer<typeof pillarSchema>;

/** Most severe first. */
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export const severitySchema = z.enum(severities);
export type Severity = z.infer<typeof severitySchema>;

/** `manual`: only a person can judge it. `not-assessed`: facts are missing, with the reason. */
export const statuses = ['fail', 'pass', 'manual', 'not-applicable', 'not-assessed'] as const;
export const statusSchema = z.enum(statuses);
export type Status = z.infer<typeof statusSchema>;

/**
 * What a judgement rests on, as data, so that the window, the terminal and the report draw it each in their way.
 * All texts can be hostile.
 */
export const evidenceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({
    kind: z.literal('setting'),
    name: z.string(),
    value: z.string(),
    /** What would pass, in words. */
    wanted: z.string().nullable(),
    /** `/etc/postgresql/15/main/postgresql.conf:64`, `default`, … */
    source: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    lines: z.array(z.object({ number: z.number(), text: z.string(), marked: z.boolean() })),
  }),
  z.object({
    kind: z.literal('table'),
    columns: z.array(z.string()),
    rows: z.array(z.array(z.string())),
    /** How many rows there are in all when `rows` was cut. */
    total: z.number(),
  }),
  z.object({ kind: z.literal('command'), command: z.string(), output: z.string() }),
]);
export type Evidence = z.infer<typeof evidenceSchema>;

/** One thing that a finding is about, with a key that stays the same from scan to scan. */
export const subjectSchema = z.object({
  /** `hba-line`, `setting`, `role`, `table`, `database`, `file`, `socket`, … */
  kind: z.string(),
  /** `/etc/postgresql/15/main/pg_hba.conf:12`, `shop.public.orders`, `reporting` */
  name: z.string(),
});
export type Subject = z.infer<typeof subjectSchema>;

export const referencesSchema = z.object({
  /** CIS PostgreSQL Benchmark recommendation numbers with the majors they hold for: `5.4 (14-17)`. */
  cis: z.array(z.string()),
  /** DISA STIG ids. */
  stig: z.array(z.string()),
  /** Pages of the PostgreSQL documentation. */
  documentation: z.array(z.object({ title: z.string(), url: z.string() })),
});
export type References = z.infer<typeof referencesSchema>;

export const waiverSchema = z.object({
  check: z.string(),
  /** Subject names that are waived; empty waives the check as a whole. */
  subjects: z.array(z.string()),
  reason: z.string().min(3),
  /** ISO date; after it the waiver counts no more. */
  until: z.iso.date(),
  createdAt: z.string(),
  createdBy: z.string(),
});
export type Waiver = z.infer<typeof waiverSchema>;

export const findingSchema = z.object({
  check: z.string(),
  pillar: pillarSchema,
  status: statusSchema,
  severity: severitySchema,
  /** Written in the state that it is in. */
  title: z.string(),
  /** One sentence on what was seen, or the reason for not-assessed, not-applicable and manual. */
  summary: z.string(),
  subjects: z.array(subjectSchema),
  evidence: z.array(evidenceSchema),
  /** Why it matters, in words for a newcomer. */
  why: z.string(),
  /** How it is misused, step by step. */
  misuse: z.array(z.string()),
  /** How to fix it by hand, step by step. */
  byHand: z.array(z.string()),
  /** Ids of the fixes that apply to this finding as it stands. */
  fixes: z.array(z.string()),
  references: referencesSchema,
  /** The waiver in force, also when it no longer hides anything; null without one. */
  waiver: waiverSchema.nullable(),
});
export type Finding = z.infer<typeof findingSchema>;
