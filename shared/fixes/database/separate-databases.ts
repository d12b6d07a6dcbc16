import type { Database, Role } from '../../facts/catalog.ts';
import { quoteIdentifier, quoteLiteral } from '../../lib/quoting.ts';
import { defineFix } from '../define-fix.ts';
import { offered } from '../support/offers.ts';
import { asGrantor, maintenanceDatabase, sqlOperation, ticked } from '../support/sql.ts';

const ordinary = (roles: readonly Role[]): readonly string[] =>
  roles
    .filter(({ login, superuser, predefined }) => login && !superuser && !predefined)
    .map(({ name }) => name);

const holdsConnect = ({ grants, owner }: Database, role: string): boolean =>
  role === owner || grants.some(({ grantee, privilege }) => grantee === role && privilege === 'CONNECT');

export const separateDatabases = defineFix({
  id: 'separate-databases',
  resolves: ['sep-db-grants'],
  title: 'Let named roles connect in place of PUBLIC',
  description:
    'For each database CONNECT is granted to the chosen roles, then taken from PUBLIC. Roles made later have to be let in by name.',
  effect: 'live',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['databases', 'roles'],
  offer: () => offered,
  choices: ({ databases, roles }, finding) =>
    databases
      .filter(({ name }) => finding.subjects.some((subject) => subject.name === name))
      .map(({ name }) => ({
        kind: 'many' as const,
        key: `roles:${name}`,
        label: `Who may connect to ${name}?`,
        // All of them: nobody is cut off until the person says who does not belong there.
        options: ordinary(roles).map((role) => ({ value: role, label: role, seen: '', chosen: true })),
      })),
  plan({ databases, roles }, finding, answers, _preferences, all) {
    const operations = databases
      .filter(({ name }) => finding.subjects.some((subject) => subject.name === name))
      .flatMap((database) => {
        const key = `roles:${database.name}`;
        const chosen = answers[key] === undefined ? ordinary(roles) : ticked(answers, key, ordinary(roles));
        const added = chosen.filter((role) => !holdsConnect(database, role));
        const object = `DATABASE ${quoteIdentifier(database.name)}`;
        const grantors = database.grants
          .filter(({ grantee, privilege }) => grantee === null && privilege === 'CONNECT')
          .map(({ grantor }) => grantor);
        return [
          sqlOperation({
            database: maintenanceDatabase(all),
            statements: [
              ...added.map((role) => `GRANT CONNECT ON ${object} TO ${quoteIdentifier(role)}`),
              ...grantors.flatMap((grantor) =>
                asGrantor(database.owner, grantor, [`REVOKE CONNECT ON ${object} FROM PUBLIC`]),
              ),
            ],
            inverse: [
              ...grantors.flatMap((grantor) =>
                asGrantor(database.owner, grantor, [`GRANT CONNECT ON ${object} TO PUBLIC`]),
              ),
              ...added.map((role) => `REVOKE CONNECT ON ${object} FROM ${quoteIdentifier(role)}`),
            ],
            changes: [
              ...added.map((role) => ({
                kind: 'database-grant' as const,
                database: database.name,
                grantee: role,
                privilege: 'CONNECT',
              })),
              { kind: 'database-revoke', database: database.name, grantee: null, privilege: 'CONNECT' },
            ],
            proof: `SELECT NOT EXISTS (SELECT 1 FROM pg_catalog.pg_database d, pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) x WHERE d.datname = ${quoteLiteral(database.name)} AND x.grantee = 0 AND x.privilege_type = 'CONNECT')`,
          }),
        ];
      });
    return operations.length === 0
      ? { ok: false, reason: 'PUBLIC may connect to none of them.' }
      : { ok: true, operations };
  },
});
