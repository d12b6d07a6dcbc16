import type { DatabaseContent } from '../../../shared/facts/catalog.ts';
import type { Fact } from '../../../shared/facts/fact.ts';
import type { SqlRows } from '../define-collector.ts';
import { notOfExtension, notSystemSchema } from './sql-parts.ts';

const sampleSize = 500;
const maximumColumns = 200;

/** Shapes of stored passwords, tried in this order; each is a regular expression without a backslash. */
const shapes: readonly (readonly [keyof PasswordColumn['shapes'], string])[] = [
  ['bcrypt', '^([{]bcrypt[}])?[$]2[abxy]?[$][0-9]{2}[$]'],
  ['argon2', '^([{]argon2[}])?[$]argon2(i|d|id)[$]'],
  ['shaCrypt', '^[$][56][$]'],
  ['pbkdf2OrScrypt', '^([$]?pbkdf2|[{]pbkdf2|[$]?scrypt|[$]s0[$]|SCRAM-SHA-|[$]7[$]|[$]g?y[$])'],
  ['md5Crypt', '^[$](1|apr1|H|P)[$]'],
  [
    'hexDigest',
    '^((0x|md5|[{](MD5|SHA)[}])?([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}))$',
  ],
  // PGP armour, Fernet, vault, or base64 of whole cipher blocks.
  [
    'encrypted',
    '^(-----BEGIN PGP|gAAAA|vault:v[0-9]+:|U2FsdGVkX1|([A-Za-z0-9+/]{64})*([A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{64})$)',
  ],
];

type PasswordColumn = DatabaseContent['passwordColumns'][number];

const textual = `(t.typcategory = 'S' OR t.oid = 'pg_catalog.bytea'::regtype)`;
const candidates = `FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND ${textual}
  AND a.attname ~* '(passw(or)?d|passwd|pwd|pass_?hash|passphrase|pass_?word|kennwort|mot_?de_?passe)'
  AND ${notSystemSchema('n.nspname')} AND ${notOfExtension('pg_class', 'c.oid')}`;

/** Columns whose name says password. */
export const passwordColumnList = `SELECT n.nspname AS schema, c.relname AS "table", a.attname AS "column",
  format_type(a.atttypid, a.atttypmod) AS type ${candidates} ORDER BY 1, 2, a.attnum LIMIT ${maximumColumns}`;

/**
 * Counts the shapes of up to 500 values of each such column, on the server: no value travels. query_to_xml is the one
 * function of the server that runs a statement made from names, so that no second round trip is needed. A table with
 * foreign partitions is left out, since reading it would reach other servers.
 */
export const passwordColumnSample = `SELECT n.nspname AS schema, c.relname AS "table", a.attname AS "column",
  substring(query_to_xml(format($sample$SELECT concat_ws(',', count(*), count(*) - count(DISTINCT v),
    ${shapes.map((_, index) => `count(*) FILTER (WHERE k = ${index})`).join(', ')}) AS r FROM (SELECT v, CASE
    ${shapes.map(([, pattern], index) => `WHEN v ~ '${pattern}' THEN ${index}`).join(' ')} END AS k FROM (SELECT %s AS v FROM %s %I.%I
    WHERE %I IS NOT NULL LIMIT ${sampleSize}) s WHERE v <> '') s$sample$,
    CASE WHEN t.oid = 'pg_catalog.bytea'::regtype THEN format('encode(%I, ''escape'')', a.attname) ELSE format('%I::text', a.attname) END,
    CASE c.relkind WHEN 'r' THEN 'ONLY' ELSE '' END, n.nspname, c.relname, a.attname), true, true, '')::text from '<r>([0-9,]+)</r>') AS counts
  ${candidates} AND has_column_privilege(c.oid, a.attnum, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
  AND NOT EXISTS (SELECT 1 FROM pg_partition_tree(c.oid) x JOIN pg_class f ON f.oid = x.relid WHERE f.relkind = 'f')
  LIMIT ${maximumColumns}`;

/** Joins the list with the samples; a column without a sample says why. */
export function passwordColumnsOf(list: SqlRows, samples: Fact<SqlRows> | undefined): PasswordColumn[] {
  const rows = samples?.state === 'collected' ? samples.value : [];
  const failure =
    samples === undefined || samples.state === 'collected'
      ? 'its values may not be read with these rights'
      : samples.reason;
  return list.map((entry): PasswordColumn => {
    const column = {
      schema: String(entry['schema']),
      table: String(entry['table']),
      column: String(entry['column']),
      type: String(entry['type']),
    };
    const row = rows.find(
      (one) =>
        one['schema'] === column.schema && one['table'] === column.table && one['column'] === column.column,
    );
    const counts = typeof row?.['counts'] === 'string' ? row['counts'].split(',').map(Number) : null;
    const [sampled = 0, duplicates = 0, ...byShape] = counts ?? [];
    const count = (name: keyof PasswordColumn['shapes']) =>
      byShape[shapes.findIndex(([shape]) => shape === name)] ?? 0;
    const known = byShape.reduce((sum, value) => sum + value, 0);
    return {
      ...column,
      sampled,
      shapes: {
        bcrypt: count('bcrypt'),
        argon2: count('argon2'),
        shaCrypt: count('shaCrypt'),
        pbkdf2OrScrypt: count('pbkdf2OrScrypt'),
        md5Crypt: count('md5Crypt'),
        hexDigest: count('hexDigest'),
        encrypted: count('encrypted'),
        other: sampled - known,
      },
      duplicates,
      problem: counts === null ? failure : null,
    };
  });
}
