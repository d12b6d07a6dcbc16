import { z } from 'zod';
import { runRecordSchema } from '../contract/apply.ts';
import { changeSchema, planSchema } from '../plan/plan.ts';

/** One run of an exported file. */
export const exportedRunSchema = z.object({
  record: runRecordSchema,
  /** The journals line by line as they were written, each record with its hash; null where there is none. */
  here: z.array(z.string()).nullable(),
  onHost: z.array(z.string()).nullable(),
  /** Its hash stands in the host's journal; null where the host was not asked or has no plan. */
  plan: planSchema.nullable(),
  changes: z.array(changeSchema),
});

/** What `runs --export` writes: runs with their journals, plans and changes, without secrets. */
export const runsFileSchema = z.object({
  format: z.literal('portcullis-runs'),
  version: z.literal(1),
  exportedAt: z.string(),
  target: z.object({ key: z.string(), label: z.string() }),
  runs: z.array(exportedRunSchema),
  /** SHA-256 of `runs` as JSON without spaces: an accident shows. The journals' hashes show more than that. */
  sha256: z.string(),
});
export type RunsFile = z.infer<typeof runsFileSchema>;
export type ExportedRun = z.infer<typeof exportedRunSchema>;
