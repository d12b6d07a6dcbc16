import type { Role } from '../../facts/catalog.ts';
import type { Finding } from '../../findings/finding.ts';
import { quoteIdentifier, quoteLiteral } from '../../lib/quoting.ts';
import type { FactChange } from '../../plan/operation.ts';
import { defineFix, type AnyFix } from '../define-fix.ts';
import { offered, notOffered } from '../support/offers.ts';
import { maintenanceDatabase, sqlOperation, ticked } from '../support/sql.ts';

interface AttributeFix {
  readonly id: string;
  readonly check: string;
  readonly keyword: string;
  readonly column: string;
  readonly attribute: 'createRole' | 'createDatabase' | 'bypassRls';
  readonly title: string;
  readonly description: string;
}

const attributeFixes: readonly AttributeFix[] = [
  {
    id: 'no-createrole',
    check: 'role-createrole',
    keyword: 'CREATEROLE',
    column: 'rolcreaterole',
    attribute: 'createRole',
    title: 'Take CREATEROLE from ordinary roles',
    description: 'The chosen roles can no longer make or change roles. They log in and work as before.',
  },
  {
    id: 'no-createdb',
    check: 'role-createdb',
    keyword: 'CREATEDB',
    column: 'rolcreatedb',
    attribute: 'createDatabase',
    title: 'Take CREATEDB from ordinary roles',
    description: 'The chosen roles can no longer create databases. What they own stays theirs.',
  },
  {
    id: 'no-bypassrls',
    check: 'role-bypassrls',
    keyword: 'BYPASSRLS',
    column: 'rolbypassrls',
    attribute: 'bypassRls',
    title: 'Take BYPASSRLS from ordinary roles',
    description:
      'Row policies count for the chosen roles from now on: they see the rows that a policy gives them.',
  },
];

/** Copies of whole tables need every row: such roles are offered, and not ticked. */
const looksLikeBackup = ({ name, replication }: Role): boolean =>
  replication || /backup|dump|barman|pgbackrest|replic/i.test(name);

const named = (finding: Finding): readonly string[] =>
  finding.subjects.filter(({ kind }) => kind === 'role').map(({ name }) => name);

/** One fix a role attribute: they differ in its name only. */
export const roleAttributeFixes: readonly AnyFix[] = attributeFixes.map((fix) =>
  defineFix({
    id: fix.id,
    resolves: [fix.check],
    title: fix.title,
    description: fix.description,
    effect: 'live',
    reversible: true,
    cutsOff: false,
    safe: true,
    needs: ['roles'],
    offer: () => offered,
    choices: ({ roles }, finding) => [
      {
        kind: 'many',
        key: 'roles',
        label: 'Which roles lose it?',
        options: roles
          .filter(({ name }) => named(finding).includes(name))
          .map((role) => ({
            value: role.name,
            label: role.name,
            seen: role.login ? 'may log in' : 'no login',
            chosen: fix.attribute !== 'bypassRls' || !looksLikeBackup(role),
          })),
      },
    ],
    plan(_facts, finding, answers, _preferences, all) {
      const chosen = ticked(answers, 'roles', named(finding));
      if (chosen.length === 0) return { ok: false, reason: 'No role is chosen.' };
      return {
        ok: true,
        operations: chosen.map((role) =>
          sqlOperation({
            database: maintenanceDatabase(all),
            statements: [`ALTER ROLE ${quoteIdentifier(role)} NO${fix.keyword}`],
            inverse: [`ALTER ROLE ${quoteIdentifier(role)} ${fix.keyword}`],
            changes: [{ kind: 'role', role, set: { [fix.attribute]: false } }],
            proof: `SELECT NOT ${fix.column} FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(role)}`,
          }),
        ),
      };
    },
  }),
);

const dataRoles = ['pg_read_all_data', 'pg_write_all_data'] as const;

/** Superusers that are so by themselves, and not the session's own role: what this program may take it from. */
function removable(roles: readonly Role[], finding: Finding, own: string): readonly Role[] {
  return roles.filter(
    ({ name, superuser, bootstrap }) =>
      superuser && !bootstrap && name !== own && named(finding).includes(name),
  );
}

export const noSuperuser = defineFix({
  id: 'no-superuser',
  resolves: ['role-superuser-count'],
  title: 'Take SUPERUSER from ordinary roles',
  description:
    'The chosen roles are no longer superuser. So that an application goes on working, they may keep reading and changing all data.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['roles', 'memberships', 'server'],
  offer: ({ roles, server }, finding) =>
    removable(roles, finding, server.role).length > 0
      ? offered
      : notOffered(
          'These roles become superuser through a membership, or are the one that Portcullis uses. Decide by hand.',
        ),
  choices: ({ roles, server }, finding) => [
    {
      kind: 'many',
      key: 'roles',
      label: 'Which roles lose it?',
      options: removable(roles, finding, server.role).map(({ name, login }) => ({
        value: name,
        label: name,
        seen: login ? 'may log in' : 'no login',
        chosen: true,
      })),
    },
    {
      kind: 'one',
      key: 'keep',
      label: 'What do they keep?',
      options:
        server.major >= 14
          ? [
              {
                value: 'data',
                label: 'Reading and changing all data',
                seen: 'pg_read_all_data, pg_write_all_data',
                chosen: true,
              },
              { value: 'nothing', label: 'Only what they own or were granted', seen: '', chosen: false },
            ]
          : [
              {
                value: 'nothing',
                label: 'Only what they own or were granted',
                seen: 'PostgreSQL 13 has no role for all data',
                chosen: true,
              },
            ],
    },
  ],
  plan({ roles, memberships, server }, finding, answers, _preferences, all) {
    const chosen = ticked(
      answers,
      'roles',
      removable(roles, finding, server.role).map(({ name }) => name),
    );
    if (chosen.length === 0) return { ok: false, reason: 'No role is chosen.' };
    const keep = answers.keep === 'data' && server.major >= 14;
    return {
      ok: true,
      operations: chosen.map((role) => {
        const added = keep
          ? dataRoles.filter((group) => !memberships.some((row) => row.role === group && row.member === role))
          : [];
        const quoted = quoteIdentifier(role);
        const changes: FactChange[] = [
          { kind: 'role', role, set: { superuser: false } },
          ...added.map((group) => ({ kind: 'membership-added' as const, role: group, member: role })),
        ];
        return sqlOperation({
          database: maintenanceDatabase(all),
          statements: [
            ...added.map((group) => `GRANT ${group} TO ${quoted}`),
            `ALTER ROLE ${quoted} NOSUPERUSER`,
          ],
          inverse: [
            `ALTER ROLE ${quoted} SUPERUSER`,
            ...added.map((group) => `REVOKE ${group} FROM ${quoted}`),
          ],
          changes,
          proof: `SELECT NOT rolsuper FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(role)}`,
        });
      }),
    };
  },
});
