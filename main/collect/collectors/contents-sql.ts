import { grants, notOfExtension, notSystemSchema } from './sql-parts.ts';

// No backslash in any of these: with standard_conforming_strings off it would mean something else.
const rowLimit = 10_000;
const relationJoin = `JOIN pg_namespace n ON n.oid = c.relnamespace`;
const ownRelation = `${notSystemSchema('n.nspname')} AND ${notOfExtension('pg_class', 'c.oid')}`;
const relation = `n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner`;
const relationGrants = grants(
  `coalesce(c.relacl, acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner))`,
  'r',
  'c.relowner',
);
const invoker = (options: string) =>
  `EXISTS (SELECT 1 FROM pg_options_to_table(${options}) o WHERE o.option_name = 'security_invoker' AND lower(o.option_value) IN ('true', 'on', 'yes', '1', 't', 'y'))`;

export const schemas = `SELECT n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner,
  ${grants('n.nspacl', 'n', 'n.nspowner')} AS grants, n.nspacl IS NULL AS "defaultAcl"
  FROM pg_namespace n WHERE ${notSystemSchema('n.nspname')} AND ${notOfExtension('pg_namespace', 'n.oid')}
  ORDER BY n.nspname LIMIT ${rowLimit}`;

export const publicRelations = `SELECT ${relation}, c.relkind::text AS kind,
  (SELECT json_agg(json_build_object('privilege', x.privilege_type, 'grantor', pg_get_userbyid(x.grantor),
      'grantable', x.is_grantable, 'column', x.attname) ORDER BY x.attname NULLS FIRST, x.privilege_type)
    FROM (SELECT t.privilege_type, t.grantor, t.is_grantable, NULL::name AS attname FROM aclexplode(c.relacl) t WHERE t.grantee = 0
      UNION ALL SELECT t.privilege_type, t.grantor, t.is_grantable, a.attname FROM pg_attribute a, aclexplode(a.attacl) t
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND t.grantee = 0) x) AS privileges,
  ${relationGrants} AS grants
  FROM pg_class c ${relationJoin} WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${ownRelation}
  AND (EXISTS (SELECT 1 FROM aclexplode(c.relacl) t WHERE t.grantee = 0)
    OR EXISTS (SELECT 1 FROM pg_attribute a, aclexplode(a.attacl) t WHERE a.attrelid = c.oid AND a.attnum > 0
      AND NOT a.attisdropped AND a.attacl IS NOT NULL AND t.grantee = 0))
  ORDER BY 1, 2 LIMIT ${rowLimit}`;

export const rlsTables = `SELECT ${relation}, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
  c.reltuples::float8 AS "estimatedRows", ${relationGrants} AS grants,
  CASE c.relkind WHEN 'p' THEN (SELECT json_agg(json_build_object('schema', tn.nspname, 'name', t.relname, 'kind', t.relkind,
      'parentSchema', un.nspname, 'parentName', u.relname) ORDER BY x.level, tn.nspname, t.relname)
    FROM pg_partition_tree(c.oid) x JOIN pg_class t ON t.oid = x.relid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_class u ON u.oid = x.parentrelid JOIN pg_namespace un ON un.oid = u.relnamespace WHERE x.level > 0) END AS partitions
  FROM pg_class c ${relationJoin}
  WHERE c.relkind IN ('r', 'p') AND ${ownRelation}
  AND (c.relrowsecurity OR EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)) ORDER BY 1, 2 LIMIT ${rowLimit}`;

export const policies = `SELECT n.nspname AS schema, c.relname AS "table", p.polname AS name, p.polpermissive AS permissive,
  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
  coalesce((SELECT array_agg(r.rolname::text ORDER BY r.rolname) FROM pg_roles r WHERE r.oid = ANY (p.polroles)), '{}') AS roles,
  pg_get_expr(p.polqual, p.polrelid) AS "using", pg_get_expr(p.polwithcheck, p.polrelid) AS "check",
  coalesce((SELECT json_agg(json_build_object('name', a.attname, 'indexed', EXISTS (SELECT 1 FROM pg_index i
      WHERE i.indrelid = p.polrelid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL)) ORDER BY a.attnum)
    FROM pg_attribute a WHERE a.attrelid = p.polrelid AND a.attnum > 0 AND a.attnum IN (SELECT d.refobjsubid FROM pg_depend d
      WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = p.polrelid)), '[]'::json) AS columns
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid ${relationJoin} WHERE ${ownRelation} ORDER BY 1, 2, 3 LIMIT ${rowLimit}`;

/**
 * Views that reach a table with RLS, directly or through other views. All of a chain are named: once the inner view runs
 * as its invoker, the outer one decides as whom.
 */
export const rlsViews = `WITH RECURSIVE direct AS (
    SELECT DISTINCT w.ev_class AS view, d.refobjid AS rel FROM pg_rewrite w JOIN pg_depend d
    ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
    WHERE d.refobjid <> w.ev_class AND w.ev_class >= 16384
  ), reads AS (
    SELECT view, rel FROM direct
    UNION SELECT r.view, d.rel FROM reads r JOIN direct d ON d.view = r.rel
  ) SELECT ${relation}, ${invoker('c.reloptions')} AS "securityInvoker",
  o.rolsuper OR o.rolbypassrls OR bool_or(NOT t.relforcerowsecurity AND pg_has_role(c.relowner, t.relowner, 'USAGE')) AS "ownerBypasses",
  json_agg(json_build_object('schema', tn.nspname, 'name', t.relname, 'owner', pg_get_userbyid(t.relowner))
    ORDER BY tn.nspname, t.relname) AS tables
  FROM reads r JOIN pg_class c ON c.oid = r.view AND c.relkind = 'v' ${relationJoin}
  JOIN pg_roles o ON o.oid = c.relowner
  JOIN pg_class t ON t.oid = r.rel AND t.relkind IN ('r', 'p') AND t.relrowsecurity
  JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE ${ownRelation}
  GROUP BY n.nspname, c.relname, c.relowner, c.reloptions, o.rolsuper, o.rolbypassrls ORDER BY 1, 2 LIMIT ${rowLimit}`;

/**
 * The schemas of a function's own search_path in which a role other than its owner and superusers may create. The
 * right of pg_database_owner, which owns `public` since 15, is the right of whoever owns the database.
 */
const writableSchemas = `coalesce((SELECT array_agg(DISTINCT s.nspname::text) FROM regexp_split_to_table(path.value, '[ ]*,[ ]*') part
    JOIN pg_namespace s ON s.nspname = trim(both '"' from trim(part))
    WHERE EXISTS (SELECT 1 FROM aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) x
      LEFT JOIN pg_roles named ON named.oid = x.grantee
      LEFT JOIN pg_roles g ON g.oid = CASE named.rolname WHEN 'pg_database_owner'
        THEN (SELECT datdba FROM pg_database WHERE datname = current_database()) ELSE x.grantee END
      WHERE x.privilege_type = 'CREATE' AND coalesce(g.oid, 0) <> p.proowner AND NOT coalesce(g.rolsuper, false))), '{}')`;

export const definerFunctions = `SELECT n.nspname AS schema, p.proname AS name, pg_get_userbyid(p.proowner) AS owner,
  p.oid::regprocedure::text AS signature, pg_get_function_identity_arguments(p.oid) AS "identityArguments",
  CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind, path.value AS "searchPath",
  ${writableSchemas} AS "writableSchemas", o.rolsuper AS "ownerIsSuperuser",
  EXISTS (SELECT 1 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    WHERE x.grantee = 0 AND x.privilege_type = 'EXECUTE') AS "publicExecute"
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles o ON o.oid = p.proowner
  LEFT JOIN LATERAL (SELECT substr(x, 13) AS value FROM unnest(p.proconfig) x WHERE left(x, 12) = 'search_path=' LIMIT 1) path ON true
  WHERE p.prosecdef AND ${notSystemSchema('n.nspname')} AND ${notOfExtension('pg_proc', 'p.oid')} ORDER BY 1, 4 LIMIT ${rowLimit}`;

export const extensions = `SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY 1`;

export const languages = 'SELECT lanname AS name FROM pg_language ORDER BY 1';
