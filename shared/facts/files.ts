import { z } from 'zod';

/** What stat says of a path. */
export const fileStatusSchema = z.object({
  path: z.string(),
  type: z.enum(['file', 'directory', 'socket', 'link', 'other', 'missing']),
  /** Permission bits with setuid, setgid and sticky, as a number: 0o2775. 0 when missing. */
  mode: z.number(),
  owner: z.string(),
  group: z.string(),
  sizeBytes: z.number(),
  /** Seconds since 1970. */
  modifiedAt: z.number(),
  /** True when an ACL beyond the mode is set. */
  hasAcl: z.boolean(),
  /** Where a symbolic link leads in the end; null for anything else. */
  target: z.string().nullable(),
});
export type FileStatus = z.infer<typeof fileStatusSchema>;

/** A configuration file with its text. */
export const configurationFileSchema = z.object({
  role: z.enum(['postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'pg_ident.conf', 'include']),
  path: z.string(),
  status: fileStatusSchema,
  /**
   * The bytes decoded as latin1, so that each character is one byte and nothing is lost; null when it could not be
   * read or is above 4 MiB.
   */
  text: z.string().nullable(),
  /** SHA-256 of the bytes, hex: what apply compares before it writes. */
  sha256: z.string().nullable(),
  /** Why there is no text. */
  problem: z.string().nullable(),
  /** Who else writes this file or a block of it, by the marks in it (`Ansible`, `Patroni`, …); missing in older facts. */
  managedBy: z.string().nullish(),
});
export type ConfigurationFile = z.infer<typeof configurationFileSchema>;

/** One Unix socket of the cluster: the socket file and every folder above it, outermost first. */
export const unixSocketSchema = z.object({
  directory: z.string(),
  socket: fileStatusSchema,
  folders: z.array(fileStatusSchema),
});
export type UnixSocket = z.infer<typeof unixSocketSchema>;

/** What lies in the folders of PostgreSQL's sockets, whichever cluster it is of. */
export const socketFilesSchema = z.object({
  sockets: z.array(
    z.object({
      path: z.string(),
      /** Whether the kernel knows a listening socket of that path. */
      listening: z.boolean(),
    }),
  ),
  locks: z.array(
    z.object({
      path: z.string(),
      /** The process that the file names; null when it names none. */
      pid: z.number().nullable(),
      running: z.boolean(),
    }),
  ),
  /** Listening sockets of PostgreSQL without a file: `@pg/.s.PGSQL.5432`. */
  abstract: z.array(z.string()),
});
export type SocketFiles = z.infer<typeof socketFilesSchema>;
