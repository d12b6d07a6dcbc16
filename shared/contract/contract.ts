import { z } from 'zod';
import { mustWorkSchema } from '../access/must-work-entry.ts';
import { pictureSchema } from '../access/picture-schema.ts';
import { reachAnswerSchema } from '../access/reach-schema.ts';
import { tunnelGuideSchema, tunnelTestSchema } from '../access/tunnel-test.ts';
import { waiverSchema } from '../findings/finding.ts';
import { editorGroundSchema } from '../hba/editor/ground-schema.ts';
import { changeSchema, fixChoiceSchema, hbaTextSchema } from '../plan/plan.ts';
import { restartPolicySchema, stopWhenBusy } from '../plan/restart.ts';
import { reportSchema } from '../report/model.ts';
import {
  applyEventSchema,
  applyOutcomeSchema,
  driftSchema,
  reviewItemSchema,
  rollbackDecisionSchema,
  runRecordSchema,
} from './apply.ts';
import { connectProgressSchema, promptAnswerSchema, promptSchema } from './prompts.ts';
import { connectOptionsSchema } from './target.ts';
import {
  connectionSchema,
  knownTargetSchema,
  sshAliasSchema,
  practiceStatusSchema,
  fixOfferSchema,
  planResultSchema,
  settingsSchema,
  settingsChangeSchema,
  reportFormatSchema,
  planFormatSchema,
} from './values.ts';

const nothing = z.object({});

/**
 * Every method that may cross the border between window and main process. Main parses the input before a handler sees
 * it; an answer is `{ok: true, value}` or `{ok: false, error: AppErrorData}`.
 */
export const methods = {
  'app.info': {
    input: nothing,
    output: z.object({ version: z.string(), platform: z.string(), home: z.string() }),
  },
  'app.openDocumentation': { input: z.object({ url: z.string() }), output: nothing },
  'app.copy': { input: z.object({ text: z.string().max(5_000_000) }), output: nothing },
  'settings.get': { input: nothing, output: settingsSchema },
  'settings.set': { input: settingsChangeSchema, output: settingsSchema },
  'targets.list': {
    input: nothing,
    output: z.object({ known: z.array(knownTargetSchema), aliases: z.array(sshAliasSchema) }),
  },
  'targets.forget': { input: z.object({ key: z.string() }), output: nothing },
  /** Opens a file dialog; null when it was cancelled. */
  'targets.chooseFile': {
    input: z.object({ purpose: z.enum(['facts', 'identity', 'known-hosts']) }),
    output: z.object({ path: z.string().nullable() }),
  },
  /** What local PostgreSQL there is, for the Connect step's card. */
  'targets.localClusters': { input: nothing, output: z.object({ clusters: z.array(z.string()) }) },
  'practice.status': { input: nothing, output: practiceStatusSchema },
  'practice.reset': { input: nothing, output: practiceStatusSchema },
  'practice.delete': { input: nothing, output: practiceStatusSchema },
  /** Resolves when the connection stands; progress and prompts come as events meanwhile. */
  'connection.open': { input: connectOptionsSchema, output: connectionSchema },
  'connection.cancel': { input: nothing, output: nothing },
  'connection.close': { input: nothing, output: nothing },
  'prompt.answer': { input: z.object({ id: z.string(), answer: promptAnswerSchema }), output: nothing },
  'scan.start': { input: z.object({ profile: z.string() }), output: reportSchema },
  'scan.cancel': { input: nothing, output: nothing },
  /** Judges the facts at hand again, by another profile or after a waiver. */
  'scan.judge': { input: z.object({ profile: z.string() }), output: reportSchema },
  /** The script that collects the same facts on a host without network, through a save dialog; null when cancelled. */
  'scan.saveScript': { input: nothing, output: z.object({ path: z.string().nullable() }) },
  'scan.saveFacts': { input: nothing, output: z.object({ path: z.string().nullable() }) },
  'profiles.list': {
    input: nothing,
    output: z.array(z.object({ id: z.string(), title: z.string(), description: z.string() })),
  },
  'waivers.list': { input: nothing, output: z.array(waiverSchema) },
  'waivers.set': { input: waiverSchema.omit({ createdAt: true, createdBy: true }), output: reportSchema },
  'waivers.remove': { input: z.object({ check: z.string() }), output: reportSchema },
  'fixes.list': { input: nothing, output: z.array(fixOfferSchema) },
  'plan.build': {
    input: z.object({
      chosen: z.array(fixChoiceSchema),
      includeRestart: z.boolean(),
      /** Files of pg_hba.conf as the person edited them, beside the fixes. */
      hbaTexts: z.array(hbaTextSchema).max(100).default([]),
    }),
    output: planResultSchema,
  },
  /** pg_hba.conf with its files, and what is known of those who come in: what its editor works on. */
  'hba.get': {
    input: nothing,
    output: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), ground: editorGroundSchema }),
      z.object({ ok: z.literal(false), reason: z.string() }),
    ]),
  },
  /** Who came in lately, and whether those named get in after the plan that was built last; judged in this order. */
  'plan.mustWork': {
    input: z.object({ named: z.array(mustWorkSchema).max(100) }),
    output: z.object({
      suggestions: z.array(mustWorkSchema.extend({ seen: z.string() })),
      judged: z.array(z.object({ verdict: z.enum(['allowed', 'unsure', 'refused']), because: z.string() })),
    }),
  },
  'plan.text': { input: z.object({ format: planFormatSchema }), output: z.object({ text: z.string() }) },
  'plan.save': {
    input: z.object({ format: planFormatSchema }),
    output: z.object({ path: z.string().nullable() }),
  },
  /** Starts applying the plan that was built last; its id must be the one previewed. Ends when the run has ended. */
  'apply.start': {
    input: z.object({
      planId: z.string(),
      confirmWithinSeconds: z.number().int().min(30).max(3600),
      /** The person has read who would be refused. */
      acceptCutOff: z.boolean(),
      /** The person goes on although no guard can be armed on the host. */
      acceptUnguarded: z.boolean(),
      /** Who must still get in afterwards; with a password the login is tried, and it goes nowhere else. */
      mustWork: z
        .array(mustWorkSchema.extend({ password: z.string().max(1000).nullable() }))
        .max(100)
        .default([]),
      /** Roll another's open run back first, when it has the host. */
      breakLock: z.boolean().optional(),
      /** What to do when long transactions or base backups run right before the restart. */
      restart: restartPolicySchema.default(stopWhenBusy),
      /** When the run starts, ISO 8601; null for now. At that time everything is compared with the inspection again. */
      startAt: z.iso.datetime({ offset: true }).nullable().default(null),
      /** Keep by itself once all new logins succeeded; otherwise the countdown to the rollback begins. */
      keepWhenProven: z.boolean().default(false),
    }),
    output: z.object({ outcome: applyOutcomeSchema }),
  },
  'apply.keep': { input: nothing, output: nothing },
  'apply.rollBack': { input: nothing, output: nothing },
  /** A new scan after a run, compared with the one before it. */
  'verify.scan': { input: nothing, output: reportSchema },
  'history.list': { input: nothing, output: z.array(runRecordSchema) },
  /** Asks where to save; all runs or one of them as one file that can be verified. Null when cancelled. */
  'history.export': {
    input: z.object({ run: z.string().nullable() }),
    output: z.object({ path: z.string().nullable() }),
  },
  'history.changes': {
    input: z.object({ run: z.string() }),
    output: z.object({
      changes: z.array(changeSchema),
      drift: z.array(driftSchema),
      /** Empty for a run that was not kept: it goes back as a whole. */
      review: z.array(reviewItemSchema),
    }),
  },
  'history.rollBack': {
    input: z.object({
      run: z.string(),
      /** Overwrite what was changed since, except what is decided otherwise. */
      force: z.boolean(),
      decisions: z.array(rollbackDecisionSchema),
      /** Roll another's open run back first, when it has the host. */
      breakLock: z.boolean(),
    }),
    output: z.object({
      outcome: applyOutcomeSchema,
      drift: z.array(driftSchema),
      review: z.array(reviewItemSchema),
    }),
  },
  'report.save': {
    input: z.object({ format: reportFormatSchema }),
    output: z.object({ path: z.string().nullable() }),
  },
  /** Who can reach the server, as a picture; `ok` false says why there is none. */
  'exposure.get': {
    input: nothing,
    output: z.discriminatedUnion('ok', [
      z.object({
        ok: z.literal(true),
        picture: pictureSchema,
        databases: z.array(z.string()),
        roles: z.array(z.string()),
      }),
      z.object({ ok: z.literal(false), reason: z.string() }),
    ]),
  },
  /** Saves the picture as SVG through a save dialog; null when cancelled. */
  'exposure.save': { input: nothing, output: z.object({ path: z.string().nullable() }) },
  /** Could one client get in? `local` for the Unix socket; `tls` null as the client likes. */
  'reach.ask': {
    input: z.object({
      address: z.string().max(100),
      role: z.string().max(200),
      database: z.string().max(200),
      tls: z.boolean().nullable(),
    }),
    output: reachAnswerSchema,
  },
  /** What clients of a tunnel through SSH write into ~/.ssh/config, psql, pgAdmin and DBeaver. */
  'tunnel.guide': {
    input: z.object({ account: z.string().max(100), identityFile: z.string().max(4000).nullable() }),
    output: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), login: z.string(), guide: tunnelGuideSchema }),
      z.object({ ok: z.literal(false), reason: z.string() }),
    ]),
  },
  /**
   * Opens the tunnel from this machine and asks PostgreSQL for its greeting, without a password. `account` null: as the
   * login of the connection.
   */
  'tunnel.test': {
    input: z.object({
      account: z.string().max(100).nullable(),
      identityFile: z.string().max(4000).nullable(),
      role: z.string().min(1).max(200),
      database: z.string().min(1).max(200),
    }),
    output: tunnelTestSchema,
  },
  'tunnel.cancel': { input: nothing, output: nothing },
  'report.html': { input: nothing, output: z.object({ html: z.string() }) },
} as const;

export type Method = keyof typeof methods;
export type Input<M extends Method> = z.input<(typeof methods)[M]['input']>;
export type Output<M extends Method> = z.output<(typeof methods)[M]['output']>;

/** One function per method, in main; it gets input that was parsed already. */
export type Handlers = {
  readonly [M in Method]: (input: z.output<(typeof methods)[M]['input']>) => Promise<Output<M>>;
};

/** Everything that main tells the window unasked. */
export const events = {
  'connection.progress': connectProgressSchema,
  'connection.prompt': z.object({ id: z.string(), prompt: promptSchema }),
  /** A prompt that is no longer open. */
  'connection.promptWithdrawn': z.object({ id: z.string() }),
  'connection.lost': z.object({ message: z.string(), next: z.string() }),
  'scan.progress': z.object({ subject: z.string(), done: z.number(), total: z.number() }),
  'apply.event': applyEventSchema,
} as const;

export type EventName = keyof typeof events;
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>;

export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: { readonly code: string; readonly message: string; readonly next: string };
    };

/** What the preload script puts on `window.portcullis`. */
export interface Bridge {
  invoke<M extends Method>(method: M, input: Input<M>): Promise<Reply<Output<M>>>;
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void;
  readonly platform: string;
}
