import { splitList } from '../config/lists.ts';
import type { DatabaseContent } from '../facts/catalog.ts';
import type { FactSet } from '../facts/facts.ts';

type DefinerFunction = DatabaseContent['definerFunctions'][number];

/**
 * Whether somebody other than the owner of the function and superusers may create in a schema, by the same rule as the
 * collector's statement: the right of pg_database_owner is that of whoever owns the database.
 */
function othersMayCreate(
  schema: DatabaseContent['schemas'][number],
  { owner }: DefinerFunction,
  databaseOwner: string | undefined,
  superusers: ReadonlySet<string>,
): boolean {
  return schema.grants.some(({ grantee, privilege }) => {
    const holder = grantee === 'pg_database_owner' ? (databaseOwner ?? grantee) : grantee;
    return privilege === 'CREATE' && holder !== owner && (holder === null || !superusers.has(holder));
  });
}

/** The schemas of a function's own search_path into which others can write, as the facts stand; a schema unknown to them stays as it was found. */
export function writableSchemasOf(
  { roles, databases }: FactSet,
  content: DatabaseContent,
  one: DefinerFunction,
): readonly string[] {
  if (one.searchPath === null || roles.state !== 'collected') return one.writableSchemas;
  const superusers = new Set(roles.value.filter(({ superuser }) => superuser).map(({ name }) => name));
  const databaseOwner =
    databases.state === 'collected'
      ? databases.value.find(({ name }) => name === content.database)?.owner
      : undefined;
  return [...new Set(splitList(one.searchPath, 'identifiers') ?? [])].filter((name) => {
    const schema = content.schemas.find((row) => row.name === name);
    return schema === undefined
      ? one.writableSchemas.includes(name)
      : othersMayCreate(schema, one, databaseOwner, superusers);
  });
}
