import { z } from 'zod';
import { cutOffSchema } from '../plan/plan.ts';
import { findingSchema, severitySchema } from '../findings/finding.ts';

/** Raised when a field changes its meaning or goes; new fields do not raise it. */
export const reportSchemaVersion = 1;

export const scoreSchema = z.object({
  /** 0-100, rounded down and held; null when nothing could be judged. */
  value: z.number().nullable(),
  /** Before holding. */
  uncapped: z.number().nullable(),
  /** True while a critical finding is open: then the value is at most 49. */
  held: z.boolean(),
  earned: z.number(),
  possible: z.number(),
  /** Points lost by severity. */
  lost: z.record(severitySchema, z.number()),
});
export type Score = z.infer<typeof scoreSchema>;

export const summarySchema = z.object({
  pass: z.number(),
  /** Open: failed and not waived. */
  fail: z.number(),
  manual: z.number(),
  notApplicable: z.number(),
  notAssessed: z.number(),
  waived: z.number(),
});
export type Summary = z.infer<typeof summarySchema>;

/** What a run changed, for reports that show before and after. */
export const runSummarySchema = z.object({
  id: z.string(),
  state: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  by: z.string(),
  steps: z.array(z.object({ number: z.number(), title: z.string(), state: z.string() })),
  proofs: z.array(z.object({ title: z.string(), state: z.string(), detail: z.string() })),
  /** Clients that the plan named as refused from then on; missing in reports of older programs. */
  cutOff: z.array(cutOffSchema).optional(),
  /** What hid further clients from the plan, in sentences. */
  cutOffUnknown: z.array(z.string()).optional(),
  /** How long nobody could connect during the restart of the run, in milliseconds; null without a restart. */
  downtimeMs: z.number().nullable().optional(),
  scoreBefore: scoreSchema,
  summaryBefore: summarySchema,
  /** Checks that failed before and pass now, and the other way round. */
  improved: z.array(z.object({ check: z.string(), title: z.string(), severity: severitySchema })),
  worsened: z.array(z.object({ check: z.string(), title: z.string(), severity: severitySchema })),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/** The report: the one source of the window, the terminal, and every file format. Holds no secret. */
export const reportSchema = z.object({
  schemaVersion: z.literal(reportSchemaVersion),
  tool: z.object({ name: z.literal('Portcullis'), version: z.string() }),
  target: z.object({
    kind: z.enum(['ssh', 'local', 'practice', 'recorded']),
    key: z.string(),
    label: z.string(),
    address: z.string().nullable(),
    privilege: z.string(),
  }),
  host: z.object({ hostname: z.string(), system: z.string(), kernel: z.string() }).nullable(),
  server: z
    .object({
      version: z.string(),
      versionNumber: z.number(),
      cluster: z.string(),
      port: z.number(),
      dataDirectory: z.string(),
    })
    .nullable(),
  profile: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  score: scoreSchema,
  summary: summarySchema,
  findings: z.array(findingSchema),
  run: runSummarySchema.nullable(),
});
export type Report = z.infer<typeof reportSchema>;
