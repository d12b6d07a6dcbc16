import { z } from 'zod';
import { activitySchema } from './activity.ts';
import { databaseContentSchema, databaseSchema, membershipSchema, roleSchema } from './catalog.ts';
import {
  clusterSchema,
  fileSettingSchema,
  hbaViewRowSchema,
  identViewRowSchema,
  serverSchema,
  sessionSchema,
  settingSchema,
} from './cluster.ts';
import { factSchema } from './fact.ts';
import { configurationFileSchema, fileStatusSchema, socketFilesSchema, unixSocketSchema } from './files.ts';
import { logFilesSchema, loginsSchema, logScanSchema } from './logging.ts';
import {
  firewallSchema,
  hostNameSchema,
  interfaceAddressSchema,
  listenerSchema,
  sshdSchema,
} from './network.ts';
import { accountsSchema, ownerAccountSchema, packagesSchema, systemSchema } from './system.ts';
import { tlsFilesSchema } from './tls.ts';

/** Every subject that can be collected. A check names the keys that it needs and gets only those. */
export const factSetSchema = z.object({
  system: factSchema(systemSchema),
  accounts: factSchema(accountsSchema),
  packages: factSchema(packagesSchema),
  /** All clusters of the host; `cluster` is the judged one. */
  clusters: factSchema(z.array(clusterSchema)),
  cluster: factSchema(clusterSchema),
  server: factSchema(serverSchema),
  settings: factSchema(z.array(settingSchema)),
  fileSettings: factSchema(z.array(fileSettingSchema)),
  /** postgresql.conf, its includes, postgresql.auto.conf, pg_hba.conf with its includes, pg_ident.conf. */
  configurationFiles: factSchema(z.array(configurationFileSchema)),
  hbaView: factSchema(z.array(hbaViewRowSchema)),
  identView: factSchema(z.array(identViewRowSchema)),
  dataDirectory: factSchema(z.object({ status: fileStatusSchema, parents: z.array(fileStatusSchema) })),
  unixSockets: factSchema(z.array(unixSocketSchema)),
  /** Not in facts that were saved before it was collected. */
  socketFiles: factSchema(socketFilesSchema).default({
    state: 'absent',
    reason: 'these facts were collected before this was asked',
  }),
  /** Not in facts that were saved before it was collected. */
  ownerAccount: factSchema(ownerAccountSchema).default({
    state: 'absent',
    reason: 'these facts were collected before this was asked',
  }),
  /** Not in facts that were saved before it was collected. */
  hostNames: factSchema(z.array(hostNameSchema)).default({
    state: 'absent',
    reason: 'these facts were collected before this was asked',
  }),
  listeners: factSchema(z.array(listenerSchema)),
  interfaces: factSchema(z.array(interfaceAddressSchema)),
  firewall: factSchema(firewallSchema),
  sshd: factSchema(sshdSchema),
  tlsFiles: factSchema(tlsFilesSchema),
  roles: factSchema(z.array(roleSchema)),
  memberships: factSchema(z.array(membershipSchema)),
  databases: factSchema(z.array(databaseSchema)),
  /** One entry a database that could be connected to. */
  contents: factSchema(z.array(databaseContentSchema)),
  /** Databases that were not looked into, with the reason: their content is not assessed. */
  skippedDatabases: factSchema(z.array(z.object({ database: z.string(), reason: z.string() }))),
  sessions: factSchema(z.array(sessionSchema)),
  /** Not in facts that were saved before it was collected. */
  activity: factSchema(activitySchema).default({
    state: 'absent',
    reason: 'these facts were collected before this was asked',
  }),
  logins: factSchema(loginsSchema),
  logFiles: factSchema(logFilesSchema),
  logScan: factSchema(logScanSchema),
  /** Names in pg_available_extensions. */
  availableExtensions: factSchema(z.array(z.object({ name: z.string(), version: z.string() }))),
});
export type FactSet = z.infer<typeof factSetSchema>;
export type FactName = keyof FactSet;
/** The value of a fact once it is collected. */
export type FactValue<K extends FactName> = Extract<FactSet[K], { state: 'collected' }>['value'];

export const factsSchemaVersion = 1;

/** A facts file: what `scan --facts-out` writes and `scan --facts` reads. Holds no secret. */
export const factsFileSchema = z.object({
  schemaVersion: z.literal(factsSchemaVersion),
  tool: z.string(),
  target: z.object({
    kind: z.enum(['ssh', 'local', 'practice', 'recorded']),
    key: z.string(),
    label: z.string(),
    address: z.string().nullable(),
    clientAddress: z.string().nullable(),
    privilege: z.string(),
  }),
  startedAt: z.string(),
  finishedAt: z.string(),
  facts: factSetSchema,
});
export type FactsFile = z.infer<typeof factsFileSchema>;
