import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { notEveryDatabase } from '../support/databases.ts';
import { postgresPage } from '../support/references.ts';
import { amount, countOf, listOf } from '../support/words.ts';

const rlsPage = postgresPage('ddl-rowsecurity.html', 'Row security policies');

export const rlsPolicyDisabled = defineCheck({
  id: 'rls-policy-disabled',
  pillar: 'database',
  severity: 'critical',
  titles: {
    pass: 'Every policy is in force',
    fail: 'Policies exist but are switched off',
    topic: 'Policies on tables without row level security',
  },
  why: 'A policy says which rows a role may see. It counts only while row level security is switched on for the table. Somebody wrote the rule and believes the rows protected, and they are not.',
  misuse: [
    'A role that may select from the table selects.',
    'It sees the rows of everybody, as if nobody had written a policy.',
  ],
  byHand: [
    'Try it first as an application role, in a transaction: `BEGIN; ALTER TABLE t ENABLE ROW LEVEL SECURITY; SET LOCAL ROLE app; SELECT count(*) FROM t; ROLLBACK;`',
    '`ALTER TABLE t ENABLE ROW LEVEL SECURITY;`',
    'The owner passes by unless you also say `FORCE ROW LEVEL SECURITY`.',
  ],
  references: {
    cis: ['4.7 (14-17)', '4.5 (12)'],
    stig: ['CD12-00-002200', 'CD16-00-006700'],
    documentation: [rlsPage],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const found = contents.flatMap(({ database, rlsTables, policies }) =>
      rlsTables
        .filter(({ enabled }) => !enabled)
        .map((table) => ({
          database,
          ...table,
          policies: policies.filter(
            (policy) => policy.schema === table.schema && policy.table === table.name,
          ),
        })),
    );
    if (found.length === 0)
      return notEveryDatabase(
        contents,
        skippedDatabases,
        'No policy stands on a table without row level security',
      );
    return {
      status: 'fail',
      title:
        found.length === 1
          ? `The policies of ${found[0]?.schema ?? ''}.${found[0]?.name ?? ''} are switched off`
          : `The policies of ${amount(found.length, 'table')} are switched off`,
      summary: `${listOf(found.map(({ schema, name }) => `${schema}.${name}`))} ${found.length === 1 ? 'has' : 'have'} policies, and row level security is off.`,
      evidence: [
        tableEvidence(
          ['Database', 'Table', 'Policy', 'For', 'Condition'],
          found.flatMap(({ database, schema, name, policies }) =>
            policies.map((policy) => [
              database,
              `${schema}.${name}`,
              policy.name,
              policy.roles.length === 0 ? 'everybody' : policy.roles.join(', '),
              policy.using ?? policy.check ?? '',
            ]),
          ),
        ),
      ],
      subjects: found.map(({ database, schema, name }) => ({
        kind: 'table',
        name: `${database}.${schema}.${name}`,
      })),
    };
  },
});

export const rlsNoPolicy = defineCheck({
  id: 'rls-no-policy',
  pillar: 'database',
  severity: 'low',
  titles: {
    pass: 'Every table with row level security has a policy',
    fail: 'Row level security is on without a policy',
    topic: 'Tables with row level security and no policy',
  },
  why: 'Without a policy nobody but the owner sees a row. That is safe, and nearly always a mistake: sooner or later somebody lets the application log in as owner to get its rows, and then nothing is protected.',
  misuse: ['The application gets no rows.', 'In a hurry it is made the owner of the table, or superuser.'],
  byHand: [
    "Write what each role may see: `CREATE POLICY own_rows ON t FOR SELECT TO app USING (tenant = current_setting('app.tenant', true));`",
    'Or switch it off where it is not meant: `ALTER TABLE t DISABLE ROW LEVEL SECURITY;`',
  ],
  references: {
    cis: ['4.7 (14-17)', '4.5 (12)'],
    stig: ['CD12-00-002200', 'CD16-00-006700'],
    documentation: [rlsPage],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const found = contents.flatMap(({ database, rlsTables, policies }) =>
      rlsTables
        .filter(
          ({ enabled, schema, name }) =>
            enabled && !policies.some((policy) => policy.schema === schema && policy.table === name),
        )
        .map((table) => ({ database, ...table })),
    );
    if (found.length === 0)
      return notEveryDatabase(contents, skippedDatabases, 'Every table with row level security has a policy');
    return {
      status: 'fail',
      summary: `${listOf(found.map(({ schema, name }) => `${schema}.${name}`))}: only the owner sees rows.`,
      evidence: [
        tableEvidence(
          ['Database', 'Table', 'Owner'],
          found.map(({ database, schema, name, owner }) => [database, `${schema}.${name}`, owner]),
        ),
      ],
      subjects: found.map(({ database, schema, name }) => ({
        kind: 'table',
        name: `${database}.${schema}.${name}`,
      })),
    };
  },
});

/** An expression without blanks and brackets, in lower case. */
const bare = (expression: string | null): string => (expression ?? '').toLowerCase().replace(/[\s()]/g, '');
const alwaysTrue: readonly string[] = ['true', '1=1', "'t'::boolean", 'notfalse'];

export const rlsAlwaysTrue = defineCheck({
  id: 'rls-always-true',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'Every policy has a condition',
    fail: 'A policy lets everything through',
    topic: 'Policies that are always true',
  },
  why: 'Permissive policies are joined by OR: one that is always true makes all others on the table pointless. The table looks protected in every list, and is not.',
  misuse: [
    'A role selects without a condition.',
    'The policy "true" lets it see all rows, whatever the others say.',
  ],
  byHand: [
    "See them: `SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE qual = 'true' OR with_check = 'true';`",
    'Write the condition: `ALTER POLICY name ON t USING (…);`',
    'Or name the roles that it is meant for, and drop it for the others.',
  ],
  references: {
    cis: ['4.7 (14-17)', '4.5 (12)'],
    stig: ['CD12-00-002200', 'CD16-00-006700'],
    documentation: [rlsPage],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const found = contents.flatMap(({ database, policies }) =>
      policies
        .filter(
          ({ permissive, using, check }) =>
            permissive && (alwaysTrue.includes(bare(using)) || alwaysTrue.includes(bare(check))),
        )
        .map((policy) => ({
          database,
          ...policy,
          // Beside a restrictive policy of its own a permissive "true" is the usual way to write "all that is not restricted".
          restricted: policies.some(
            (other) => !other.permissive && other.schema === policy.schema && other.table === policy.table,
          ),
        })),
    );
    const open = found.filter(({ restricted }) => !restricted);
    const rows = found.map(({ database, schema, table, name, command, roles, restricted }) => [
      database,
      `${schema}.${table}`,
      name,
      command,
      roles.length === 0 ? 'everybody' : roles.join(', '),
      restricted ? 'a restrictive policy narrows it' : 'nothing narrows it',
    ]);
    const evidence =
      found.length === 0
        ? []
        : [tableEvidence(['Database', 'Table', 'Policy', 'Command', 'For', 'Note'], rows)];
    if (open.length === 0) {
      const clean = notEveryDatabase(
        contents,
        skippedDatabases,
        'No permissive policy is always true on its own',
      );
      return clean.status === 'pass' ? { ...clean, evidence } : clean;
    }
    return {
      status: 'fail',
      title: `${countOf(open.length, 'policy', 'policies')} ${open.length === 1 ? 'lets' : 'let'} everything through`,
      summary: `${listOf(open.map(({ name, schema, table }) => `${name} on ${schema}.${table}`))}: the condition is always true.`,
      evidence,
      subjects: open.map(({ database, schema, table, name }) => ({
        kind: 'policy',
        name: `${database}.${schema}.${table}.${name}`,
      })),
    };
  },
});

export const rlsIndexSupport = defineCheck({
  id: 'rls-index-support',
  pillar: 'database',
  severity: 'low',
  titles: {
    pass: 'Columns that policies read are indexed',
    fail: 'Policies read columns without an index',
    topic: 'Indexes for policies',
  },
  why: 'The condition of a policy is added to every statement on the table. Without an index on its column each of them reads the whole table, and the protection is soon switched off "for speed".',
  misuse: [
    'Statements become slow as the table grows.',
    'Row level security is switched off to make them fast again.',
  ],
  byHand: [
    '`CREATE INDEX CONCURRENTLY ON t (column);` It blocks no writing; it cannot run inside a transaction.',
    'Small tables need none: then waive it.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [
      rlsPage,
      postgresPage('sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY', 'Building indexes concurrently'),
    ],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({
    /** Tables estimated to be smaller than this many rows need no index. */
    fromRows: z.number().int().min(0).default(1000),
  }),
  judge({ contents, skippedDatabases }, { parameters }) {
    const found = contents.flatMap(({ database, policies, rlsTables }) =>
      policies.flatMap((policy) => {
        const rows =
          rlsTables.find(({ schema, name }) => schema === policy.schema && name === policy.table)
            ?.estimatedRows ?? -1;
        // A table that was never analysed (-1) may have any size.
        const large = rows < 0 || rows >= parameters.fromRows;
        return policy.columns
          .filter(({ indexed }) => !indexed && large)
          .map(({ name }) => ({
            database,
            schema: policy.schema,
            table: policy.table,
            policy: policy.name,
            column: name,
            rows,
          }));
      }),
    );
    if (found.length === 0)
      return notEveryDatabase(
        contents,
        skippedDatabases,
        'Columns that policies read begin an index, or their table is small',
      );
    return {
      status: 'fail',
      summary: `No index begins with ${listOf(
        found.map(({ schema, table, column }) => `${schema}.${table}.${column}`),
        4,
      )}.`,
      evidence: [
        tableEvidence(
          ['Database', 'Table', 'Column', 'Policy', 'Rows, estimated'],
          found.map(({ database, schema, table, column, policy, rows }) => [
            database,
            `${schema}.${table}`,
            column,
            policy,
            rows < 0 ? 'not analysed' : String(rows),
          ]),
        ),
      ],
      subjects: [
        ...new Set(
          found.map(({ database, schema, table, column }) => `${database}.${schema}.${table}.${column}`),
        ),
      ].map((name) => ({ kind: 'column', name })),
    };
  },
});
