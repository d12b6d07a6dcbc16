/**
 * Functions for the host, to be put behind the shell library: a second server that is started with the configuration of
 * the first in an empty data folder of its own, reachable through nothing but a socket in that folder. The data folder,
 * the address, the port, the log and what would reach out (archiving) are its own; all else is as configured.
 *
 * `dry_run` prints `dry<TAB>ready|lowered|impossible<TAB>words`, or `dry<TAB>failed` and `log<TAB>line` for what the server said.
 * Whatever ends this script, the second server ends by itself after 45 s (`timeout`), and the folder goes with the
 * rollback of the step, which finds its name in `$SAVE/dry`.
 */
export const dryStartFunctions = String.raw`
DRY="$(dirname -- "$BASE")/portcullis-trial-$ID"
dry_kib=262144
dry_value() { as_owner "$BIN/postgres" -D "$PGDATA" -c "config_file=$CONFIG" -C "$1" 2>/dev/null; }
dry_impossible() { printf 'dry\timpossible\t%s\n' "$1"; }
dry_pid() { [ -s "$DRY/data/postmaster.pid" ] && head -n 1 "$DRY/data/postmaster.pid"; }
dry_clean() {
  pid=$(dry_pid) && [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null
  tries=0
  while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 50 ]; do tries=$((tries + 1)); sleep 0.1 2>/dev/null || sleep 1; done
  rm -rf -- "$DRY"
}
dry_prepare() {
  [ -x "$BIN/initdb" ] || { dry_impossible "initdb is not in $BIN"; return 1; }
  command -v timeout >/dev/null 2>&1 || { dry_impossible 'the command timeout is not on the host'; return 1; }
  free=$(df -Pk "$(dirname -- "$DRY")" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$dry_kib" ] || { dry_impossible "$((free / 1024)) MiB are free in $(dirname -- "$DRY"), $((dry_kib / 1024)) are needed"; return 1; }
  mkdir -p "$SAVE" && printf '%s\n' "$DRY" >"$SAVE/dry" && fsync "$SAVE/dry" "$SAVE" || { dry_impossible 'its folder could not be recorded'; return 1; }
  dry_clean
  mkdir -m 700 -- "$DRY" && { [ "$(id -un)" = "$OWNER" ] || chown -- "$OWNER" "$DRY"; } &&
    as_owner timeout 30 "$BIN/initdb" -D "$DRY/data" -U "$SUPERUSER" -A reject -E UTF8 --no-locale --no-sync --wal-segsize=1 \
      </dev/null >"$RUN/dry.log" 2>&1 9>&- || { dry_impossible "no empty data folder could be made: $(tail -n 1 "$RUN/dry.log" 2>/dev/null)"; return 1; }
  if [ -e "$PGDATA/postgresql.auto.conf" ]; then as_owner cp -- "$PGDATA/postgresql.auto.conf" "$DRY/data/postgresql.auto.conf"; fi
}
# dry_try LOWERED-SETTINGS…: starts it; 0 when it accepts connections
dry_try() {
  socket=$DRY/data
  [ "$(printf '%s' "$socket" | wc -c)" -le 85 ] || socket=.
  set -- "$@" "config_file=$CONFIG" "data_directory=$DRY/data" "hba_file=$(dry_value hba_file)" "ident_file=$(dry_value ident_file)" \
    "external_pid_file=$DRY/pid" listen_addresses= port=65432 "unix_socket_directories=$socket" \
    logging_collector=off log_destination=stderr log_min_messages=warning log_line_prefix= lc_messages=C \
    archive_command= autovacuum=off fsync=off
  # 14 and older keep their statistics in a folder that two servers must not share
  if [ "$MAJOR" -ge 15 ]; then set -- "$@" archive_library=; else set -- "$@" stats_temp_directory=pg_stat_tmp; fi
  for name in ssl_cert_file ssl_key_file ssl_ca_file ssl_crl_file ssl_crl_dir ssl_dh_params_file; do
    case $name in ssl_crl_dir) [ "$MAJOR" -ge 14 ] || continue ;; esac
    value=$(dry_value "$name")
    case $value in '' | /*) ;; *) set -- "$@" "$name=$PGDATA/$value" ;; esac
  done
  ( for one in "$@"; do shift; set -- "$@" -c "$one"; done
    as_owner timeout -s QUIT -k 5 45 "$BIN/postgres" -D "$DRY/data" "$@" ) </dev/null >"$RUN/dry.log" 2>&1 9>&- &
  job=$!
  tries=0
  while kill -0 "$job" 2>/dev/null; do
    if [ "$(sed -n 8p "$DRY/data/postmaster.pid" 2>/dev/null | tr -d ' ')" = ready ]; then return 0; fi
    tries=$((tries + 1)); [ "$tries" -le 400 ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done
  return 1
}
# dry_run [LOWERED-SETTINGS…]: tried again with these when the memory does not suffice for two servers
dry_run() {
  ( set +e
    if dry_prepare; then
      if dry_try; then printf 'dry\tready\t\n'
      elif [ $# -gt 0 ] && grep -Eq 'could not (map|create|resize|allocate)[a-z ]* shared memory|[Cc]annot allocate memory|could not create semaphores|huge page' "$RUN/dry.log" &&
        rm -f "$DRY/data/postmaster.pid" && dry_try "$@"; then printf 'dry\tlowered\t%s\n' "$*"
      else printf 'dry\tfailed\t\n'; tail -n 20 "$RUN/dry.log" | cut -c1-400 | sed 's/^/log\t/'; fi
    fi
    dry_clean; rm -f "$RUN/dry.log"
  )
}
`;

/** What undoes the above when its script was killed; also by hand. `$SAVE` is the folder of the step. */
export const dryStartUndo: readonly string[] = [
  'if [ -s "$SAVE/dry" ]; then',
  '  dry=$(cat "$SAVE/dry")',
  '  pid=$(head -n 1 "$dry/data/postmaster.pid" 2>/dev/null) || pid=',
  '  if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" 2>/dev/null || echo "$dry/data")" = "$dry/data" ]; then kill -QUIT "$pid" 2>/dev/null || :; sleep 1; fi',
  // A data folder that is still being made would be filled while it is removed.
  '  ! command -v pkill >/dev/null 2>&1 || pkill -KILL -f -- "$dry/data" || :',
  '  rm -rf -- "$dry" || { sleep 1; rm -rf -- "$dry"; }',
  'fi',
];
