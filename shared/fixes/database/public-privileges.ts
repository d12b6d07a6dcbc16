import type { DatabaseContent } from '../../facts/catalog.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../lib/quoting.ts';
import { defineFix } from '../define-fix.ts';
import { notOffered, offered } from '../support/offers.ts';
import { asGrantor, sqlOperation, ticked } from '../support/sql.ts';

export const noPublicCreate = defineFix({
  id: 'no-public-create',
  resolves: ['priv-public-schema-create'],
  title: 'No CREATE for PUBLIC in schemas',
  description: 'PUBLIC may no longer create objects in these schemas. Using what is there goes on.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['contents'],
  offer: () => offered,
  choices: () => [],
  plan({ contents }) {
    const operations = contents.flatMap(({ database, schemas }) =>
      schemas.flatMap(({ name, owner, grants }) => {
        const grantors = grants
          .filter(({ grantee, privilege }) => grantee === null && privilege === 'CREATE')
          .map(({ grantor }) => grantor);
        // One operation for all who granted it: the proof holds only when the last grant is gone.
        return grantors.length === 0
          ? []
          : [
              sqlOperation({
                database,
                statements: grantors.flatMap((grantor) =>
                  asGrantor(owner, grantor, [`REVOKE CREATE ON SCHEMA ${quoteIdentifier(name)} FROM PUBLIC`]),
                ),
                inverse: grantors.flatMap((grantor) =>
                  asGrantor(owner, grantor, [`GRANT CREATE ON SCHEMA ${quoteIdentifier(name)} TO PUBLIC`]),
                ),
                changes: [
                  { kind: 'schema-revoke', database, schema: name, grantee: null, privilege: 'CREATE' },
                ],
                proof: `SELECT NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) x WHERE n.nspname = ${quoteLiteral(name)} AND x.grantee = 0 AND x.privilege_type = 'CREATE')`,
              }),
            ];
      }),
    );
    return operations.length === 0
      ? { ok: false, reason: 'PUBLIC may create in no schema.' }
      : { ok: true, operations };
  },
});

type PublicRelation = DatabaseContent['publicRelations'][number];

const objectOf = ({ schema, name, kind }: PublicRelation): string =>
  `${kind === 'S' ? 'SEQUENCE' : 'TABLE'} ${quoteQualified(schema, name)}`;

/** `SELECT, INSERT (a, b)`: privileges of one grantor as GRANT and REVOKE take them. */
function privilegeList(privileges: PublicRelation['privileges']): string {
  return privileges
    .map(({ privilege, column }) =>
      column === null ? privilege : `${privilege} (${quoteIdentifier(column)})`,
    )
    .join(', ');
}

/** Whether a role already holds a privilege by name, so that it is neither granted nor, on the way back, revoked. */
function holds({ grants = [], owner }: PublicRelation, role: string, privilege: string): boolean {
  return role === owner || grants.some((grant) => grant.grantee === role && grant.privilege === privilege);
}

export const noPublicTables = defineFix({
  id: 'no-public-tables',
  resolves: ['priv-public-tables'],
  title: 'Name the roles in place of PUBLIC on tables',
  description:
    'What PUBLIC may do on these tables is granted to the chosen roles by name, then taken from PUBLIC. Roles made later have nothing until somebody grants it.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['contents', 'roles'],
  // A privilege on single columns is not handed on to roles, so who used it loses it.
  safeFor: ({ contents }) =>
    contents.every(({ publicRelations }) =>
      publicRelations.every(({ privileges }) => privileges.every(({ column }) => column === null)),
    ),
  offer: ({ contents }) =>
    contents.some(({ publicRelations }) => publicRelations.some(({ grants }) => grants === undefined))
      ? notOffered(
          'These facts do not tell who else has rights on the tables. Inspect again with this version.',
        )
      : offered,
  choices: ({ roles }) => [
    {
      kind: 'many',
      key: 'keep',
      label: 'Which roles keep what PUBLIC had?',
      options: roles
        .filter(({ login, superuser, predefined }) => login && !superuser && !predefined)
        .map(({ name }) => ({ value: name, label: name, seen: '', chosen: true })),
    },
  ],
  plan({ contents, roles }, _finding, answers) {
    const keep = ticked(
      answers,
      'keep',
      roles
        .filter(({ login, superuser, predefined }) => login && !superuser && !predefined)
        .map(({ name }) => name),
    );
    const operations = contents.flatMap(({ database, publicRelations }) =>
      publicRelations.map((relation) => {
        const object = objectOf(relation);
        const grantors = [...new Set(relation.privileges.map(({ grantor }) => grantor))];
        const statements: string[] = [];
        const inverse: string[] = [];
        for (const grantor of grantors) {
          const privileges = relation.privileges.filter((row) => row.grantor === grantor);
          const list = privilegeList(privileges);
          statements.push(...asGrantor(relation.owner, grantor, [`REVOKE ${list} ON ${object} FROM PUBLIC`]));
          inverse.push(...asGrantor(relation.owner, grantor, [`GRANT ${list} ON ${object} TO PUBLIC`]));
        }
        for (const role of keep) {
          // A privilege on single columns cannot be told apart from one that was there before: it is not handed on.
          const missing = [
            ...new Set(
              relation.privileges
                .filter(({ column, privilege }) => column === null && !holds(relation, role, privilege))
                .map(({ privilege }) => privilege),
            ),
          ];
          if (missing.length === 0) continue;
          statements.unshift(`GRANT ${missing.join(', ')} ON ${object} TO ${quoteIdentifier(role)}`);
          inverse.push(`REVOKE ${missing.join(', ')} ON ${object} FROM ${quoteIdentifier(role)}`);
        }
        return sqlOperation({
          database,
          statements,
          inverse,
          changes: [
            { kind: 'relation-revoke-public', database, schema: relation.schema, name: relation.name },
          ],
          proof: `SELECT NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) x WHERE c.oid = ${quoteLiteral(quoteQualified(relation.schema, relation.name))}::regclass AND x.grantee = 0) AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) x WHERE a.attrelid = ${quoteLiteral(quoteQualified(relation.schema, relation.name))}::regclass AND x.grantee = 0)`,
        });
      }),
    );
    return operations.length === 0
      ? { ok: false, reason: 'PUBLIC has no privilege on any table.' }
      : { ok: true, operations };
  },
});
