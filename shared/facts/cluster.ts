import { z } from 'zod';

/** A PostgreSQL cluster (one data folder, one postmaster) found on the host. */
export const clusterSchema = z.object({
  /** `15/main` on Debian, otherwise the data folder. */
  id: z.string(),
  name: z.string(),
  major: z.number(),
  port: z.number(),
  dataDirectory: z.string(),
  /** OS user that owns the data folder and runs the server. */
  owner: z.string(),
  running: z.boolean(),
  /** Folders of its Unix sockets. */
  socketDirectories: z.array(z.string()),
  configFile: z.string(),
  hbaFile: z.string(),
  identFile: z.string(),
  /** Folder with postgres, pg_ctl and perhaps psql. */
  binDirectory: z.string(),
  /** null where there is no psql on the host. */
  psql: z.string().nullable(),
  /** How it is started and restarted. */
  service: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('systemd'), unit: z.string() }),
    z.object({ kind: z.literal('pg_ctlcluster') }),
    z.object({ kind: z.literal('pg_ctl') }),
  ]),
  /** How it was found. */
  origin: z.enum(['pg_lsclusters', 'process', 'socket', 'practice', 'layout']),
  /** Set when something else runs the cluster and rewrites its configuration at once (Patroni, CloudNativePG). */
  managedBy: z.string().nullable(),
});
export type Cluster = z.infer<typeof clusterSchema>;

/** The server of the judged cluster as it answers over a session. */
export const serverSchema = z.object({
  /** `15.20 (Debian 15.20-0+deb12u1)` */
  version: z.string(),
  /** `server_version_num`, 150020. */
  versionNumber: z.number(),
  major: z.number(),
  inRecovery: z.boolean(),
  startedAt: z.string(),
  /** When the configuration was last loaded. */
  loadedAt: z.string(),
  /** The role of the inspecting session and whether it is a superuser. */
  role: z.string(),
  roleIsSuperuser: z.boolean(),
  /** How the session came in. */
  connection: z.enum(['socket', 'sudo-bridge', 'tcp']),
  systemIdentifier: z.string().nullable(),
});
export type Server = z.infer<typeof serverSchema>;

/** A row of pg_settings. */
export const settingSchema = z.object({
  name: z.string(),
  value: z.string(),
  unit: z.string().nullable(),
  type: z.enum(['bool', 'integer', 'real', 'string', 'enum']),
  context: z.string(),
  source: z.string(),
  sourceFile: z.string().nullable(),
  sourceLine: z.number().nullable(),
  bootValue: z.string().nullable(),
  enumValues: z.array(z.string()).nullable(),
  pendingRestart: z.boolean(),
});
export type Setting = z.infer<typeof settingSchema>;

/** A row of pg_file_settings: what the files on disk say, read now. */
export const fileSettingSchema = z.object({
  sourceFile: z.string().nullable(),
  sourceLine: z.number().nullable(),
  name: z.string().nullable(),
  value: z.string().nullable(),
  applied: z.boolean(),
  error: z.string().nullable(),
});
export type FileSetting = z.infer<typeof fileSettingSchema>;

/** A row of pg_hba_file_rules: the file on disk as the server parses it now (quotes are lost in it). */
export const hbaViewRowSchema = z.object({
  file: z.string().nullable(),
  line: z.number(),
  type: z.string().nullable(),
  databases: z.array(z.string()),
  users: z.array(z.string()),
  address: z.string().nullable(),
  netmask: z.string().nullable(),
  method: z.string().nullable(),
  options: z.array(z.string()),
  error: z.string().nullable(),
});
export type HbaViewRow = z.infer<typeof hbaViewRowSchema>;

/** A row of pg_ident_file_mappings (15 and newer). */
export const identViewRowSchema = z.object({
  file: z.string().nullable(),
  line: z.number(),
  map: z.string().nullable(),
  systemUser: z.string().nullable(),
  databaseUser: z.string().nullable(),
  error: z.string().nullable(),
});

/** A client that is connected now, from pg_stat_activity with pg_stat_ssl and pg_stat_gssapi. */
export const sessionSchema = z.object({
  database: z.string().nullable(),
  role: z.string(),
  /** null for the Unix socket. */
  address: z.string().nullable(),
  application: z.string(),
  tls: z.boolean(),
  tlsVersion: z.string().nullable(),
  tlsCipher: z.string().nullable(),
  gss: z.boolean(),
  replication: z.boolean(),
  startedAt: z.string(),
  // What follows is missing in facts of older programs, and null where it could not be seen.
  /** The subject of the client's certificate, `/CN=app`; null when it gave none. */
  certificate: z.string().nullable().optional(),
  /** The address of the server that it connected to. */
  serverAddress: z.string().nullable().optional(),
  /** The account and the program at the other end, for clients on the host itself; `sshd` for a tunnel. */
  account: z.string().nullable().optional(),
  program: z.string().nullable().optional(),
});
export type Session = z.infer<typeof sessionSchema>;
