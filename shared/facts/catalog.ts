import { z } from 'zod';

/** A row of pg_roles with the kind of its verifier. */
export const roleSchema = z.object({
  name: z.string(),
  superuser: z.boolean(),
  inherit: z.boolean(),
  createRole: z.boolean(),
  createDatabase: z.boolean(),
  login: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  connectionLimit: z.number(),
  validUntil: z.string().nullable(),
  /** The kind of the stored password verifier, never the verifier; `unknown` without the right to read pg_authid. */
  verifier: z.enum(['none', 'md5', 'scram-sha-256', 'other', 'unknown']),
  /** Per-role settings (`rolconfig`) as `name=value`. */
  settings: z.array(z.string()),
  /** True for the roles that the server brings (pg_*). */
  predefined: z.boolean(),
  /** True for the role with oid 10, made by initdb. */
  bootstrap: z.boolean(),
});
export type Role = z.infer<typeof roleSchema>;

export const membershipSchema = z.object({
  role: z.string(),
  member: z.string(),
  grantor: z.string(),
  admin: z.boolean(),
  /** Before 16 these follow the member's INHERIT and are true for SET. */
  inherit: z.boolean(),
  set: z.boolean(),
});
export type Membership = z.infer<typeof membershipSchema>;

/** A privilege of an ACL: aclexplode with names; grantee null is PUBLIC. */
export const grantSchema = z.object({
  grantee: z.string().nullable(),
  grantor: z.string(),
  privilege: z.string(),
  grantable: z.boolean(),
});
export type Grant = z.infer<typeof grantSchema>;

export const databaseSchema = z.object({
  name: z.string(),
  owner: z.string(),
  allowConnections: z.boolean(),
  template: z.boolean(),
  connectionLimit: z.number(),
  grants: z.array(grantSchema),
  /** True when the ACL is still the built-in one (PUBLIC has CONNECT and TEMPORARY). */
  defaultAcl: z.boolean(),
});
export type Database = z.infer<typeof databaseSchema>;

/** The reason in skippedDatabases for a database that lets nobody in (template0): there is nothing that could be misused. */
export const closedDatabase = 'it does not allow connections';

const relation = { schema: z.string(), name: z.string(), owner: z.string() };

export const policySchema = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  permissive: z.boolean(),
  command: z.enum(['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE']),
  /** Empty for PUBLIC. */
  roles: z.array(z.string()),
  using: z.string().nullable(),
  check: z.string().nullable(),
  /** Columns of the table that the policy reads and whether a valid index starts with each. */
  columns: z.array(z.object({ name: z.string(), indexed: z.boolean() })),
});
export type Policy = z.infer<typeof policySchema>;

/** What one database holds, as far as the checks ask. System schemas and members of extensions are left out. */
export const databaseContentSchema = z.object({
  database: z.string(),
  schemas: z.array(
    z.object({ name: z.string(), owner: z.string(), grants: z.array(grantSchema), defaultAcl: z.boolean() }),
  ),
  /** Relations on which PUBLIC holds something. kind: r, p, v, m, f, S */
  publicRelations: z.array(
    z.object({
      ...relation,
      kind: z.string(),
      privileges: z.array(
        z.object({
          privilege: z.string(),
          grantor: z.string(),
          grantable: z.boolean(),
          column: z.string().nullable(),
        }),
      ),
      /** Every privilege on the relation as a whole, of PUBLIC and of roles; missing in facts of older programs. */
      grants: z.array(grantSchema).optional(),
    }),
  ),
  /** Tables that have RLS on or a policy. */
  rlsTables: z.array(
    z.object({
      ...relation,
      enabled: z.boolean(),
      forced: z.boolean(),
      estimatedRows: z.number(),
      grants: z.array(grantSchema).optional(),
      /** Of a partitioned table every table below it, parents before children; missing for an ordinary table. */
      partitions: z
        .array(
          z.object({
            schema: z.string(),
            name: z.string(),
            /** r a table, p partitioned itself, f a foreign table */
            kind: z.string(),
            parentSchema: z.string(),
            parentName: z.string(),
          }),
        )
        .nullish(),
    }),
  ),
  policies: z.array(policySchema),
  /** Views that read a table with RLS, and whether they run as invoker. */
  rlsViews: z.array(
    z.object({
      ...relation,
      securityInvoker: z.boolean(),
      ownerBypasses: z.boolean(),
      tables: z.array(z.object({ schema: z.string(), name: z.string(), owner: z.string() })),
    }),
  ),
  definerFunctions: z.array(
    z.object({
      ...relation,
      /** `shop.pay(integer, text)`: as regprocedure prints it, parts quoted where needed. */
      signature: z.string(),
      /** Quoted identity arguments, for ALTER FUNCTION. */
      identityArguments: z.string(),
      kind: z.enum(['function', 'procedure']),
      /** The value of search_path in proconfig; null when it is not set. */
      searchPath: z.string().nullable(),
      /** Schemas of that path in which PUBLIC or a non-owner may create. */
      writableSchemas: z.array(z.string()),
      ownerIsSuperuser: z.boolean(),
      publicExecute: z.boolean(),
    }),
  ),
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  languages: z.array(z.string()),
  /** Columns whose name says password, with the shapes of a sample: counts, never values. */
  passwordColumns: z.array(
    z.object({
      schema: z.string(),
      table: z.string(),
      column: z.string(),
      type: z.string(),
      sampled: z.number(),
      shapes: z.object({
        bcrypt: z.number(),
        argon2: z.number(),
        shaCrypt: z.number(),
        pbkdf2OrScrypt: z.number(),
        md5Crypt: z.number(),
        hexDigest: z.number(),
        encrypted: z.number(),
        other: z.number(),
      }),
      /** Values that occur more than once: equal inputs gave equal outputs, so there is no salt. */
      duplicates: z.number(),
      problem: z.string().nullable(),
    }),
  ),
});
export type DatabaseContent = z.infer<typeof databaseContentSchema>;
