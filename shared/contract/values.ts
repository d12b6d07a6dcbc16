import { z } from 'zod';
import { severitySchema } from '../findings/finding.ts';
import { cutOffSchema, changeSchema, planSchema } from '../plan/plan.ts';
import { effectSchema } from '../plan/operation.ts';
import { restartOutlookSchema } from '../plan/restart.ts';
import { scoreSchema, summarySchema } from '../report/model.ts';
import { guardKindSchema, runRecordSchema } from './apply.ts';
import { targetSchema } from './target.ts';

/** The connection as the top bar shows it. */
export const connectionSchema = z.object({
  target: targetSchema,
  key: z.string(),
  label: z.string(),
  address: z.string().nullable(),
  system: z.string(),
  server: z.string().nullable(),
  cluster: z.string().nullable(),
  /** `sudo as deploy`, `root`, `no sudo`, `read only` */
  rights: z.string(),
  readOnly: z.boolean(),
  /** Runs found on the host that were not finished, or that a guard rolled back since. */
  attention: z.array(
    z.object({
      run: runRecordSchema,
      message: z.string(),
      needsRollback: z.boolean(),
      /** What to run on the host, as root, when it is to be finished by hand. */
      commands: z.array(z.string()),
      log: z.object({ path: z.string(), tail: z.array(z.string()) }).nullable(),
    }),
  ),
});
export type Connection = z.infer<typeof connectionSchema>;

export const knownTargetSchema = z.object({
  target: targetSchema,
  key: z.string(),
  label: z.string(),
  lastConnectedAt: z.string(),
  server: z.string().nullable(),
  lastScore: z.number().nullable(),
  lastOpen: z.record(severitySchema, z.number()).nullable(),
  /** How the last connection ended when it failed: `Stopped: host key changed`. */
  lastProblem: z.string().nullable(),
});
export type KnownTarget = z.infer<typeof knownTargetSchema>;

export const sshAliasSchema = z.object({
  alias: z.string(),
  destination: z.string(),
  via: z.string().nullable(),
});

export const practiceStatusSchema = z.object({
  available: z.boolean(),
  /** Why it is not available. */
  reason: z.string().nullable(),
  created: z.boolean(),
  running: z.boolean(),
  version: z.string().nullable(),
  directory: z.string().nullable(),
});

const choiceOptionSchema = z.object({
  value: z.string(),
  label: z.string(),
  seen: z.string(),
  chosen: z.boolean(),
});
export const choiceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('networks'),
    key: z.string(),
    label: z.string(),
    options: z.array(choiceOptionSchema),
  }),
  z.object({
    kind: z.literal('many'),
    key: z.string(),
    label: z.string(),
    options: z.array(choiceOptionSchema),
  }),
  z.object({
    kind: z.literal('one'),
    key: z.string(),
    label: z.string(),
    options: z.array(choiceOptionSchema),
  }),
  z.object({
    kind: z.literal('text'),
    key: z.string(),
    label: z.string(),
    value: z.string(),
    help: z.string(),
    optional: z.boolean().optional(),
  }),
]);

/** A fix as offered for what was found on this target. */
export const fixOfferSchema = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  /** The findings that it settles, the worst first. */
  resolves: z.array(z.string()),
  severity: severitySchema,
  effect: effectSchema,
  reversible: z.boolean(),
  cutsOff: z.boolean(),
  safe: z.boolean(),
  choices: z.array(choiceSchema),
  /** Who would be refused if it were applied alone with its first answers; null when it is not known. */
  wouldRefuse: z.array(cutOffSchema).nullable(),
  /** Why it cannot be offered here; null when it can. */
  unavailable: z.string().nullable(),
});
export type FixOffer = z.infer<typeof fixOfferSchema>;

export const previewSchema = z.object({
  plan: planSchema,
  /** What rolls back on the host when nobody keeps the run; null for saved facts, or when it could not be asked. */
  guard: guardKindSchema.nullable(),
  changes: z.array(changeSchema),
  /** What the restart in this plan interrupts; null when there is none. */
  restart: restartOutlookSchema.nullable(),
  predicted: z.object({
    score: scoreSchema,
    summary: summarySchema,
    /** What is still open afterwards, and what is new. */
    open: z.array(
      z.object({ check: z.string(), title: z.string(), severity: severitySchema, isNew: z.boolean() }),
    ),
    closed: z.array(z.object({ check: z.string(), title: z.string(), severity: severitySchema })),
  }),
});
export type Preview = z.infer<typeof previewSchema>;

export const planResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), preview: previewSchema }),
  z.object({
    ok: z.literal(false),
    problems: z.array(z.object({ fixes: z.array(z.string()), message: z.string() })),
  }),
]);
export type PlanResult = z.infer<typeof planResultSchema>;

const settingFields = {
  theme: z.enum(['system', 'light', 'dark']),
  mode: z.enum(['guided', 'expert']),
  settingsVia: z.enum(['alter-system', 'file']),
  /** Change also what Ansible, Puppet and the like manage. */
  editManaged: z.boolean(),
  confirmWithinSeconds: z.number().int().min(30).max(3600),
  profile: z.string(),
  /** How many finished runs are kept, here and on the host, and for how many days. */
  keepRuns: z.number().int().min(1).max(1000),
  keepDays: z.number().int().min(1).max(3650),
};
/** What newer versions added has a value where a stored file lacks it. */
export const settingsSchema = z.object({
  ...settingFields,
  editManaged: settingFields.editManaged.default(false),
  keepRuns: settingFields.keepRuns.default(50),
  keepDays: settingFields.keepDays.default(365),
});
/** Without defaults: what is not named stays as it is. */
export const settingsChangeSchema = z.object(settingFields).partial();
export type Settings = z.infer<typeof settingsSchema>;

export const reportFormats = ['html', 'pdf', 'json', 'md'] as const;
export const reportFormatSchema = z.enum(reportFormats);
export const planFormats = ['text', 'json', 'sh'] as const;
export const planFormatSchema = z.enum(planFormats);
