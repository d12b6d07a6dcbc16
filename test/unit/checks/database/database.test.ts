import { expect, test } from 'vitest';
import { databaseChecks } from '../../../../shared/checks/database/index.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import { bootstrapRole, membership, role } from '../../support/builders.ts';
import {
  definer,
  grant,
  policy,
  publicRelation,
  rlsTable,
  view,
  withContent,
} from '../../support/contents.ts';
import { hardenedFacts, judge, valueOf, withFact, withPart } from '../../support/facts.ts';

const base = hardenedFacts();
const roles = (...more: ReturnType<typeof role>[]) => withFact(base, 'roles', [bootstrapRole(), ...more]);
const granted = (group: string, ...path: string[]) =>
  withFact(
    roles(role('app'), role('team', { login: false }), role(group, { login: false, predefined: true })),
    'memberships',
    [...path, group].slice(1).map((to, index) => membership([...path, group][index] ?? '', to)),
  );
const schema = (...grants: ReturnType<typeof grant>[]) =>
  withContent({ schemas: [{ name: 'public', owner: 'postgres', grants, defaultAcl: false }] });
const hidden = withFact(base, 'skippedDatabases', [{ database: 'hr', reason: 'permission denied' }]);
const template0 = withFact(base, 'skippedDatabases', [
  { database: 'template0', reason: 'it does not allow connections' },
]);
const databases = (...connect: (string | null)[]) => {
  const [one] = valueOf(base, 'databases');
  if (one === undefined) throw new Error('no database');
  return withFact(
    base,
    'databases',
    ['postgres', 'a', 'b'].map((name) => ({
      ...one,
      name,
      grants: name === 'b' ? connect.map((grantee) => grant(grantee, 'CONNECT')) : [],
    })),
  );
};
const off = rlsTable({ enabled: false });
const slow = policy({ columns: [{ name: 'tenant', indexed: false }] });

test.each<[string, string, FactSet, unknown, string]>([
  ['role-superuser-count', 'a second superuser', roles(role('app', { superuser: true })), {}, 'fail high'],
  ['role-superuser-count', 'allowed', roles(role('app', { superuser: true })), { allowed: ['app'] }, 'pass'],
  ['role-superuser-count', 'no login', roles(role('app', { superuser: true, login: false })), {}, 'pass'],
  [
    'role-superuser-count',
    'by membership',
    withFact(roles(role('app')), 'memberships', [membership('app', 'postgres')]),
    {},
    'fail high',
  ],
  ['role-createrole', 'on 15', roles(role('app', { createRole: true })), {}, 'fail high'],
  [
    'role-createrole',
    'from 16 on',
    withPart(roles(role('app', { createRole: true })), 'server', { major: 16 }),
    {},
    'fail medium',
  ],
  ['role-createdb', 'a role', roles(role('app', { createDatabase: true })), {}, 'fail low'],
  ['role-bypassrls', 'a role', roles(role('app', { bypassRls: true })), {}, 'fail high'],
  ['role-bypassrls', 'allowed', roles(role('b', { bypassRls: true })), { allowed: ['b'] }, 'pass'],
  ['role-os-access', 'direct', granted('pg_execute_server_program', 'app'), {}, 'fail high'],
  ['role-os-access', 'over a group', granted('pg_read_server_files', 'app', 'team'), {}, 'fail high'],
  ['role-os-access', 'harmless', granted('pg_monitor', 'app'), {}, 'pass'],
  ['priv-public-schema-create', 'PUBLIC', schema(grant(null, 'CREATE')), {}, 'fail high'],
  [
    'priv-public-schema-create',
    'a role, and USAGE',
    schema(grant('app', 'CREATE'), grant(null, 'USAGE')),
    {},
    'pass',
  ],
  ['priv-public-schema-create', 'a database not seen', hidden, {}, 'not-assessed'],
  ['priv-public-schema-create', 'template0', template0, {}, 'pass'],
  ['priv-public-tables', 'PUBLIC', withContent({ publicRelations: [publicRelation()] }), {}, 'fail high'],
  [
    'rls-policy-disabled',
    'off',
    withContent({ rlsTables: [off], policies: [policy()] }),
    {},
    'fail critical',
  ],
  ['rls-policy-disabled', 'on', withContent({ rlsTables: [rlsTable()], policies: [policy()] }), {}, 'pass'],
  ['rls-no-policy', 'none', withContent({ rlsTables: [rlsTable()] }), {}, 'fail low'],
  ['rls-no-policy', 'one', withContent({ rlsTables: [rlsTable()], policies: [policy()] }), {}, 'pass'],
  ['rls-always-true', 'true', withContent({ policies: [policy({ using: 'true' })] }), {}, 'fail high'],
  [
    'rls-always-true',
    'written otherwise',
    withContent({ policies: [policy({ using: '((1 = 1))' })] }),
    {},
    'fail high',
  ],
  [
    'rls-always-true',
    'in the check',
    withContent({ policies: [policy({ check: 'true' })] }),
    {},
    'fail high',
  ],
  [
    'rls-always-true',
    'narrowed',
    withContent({ policies: [policy({ using: 'true' }), policy({ name: 'r', permissive: false })] }),
    {},
    'pass',
  ],
  [
    'rls-index-support',
    'no index',
    withContent({ rlsTables: [rlsTable()], policies: [slow] }),
    {},
    'fail low',
  ],
  [
    'rls-index-support',
    'a small table',
    withContent({ rlsTables: [rlsTable({ estimatedRows: 10 })], policies: [slow] }),
    {},
    'pass',
  ],
  [
    'rls-index-support',
    'never analysed',
    withContent({ rlsTables: [rlsTable({ estimatedRows: -1 })], policies: [slow] }),
    {},
    'fail low',
  ],
  ['rls-view-bypass', 'as owner', withContent({ rlsViews: [view()] }), {}, 'fail high'],
  ['rls-view-bypass', 'as invoker', withContent({ rlsViews: [view({ securityInvoker: true })] }), {}, 'pass'],
  [
    'rls-view-bypass',
    'an owner that is bound',
    withContent({ rlsViews: [view({ ownerBypasses: false })] }),
    {},
    'pass',
  ],
  ...(
    [
      ['no path', {}, 'fail high'],
      ['pg_temp last', { searchPath: 'shop, pg_temp' }, 'pass'],
      ['pg_temp not last', { searchPath: 'pg_temp, shop' }, 'fail high'],
      ['no pg_temp', { searchPath: 'shop' }, 'fail high'],
      ['empty', { searchPath: '""' }, 'pass'],
      ['a name with a comma', { searchPath: '"a, pg_temp"' }, 'fail high'],
      ['others may create', { searchPath: 'shop, pg_temp', writableSchemas: ['shop'] }, 'fail high'],
    ] as const
  ).map(([name, parts, expected]): [string, string, FactSet, unknown, string] => [
    'fn-secdef-path',
    name,
    withContent({
      definerFunctions: [
        definer({
          ...parts,
          writableSchemas: [...('writableSchemas' in parts ? parts.writableSchemas : [])],
        }),
      ],
    }),
    {},
    expected,
  ]),
  ['sep-db-grants', 'one database', base, {}, 'not-applicable'],
  ['sep-db-grants', 'PUBLIC', databases(null), {}, 'fail high'],
  ['sep-db-grants', 'named roles', databases('app'), {}, 'pass'],
])('%s: %s', (id, _, facts, parameters, expected) => {
  const check = databaseChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  const { status, severity } = judge(check, facts, parameters);
  expect(status === 'fail' ? `fail ${severity}` : status).toBe(expected);
});
