import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { amount, countOf, listOf, unique } from '../support/words.ts';
import { notEveryDatabase } from '../support/databases.ts';

export const privPublicSchemaCreate = defineCheck({
  id: 'priv-public-schema-create',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'Not everybody may create objects in a schema',
    fail: 'Everybody may create objects in a schema',
    topic: 'CREATE for PUBLIC on schemas',
  },
  why: "Where everybody may create, anybody can put a function or table in the way of somebody else's. The next one who calls a name without its schema runs what the attacker wrote, with their own rights. Clusters made before PostgreSQL 15 have it so on schema public, and keep it when they are upgraded.",
  misuse: [
    'A role with few rights makes a function `public.lower(varchar)`.',
    'A superuser calls `lower` on a column of that type.',
    "The attacker's code runs as superuser.",
  ],
  byHand: [
    'In every database: `REVOKE CREATE ON SCHEMA public FROM PUBLIC;`',
    'Let those who must create there: `GRANT CREATE ON SCHEMA public TO name;`',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-008400', 'CD16-00-007700'],
    documentation: [postgresPage('ddl-schemas.html#DDL-SCHEMAS-PATTERNS', 'Usage patterns of schemas')],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const found = contents.flatMap(({ database, schemas }) =>
      schemas
        .filter(({ grants }) =>
          grants.some(({ grantee, privilege }) => grantee === null && privilege === 'CREATE'),
        )
        .map(({ name, owner }) => ({ database, name, owner })),
    );
    if (found.length === 0)
      return notEveryDatabase(contents, skippedDatabases, 'PUBLIC may create in no schema');
    return {
      status: 'fail',
      summary: `PUBLIC has CREATE on ${amount(found.length, 'schema')}: ${listOf(unique(found.map(({ database, name }) => `${name} of ${database}`)))}.`,
      evidence: [
        tableEvidence(
          ['Database', 'Schema', 'Owner'],
          found.map(({ database, name, owner }) => [database, name, owner]),
        ),
      ],
      subjects: found.map(({ database, name }) => ({ kind: 'schema', name: `${database}.${name}` })),
    };
  },
});

export const privPublicTables = defineCheck({
  id: 'priv-public-tables',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'No table is open to every role',
    fail: 'Tables are open to every role',
    topic: 'Privileges of PUBLIC on tables',
  },
  why: "What is granted to PUBLIC is granted to every role, those made tomorrow included. Nobody sees it in the list of a role's rights.",
  misuse: [
    'Any login of the server connects to the database, a monitoring role say.',
    'It reads, and where granted changes, the tables that PUBLIC has.',
  ],
  byHand: [
    'See them: `\\dp` in psql, entries that begin with `=`.',
    'Grant to those who need it: `GRANT SELECT ON t TO name;`',
    '`REVOKE ALL ON t FROM PUBLIC;`',
  ],
  references: {
    cis: ['4.6 (14-17)', '4.4 (12)'],
    stig: ['CD12-00-000900', 'CD16-00-000300'],
    documentation: [postgresPage('ddl-priv.html', 'Privileges')],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const found = contents.flatMap(({ database, publicRelations }) =>
      publicRelations.map((relation) => ({ database, ...relation })),
    );
    if (found.length === 0)
      return notEveryDatabase(
        contents,
        skippedDatabases,
        'PUBLIC has no privilege on any table, view or sequence',
      );
    const writes = found.some(({ privileges }) =>
      privileges.some(({ privilege }) => privilege !== 'SELECT' && privilege !== 'USAGE'),
    );
    return {
      status: 'fail',
      title: `${countOf(found.length, 'table')} ${found.length === 1 ? 'is' : 'are'} open to every role`,
      summary: `Every role may ${writes ? 'read or change' : 'read'} ${listOf(
        found.map(({ schema, name }) => `${schema}.${name}`),
        4,
      )}.`,
      evidence: [
        tableEvidence(
          ['Database', 'Relation', 'PUBLIC may'],
          found.map(({ database, schema, name, privileges }) => [
            database,
            `${schema}.${name}`,
            privileges
              .map(({ privilege, column }) => (column === null ? privilege : `${privilege} (${column})`))
              .join(', '),
          ]),
        ),
      ],
      subjects: found.map(({ database, schema, name }) => ({
        kind: 'relation',
        name: `${database}.${schema}.${name}`,
      })),
    };
  },
});
