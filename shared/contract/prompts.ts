import { z } from 'zod';

/**
 * Questions that connecting can raise, each asked inside the stage that it belongs to. A prompt is answered once, by
 * its id; cancelling the connection withdraws it. Answers that are secret are wrapped in Secret as soon as main has them.
 */
export const promptSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('host-key-unknown'),
    host: z.string(),
    port: z.number(),
    /** `ssh-ed25519`, … */
    keyType: z.string(),
    /** `SHA256:…` as OpenSSH prints it. */
    fingerprint: z.string(),
    /** The line that "remember" appends to known_hosts. */
    knownHostsLine: z.string(),
    knownHostsFile: z.string(),
  }),
  z.object({
    kind: z.literal('password'),
    user: z.string(),
    host: z.string(),
    /** 1 for the first try. */
    attempt: z.number(),
  }),
  z.object({ kind: z.literal('passphrase'), keyFile: z.string(), attempt: z.number() }),
  z.object({
    kind: z.literal('keyboard-interactive'),
    user: z.string(),
    host: z.string(),
    name: z.string(),
    instructions: z.string(),
    round: z.number(),
    fields: z.array(z.object({ label: z.string(), echo: z.boolean() })),
  }),
  z.object({ kind: z.literal('sudo-password'), user: z.string(), host: z.string(), attempt: z.number() }),
  z.object({ kind: z.literal('postgres-password'), role: z.string(), host: z.string(), attempt: z.number() }),
  z.object({
    kind: z.literal('choose-cluster'),
    clusters: z.array(
      z.object({
        id: z.string(),
        version: z.string(),
        port: z.number(),
        dataDirectory: z.string(),
        running: z.boolean(),
      }),
    ),
  }),
]);
export type Prompt = z.infer<typeof promptSchema>;

export const promptAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('host-key'), decision: z.enum(['remember', 'once', 'disconnect']) }),
  /** One per field, in order; for password, passphrase and sudo exactly one. */
  z.object({ kind: z.literal('secrets'), values: z.array(z.string()) }),
  /** Go on without what was asked: no sudo, the next way to log in, no key. */
  z.object({ kind: z.literal('skip') }),
  z.object({ kind: z.literal('cluster'), id: z.string() }),
]);
export type PromptAnswer = z.infer<typeof promptAnswerSchema>;

/** The six stages of connecting, in order. */
export const connectStages = ['name', 'tcp', 'host-key', 'login', 'privilege', 'postgres'] as const;
export type ConnectStage = (typeof connectStages)[number];

export const connectProgressSchema = z.object({
  stage: z.enum(connectStages),
  state: z.enum(['running', 'done', 'failed', 'skipped']),
  /** What was found or why it failed: `10.20.31.11, via bastion`, `ssh-ed25519, known`. */
  detail: z.string(),
  /** Milliseconds that the stage took, once it ended. */
  elapsedMs: z.number().nullable(),
});
export type ConnectProgress = z.infer<typeof connectProgressSchema>;
