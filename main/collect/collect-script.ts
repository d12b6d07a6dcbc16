import { quoteShell } from '../../shared/lib/quoting.ts';
import { discoveryFunctions } from '../postgres/discovery-script.ts';
import { shellProbes } from './scan-scripts.ts';
import { neededSettings } from './define-collector.ts';
import type { Collector } from './define-collector.ts';
import { collectors as allCollectors } from './collectors/index.ts';
import { databasesStatement, settingsStatement, sqlProbes } from './run-session.ts';
import { statementOf } from './run-sql.ts';
import type { NamedSqlProbe } from './run-sql.ts';
import { exportCluster, exportSettings, probeLine, scriptHead } from './shell-script.ts';
import { settingsFromFiles } from './shell-library.ts';

/** First line of the output, before the boundary. */
export const collectOutputMark = 'portcullis-facts-1';

const majors = [13, 14, 15, 16, 17, 18, 19] as const;
const maximumDatabases = 50;

export interface CollectScriptOptions {
  /** The id of the cluster to look at (`15/main`); without it the first that runs. */
  readonly cluster?: string;
  readonly collectors?: readonly Collector[];
}

/**
 * A POSIX sh script that a person runs, as root, on a host that this program cannot reach. It asks nothing, changes
 * nothing, uses psql on the host, and writes one file, which `readCollectOutput` reads.
 */
export function writeCollectScript(options: CollectScriptOptions = {}): string {
  const collectors = options.collectors ?? allCollectors;
  const all = shellProbes(collectors, () => true);
  return `#!/bin/sh
# Portcullis: collects what its checks have to know about this host and its PostgreSQL server. It changes nothing.
# Run it as root:  sh THIS-FILE [OUTPUT [CLUSTER]]     then bring OUTPUT back:  portcullis scan --facts OUTPUT
pc_output=\${1:-portcullis-facts.txt} pc_wanted=\${2:-${options.cluster === undefined ? '' : quoteShell(options.cluster)}}
${scriptHead(`PC$(od -An -tx1 -N16 /dev/urandom | tr -d ' \\n')`)}
${discoveryFunctions}
${settingsFromFiles}
${chooseCluster}
${psqlFunctions}
pc_cluster_sql() {
cat <<'PC_SQL'
${psqlHead}
${sqlProbes(collectors, 'cluster')
  .map((named) => psqlProbe(named, ''))
  .join('\n')}
PC_SQL
}
pc_database_sql() {
cat <<'PC_SQL'
${psqlHead}
${sqlProbes(collectors, 'each-database')
  .map((named) => psqlProbe(named, ' :pc_db'))
  .join('\n')}
PC_SQL
}
pc_main() {
  printf '%s %s\\n' ${collectOutputMark} "$pc_b" >&9
  pc_found=$(pc_discover)
  pc_choose
  pc_inline pc.meta 'date -u +%Y-%m-%dT%H:%M:%SZ >&9; id -u >&9; id -un >&9; uname -n >&9; printf "%s\\n" "$pc_chosen" >&9'
  pc_inline discovery 'printf "%s\\n" "$pc_found" >&9'
  pc_settings_from_files
  pc_session
  ${exportCluster}
  ${exportSettings}
${all.map(({ name, probe }) => probeLine(name, probe)).join('\n')}
  pc_inline pc.end 'date -u +%Y-%m-%dT%H:%M:%SZ >&9'
  printf '\\n%s end\\n' "$pc_b" >&9
}
: >"$pc_output" || exit 1
pc_main 9>>"$pc_output" >/dev/null 2>&1
echo "Written: $pc_output"
`;
}

/** Sets PC_… from the records of pc_discover: the cluster that was asked for, otherwise the first, running ones first. */
const chooseCluster = String.raw`
pc_choose() {
  pc_chosen= pc_chosen_runs= PC_DATA= PC_CONFIG= PC_HBA= PC_IDENT= PC_OWNER= PC_PORT= PC_BIN= PC_MAJOR= PC_UNIT= PC_PSQL= PC_SOCKET=
  while IFS= read -r pc_line; do
    case $pc_line in
      cluster) d_name= d_data= d_pid= ;;
      end)
        pc_id=${'$'}{d_name:-$d_data}
        if [ -n "$pc_wanted" ]; then [ "$pc_id" = "$pc_wanted" ] || continue
        elif [ -n "$pc_chosen" ]; then [ -n "$pc_chosen_runs" ] && continue; [ -n "$d_pid" ] || continue; fi
        pc_chosen=$pc_id pc_chosen_runs=$d_pid PC_DATA=$d_data PC_CONFIG=$d_config PC_HBA=$d_hba PC_IDENT=$d_ident
        PC_OWNER=$d_owner PC_PORT=$d_port PC_BIN=$d_bin PC_UNIT=$d_unit PC_PSQL=$d_psql
        PC_MAJOR=${'$'}{d_version:-${'$'}{d_name%%/*}} PC_SOCKET=${'$'}{d_first:-${'$'}{d_sockets%%,*}} ;;
      name=*|data=*|config=*|hba=*|ident=*|port=*|sockets=*|first=*|pid=*|owner=*|unit=*|version=*|bin=*|psql=*)
        pc_value=${'$'}{pc_line#*=}; eval "d_${'$'}{pc_line%%=*}=\$pc_value" ;;
    esac
  done <<PC_END
$pc_found
PC_END
}`;

const psqlFunctions = String.raw`
# DATABASE [psql arguments]: psql as the owner of the cluster, read only and with time limits.
pc_psql() {
  pc_d=$1; shift
  PGDATABASE=$pc_d PGCLIENTENCODING=UTF8 PGAPPNAME=portcullis PGCONNECT_TIMEOUT=10 \
  PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=15000 -c lock_timeout=2000 -c search_path=pg_catalog' \
    pc_as_owner "$PC_PSQL" -X -q -A -t -w -h "$PC_SOCKET" -p "$PC_PORT" -U "$PC_OWNER" -v "pc_b=$pc_b" "$@"
}
pc_session() {
  if [ -z "$PC_PSQL" ] || [ -z "$PC_SOCKET" ] || [ -z "$pc_chosen_runs" ]; then
    pc_run pc.session 10 5 login 'echo "the server is not running, or psql is not installed" >&2; false'; return 0
  fi
  pc_meta=$(pc_psql postgres -c 'SELECT' 2>&1 >/dev/null; printf '\n%s' "$?")
  printf '\n%s + pc.session\n\n%s - %s\n' "$pc_b" "$pc_b" "$pc_meta" >&9
  case $pc_meta in *"${'$'}{pc_nl}0") ;; *) return 0 ;; esac
  while IFS='=' read -r pc_key pc_value; do
    case $pc_key in
      config_file) PC_CONFIG=$pc_value ;; hba_file) PC_HBA=$pc_value ;; ident_file) PC_IDENT=$pc_value ;;
      data_directory) PC_DATA=$pc_value ;; ${neededSettings.join('|')}) eval "S_$pc_key=\$pc_value" ;;
    esac
  done <<PC_END
$(pc_psql postgres -c "SELECT name || '=' || setting FROM pg_settings WHERE name IN ('config_file', 'hba_file', 'ident_file', 'data_directory', ${neededSettings.map((name) => `'${name}'`).join(', ')})" 2>/dev/null)
PC_END
  pc_cluster_sql | pc_psql postgres >&9 2>/dev/null
  pc_psql postgres -c "SELECT datname FROM pg_database WHERE datallowconn ORDER BY datistemplate, datname LIMIT ${maximumDatabases}" 2>/dev/null |
  while IFS= read -r pc_db; do [ -n "$pc_db" ] && pc_database_sql | pc_psql "$pc_db" -v "pc_db=$pc_db" >&9 2>/dev/null; done
}`;

/** Variables by which the probes below choose the statement for the version of the server. */
const psqlHead = `SELECT ${majors.map((major) => `:SERVER_VERSION_NUM >= ${major}0000 AS pc_is_${major}`).join(', ')} \\gset
${psqlFrame('pc.settings', '', `SELECT coalesce(json_agg(q)::text, '[]') FROM (${settingsStatement}) q`)}
${psqlFrame('pc.databases', '', `SELECT coalesce(json_agg(q)::text, '[]') FROM (${databasesStatement}) q`)}`;

function psqlFrame(name: string, label: string, statement: string): string {
  return `\\echo
\\echo :pc_b + ${name}${label}
${statement};
\\echo
\\echo :pc_b - :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
\\if :ERROR
\\echo 1
\\else
\\echo 0
\\endif`;
}

/** One probe for psql: where its statement depends on the version, the one that fits. */
function psqlProbe({ name, probe }: NamedSqlProbe, label: string): string {
  const groups: { from: number; text: string | null }[] = [];
  for (const major of majors) {
    const text = statementOf(probe, major);
    if (groups.at(-1)?.text !== text) groups.push({ from: major, text });
  }
  const newestFirst = groups.reverse();
  const branch = (text: string | null) => (text === null ? '' : psqlFrame(name, label, text));
  if (newestFirst.length === 1) return branch(newestFirst[0]?.text ?? null);
  return newestFirst
    .map(({ from, text }, index) =>
      index === newestFirst.length - 1
        ? `\\else\n${branch(text)}\n\\endif`
        : `\\${index === 0 ? 'if' : 'elif'} :pc_is_${from}\n${branch(text)}`,
    )
    .join('\n');
}
