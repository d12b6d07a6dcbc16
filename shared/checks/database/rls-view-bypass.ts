import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { notEveryDatabase } from '../support/databases.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, listOf } from '../support/words.ts';

export const rlsViewBypass = defineCheck({
  id: 'rls-view-bypass',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'No view passes by row level security',
    fail: 'Views pass by row level security',
    topic: 'Views over protected tables',
  },
  why: 'A view reads its tables with the rights of its owner, not of the one who asks. Where the owner owns the table too, or is superuser, no policy applies: whoever may read the view reads every row.',
  misuse: [
    'A role is kept to its own rows by a policy on the table.',
    'It selects from a view over that table instead, and sees all of them.',
  ],
  byHand: [
    'On 15 and newer: `ALTER VIEW v SET (security_invoker = on);` Those who use the view then need rights on the table, and may rightly see fewer rows.',
    'Before 15: let a role own the view that is neither owner of the table nor superuser, and is subject to its policies.',
  ],
  references: {
    cis: ['4.7 (14-17)'],
    stig: ['CD12-00-002200', 'CD16-00-006700'],
    documentation: [postgresPage('sql-createview.html', 'CREATE VIEW, security_invoker')],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const found = contents.flatMap(({ database, rlsViews }) =>
      rlsViews
        .filter(({ securityInvoker, ownerBypasses }) => !securityInvoker && ownerBypasses)
        .map((view) => ({ database, ...view })),
    );
    if (found.length === 0)
      return notEveryDatabase(
        contents,
        skippedDatabases,
        'No view over a protected table runs as a role that policies do not bind',
      );
    return {
      status: 'fail',
      title: `${countOf(found.length, 'view')} ${found.length === 1 ? 'passes' : 'pass'} by row level security`,
      summary: `${listOf(found.map(({ schema, name }) => `${schema}.${name}`))}: the owner is not bound by the policies.`,
      evidence: [
        tableEvidence(
          ['Database', 'View', 'Runs as', 'Over'],
          found.map(({ database, schema, name, owner, tables }) => [
            database,
            `${schema}.${name}`,
            owner,
            tables.map((table) => `${table.schema}.${table.name}`).join(', '),
          ]),
        ),
      ],
      subjects: found.map(({ database, schema, name }) => ({
        kind: 'view',
        name: `${database}.${schema}.${name}`,
      })),
    };
  },
});
