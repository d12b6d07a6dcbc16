import { z } from 'zod';
import { fileStatusSchema } from './files.ts';

export const logFilesSchema = z.object({
  /** Where the server's log goes: collector folder, the file given at start, journal, or not found. */
  destination: z.string(),
  directory: fileStatusSchema.nullable(),
  files: z.array(fileStatusSchema),
});
export type LogFiles = z.infer<typeof logFilesSchema>;

/** Where clear passwords were found in log files: counts by pattern, never the text. */
export const logScanSchema = z.object({
  filesRead: z.number(),
  bytesRead: z.number(),
  /** True when the limit of bytes was reached before the end. */
  truncated: z.boolean(),
  hits: z.array(
    z.object({ path: z.string(), pattern: z.string(), count: z.number(), firstLine: z.number() }),
  ),
});
export type LogScan = z.infer<typeof logScanSchema>;

/**
 * A login that the server's log shows ("connection authorized"), merged: one row a role, database, address, transport,
 * and for methods that tell it, one an identity.
 */
export const loginSchema = z.object({
  role: z.string(),
  /** null for physical replication, and for replication whose log lines do not tell. */
  database: z.string().nullable(),
  /** null for the Unix socket, or when log_line_prefix does not tell. */
  address: z.string().nullable(),
  tls: z.boolean().nullable(),
  count: z.number(),
  /** ISO 8601 when the log gives it. */
  lastAt: z.string().nullable(),
  // What follows is missing in facts of older programs.
  replication: z.boolean().optional(),
  /** For replication: true when the log tells that it names no database. */
  physical: z.boolean().optional(),
  /** Encrypted by GSSAPI. */
  gss: z.boolean().optional(),
  /** `TLSv1.3` */
  tlsVersion: z.string().nullable().optional(),
  /** The method and the line by which it got in the last time, and as whom ("connection authenticated", since 14). */
  method: z.string().nullable().optional(),
  file: z.string().nullable().optional(),
  line: z.number().nullable().optional(),
  identity: z.string().nullable().optional(),
});
export type Login = z.infer<typeof loginSchema>;

export const loginsSchema = z.object({
  logins: z.array(loginSchema),
  /** The time from which on the log was readable; null when it does not tell. */
  since: z.string().nullable(),
});
