/** A timestamp as ISO 8601 in UTC; `infinity` stays a word. */
export function isoTime(expression: string): string {
  return `CASE WHEN isfinite(${expression}) THEN to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ELSE (${expression})::text END`;
}

/**
 * The grants of an ACL column as a JSON array, with those that a missing ACL stands for. `kind` is the letter of
 * acldefault(): d database, n schema, r table, …
 */
export function grants(acl: string, kind: string, owner: string): string {
  return `(SELECT coalesce(json_agg(json_build_object(
    'grantee', CASE WHEN x.grantee = 0 THEN NULL ELSE coalesce(e.rolname::text, x.grantee::text) END,
    'grantor', coalesce(o.rolname::text, x.grantor::text), 'privilege', x.privilege_type, 'grantable', x.is_grantable)
    ORDER BY x.grantee, x.privilege_type), '[]'::json)
    FROM aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) x
    LEFT JOIN pg_roles e ON e.oid = x.grantee LEFT JOIN pg_roles o ON o.oid = x.grantor)`;
}

/** True for schemas that belong to the server itself. */
export const notSystemSchema = (column: string) =>
  `${column} !~ '^pg_(toast|temp|toast_temp)' AND ${column} NOT IN ('pg_catalog', 'information_schema')`;

/** True for objects that no extension owns. */
export const notOfExtension = (catalog: string, oid: string) =>
  `NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.classid = 'pg_catalog.${catalog}'::regclass AND x.objid = ${oid} AND x.deptype = 'e')`;
