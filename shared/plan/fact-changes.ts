import type { DatabaseContent } from '../facts/catalog.ts';
import { collected } from '../facts/fact.ts';
import type { FactName, FactSet, FactValue } from '../facts/facts.ts';
import { assertNever } from '../lib/assert-never.ts';
import type { FactChange } from './operation.ts';
import { writableSchemasOf } from './writable-schemas.ts';

/** Facts with one of them replaced by a function of its value; a fact that is not collected stays as it is. */
export function mapFact<K extends FactName>(
  facts: FactSet,
  name: K,
  map: (value: FactValue<K>) => FactValue<K>,
): FactSet {
  const fact = facts[name];
  if (fact.state !== 'collected') return facts;
  return { ...facts, [name]: collected(map(fact.value as FactValue<K>)) };
}

function mapContent(
  facts: FactSet,
  database: string,
  map: (content: DatabaseContent) => DatabaseContent,
): FactSet {
  return mapFact(facts, 'contents', (contents) =>
    contents.map((content) => (content.database === database ? map(content) : content)),
  );
}

/** Facts as they would be once a statement has run. */
export function applyFactChange(facts: FactSet, change: FactChange): FactSet {
  const changed = applyChange(facts, change);
  const moves = ['role', 'schema-revoke', 'function-search-path'].includes(change.kind);
  return moves ? judgePathsAnew(changed) : changed;
}

/** Who may write into the search_path of a function hangs on roles and grants, so it is found anew when these change. */
function judgePathsAnew(facts: FactSet): FactSet {
  return mapFact(facts, 'contents', (contents) =>
    contents.map((content) => ({
      ...content,
      definerFunctions: content.definerFunctions.map((one) => ({
        ...one,
        writableSchemas: [...writableSchemasOf(facts, content, one)],
      })),
    })),
  );
}

function applyChange(facts: FactSet, change: FactChange): FactSet {
  switch (change.kind) {
    case 'role':
      return mapFact(facts, 'roles', (roles) =>
        roles.map((role) => (role.name === change.role ? { ...role, ...defined(change.set) } : role)),
      );
    case 'membership-removed':
      return mapFact(facts, 'memberships', (rows) =>
        rows.filter((row) => row.role !== change.role || row.member !== change.member),
      );
    case 'membership-added':
      return mapFact(facts, 'memberships', (rows) => [
        ...rows,
        { role: change.role, member: change.member, grantor: '', admin: false, inherit: true, set: true },
      ]);
    case 'schema-revoke':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        schemas: content.schemas.map((schema) =>
          schema.name === change.schema
            ? {
                ...schema,
                defaultAcl: false,
                grants: schema.grants.filter(
                  (grant) => grant.grantee !== change.grantee || grant.privilege !== change.privilege,
                ),
              }
            : schema,
        ),
      }));
    case 'relation-revoke-public':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        publicRelations: content.publicRelations.filter(
          (row) => row.schema !== change.schema || row.name !== change.name,
        ),
      }));
    case 'database-revoke':
      return mapFact(facts, 'databases', (databases) =>
        databases.map((database) =>
          database.name === change.database
            ? {
                ...database,
                defaultAcl: false,
                grants: database.grants.filter(
                  (grant) => grant.grantee !== change.grantee || grant.privilege !== change.privilege,
                ),
              }
            : database,
        ),
      );
    case 'database-grant':
      return mapFact(facts, 'databases', (databases) =>
        databases.map((database) =>
          database.name === change.database
            ? {
                ...database,
                defaultAcl: false,
                grants: [
                  ...database.grants,
                  {
                    grantee: change.grantee,
                    grantor: database.owner,
                    privilege: change.privilege,
                    grantable: false,
                  },
                ],
              }
            : database,
        ),
      );
    case 'rls-enabled':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        rlsTables: content.rlsTables.map((table) =>
          table.schema === change.schema && table.name === change.table ? { ...table, enabled: true } : table,
        ),
      }));
    case 'policy-removed':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        policies: content.policies.filter(
          (policy) =>
            policy.schema !== change.schema || policy.table !== change.table || policy.name !== change.policy,
        ),
      }));
    case 'policy-column-indexed':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        policies: content.policies.map((policy) =>
          policy.schema === change.schema && policy.table === change.table
            ? {
                ...policy,
                columns: policy.columns.map((column) =>
                  column.name === change.column ? { ...column, indexed: true } : column,
                ),
              }
            : policy,
        ),
      }));
    case 'view-invoker':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        rlsViews: content.rlsViews.map((view) =>
          view.schema === change.schema && view.name === change.view
            ? { ...view, securityInvoker: true }
            : view,
        ),
      }));
    case 'function-search-path':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        definerFunctions: content.definerFunctions.map((row) =>
          row.signature === change.signature ? { ...row, searchPath: change.searchPath } : row,
        ),
      }));
    case 'extension-added':
      return mapContent(facts, change.database, (content) => ({
        ...content,
        extensions: [
          ...content.extensions.filter((extension) => extension.name !== change.extension.name),
          change.extension,
        ],
      }));
    default:
      return assertNever(change, 'fact change');
  }
}

/** The entries of an object that have a value, so that spreading them overwrites nothing with undefined. */
function defined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
