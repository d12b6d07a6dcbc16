import type { FileSetting, HbaViewRow, Server, Session, Setting } from '../../../shared/facts/cluster.ts';
import { withoutSessionValues } from '../parse/session-settings.ts';
import { readPeers } from '../parse/peers.ts';
import { clusterSql, defineCollector, mapFact, rowsAs, shell } from '../define-collector.ts';
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

/**
 * One line a session: `tcp PID ADDRESS` or `unix PID`, then, where the client is on the host itself, its account and its
 * program. Both ends of a connection stand in the tables of the kernel.
 */
const peersScript = String.raw`
command -v ss >/dev/null 2>&1 || pc_absent 'ss is not installed'
{ ss -H -t -n -p state established 2>/dev/null | sed 's/^/t /'; ss -H -x -p state established 2>/dev/null | sed 's/^/u /'; } |
  head -n 40000 | awk -v port="$PC_PORT" '
  function users() { pid = ""; name = ""
    if (match($0, /users:\(\("[^"]*",pid=[0-9]+/)) { u = substr($0, RSTART + 9, RLENGTH - 9)
      pid = u; sub(/.*,pid=/, "", pid); name = u; sub(/",pid=[0-9]+$/, "", name) } }
  $1 == "t" { users(); who[$4 " " $5] = pid " " name; if ($4 ~ ":" port "$") { n++; key[n] = $5 " " $4; a = $4; sub(/:[0-9]+$/, "", a); own[n] = "tcp " pid " " a; has[n] = pid } }
  $1 == "u" { users(); for (i = 4; i < NF; i++) if ($i ~ /^[0-9]+$/ && $(i + 2) ~ /^[0-9]+$/) { inode = $i; peer = $(i + 2); break }
    who[inode] = pid " " name; if ($0 ~ "[.]s[.]PGSQL[.]" port " ") { n++; key[n] = peer; own[n] = "unix " pid " -"; has[n] = pid } }
  END { for (i = 1; i <= n; i++) if (has[i] != "") print own[i], who[key[i]] }' |
while read -r kind pid address client program; do
  account=-; case $client in ''|*[!0-9]*) ;; *) account=$(stat -c %U "/proc/$client" 2>/dev/null) || account=- ;; esac
  printf '%s\t%s\t%s\t%s\t%s\n' "$kind" "$pid" "$address" "$account" "$program"
done; true`;

/** The sessions of clients, without this program's own. */
export const sessionsCollector = defineCollector({
  subject: 'sessions',
  facts: ['sessions'],
  probes: {
    sessions:
      clusterSql(`SELECT a.datname AS database, coalesce(a.usename, '') AS role, host(a.client_addr) AS address,
  coalesce(a.application_name, '') AS application, coalesce(s.ssl, false) AS tls, s.version AS "tlsVersion",
  s.cipher AS "tlsCipher", s.client_dn AS certificate, a.pid, coalesce(g.encrypted, false) AS gss, a.backend_type = 'walsender' AS replication,
  coalesce(${isoTime('a.backend_start')}, '') AS "startedAt"
  FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s ON s.pid = a.pid LEFT JOIN pg_stat_gssapi g ON g.pid = a.pid
  WHERE a.backend_type IN ('client backend', 'walsender') AND a.pid <> pg_backend_pid()
  AND a.application_name IS DISTINCT FROM 'portcullis' ORDER BY a.backend_start LIMIT 5000`),
    // Who is at the other end on this host, and which address a client dialled: only the kernel knows.
    peers: shell('root', peersScript),
  },
  read({ sessions, peers }) {
    const ends = peers.state === 'collected' ? readPeers(peers.value.text) : new Map<number, never>();
    return {
      sessions: mapFact(rowsAs<Session & { pid: number }>(sessions), (rows) =>
        rows.map(({ pid, ...session }) => ({ ...session, ...ends.get(pid) })),
      ),
    };
  },
});
