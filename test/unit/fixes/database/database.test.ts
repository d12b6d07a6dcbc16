import { describe, expect, test } from 'vitest';
import { checks } from '../../../../shared/checks/registry.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import { databaseFixes } from '../../../../shared/fixes/database/index.ts';
import type { Answers } from '../../../../shared/fixes/define-fix.ts';
import type { OperationOf } from '../../../../shared/plan/operation.ts';
import { bootstrapRole, membership, role } from '../../support/builders.ts';
import {
  definer,
  grant,
  oddSchema,
  policy,
  publicRelation,
  rlsTable,
  view,
  withContent,
} from '../../support/contents.ts';
import { hardenedFacts, judge, valueOf, withFact, withPart } from '../../support/facts.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';

const base = hardenedFacts();
const odd = "o\"dd, 'role'";
const table = '"we""ird; schema"."o\'dd table"';

function tried(id: string, facts: FactSet) {
  const fix = databaseFixes.find((one) => one.id === id);
  if (fix === undefined) throw new Error(`no fix ${id}`);
  return { fix, ...tryFix(fix, facts, checks) };
}

/** The SQL operations of a fix; its check has to pass on the facts that are predicted. */
function fixed(id: string, facts: FactSet, answers: Answers = {}): readonly OperationOf<'sql'>[] {
  const { fix, plan } = tried(id, facts);
  const operations = operationsOf(plan(answers));
  const check = checks.find((one) => one.id === fix.resolves[0]);
  expect(check && judge(check, afterOperations(facts, operations)).status).toBe('pass');
  return operations.filter((operation) => operation.kind === 'sql');
}

const sql = (operations: readonly OperationOf<'sql'>[]) =>
  operations.map(({ statements, inverse }) => ({ statements, inverse }));
const roles = (...more: ReturnType<typeof role>[]) => withFact(base, 'roles', [bootstrapRole(), ...more]);

describe('roles', () => {
  test.each([
    ['no-createrole', { createRole: true }, 'CREATEROLE'],
    ['no-createdb', { createDatabase: true }, 'CREATEDB'],
    ['no-bypassrls', { bypassRls: true }, 'BYPASSRLS'],
  ])('%s', (id, parts, keyword) => {
    expect(sql(fixed(id, roles(role(odd, parts))))).toEqual([
      {
        statements: [`ALTER ROLE "o""dd, 'role'" NO${keyword}`],
        inverse: [`ALTER ROLE "o""dd, 'role'" ${keyword}`],
      },
    ]);
  });

  test('no-bypassrls leaves a role that makes backups to the person', () => {
    const facts = roles(role('pg_backup', { bypassRls: true }));
    expect(tried('no-bypassrls', facts).plan()).toMatchObject({ ok: false });
  });

  test('no-superuser keeps what an application needs', () => {
    const facts = roles(role(odd, { superuser: true }));
    const quoted = `"o""dd, 'role'"`;
    const [operation] = fixed('no-superuser', facts);
    expect(operation).toMatchObject({
      statements: [
        `GRANT pg_read_all_data TO ${quoted}`,
        `GRANT pg_write_all_data TO ${quoted}`,
        `ALTER ROLE ${quoted} NOSUPERUSER`,
      ],
      inverse: [
        `ALTER ROLE ${quoted} SUPERUSER`,
        `REVOKE pg_read_all_data FROM ${quoted}`,
        `REVOKE pg_write_all_data FROM ${quoted}`,
      ],
      proof: `SELECT NOT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'o"dd, ''role'''`,
    });
    expect(sql(fixed('no-superuser', facts, { keep: 'nothing' }))[0]?.statements).toHaveLength(1);
    expect(sql(fixed('no-superuser', withPart(facts, 'server', { major: 13 })))[0]?.statements).toHaveLength(
      1,
    );
  });

  test('no-superuser never takes it from the role of the session', () => {
    const facts = withPart(roles(role('admin', { superuser: true })), 'server', { role: 'admin' });
    expect(tried('no-superuser', facts).refused).toContain('by hand');
  });

  test('no-os-access revokes each grant of a membership in one step', () => {
    const group = 'pg_read_server_files';
    const facts = withFact(
      withPart(roles(role('etl'), role(group, { login: false, predefined: true })), 'server', { major: 16 }),
      'memberships',
      [membership('etl', group), membership('etl', group, { grantor: 'dba', admin: true, set: false })],
    );
    expect(sql(fixed('no-os-access', facts))).toEqual([
      {
        statements: [
          `REVOKE "${group}" FROM "etl" GRANTED BY "postgres"`,
          `REVOKE "${group}" FROM "etl" GRANTED BY "dba"`,
        ],
        inverse: [
          `GRANT "${group}" TO "etl" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE GRANTED BY "postgres"`,
          `GRANT "${group}" TO "etl" WITH ADMIN TRUE, INHERIT TRUE, SET FALSE GRANTED BY "dba"`,
        ],
      },
    ]);
  });
});

describe('privileges of PUBLIC', () => {
  test('no-public-create takes the grants of all grantors in one step', () => {
    const facts = withContent({
      schemas: [
        {
          name: oddSchema,
          owner: 'postgres',
          grants: [grant(null, 'CREATE'), grant(null, 'CREATE', 'dba'), grant(null, 'USAGE')],
          defaultAcl: false,
        },
      ],
    });
    const name = '"we""ird; schema"';
    expect(sql(fixed('no-public-create', facts))).toEqual([
      {
        statements: [
          `REVOKE CREATE ON SCHEMA ${name} FROM PUBLIC`,
          'SET LOCAL ROLE "dba"',
          `REVOKE CREATE ON SCHEMA ${name} FROM PUBLIC`,
          'RESET ROLE',
        ],
        inverse: [
          `GRANT CREATE ON SCHEMA ${name} TO PUBLIC`,
          'SET LOCAL ROLE "dba"',
          `GRANT CREATE ON SCHEMA ${name} TO PUBLIC`,
          'RESET ROLE',
        ],
      },
    ]);
  });

  test('no-public-tables hands the rights to roles first', () => {
    const facts = withContent({ publicRelations: [publicRelation()] });
    expect(sql(fixed('no-public-tables', facts))).toEqual([
      {
        statements: [
          `GRANT SELECT ON TABLE ${table} TO "shop_app"`,
          `REVOKE SELECT ON TABLE ${table} FROM PUBLIC`,
        ],
        inverse: [
          `GRANT SELECT ON TABLE ${table} TO PUBLIC`,
          `REVOKE SELECT ON TABLE ${table} FROM "shop_app"`,
        ],
      },
    ]);
    expect(tried('no-public-tables', facts).safe).toBe(true);
    expect(sql(fixed('no-public-tables', facts, { keep: '' }))[0]?.statements).toHaveLength(1);
  });

  test('no-public-tables is not safe where rights on single columns would be lost', () => {
    const privileges = [{ privilege: 'SELECT', grantor: 'postgres', grantable: false, column: 'a"b' }];
    const facts = withContent({ publicRelations: [publicRelation({ privileges })] });
    expect(sql(fixed('no-public-tables', facts))[0]?.statements).toEqual([
      `REVOKE SELECT ("a""b") ON TABLE ${table} FROM PUBLIC`,
    ]);
    expect(tried('no-public-tables', facts).safe).toBe(false);
  });

  test('separate-databases grants by name before it revokes', () => {
    const [one] = valueOf(base, 'databases');
    if (one === undefined) throw new Error('no database');
    const facts = withFact(
      base,
      'databases',
      ['postgres', 'a', 'b "c"'].map((name) => ({ ...one, name, grants: [grant(null, 'CONNECT')] })),
    );
    expect(sql(fixed('separate-databases', facts))[1]).toEqual({
      statements: [
        'GRANT CONNECT ON DATABASE "b ""c""" TO "shop_app"',
        'REVOKE CONNECT ON DATABASE "b ""c""" FROM PUBLIC',
      ],
      inverse: [
        'GRANT CONNECT ON DATABASE "b ""c""" TO PUBLIC',
        'REVOKE CONNECT ON DATABASE "b ""c""" FROM "shop_app"',
      ],
    });
  });
});

describe('row level security', () => {
  test('enable-rls is safe only where each role has a policy', () => {
    const facts = (parts: Parameters<typeof policy>[0]) =>
      withContent({ rlsTables: [rlsTable({ enabled: false })], policies: [policy(parts)] });
    expect(sql(fixed('enable-rls', facts({})))).toEqual([
      {
        statements: [`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`],
        inverse: [`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`],
      },
    ]);
    expect(tried('enable-rls', facts({})).safe).toBe(true);
    expect(tried('enable-rls', facts({ roles: ['somebody'] })).safe).toBe(false);
    expect(tried('enable-rls', facts({ permissive: false })).safe).toBe(false);
  });

  test('index-policy-columns builds each index once, outside a transaction', () => {
    const column = { columns: [{ name: 'te"nant', indexed: false }] };
    const facts = withContent({
      rlsTables: [rlsTable()],
      policies: [policy(column), policy({ ...column, name: 'two' })],
    });
    const [operation, ...more] = fixed('index-policy-columns', facts);
    expect(more).toEqual([]);
    expect(operation?.transactional).toBe(false);
    expect(operation?.statements[0]).toMatch(
      /^CREATE INDEX CONCURRENTLY IF NOT EXISTS "portcullis_\w+" ON "we""ird; schema"\."o'dd table" \("te""nant"\)$/,
    );
    expect(operation?.inverse[0]).toMatch(
      /^DROP INDEX CONCURRENTLY IF EXISTS "we""ird; schema"\."portcullis_\w+"$/,
    );
  });

  test('invoker-views needs 15', () => {
    const facts = withContent({ rlsViews: [view()] });
    expect(sql(fixed('invoker-views', facts))[0]?.statements).toEqual([
      'ALTER VIEW "we""ird; schema"."v""1" SET (security_invoker = on)',
    ]);
    expect(tried('invoker-views', withPart(facts, 'server', { major: 14 })).refused).toContain(
      'security_invoker',
    );
  });
});

describe('definer-search-path', () => {
  const routine = 'ALTER FUNCTION "we""ird; schema"."pay"(amount integer)';
  const schema = (name: string, ...grants: ReturnType<typeof grant>[]) => ({
    name,
    owner: 'postgres',
    grants,
    defaultAcl: false,
  });
  const facts = (parts: Parameters<typeof definer>[0], ...schemas: ReturnType<typeof schema>[]) =>
    withContent({ definerFunctions: [definer(parts)], schemas });

  test('gives a path where there is none, and keeps one that is there', () => {
    expect(sql(fixed('definer-search-path', facts({})))).toEqual([
      {
        statements: [`${routine} SET search_path = "we""ird; schema", "public", "pg_temp"`],
        inverse: [`${routine} RESET search_path`],
      },
    ]);
    expect(sql(fixed('definer-search-path', facts({ searchPath: 'pg_temp, "a, b", shop' })))).toEqual([
      {
        statements: [`${routine} SET search_path = "a, b", "shop", "pg_temp"`],
        inverse: [`${routine} SET search_path = "pg_temp", "a, b", "shop"`],
      },
    ]);
  });

  test('quotes a stored path anew: its text comes from whoever owns the function', () => {
    const hostile = facts({ searchPath: 'x;DROP/**/TABLE/**/y' });
    expect(sql(fixed('definer-search-path', hostile))[0]?.inverse).toEqual([
      `${routine} SET search_path = "x;drop/**/table/**/y"`,
    ]);
    expect(tried('definer-search-path', facts({ searchPath: 'a b; DROP TABLE y' })).plan()).toMatchObject({
      ok: false,
    });
  });

  test('waits until nobody else may create in the schemas that it needs', () => {
    const open = tried('definer-search-path', facts({}, schema('public', grant(null, 'CREATE'))));
    expect(open.plan()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('Others may create') as string,
    });
    const stale = facts({ searchPath: 'public, pg_temp', writableSchemas: ['public'] }, schema('public'));
    expect(sql(fixed('definer-search-path', stale))[0]?.statements).toEqual([
      `${routine} SET search_path = "public", "pg_temp"`,
    ]);
  });
});
