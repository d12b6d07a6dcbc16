import type { Membership, Role } from '../../facts/catalog.ts';
import { quoteIdentifier, quoteLiteral } from '../../lib/quoting.ts';
import { predefinedRoles } from '../../roles/predefined-roles.ts';
import { unique } from '../../checks/support/words.ts';
import { defineFix } from '../define-fix.ts';
import { notOffered, offered } from '../support/offers.ts';
import { maintenanceDatabase, sqlOperation, ticked } from '../support/sql.ts';

const dangerous: ReadonlySet<string> = new Set(
  predefinedRoles.filter(({ reach }) => reach === 'operating-system').map(({ name }) => name),
);

/** Memberships that were granted by somebody (not those that the server brings) and lead to files or programs. */
function grantedAccess(memberships: readonly Membership[], roles: readonly Role[]): readonly Membership[] {
  const own = new Set(roles.filter(({ predefined }) => !predefined).map(({ name }) => name));
  return memberships.filter(({ role, member }) => dangerous.has(role) && own.has(member));
}

const keyOf = ({ role, member }: Membership): string => `${role} from ${member}`;

/** The statement that gives back exactly what was there: who granted it and, since 16, with which options. */
function regrant({ role, member, grantor, admin, inherit, set }: Membership, major: number): string {
  const options =
    major >= 16
      ? ` WITH ADMIN ${admin ? 'TRUE' : 'FALSE'}, INHERIT ${inherit ? 'TRUE' : 'FALSE'}, SET ${set ? 'TRUE' : 'FALSE'}`
      : admin
        ? ' WITH ADMIN OPTION'
        : '';
  return `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(member)}${options} GRANTED BY ${quoteIdentifier(grantor)}`;
}

export const noOsAccess = defineFix({
  id: 'no-os-access',
  resolves: ['role-os-access'],
  title: 'Take access to files and programs of the host',
  description:
    'The memberships that let roles run programs or open files on the host are revoked. Their rights in databases stay.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['roles', 'memberships', 'server'],
  offer: ({ roles, memberships }) =>
    grantedAccess(memberships, roles).length > 0
      ? offered
      : notOffered('No membership of an own role leads there.'),
  choices: ({ roles, memberships }) => [
    {
      kind: 'many',
      key: 'memberships',
      label: 'What is revoked?',
      options: grantedAccess(memberships, roles)
        .filter((row, index, rows) => rows.findIndex((one) => keyOf(one) === keyOf(row)) === index)
        .map((row) => ({
          value: keyOf(row),
          label: `${row.role} from ${row.member}`,
          seen: predefinedRoles.find(({ name }) => name === row.role)?.allows ?? '',
          chosen: true,
        })),
    },
  ],
  plan({ roles, memberships, server }, _finding, answers, _preferences, all) {
    const rows = grantedAccess(memberships, roles);
    const chosen = ticked(answers, 'memberships', unique(rows.map(keyOf)));
    if (chosen.length === 0) return { ok: false, reason: 'No membership is chosen.' };
    // One operation for all who granted the same membership: the proof holds only when the last grant is gone.
    return {
      ok: true,
      operations: chosen.map((key) => {
        const same = rows.filter((row) => keyOf(row) === key);
        const [{ role, member }] = same as [Membership, ...Membership[]];
        return sqlOperation({
          database: maintenanceDatabase(all),
          // Before 16 a membership has one row, whoever granted it.
          statements: same.map(
            ({ grantor }) =>
              `REVOKE ${quoteIdentifier(role)} FROM ${quoteIdentifier(member)}${server.major >= 16 ? ` GRANTED BY ${quoteIdentifier(grantor)}` : ''}`,
          ),
          inverse: same.map((row) => regrant(row, server.major)),
          changes: [{ kind: 'membership-removed', role, member }],
          proof: `SELECT NOT EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members WHERE roleid = ${quoteLiteral(quoteIdentifier(role))}::regrole AND member = ${quoteLiteral(quoteIdentifier(member))}::regrole)`,
        });
      }),
    };
  },
});
