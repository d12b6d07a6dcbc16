import type { DatabaseContent, Grant } from '../../../shared/facts/catalog.ts';
import type { FactSet } from '../../../shared/facts/facts.ts';
import { hardenedFacts, valueOf, withFact } from './facts.ts';

export const oddSchema = 'we"ird; schema';
export const oddTable = "o'dd table";

/** The facts with parts of what the database shop holds changed. */
export function withContent(parts: Partial<DatabaseContent>, facts: FactSet = hardenedFacts()): FactSet {
  return withFact(
    facts,
    'contents',
    valueOf(facts, 'contents').map((content) =>
      content.database === 'shop' ? { ...content, ...parts } : content,
    ),
  );
}

export const grant = (grantee: string | null, privilege: string, grantor = 'postgres'): Grant => ({
  grantee,
  grantor,
  privilege,
  grantable: false,
});

export const rlsTable = (parts: Partial<DatabaseContent['rlsTables'][number]> = {}) => ({
  schema: oddSchema,
  name: oddTable,
  owner: 'postgres',
  enabled: true,
  forced: false,
  estimatedRows: 5000,
  grants: [grant('shop_app', 'SELECT')],
  ...parts,
});

export const policy = (parts: Partial<DatabaseContent['policies'][number]> = {}) => ({
  schema: oddSchema,
  table: oddTable,
  name: 'own',
  permissive: true,
  command: 'ALL' as const,
  roles: [],
  using: '(tenant = 1)',
  check: null,
  columns: [{ name: 'tenant', indexed: true }],
  ...parts,
});

export const view = (parts: Partial<DatabaseContent['rlsViews'][number]> = {}) => ({
  schema: oddSchema,
  name: 'v"1',
  owner: 'postgres',
  securityInvoker: false,
  ownerBypasses: true,
  tables: [{ schema: oddSchema, name: oddTable, owner: 'postgres' }],
  ...parts,
});

export const definer = (parts: Partial<DatabaseContent['definerFunctions'][number]> = {}) => ({
  schema: oddSchema,
  name: 'pay',
  owner: 'postgres',
  signature: '"we""ird; schema".pay(integer)',
  identityArguments: 'amount integer',
  kind: 'function' as const,
  searchPath: null,
  writableSchemas: [],
  ownerIsSuperuser: true,
  publicExecute: true,
  ...parts,
});

export const publicRelation = (parts: Partial<DatabaseContent['publicRelations'][number]> = {}) => ({
  schema: oddSchema,
  name: oddTable,
  owner: 'postgres',
  kind: 'r',
  privileges: [{ privilege: 'SELECT', grantor: 'postgres', grantable: false, column: null }],
  grants: [],
  ...parts,
});
