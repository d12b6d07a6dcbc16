import { z } from 'zod';

const editorFileSchema = z.object({
  path: z.string(),
  /** `list`: a file of names that a rule refers to with @. */
  kind: z.enum(['main', 'included', 'list']),
  /** As it is shown: see shownText. Null when it could not be read. */
  text: z.string().nullable(),
  /** Of the bytes that were inspected; names the version that an edit is made for. */
  sha256: z.string().nullable(),
  /** Why it cannot be edited here, as a sentence; null when it can. */
  readOnly: z.string().nullable(),
});
export type EditorFile = z.infer<typeof editorFileSchema>;

const editorClientSchema = z.object({
  role: z.string(),
  database: z.string().nullable(),
  address: z.string().nullable(),
  tls: z.boolean().nullable(),
  gss: z.boolean(),
  replication: z.boolean(),
  sessionsNow: z.number(),
  logins: z.number(),
  lastAt: z.string().nullable(),
});
export type EditorClient = z.infer<typeof editorClientSchema>;

/** All that editing pg_hba.conf needs of what was inspected: it crosses the border to the window. No secrets. */
export const editorGroundSchema = z.object({
  major: z.number(),
  /** The main file first. */
  files: z.array(editorFileSchema),
  /** Whether the server speaks TLS; null when it is not known. */
  ssl: z.boolean().nullable(),
  roles: z
    .array(
      z.object({
        name: z.string(),
        login: z.boolean(),
        verifier: z.enum(['none', 'md5', 'scram-sha-256', 'other', 'unknown']),
      }),
    )
    .nullable(),
  /** Direct memberships, as [role, member]. */
  memberships: z.array(z.tuple([z.string(), z.string()])),
  databases: z.array(z.string()).nullable(),
  /** The server's own addresses as `address/prefix`. */
  hostNetworks: z.array(z.string()).nullable(),
  clients: z.array(editorClientSchema),
  /** From when on the log tells of logins; null when it tells nothing. */
  loginsSince: z.string().nullable(),
  /** Whether anything is known of who comes in. */
  clientsKnown: z.boolean(),
  /** The account that owns the server's files and processes. */
  owner: z.string(),
  /** Something about the files as a whole that the person has to know, as a sentence. */
  note: z.string().nullable(),
});
export type EditorGround = z.infer<typeof editorGroundSchema>;
