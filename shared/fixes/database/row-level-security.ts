import type { DatabaseContent, Membership, Role } from '../../facts/catalog.ts';
import type { FactSet } from '../../facts/facts.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../lib/quoting.ts';
import { createRoleGraph } from '../../roles/role-graph.ts';
import { defineFix } from '../define-fix.ts';
import { notOffered, offered } from '../support/offers.ts';
import { sqlOperation, ticked } from '../support/sql.ts';

type RlsTable = DatabaseContent['rlsTables'][number];

const regclass = (schema: string, name: string): string =>
  `${quoteLiteral(quoteQualified(schema, name))}::regclass`;
const key = (database: string, schema: string, name: string): string => `${database}.${schema}.${name}`;

function switchedOff(
  contents: readonly DatabaseContent[],
): readonly { readonly content: DatabaseContent; readonly table: RlsTable }[] {
  return contents.flatMap((content) =>
    content.rlsTables.filter(({ enabled }) => !enabled).map((table) => ({ content, table })),
  );
}

/** Login roles that may use the table, are bound by policies, and that no permissive policy is for: they would see nothing. */
function leftWithNothing(
  content: DatabaseContent,
  table: RlsTable,
  roles: readonly Role[],
  memberships: readonly Membership[],
): readonly string[] | null {
  if (table.grants === undefined) return null;
  const grants = table.grants;
  const graph = createRoleGraph(roles, memberships);
  const policies = content.policies.filter(
    ({ schema, table: name, permissive }) => permissive && schema === table.schema && name === table.name,
  );
  return roles
    .filter(
      ({ login, superuser, bypassRls, name }) =>
        login && !superuser && !bypassRls && !graph.hasPrivilegesOf(name, table.owner),
    )
    .filter(({ name }) =>
      grants.some(({ grantee }) => grantee === null || graph.hasPrivilegesOf(name, grantee)),
    )
    .filter(
      ({ name }) =>
        !policies.some(
          (policy) =>
            policy.roles.length === 0 || policy.roles.some((role) => graph.hasPrivilegesOf(name, role)),
        ),
    )
    .map(({ name }) => name);
}

function allCovered(all: FactSet): boolean {
  if (
    all.contents.state !== 'collected' ||
    all.roles.state !== 'collected' ||
    all.memberships.state !== 'collected'
  )
    return false;
  const roles = all.roles.value;
  const memberships = all.memberships.value;
  return switchedOff(all.contents.value).every(
    ({ content, table }) => leftWithNothing(content, table, roles, memberships)?.length === 0,
  );
}

export const enableRls = defineFix({
  id: 'enable-rls',
  resolves: ['rls-policy-disabled'],
  title: 'Switch row level security on where policies stand',
  description:
    'The policies that are written come into force: roles see the rows that a policy gives them. Owners of the tables and superusers see all, as before.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['contents'],
  // Safe where every role that may use the table has a policy of its own: nobody is left with no rows at all.
  safeFor: (_facts, _finding, all) => allCovered(all),
  offer: () => offered,
  choices: ({ contents }) => [
    {
      kind: 'many',
      key: 'tables',
      label: 'For which tables?',
      options: switchedOff(contents).map(({ content, table }) => ({
        value: key(content.database, table.schema, table.name),
        label: `${table.schema}.${table.name} of ${content.database}`,
        seen: `owner ${table.owner}`,
        chosen: true,
      })),
    },
  ],
  plan({ contents }, _finding, answers) {
    const tables = switchedOff(contents);
    const chosen = ticked(
      answers,
      'tables',
      tables.map(({ content, table }) => key(content.database, table.schema, table.name)),
    );
    const operations = tables
      .filter(({ content, table }) => chosen.includes(key(content.database, table.schema, table.name)))
      .map(({ content: { database }, table: { schema, name } }) =>
        sqlOperation({
          database,
          statements: [`ALTER TABLE ${quoteQualified(schema, name)} ENABLE ROW LEVEL SECURITY`],
          inverse: [`ALTER TABLE ${quoteQualified(schema, name)} DISABLE ROW LEVEL SECURITY`],
          changes: [{ kind: 'rls-enabled', database, schema, table: name }],
          proof: `SELECT relrowsecurity FROM pg_catalog.pg_class WHERE oid = ${regclass(schema, name)}`,
        }),
      );
    return operations.length === 0 ? { ok: false, reason: 'No table is chosen.' } : { ok: true, operations };
  },
});

/** A name for an index that nothing has: at most 63 bytes, told from others by table and column. */
function indexName(table: string, column: string): string {
  let name = `portcullis_${table}_${column}`.replace(/[^A-Za-z0-9_]/g, '_');
  if (name.length > 54) name = name.slice(0, 54);
  let sum = 0;
  for (const character of `${table}\0${column}`) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return `${name}_${sum.toString(16).padStart(8, '0')}`.slice(0, 63);
}

interface IndexTarget {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/**
 * The statements for one index. On a partitioned table no index can be built concurrently: its own is made empty, then
 * one of each partition is built concurrently and attached; with the last one it becomes valid. Null where that cannot
 * end: a foreign table has no index to attach.
 */
function indexSql(
  { database, schema, table, column }: IndexTarget,
  contents: readonly DatabaseContent[],
): { readonly statements: readonly string[]; readonly inverse: readonly string[] } | null {
  const partitions =
    contents
      .find((content) => content.database === database)
      ?.rlsTables.find((one) => one.schema === schema && one.name === table)?.partitions ?? null;
  const target = (of: string, name: string): string =>
    `${quoteQualified(of, name)} (${quoteIdentifier(column)})`;
  const index = indexName(table, column);
  if (partitions === null) {
    return {
      statements: [
        `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${quoteIdentifier(index)} ON ${target(schema, table)}`,
      ],
      inverse: [`DROP INDEX CONCURRENTLY IF EXISTS ${quoteQualified(schema, index)}`],
    };
  }
  if (partitions.some(({ kind }) => kind !== 'r' && kind !== 'p')) return null;
  return {
    statements: [
      `CREATE INDEX IF NOT EXISTS ${quoteIdentifier(index)} ON ONLY ${target(schema, table)}`,
      ...partitions.flatMap((part) => {
        const own = quoteIdentifier(indexName(part.name, column));
        const on = target(part.schema, part.name);
        return [
          part.kind === 'p'
            ? `CREATE INDEX IF NOT EXISTS ${own} ON ONLY ${on}`
            : `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${own} ON ${on}`,
          `ALTER INDEX ${quoteQualified(part.parentSchema, indexName(part.parentName, column))} ATTACH PARTITION ${quoteQualified(part.schema, indexName(part.name, column))}`,
        ];
      }),
    ],
    // Attached ones go with the first; what was not attached yet goes by itself.
    inverse: [
      `DROP INDEX IF EXISTS ${quoteQualified(schema, index)}`,
      ...partitions.map(
        (part) => `DROP INDEX IF EXISTS ${quoteQualified(part.schema, indexName(part.name, column))}`,
      ),
    ],
  };
}

export const indexPolicyColumns = defineFix({
  id: 'index-policy-columns',
  resolves: ['rls-index-support'],
  title: 'Index the columns that policies read',
  description: 'One index a column, built concurrently: reading and writing go on meanwhile.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['contents'],
  offer: () => offered,
  choices: () => [],
  plan({ contents }, finding) {
    const wanted = new Set(finding.subjects.map(({ name }) => name));
    const columns = new Map(
      contents.flatMap(({ database, policies }) =>
        policies.flatMap(({ schema, table, columns: all }) =>
          all
            .filter(({ indexed, name }) => !indexed && wanted.has(`${key(database, schema, table)}.${name}`))
            .map(
              ({ name }) =>
                [
                  `${key(database, schema, table)}.${name}`,
                  { database, schema, table, column: name },
                ] as const,
            ),
        ),
      ),
    );
    const wantedIndexes = [...columns.values()].map((target) => ({
      target,
      sql: indexSql(target, contents),
    }));
    const operations = wantedIndexes.flatMap(({ target: { database, schema, table, column }, sql }) =>
      sql === null
        ? []
        : [
            sqlOperation({
              database,
              ...sql,
              changes: [{ kind: 'policy-column-indexed', database, schema, table, column }],
              proof: `SELECT i.indisvalid FROM pg_catalog.pg_index i WHERE i.indexrelid = ${regclass(schema, indexName(table, column))}`,
              transactional: false,
            }),
          ],
    );
    if (operations.length > 0) return { ok: true, operations };
    return {
      ok: false,
      reason:
        wantedIndexes.length === 0
          ? 'No column lacks an index.'
          : 'The tables have foreign tables as partitions, which can have no index. Index the other partitions by hand.',
    };
  },
});

export const invokerViews = defineFix({
  id: 'invoker-views',
  resolves: ['rls-view-bypass'],
  title: 'Let views run as those who use them',
  description:
    'security_invoker is set on the chosen views: the policies count for whoever reads them. Readers need rights on the tables and may rightly see fewer rows.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: false,
  needs: ['contents', 'server'],
  offer: ({ server }) =>
    server.major >= 15
      ? offered
      : notOffered(
          `PostgreSQL ${server.major} has no security_invoker (15 has). Give the view an owner that policies bind.`,
        ),
  choices: ({ contents }) => [
    {
      kind: 'many',
      key: 'views',
      label: 'Which views?',
      options: bypassing(contents).map(({ database, schema, name, owner }) => ({
        value: key(database, schema, name),
        label: `${schema}.${name} of ${database}`,
        seen: `runs as ${owner}`,
        chosen: true,
      })),
    },
  ],
  plan({ contents }, _finding, answers) {
    const views = bypassing(contents);
    const chosen = ticked(
      answers,
      'views',
      views.map(({ database, schema, name }) => key(database, schema, name)),
    );
    const operations = views
      .filter(({ database, schema, name }) => chosen.includes(key(database, schema, name)))
      .map(({ database, schema, name }) =>
        sqlOperation({
          database,
          statements: [`ALTER VIEW ${quoteQualified(schema, name)} SET (security_invoker = on)`],
          inverse: [`ALTER VIEW ${quoteQualified(schema, name)} RESET (security_invoker)`],
          changes: [{ kind: 'view-invoker', database, schema, view: name }],
          proof: `SELECT coalesce('security_invoker=on' = ANY (reloptions), false) FROM pg_catalog.pg_class WHERE oid = ${regclass(schema, name)}`,
        }),
      );
    return operations.length === 0 ? { ok: false, reason: 'No view is chosen.' } : { ok: true, operations };
  },
});

function bypassing(
  contents: readonly DatabaseContent[],
): readonly (DatabaseContent['rlsViews'][number] & { readonly database: string })[] {
  return contents.flatMap(({ database, rlsViews }) =>
    rlsViews
      .filter(({ securityInvoker, ownerBypasses }) => !securityInvoker && ownerBypasses)
      .map((view) => ({ database, ...view })),
  );
}
