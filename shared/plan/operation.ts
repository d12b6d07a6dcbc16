import { z } from 'zod';
import { databaseContentSchema } from '../facts/catalog.ts';
import type { HbaEdit } from '../hba/edit.ts';

/** When a change takes effect. */
export const effectSchema = z.enum(['live', 'reload', 'restart']);
export type Effect = z.infer<typeof effectSchema>;

const hbaTokenSchema = z.object({
  kind: z.enum(['all', 'sameuser', 'samerole', 'replication', 'group', 'regex', 'name', 'file']),
  text: z.string(),
  quoted: z.boolean(),
});

const hbaAddressSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['all', 'samehost', 'samenet']) }),
  z.object({
    kind: z.literal('network'),
    family: z.enum(['ipv4', 'ipv6']),
    address: z.string(),
    netmask: z.string(),
    prefix: z.number().nullable(),
    text: z.string(),
  }),
  z.object({ kind: z.literal('host-name'), name: z.string() }),
  z.object({ kind: z.literal('host-suffix'), suffix: z.string() }),
]);

const hbaRuleDraftSchema = z.object({
  type: z.enum(['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc']),
  databases: z.array(hbaTokenSchema),
  users: z.array(hbaTokenSchema),
  address: hbaAddressSchema.nullable(),
  method: z.string(),
  options: z.array(z.object({ name: z.string(), value: z.string() })),
});

/** HbaEdit of shared/hba as it is kept in plans and journals; lines are those of the file as it was inspected. */
export const hbaEditSchema: z.ZodType<HbaEdit> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('change'),
    file: z.string(),
    line: z.number(),
    fields: hbaRuleDraftSchema.partial(),
    copies: z.array(hbaRuleDraftSchema.partial()).optional(),
    expected: z.string().optional(),
  }),
  z.object({
    kind: z.literal('disable'),
    file: z.string(),
    line: z.number(),
    note: z.string(),
    expected: z.string().optional(),
  }),
  z.object({
    kind: z.literal('insert'),
    file: z.string(),
    before: z.union([z.number(), z.enum(['first-rule', 'end'])]),
    rule: hbaRuleDraftSchema,
    note: z.string(),
  }),
  z.object({
    kind: z.literal('replace'),
    file: z.string(),
    line: z.number(),
    count: z.number(),
    by: z.array(z.union([z.string(), z.object({ line: z.number(), as: z.enum(['is', 'off', 'on']) })])),
  }),
]);

/**
 * What a statement changes in the facts, so that its result can be predicted before it runs. After it ran only a new
 * scan tells.
 */
export const factChangeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('role'),
    role: z.string(),
    set: z.object({
      superuser: z.boolean().optional(),
      createRole: z.boolean().optional(),
      createDatabase: z.boolean().optional(),
      bypassRls: z.boolean().optional(),
      login: z.boolean().optional(),
      verifier: z.enum(['none', 'md5', 'scram-sha-256']).optional(),
      replication: z.boolean().optional(),
      connectionLimit: z.number().optional(),
      /** ISO 8601, or null for ever. */
      validUntil: z.string().nullable().optional(),
    }),
  }),
  z.object({ kind: z.literal('membership-removed'), role: z.string(), member: z.string() }),
  z.object({ kind: z.literal('membership-added'), role: z.string(), member: z.string() }),
  /** grantee null is PUBLIC. */
  z.object({
    kind: z.literal('schema-revoke'),
    database: z.string(),
    schema: z.string(),
    grantee: z.string().nullable(),
    privilege: z.string(),
  }),
  z.object({
    kind: z.literal('relation-revoke-public'),
    database: z.string(),
    schema: z.string(),
    name: z.string(),
  }),
  z.object({
    kind: z.literal('database-revoke'),
    database: z.string(),
    grantee: z.string().nullable(),
    privilege: z.string(),
  }),
  z.object({
    kind: z.literal('database-grant'),
    database: z.string(),
    grantee: z.string(),
    privilege: z.string(),
  }),
  z.object({ kind: z.literal('rls-enabled'), database: z.string(), schema: z.string(), table: z.string() }),
  z.object({
    kind: z.literal('policy-removed'),
    database: z.string(),
    schema: z.string(),
    table: z.string(),
    policy: z.string(),
  }),
  z.object({
    kind: z.literal('policy-column-indexed'),
    database: z.string(),
    schema: z.string(),
    table: z.string(),
    column: z.string(),
  }),
  z.object({ kind: z.literal('view-invoker'), database: z.string(), schema: z.string(), view: z.string() }),
  z.object({
    kind: z.literal('function-search-path'),
    database: z.string(),
    signature: z.string(),
    searchPath: z.string(),
  }),
  z.object({
    kind: z.literal('extension-added'),
    database: z.string(),
    extension: databaseContentSchema.shape.extensions.element,
  }),
]);
export type FactChange = z.infer<typeof factChangeSchema>;

/**
 * One change of the target, as data. Its inverse is known before it runs: file operations are undone from byte copies
 * with owner, mode, ACL and times, SQL by `inverse`, the firewall from its saved state. No operation holds a secret.
 */
export const operationSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('setting'),
    name: z.string(),
    /** The value as ALTER SYSTEM takes it, unquoted; null resets it. */
    value: z.string().nullable(),
    /** `file` edits the line that is in force (or appends to postgresql.conf); then ALTER SYSTEM must not shadow it. */
    via: z.enum(['alter-system', 'file']),
    /** For `file`: which file is edited. */
    file: z.string().nullable(),
    /** As shown by pg_settings when it was inspected. */
    previous: z.object({ value: z.string(), source: z.string() }),
    effect: z.enum(['reload', 'restart']),
  }),
  /** `major` is the server's: it decides how the file is read. */
  z.object({ kind: z.literal('hba'), file: z.string(), major: z.number(), edits: z.array(hbaEditSchema) }),
  z.object({
    kind: z.literal('file-mode'),
    path: z.string(),
    /** Permission bits; null leaves them. */
    mode: z.number().nullable(),
    owner: z.string().nullable(),
    group: z.string().nullable(),
    previous: z.object({ mode: z.number(), owner: z.string(), group: z.string() }),
  }),
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    /** The whole new content, one character a byte; null removes the file. */
    content: z.string().nullable(),
    mode: z.number(),
    owner: z.string(),
    group: z.string(),
    /** What it must be now: null when it must not exist. */
    previousSha256: z.string().nullable(),
    /** A command that must succeed on the new content before it counts (`sshd -t`), then the one that activates it. */
    validate: z.string().nullable(),
    activate: z.string().nullable(),
    /** Checks that pass once this is done: what cannot be simulated is expected. */
    expects: z.array(z.string()).optional(),
  }),
  z.object({
    kind: z.literal('sql'),
    database: z.string(),
    statements: z.array(z.string()),
    /** Undo, in the order to run. */
    inverse: z.array(z.string()),
    /** false for statements that cannot run in a transaction (CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY). */
    transactional: z.boolean(),
    changes: z.array(factChangeSchema),
    /** A query that returns one row with one boolean: true once the change is in force. */
    proof: z.string(),
  }),
  z.object({
    kind: z.literal('firewall'),
    manager: z.enum(['ufw', 'nft', 'firewalld', 'iptables']),
    port: z.number(),
    /** Networks in CIDR form that may reach PostgreSQL. */
    allow: z.array(z.string()),
    sshPorts: z.array(z.number()),
    /** True when the rules in force stay as they are, and only what comes after a reboot changes. */
    rulesStay: z.boolean().optional(),
    /** Other ports that stay open to everybody. */
    open: z.array(z.number()).optional(),
    /** POSIX sh lines, run as root with `set -e`. */
    commands: z.array(z.string()),
    /** Files that the commands may write: copied byte for byte before. */
    files: z.array(z.string()),
    /** Lines that save what is no file (the rule set in the kernel) into the folder `$SAVE`. */
    save: z.array(z.string()),
    /** Lines that put it back from `$SAVE`, after the files were put back. */
    restore: z.array(z.string()),
    /** Listings for people. */
    before: z.array(z.string()),
    after: z.array(z.string()),
    /** Checks that pass once this is done: what cannot be simulated is expected. */
    expects: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('certificate'),
    certificatePath: z.string(),
    keyPath: z.string(),
    owner: z.string(),
    group: z.string(),
    commonName: z.string(),
    /** `DNS:db1`, `IP:10.0.0.1` */
    alternativeNames: z.array(z.string()),
    days: z.number(),
    /**
     * When set the key is encrypted: a passphrase is made on the host into this root-owned or server-owned file (0600),
     * and the program prints it for ssl_passphrase_command.
     */
    passphrase: z.object({ file: z.string(), program: z.string() }).nullable(),
  }),
  z.object({
    kind: z.literal('package'),
    manager: z.enum(['apt', 'dnf']),
    action: z.enum(['install', 'upgrade']),
    names: z.array(z.string()),
    /** Checks that pass once this is done. */
    expects: z.array(z.string()),
  }),
  z.object({ kind: z.literal('reload') }),
  z.object({ kind: z.literal('restart'), reasons: z.array(z.string()) }),
]);
export type Operation = z.infer<typeof operationSchema>;
export type OperationKind = Operation['kind'];
export type OperationOf<K extends OperationKind> = Extract<Operation, { kind: K }>;
