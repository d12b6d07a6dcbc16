import { z } from 'zod';
import { splitList } from '../../config/lists.ts';
import type { DatabaseContent } from '../../facts/catalog.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { notEveryDatabase } from '../support/databases.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, listOf } from '../support/words.ts';

type DefinerFunction = DatabaseContent['definerFunctions'][number];

/** Why a function with the rights of its owner can be led astray; null when it cannot. */
function weakness({ searchPath, writableSchemas }: DefinerFunction): string | null {
  if (searchPath === null) return 'takes the search_path of the caller';
  if (writableSchemas.length > 0) return `others may create in ${writableSchemas.join(', ')}`;
  const parts = splitList(searchPath, 'identifiers');
  if (parts === null) return 'its search_path cannot be read';
  if (parts.some((part) => part !== '') && parts.at(-1) !== 'pg_temp')
    return 'temporary objects come first: pg_temp is not last';
  return null;
}

export const fnSecdefPath = defineCheck({
  id: 'fn-secdef-path',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'Functions with the rights of their owner fix their search_path',
    fail: "Functions with the rights of their owner trust the caller's search_path",
    topic: 'search_path of SECURITY DEFINER functions',
  },
  why: 'A SECURITY DEFINER function runs with the rights of its owner. If it looks names up along the path of the caller, the caller decides which table or operator it finds, and so what runs with those rights.',
  misuse: [
    'The caller makes a table or function of the right name in a schema of their own, pg_temp say.',
    'They put that schema first in search_path and call the function.',
    'Their code runs as the owner.',
  ],
  byHand: [
    '`ALTER FUNCTION f(args) SET search_path = its_schema, pg_temp;` pg_temp has to stand last.',
    'Or write every name in it with its schema, and set the path to nothing but pg_temp.',
  ],
  references: {
    cis: ['4.5 (14-17)', '4.3 (12)'],
    stig: ['CD12-00-003600', 'CD16-00-006900'],
    documentation: [
      postgresPage(
        'sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
        'Writing SECURITY DEFINER functions safely',
      ),
    ],
  },
  needs: ['contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ contents, skippedDatabases }) {
    const found = contents.flatMap(({ database, definerFunctions }) =>
      definerFunctions.flatMap((one) => {
        const reason = weakness(one);
        return reason === null ? [] : [{ database, reason, ...one }];
      }),
    );
    if (found.length === 0)
      return notEveryDatabase(
        contents,
        skippedDatabases,
        'Every SECURITY DEFINER function fixes a search_path that nobody else can write into',
      );
    const asSuperuser = found.some(({ ownerIsSuperuser }) => ownerIsSuperuser);
    return {
      status: 'fail',
      title: `${countOf(found.length, 'function')} with the rights of ${found.length === 1 ? 'its owner trusts' : 'their owners trust'} the caller's search_path`,
      summary: `${listOf(
        found.map(({ signature }) => signature),
        4,
      )}${asSuperuser ? '; at least one runs as superuser' : ''}.`,
      evidence: [
        tableEvidence(
          ['Database', 'Function', 'Runs as', 'May be called by', 'Weakness'],
          found.map(({ database, signature, owner, ownerIsSuperuser, publicExecute, reason }) => [
            database,
            signature,
            ownerIsSuperuser ? `${owner} (superuser)` : owner,
            publicExecute ? 'everybody' : 'some roles',
            reason,
          ]),
        ),
      ],
      subjects: found.map(({ database, signature }) => ({
        kind: 'function',
        name: `${database}.${signature}`,
      })),
    };
  },
});
