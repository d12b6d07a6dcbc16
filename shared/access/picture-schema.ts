import { z } from 'zod';

/**
 * The exposure as a picture: lanes from networks on the left, through firewall, listener and pg_hba.conf, to databases on
 * the right. Plain JSON without secrets: it crosses to the window as it is.
 */
const placeSchema = z.object({ file: z.string(), line: z.number() });

export const encryptionSchema = z.enum(['required', 'optional', 'none', 'local', 'unknown']);
/** `optional`: TLS or not, as the client likes; `none`: never; `local`: it does not leave the host. */
export type Encryption = z.infer<typeof encryptionSchema>;

/** What the sources of a lane get: by these lines, as these roles, to these databases. */
export const pictureEntrySchema = z.object({
  /** Empty for a port that was not inspected. */
  lines: z.array(placeSchema),
  /** The first line as it is written, without secrets; null where there is none. */
  lineText: z.string().nullable(),
  roles: z.array(z.string()),
  allRoles: z.boolean(),
  databases: z.array(z.string()),
  allDatabases: z.boolean(),
  /** What answers beside PostgreSQL, or was not inspected, has only a port; null for what was inspected. */
  port: z.number().nullable(),
  /** Methods of the lines; one unless lines were merged. */
  methods: z.array(z.string()),
  clientCertificate: z.boolean(),
  encryption: encryptionSchema,
  certain: z.boolean(),
  /** Sessions and logins that were seen coming this way; null when nobody recorded any. */
  seen: z.number().nullable(),
});
export type PictureEntry = z.infer<typeof pictureEntrySchema>;

/** A gate as a lane meets it. `none`: the lane does not pass there, or ended before. */
export const gateMarkSchema = z.object({
  state: z.enum(['pass', 'stop', 'unknown', 'none']),
  /** A few words: `Any source may enter`. */
  words: z.string(),
  /** The rule, policy, address or reason in full. */
  details: z.array(z.string()),
});
export type GateMark = z.infer<typeof gateMarkSchema>;

/** One exact part of a lane: sources that are treated alike. The table has one row an entry. */
export const pictureRowSchema = z.object({
  networks: z.array(z.string()),
  firewall: gateMarkSchema,
  listener: gateMarkSchema,
  hba: gateMarkSchema,
  entry: pictureEntrySchema.nullable(),
  /** Numbers of the exposures that it stands for: of `network`, then those of `sockets`. */
  exposures: z.array(z.number()),
});
export type PictureRow = z.infer<typeof pictureRowSchema>;

export const pictureLaneSchema = z.object({
  id: z.string(),
  /** `closed` ends at a gate; `unknown` may. */
  kind: z.enum(['network', 'socket', 'port', 'closed', 'unknown']),
  scope: z.enum(['remote', 'host']),
  /** In words: `Everyone, IPv4`, `3 networks`, `Loopback`. */
  label: z.string(),
  note: z.string(),
  openToAll: z.boolean(),
  /** Red: open to everyone, or in without a password. */
  alarming: z.boolean(),
  /** Share of all addresses of the wider family as a power of two: 0 for all, -32 for one IPv4 address. */
  width: z.number(),
  /** How many groups of sources with different outcomes this lane stands for; 1 for an exact one. */
  merged: z.number(),
  firewall: gateMarkSchema,
  listener: gateMarkSchema,
  hba: gateMarkSchema,
  /** What the lane gets, summed up when it is merged. */
  entries: z.array(pictureEntrySchema),
  rows: z.array(pictureRowSchema),
});
export type PictureLane = z.infer<typeof pictureLaneSchema>;

export const pictureDestinationSchema = z.object({
  /** The names of the databases that the same lanes reach. */
  names: z.array(z.string()),
  lanes: z.array(z.string()),
  openToAll: z.boolean(),
  noPassword: z.boolean(),
});
export type PictureDestination = z.infer<typeof pictureDestinationSchema>;

export const pictureSchema = z.object({
  lanes: z.array(pictureLaneSchema),
  destinations: z.array(pictureDestinationSchema),
  /** How each gate is described at its head. */
  notes: z.object({ firewall: z.string(), listener: z.string(), hba: z.string(), to: z.string() }),
  /** What nobody can tell, each with the reason. */
  unknown: z.array(z.string()),
  /** Roles that can log in at all, and those of them that are superusers. */
  logins: z.object({ roles: z.array(z.string()), superusers: z.array(z.string()) }).nullable(),
  /** How many lines nothing comes to. */
  deadLines: z.number(),
  lineCount: z.number(),
  /** The whole in one sentence. */
  verdict: z.object({ tone: z.enum(['critical', 'unknown', 'good']), text: z.string() }),
});
export type Picture = z.infer<typeof pictureSchema>;
