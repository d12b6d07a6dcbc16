import type { Database, Membership, Role } from '../../../shared/facts/catalog.ts';
import { clusterSql, defineCollector, rowsAs } from '../define-collector.ts';
import { grants, isoTime } from './sql-parts.ts';

const roleColumns = `r.rolname AS name, r.rolsuper AS superuser, r.rolinherit AS inherit, r.rolcreaterole AS "createRole",
  r.rolcreatedb AS "createDatabase", r.rolcanlogin AS login, r.rolreplication AS replication,
  r.rolbypassrls AS "bypassRls", r.rolconnlimit AS "connectionLimit", ${isoTime('r.rolvaliduntil')} AS "validUntil",
  coalesce((SELECT array_agg(x ORDER BY x) FROM pg_db_role_setting s, unnest(s.setconfig) x
    WHERE s.setrole = r.oid AND s.setdatabase = 0), '{}') AS settings,
  r.oid < 16384 AND left(r.rolname::text, 3) = 'pg_' AS predefined, r.oid = 10 AS bootstrap`;

/** Roles and who is a member of whom. Of a verifier only its kind leaves the server. */
export const rolesCollector = defineCollector({
  subject: 'roles',
  facts: ['roles', 'memberships'],
  probes: {
    withVerifiers: clusterSql(`SELECT ${roleColumns}, CASE WHEN r.rolpassword IS NULL THEN 'none'
  WHEN r.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5'
  WHEN left(r.rolpassword, 14) = 'SCRAM-SHA-256$' THEN 'scram-sha-256' ELSE 'other' END AS verifier
  FROM pg_authid r ORDER BY r.rolname`),
    withoutVerifiers: clusterSql(
      `SELECT ${roleColumns}, 'unknown' AS verifier FROM pg_roles r ORDER BY r.rolname`,
    ),
    memberships: clusterSql(
      (major) => `SELECT g.rolname AS role, m.rolname AS member, coalesce(o.rolname::text, '') AS grantor,
  a.admin_option AS admin, ${major >= 16 ? 'a.inherit_option' : 'm.rolinherit'} AS inherit,
  ${major >= 16 ? 'a.set_option' : 'true'} AS set
  FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
  LEFT JOIN pg_roles o ON o.oid = a.grantor ORDER BY 1, 2, 3`,
    ),
  },
  read({ withVerifiers, withoutVerifiers, memberships }) {
    return {
      roles: rowsAs<Role>(withVerifiers.state === 'collected' ? withVerifiers : withoutVerifiers),
      memberships: rowsAs<Membership>(memberships),
    };
  },
});

/** The databases of the cluster with who may do what in each. */
export const databasesCollector = defineCollector({
  subject: 'databases',
  facts: ['databases', 'availableExtensions'],
  probes: {
    databases: clusterSql(`SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner,
  d.datallowconn AS "allowConnections", d.datistemplate AS template, d.datconnlimit AS "connectionLimit",
  ${grants('d.datacl', 'd', 'd.datdba')} AS grants, d.datacl IS NULL AS "defaultAcl"
  FROM pg_database d ORDER BY d.datname`),
    extensions: clusterSql(
      'SELECT name, default_version AS version FROM pg_available_extensions WHERE default_version IS NOT NULL ORDER BY name',
    ),
  },
  read({ databases, extensions }) {
    return {
      databases: rowsAs<Database>(databases),
      availableExtensions: rowsAs<never>(extensions),
    };
  },
});
