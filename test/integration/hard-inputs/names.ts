import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../../shared/lib/quoting.ts';
import type { TestHost } from '../../hosts/hosts.ts';

const escape = '\u001b';

/** Names that something between the catalog and the screen could take for something else. */
export const hardNames = [
  `o'brien "the" admin`,
  '$dollar $$ `id` $(id) ${x}',
  'back\\slash\\n\\',
  'two\nlines',
  'tab\tand\rreturn',
  'café ÿ\u0080',
  'e\u0301 \u202ert\u202c אב',
  '🐘 名前',
  'x'.repeat(63),
  'é'.repeat(31),
  'all',
  'replication',
  'sameuser',
  '+plus',
  '@at',
  '/slash.*',
  'a=b',
  'postgresql://h/x?y',
  '-d x',
  'a,b',
  '#hash',
  `${escape}[31mred${escape}]0;title\u0007`,
  '<b onclick="x">&amp;</b>',
  '](javascript:x) | `*_~ |',
  '%s%n{0}',
  ' both ends ',
] as const;

/** Names of databases: these go to psql, to `postgres --single` and into connection strings. */
const hardDatabases = [
  ['a=b', ''],
  ['postgresql://h/x?y', ''],
  [`o'b"c $d \\e\nf`, ''],
  ['-d x', ''],
  ['é🐘 \u202e', ''],
  ['replication', ''],
  ['x'.repeat(63), ''],
  ['latin', " ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"],
] as const;

// No other than ASCII names among the ordinary roles: in a database of LATIN1 the server itself does not find such a role.
const isSuperuser = (index: number): boolean => index % 4 !== 1 || /[^ -~]/.test(hardNames[index] ?? '');

/** The superusers of the seed, which their names do not keep out of pg_hba.conf. */
export const hardSuperusers = hardNames.filter((name, index) => isSuperuser(index) && !/[\r\n]/.test(name));

export const passwordOf = (name: string): string => `pw-${hardNames.findIndex((one) => one === name)}`;

const nameAt = (index: number): string => hardNames[index % hardNames.length] ?? '';

/** The statements for roles and databases, and those for each database; `part` 0 and 1 share the databases. */
function hardCatalog(part: 0 | 1): {
  readonly cluster: string;
  readonly databases: ReadonlyMap<string, string>;
} {
  const roles = hardNames.flatMap((name, index) => [
    `CREATE ROLE ${quoteIdentifier(name)} LOGIN ${isSuperuser(index) ? 'SUPERUSER' : 'CREATEROLE CREATEDB BYPASSRLS'} PASSWORD '${passwordOf(name)}';`,
    ...(index % 5 === 0 ? [`GRANT pg_read_server_files TO ${quoteIdentifier(name)};`] : []),
  ]);
  const databases = hardDatabases.filter((_, index) => index % 2 === part);
  return {
    cluster: [
      ...roles,
      ...databases.map(
        ([name, options], index) =>
          `CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(nameAt(index * 3))}${options};`,
      ),
    ].join('\n'),
    // What LATIN1 cannot hold stays out of the database of that encoding.
    databases: new Map(
      databases.map(([name], index) => [name, objectsOf(name === 'latin' ? 0 : index * 8 + part * 4)]),
    ),
  };
}

/** Every kind of object that a fix of the database pillar changes, named by the hard names from `index` on. */
function objectsOf(index: number): string {
  const [schema, table, column, policy, role, view, routine, part] = Array.from({ length: 8 }, (_, offset) =>
    nameAt(index + offset),
  ) as [string, string, string, string, string, string, string, string];
  const relation = quoteQualified(schema, table);
  // A partitioned table may bear the longest name; its partitions need others.
  const parted = quoteQualified(schema, `${part.slice(0, 25)} p`);
  const id = quoteIdentifier;
  return [
    `CREATE SCHEMA ${id(schema)} AUTHORIZATION ${id(role)};`,
    `GRANT CREATE, USAGE ON SCHEMA ${id(schema)} TO PUBLIC;`,
    `CREATE TABLE ${relation} (id serial PRIMARY KEY, ${id(column)} text, "pass word" text);`,
    `INSERT INTO ${relation} (${id(column)}, "pass word") SELECT n % 5, 'hunter' || n FROM generate_series(1, 1500) n;`,
    `ALTER TABLE ${relation} OWNER TO ${id(role)};`,
    `CREATE POLICY ${id(policy)} ON ${relation} FOR SELECT TO ${id(role)} USING (${id(column)} = current_setting('app.x', true));`,
    `GRANT SELECT, UPDATE ON ${relation} TO PUBLIC;`,
    `CREATE TABLE ${parted} (k int, ${id(column)} text) PARTITION BY RANGE (k);`,
    `CREATE TABLE ${quoteQualified(schema, `${part.slice(0, 25)} 1`)} PARTITION OF ${parted} FOR VALUES FROM (0) TO (1000);`,
    `CREATE TABLE ${quoteQualified(schema, `${part.slice(0, 25)} 2`)} PARTITION OF ${parted} FOR VALUES FROM (1000) TO (2000) PARTITION BY RANGE (k);`,
    `CREATE TABLE ${quoteQualified(schema, `${part.slice(0, 25)} 3`)} PARTITION OF ${quoteQualified(schema, `${part.slice(0, 25)} 2`)} FOR VALUES FROM (1000) TO (2000);`,
    `INSERT INTO ${parted} SELECT n, n % 5 FROM generate_series(1, 1500) n;`,
    `CREATE POLICY ${id(policy)} ON ${parted} USING (${id(column)} = current_user);`,
    `ALTER TABLE ${parted} ENABLE ROW LEVEL SECURITY;`,
    `CREATE VIEW ${quoteQualified(schema, `${view.slice(0, 25)} v`)} AS SELECT * FROM ${parted};`,
    `CREATE TYPE ${quoteQualified(schema, `${view.slice(0, 25)} t`)} AS ENUM ('a');`,
    `CREATE FUNCTION ${quoteQualified(schema, routine)}(${id(column)} ${quoteQualified(schema, `${view.slice(0, 25)} t`)}) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS ${quoteLiteral(`SELECT count(*) FROM ${relation}`).trim()};`,
    `CREATE FUNCTION public.${id(routine)}() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';`,
    `ANALYZE ${relation}; ANALYZE ${parted};`,
  ].join('\n');
}

/** A connection string for psql, because a bare name with `=` or `://` in it would be read as one. */
export const toDatabase = (name: string): string =>
  `dbname='${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Gives a host roles, databases and objects with hard names, each with a problem that a fix takes away. */
export async function seedHardNames(host: TestHost, part: 0 | 1): Promise<void> {
  const { cluster, databases } = hardCatalog(part);
  await host.psql(cluster);
  for (const [name, statements] of databases) await host.psql(statements, toDatabase(name));
}

const everywhere = [
  'SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolcanlogin, rolpassword FROM pg_authid ORDER BY 1',
  'SELECT roleid::regrole, member::regrole, grantor::regrole, admin_option FROM pg_auth_members ORDER BY 1, 2, 3',
  "SELECT datname, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(datacl, acldefault('d', datdba))) x) FROM pg_database ORDER BY 1",
];
const inEach = [
  "SELECT nspname, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) x) FROM pg_namespace WHERE nspname !~ '^pg_t' ORDER BY 1",
  "SELECT oid::regclass, relkind, relrowsecurity, relforcerowsecurity, reloptions, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(relacl, acldefault('r', relowner))) x) FROM pg_class WHERE oid >= 16384 AND relkind <> 't' ORDER BY 1::text COLLATE \"C\"",
  'SELECT indexrelid::regclass, indrelid::regclass, indisvalid FROM pg_index WHERE indrelid >= 16384 ORDER BY 1, 2',
  'SELECT polname, polrelid::regclass, polcmd, polroles, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 1, 2',
  'SELECT oid::regprocedure, proconfig, proacl FROM pg_proc WHERE oid >= 16384 ORDER BY 1',
];

/** The rows of the catalogs that fixes change, in every database that lets itself be connected to. */
export async function hardSnapshot(host: TestHost): Promise<readonly string[]> {
  const names = JSON.parse(
    await host.psql(
      'SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE datallowconn',
      'template1',
    ),
  ) as readonly string[];
  const rows = [await host.psql(everywhere.join(';\n'), 'template1')];
  for (const name of names) rows.push(`${name}: ${await host.psql(inEach.join(';\n'), toDatabase(name))}`);
  return rows;
}
