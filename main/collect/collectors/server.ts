import type { FileSetting, HbaViewRow, Server, Setting } from '../../../shared/facts/cluster.ts';
import { withoutSessionValues } from '../parse/session-settings.ts';
import { clusterSql, defineCollector, mapFact, rowsAs } from '../define-collector.ts';
import { isoTime } from './sql-parts.ts';

/** The server itself. How the session came in is added by the runner. */
export const serverCollector = defineCollector({
  subject: 'server',
  facts: ['server'],
  probes: {
    server: clusterSql(`SELECT current_setting('server_version') AS version,
  current_setting('server_version_num')::int AS "versionNumber", pg_is_in_recovery() AS "inRecovery",
  ${isoTime('pg_postmaster_start_time()')} AS "startedAt", ${isoTime('pg_conf_load_time()')} AS "loadedAt",
  current_user::text AS role, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "roleIsSuperuser"`),
    control: clusterSql('SELECT system_identifier::text AS id FROM pg_control_system()'),
  },
  read({ server, control }, context) {
    const identifier = control.state === 'collected' ? control.value[0]?.['id'] : null;
    return {
      server: mapFact(server, (rows) => {
        const row = rows[0] as unknown as Omit<Server, 'major' | 'systemIdentifier' | 'connection'>;
        return {
          ...row,
          major: Math.floor(row.versionNumber / 10_000),
          connection: context.connection ?? 'socket',
          systemIdentifier: typeof identifier === 'string' ? identifier : null,
        };
      }),
    };
  },
});

/** The settings in force, and what the files say now. */
export const settingsCollector = defineCollector({
  subject: 'settings',
  facts: ['settings', 'fileSettings'],
  probes: {
    // Arrays, and no built-in value where it is the value: this is the largest answer of a scan by far.
    settings:
      clusterSql(`SELECT json_build_array(name, setting, unit, vartype, context, source, sourcefile, sourceline,
  CASE WHEN boot_val IS DISTINCT FROM setting THEN json_build_array(boot_val) END, enumvals, pending_restart) AS s
  FROM pg_settings ORDER BY name`),
    files:
      clusterSql(`SELECT sourcefile AS "sourceFile", sourceline AS "sourceLine", name, setting AS value, applied, error
  FROM pg_file_settings ORDER BY seqno`),
  },
  read({ settings, files }) {
    const fileSettings = rowsAs<FileSetting>(files);
    return {
      settings: mapFact(settings, (rows) =>
        withoutSessionValues(
          rows.map(settingOf),
          fileSettings.state === 'collected' ? fileSettings.value : [],
        ),
      ),
      fileSettings,
    };
  },
});

function settingOf(row: Readonly<Record<string, unknown>>): Setting {
  const [name, value, unit, type, context, source, sourceFile, sourceLine, boot, enumValues, pendingRestart] =
    row['s'] as unknown[];
  return {
    name,
    value: value ?? '',
    unit,
    type,
    context,
    source,
    sourceFile,
    sourceLine,
    bootValue: Array.isArray(boot) ? (boot[0] as unknown) : value,
    enumValues,
    pendingRestart,
  } as Setting;
}

/** pg_hba.conf and pg_ident.conf as the server reads them. */
export const hbaViewCollector = defineCollector({
  subject: 'pg_hba',
  facts: ['hbaView', 'identView'],
  probes: {
    hba: clusterSql(
      (major) => `SELECT ${major >= 16 ? 'file_name' : 'NULL::text'} AS file, line_number AS line, type,
  coalesce(database, '{}') AS databases, coalesce(user_name, '{}') AS users, address, netmask,
  auth_method AS method, coalesce(options, '{}') AS options, error FROM pg_hba_file_rules
  ORDER BY ${major >= 16 ? 'rule_number NULLS LAST,' : ''} line_number`,
    ),
    ident: clusterSql(
      (
        major,
      ) => `SELECT ${major >= 16 ? 'file_name' : 'NULL::text'} AS file, line_number AS line, map_name AS map,
  sys_name AS "systemUser", pg_username AS "databaseUser", error FROM pg_ident_file_mappings ORDER BY line_number`,
      { minMajor: 15 },
    ),
  },
  read({ hba, ident }) {
    return {
      hbaView: rowsAs<HbaViewRow>(hba),
      identView: rowsAs<never>(ident),
    };
  },
});

/** The sessions of clients, without this program's own. */
export const sessionsCollector = defineCollector({
  subject: 'sessions',
  facts: ['sessions'],
  probes: {
    sessions:
      clusterSql(`SELECT a.datname AS database, coalesce(a.usename, '') AS role, host(a.client_addr) AS address,
  coalesce(a.application_name, '') AS application, coalesce(s.ssl, false) AS tls, s.version AS "tlsVersion",
  s.cipher AS "tlsCipher", coalesce(g.encrypted, false) AS gss, a.backend_type = 'walsender' AS replication,
  coalesce(${isoTime('a.backend_start')}, '') AS "startedAt"
  FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s ON s.pid = a.pid LEFT JOIN pg_stat_gssapi g ON g.pid = a.pid
  WHERE a.backend_type IN ('client backend', 'walsender') AND a.pid <> pg_backend_pid()
  AND a.application_name IS DISTINCT FROM 'portcullis' ORDER BY a.backend_start LIMIT 5000`),
  },
  read({ sessions }) {
    return { sessions: rowsAs<never>(sessions) };
  },
});
