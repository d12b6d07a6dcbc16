import type { DatabaseContent } from '../../facts/catalog.ts';
import { splitList } from '../../config/lists.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../lib/quoting.ts';
import { defineFix } from '../define-fix.ts';
import { offered } from '../support/offers.ts';
import { sqlOperation } from '../support/sql.ts';

type DefinerFunction = DatabaseContent['definerFunctions'][number];

/**
 * Schemas of this content in which others than the owner may create now, earlier fixes of the plan done: they must not
 * stand in a path that is trusted. A schema that the facts do not name is taken as it was found.
 */
function openSchemas(
  { schemas }: DatabaseContent,
  { writableSchemas }: DefinerFunction,
): ReadonlySet<string> {
  const known = new Set(schemas.map(({ name }) => name));
  const open = schemas
    .filter(({ grants }) =>
      grants.some(({ grantee, privilege }) => privilege === 'CREATE' && grantee === null),
    )
    .map(({ name }) => name);
  return new Set([
    ...open,
    ...writableSchemas.filter((name) => !known.has(name) || otherMayCreate(schemas, name)),
  ]);
}

const otherMayCreate = (schemas: DatabaseContent['schemas'], name: string): boolean =>
  schemas.some(
    (schema) =>
      schema.name === name &&
      schema.grants.some(({ grantee, privilege }) => privilege === 'CREATE' && grantee !== schema.owner),
  );

/** The names in a search_path as PostgreSQL splits it; null when it could not. */
const namesOf = (searchPath: string): readonly string[] | null => splitList(searchPath, 'identifiers');

/**
 * The path that a function gets: its own path, or its schema and public; pg_temp last, so that temporary objects hide
 * nothing. Null when a schema that it needs is open to others: without that schema it would no longer find its tables.
 */
function safePath(content: DatabaseContent, one: DefinerFunction): readonly string[] | null {
  const open = openSchemas(content, one);
  const present = one.searchPath === null ? [one.schema, 'public'] : namesOf(one.searchPath);
  if (present === null) return null;
  const kept = present.filter((name) => name !== '' && name !== 'pg_temp' && name !== '$user');
  return kept.some((name) => open.has(name)) ? null : [...new Set(kept), 'pg_temp'];
}

/** A path as SQL: every name quoted anew, since the stored text was written by the owner of the function. */
function pathSql(path: readonly string[]): string {
  // SET search_path = '' is stored as one empty name, which cannot be written as an identifier.
  const names = path.filter((name) => name !== '');
  return names.length === 0 ? "''" : names.map(quoteIdentifier).join(', ');
}

export const definerSearchPath = defineFix({
  id: 'definer-search-path',
  resolves: ['fn-secdef-path'],
  title: 'Fix the search_path of SECURITY DEFINER functions',
  description:
    'Each function gets a search_path of its own: its schema and public, or the path that it has, with pg_temp last. A function that needs a schema in which others may create is left out.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['contents'],
  offer: () => offered,
  choices: () => [],
  plan({ contents }, finding) {
    const wanted = new Set(finding.subjects.map(({ name }) => name));
    const functions = contents.flatMap((content) =>
      content.definerFunctions
        .filter(({ signature }) => wanted.has(`${content.database}.${signature}`))
        .map((one) => ({ content, one, path: safePath(content, one) })),
    );
    const operations = functions.flatMap(({ content: { database }, one, path }) => {
      const { schema, name, identityArguments, kind, searchPath, signature } = one;
      const before = searchPath === null ? [] : namesOf(searchPath);
      if (path === null || before === null) return [];
      const routine = `${kind === 'procedure' ? 'PROCEDURE' : 'FUNCTION'} ${quoteQualified(schema, name)}(${identityArguments})`;
      return [
        sqlOperation({
          database,
          statements: [`ALTER ${routine} SET search_path = ${pathSql(path)}`],
          inverse: [
            searchPath === null
              ? `ALTER ${routine} RESET search_path`
              : `ALTER ${routine} SET search_path = ${pathSql(before)}`,
          ],
          changes: [{ kind: 'function-search-path', database, signature, searchPath: pathSql(path) }],
          proof: `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_proc p, pg_catalog.unnest(p.proconfig) x WHERE p.oid = ${quoteLiteral(signature)}::regprocedure AND x LIKE 'search_path=%pg_temp')`,
        }),
      ];
    });
    if (operations.length > 0) return { ok: true, operations };
    const open = functions.map(({ one }) => one.signature);
    return {
      ok: false,
      reason:
        open.length === 0
          ? 'No function needs it.'
          : `Others may create in a schema that ${open.slice(0, 3).join(', ')} ${open.length === 1 ? 'looks' : 'look'} into. Take that right first: "No CREATE for PUBLIC in schemas".`,
    };
  },
});
