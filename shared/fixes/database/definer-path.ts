import type { DatabaseContent } from '../../facts/catalog.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../lib/quoting.ts';
import { defineFix } from '../define-fix.ts';
import { offered } from '../support/offers.ts';
import { sqlOperation } from '../support/sql.ts';

/** Schemas in which PUBLIC may create: they must not stand in a path that is trusted. */
function openSchemas({ schemas }: DatabaseContent): ReadonlySet<string> {
  return new Set(
    schemas
      .filter(({ grants }) =>
        grants.some(({ grantee, privilege }) => grantee === null && privilege === 'CREATE'),
      )
      .map(({ name }) => name),
  );
}

/**
 * The path that a function gets: its own path without what others may write into, or its schema and public; pg_temp last, so
 * that temporary objects hide nothing.
 */
function safePath(
  content: DatabaseContent,
  schema: string,
  present: string | null,
  writable: readonly string[],
): readonly string[] {
  const unsafe = new Set([...openSchemas(content), ...writable]);
  const wanted =
    present === null
      ? [schema, 'public']
      : present.split(',').map((part) => part.trim().replace(/^"(.*)"$/, '$1'));
  const kept = wanted.filter(
    (name) => name !== '' && name !== 'pg_temp' && name !== '$user' && !unsafe.has(name),
  );
  return [...new Set(kept), 'pg_temp'];
}

export const definerSearchPath = defineFix({
  id: 'definer-search-path',
  resolves: ['fn-secdef-path'],
  title: 'Fix the search_path of SECURITY DEFINER functions',
  description:
    'Each function gets a search_path of its own: its schema, public where nobody else may create there, and pg_temp last.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['contents'],
  offer: () => offered,
  choices: () => [],
  plan({ contents }, finding) {
    const wanted = new Set(finding.subjects.map(({ name }) => name));
    const operations = contents.flatMap((content) =>
      content.definerFunctions
        .filter(({ signature }) => wanted.has(`${content.database}.${signature}`))
        .map(({ schema, name, identityArguments, kind, searchPath, writableSchemas, signature }) => {
          const routine = `${kind === 'procedure' ? 'PROCEDURE' : 'FUNCTION'} ${quoteQualified(schema, name)}(${identityArguments})`;
          const path = safePath(content, schema, searchPath, writableSchemas).map(quoteIdentifier).join(', ');
          return sqlOperation({
            database: content.database,
            statements: [`ALTER ${routine} SET search_path = ${path}`],
            // The value in proconfig is a list of quoted names already.
            inverse: [
              searchPath === null
                ? `ALTER ${routine} RESET search_path`
                : `ALTER ${routine} SET search_path = ${searchPath === '' ? "''" : searchPath}`,
            ],
            changes: [
              { kind: 'function-search-path', database: content.database, signature, searchPath: path },
            ],
            proof: `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_proc p, pg_catalog.unnest(p.proconfig) x WHERE p.oid = ${quoteLiteral(signature)}::regprocedure AND x LIKE 'search_path=%pg_temp')`,
          });
        }),
    );
    return operations.length === 0
      ? { ok: false, reason: 'No function needs it.' }
      : { ok: true, operations };
  },
});
