import { fileFunctions } from './files.ts';
import { hostLockFunctions } from './host-lock.ts';
import { keepFunctions } from './keep.ts';

/**
 * Functions for the host, in POSIX sh: in front of every script of a run, and inside revert.sh, which has to work
 * without this program. They read the variables that `runVariables` sets. Nothing here uses `local` or `pipefail`.
 */
export const shellLibrary = String.raw`
umask 077
LC_ALL=C; export LC_ALL
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export PATH
cd /

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
say() { printf '%s %s\n' "$(now)" "$*"; }
# one word as a shell reads it back
quoted() { printf '%s' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"; }
fsync() { sync "$@" 2>/dev/null || sync; }
folder_of() { dirname -- "$1"; }
if command -v sha256sum >/dev/null 2>&1; then sha() { sha256sum <"$1" | cut -c1-64; }
else sha() { shasum -a 256 <"$1" | cut -c1-64; }; fi
# mode, owner, group and time of change: what has to be as before besides the bytes
if stat -c %a / >/dev/null 2>&1; then
  meta() { stat -c '%a %u %g %y' "$1"; }
  rights() { stat -c '%a %u %g' "$1"; }
  named_rights() { stat -c '%U %G %a' "$1"; }
else
  meta() { stat -f '%Lp %u %g %m' "$1"; }
  rights() { stat -f '%Lp %u %g' "$1"; }
  named_rights() { stat -f '%Su %Sg %Lp' "$1"; }
fi
# what else belongs to a file, as far as this host can tell
extras() {
  ! command -v getfacl >/dev/null 2>&1 || getfacl -cpn -- "$1" 2>/dev/null
  ! command -v getfattr >/dev/null 2>&1 || getfattr -d -m '^user[.]' --absolute-names -- "$1" 2>/dev/null | sed 1d
}
# the same bytes, rights, time, ACL and attributes
same() {
  [ -f "$2" ] && [ ! -L "$2" ] && cmp -s "$1" "$2" && [ "$(meta "$1")" = "$(meta "$2")" ] &&
    [ "$(extras "$1")" = "$(extras "$2")" ]
}
mark() { mkdir -p "$RUN/$1" && : >"$RUN/$1/$2" && fsync "$RUN/$1/$2" "$RUN/$1"; }
marked() { [ -e "$RUN/$1/$2" ]; }

# --- the state of the run: open, kept, reverting, rolled-back, rollback-failed -------------------------------------
state() { if [ -s "$RUN/status" ]; then cut -d' ' -f1 "$RUN/status"; else echo none; fi; }
put_state() {
  printf '%s %s %s\n' "$1" "$(now)" "$2" >"$RUN/status.new" && fsync "$RUN/status.new" &&
    mv -f "$RUN/status.new" "$RUN/status" && fsync "$RUN"
}

# --- one at a time: whoever changes something of this run holds its lock ---------------------------------------------
birth_of() {
  if [ -r "/proc/$1/stat" ]; then sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20
  elif [ ! -d /proc/self ] && [ -n "$1" ]; then ps -o lstart= -p "$1" | tr ' ' _; fi
}
boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo -; }
take_lock() {
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$RUN/lock" && flock -w "$1" 9
    return
  fi
  left=$1
  until mkdir "$RUN/lock.held" 2>/dev/null; do
    if lock_is_stale && mkdir "$RUN/lock.break" 2>/dev/null; then
      # one at a time, and looked at again: it may be another's by now
      if lock_is_stale; then rm -rf "$RUN/lock.held"; fi
      rmdir "$RUN/lock.break"
      continue
    fi
    find "$RUN/lock.break" -maxdepth 0 -mmin +2 -exec rmdir {} + 2>/dev/null
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1)); sleep 1
  done
  echo "$(boot) $$ $(birth_of $$)" >"$RUN/lock.held/holder"
}
lock_is_stale() {
  holder=$(cat "$RUN/lock.held/holder" 2>/dev/null)
  [ -n "$holder" ] || return 1
  [ "$holder" != "$(boot) $(echo "$holder" | cut -d' ' -f2) $(birth_of "$(echo "$holder" | cut -d' ' -f2)")" ]
}
drop_lock() {
  case $(cat "$RUN/lock.held/holder" 2>/dev/null) in "$(boot) $$ "*) rm -rf "$RUN/lock.held" ;; esac
  exec 9>&-
}

# --- the journal: each line carries the hash of the one before -------------------------------------------------------
json_text() { printf '%s' "$1" | tr '\n\t\r' '   ' | tr -d '\000-\037\177' | sed 's/[\\"]/\\&/g'; }
# note KIND FIELDS: FIELDS are further members of the JSON object with a comma in front, or empty
note() {
  file="$RUN/journal.jsonl"
  [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo >>"$file"
  end=$(sed -n 's/^{"hash":"\([0-9a-f]\{64\}\)","entry":{"seq":\([0-9]*\),.*}}$/\1 \2/p' "$file" 2>/dev/null | tail -n 1)
  [ -n "$end" ] || end='0000000000000000000000000000000000000000000000000000000000000000 0'
  seq=$(printf '%s' "$end" | cut -d' ' -f2); prev=$(printf '%s' "$end" | cut -d' ' -f1)
  printf '{"seq":%s,"prev":"%s","at":"%s","kind":"%s"%s}' "$((seq + 1))" "$prev" "$(now)" "$1" "$2" >"$RUN/entry.new"
  printf '{"hash":"%s","entry":%s}\n' "$(sha "$RUN/entry.new")" "$(cat "$RUN/entry.new")" >>"$file"
  rm -f "$RUN/entry.new"
  fsync "$file"
}

# --- the start of every change: the lock, an open run, the record of what is about to be done ------------------------
enter() {
  take_lock 20 || { echo 'portcullis: another change of this run is going on' >&2; exit 92; }
  [ "$(state)" = open ] || { echo "portcullis: the run is closed: $(cat "$RUN/status" 2>/dev/null)" >&2; exit 91; }
}

${fileFunctions}
# --- the server ------------------------------------------------------------------------------------------------------
as_owner() {
  if [ "$(id -un)" = "$OWNER" ]; then "$@"
  elif command -v runuser >/dev/null 2>&1; then runuser -u "$OWNER" -- "$@"
  else su -s /bin/sh "$OWNER" -c 'exec "$@"' -- sh "$@"; fi
}
postmaster() { [ -s "$PGDATA/postmaster.pid" ] && head -n 1 "$PGDATA/postmaster.pid"; }
# A pid file may outlive its server; then the number may be another program's.
server_runs() {
  pid=$(postmaster) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  [ ! -r "/proc/$pid/cwd" ] || [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$PGDATA")" ]
}
server_ready() { server_runs && [ "$(sed -n 8p "$PGDATA/postmaster.pid" | tr -d ' ')" = ready ]; }
wait_ready() {
  tries=0
  until server_ready; do
    tries=$((tries + 1)); [ "$tries" -le "$1" ] || return 1
    sleep 0.2 2>/dev/null || sleep 1
  done
}
# With the rights of the server's account, whose file says which process it is.
server_reload() { as_owner sh -c 'kill -HUP "$1"' sh "$(postmaster)"; }
systemd_runs() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; }
server_log() { if [ -n "$SERVER_LOG" ]; then echo "$SERVER_LOG"; else echo "$RUN/server.log"; fi; }
# Starting by hand must not hand the lock (file 9) down to the server.
server_start() {
  case $SERVICE in
    systemd) if systemd_runs; then systemctl reset-failed "$UNIT" 2>/dev/null; systemctl restart "$UNIT" 9>&-; return; fi ;;
  esac
  case $SERVICE in
    systemd | pg_ctlcluster) if command -v pg_ctlcluster >/dev/null 2>&1 && [ -n "$CLUSTER_NAME" ]; then
      # Not through the unit: a cluster that was started by hand is none of its business.
      if server_runs; then pg_ctlcluster --skip-systemctl-redirect "$MAJOR" "$CLUSTER_NAME" restart -m fast 9>&-
      else pg_ctlcluster --skip-systemctl-redirect "$MAJOR" "$CLUSTER_NAME" start 9>&-; fi
      return
    fi ;;
  esac
  # restart takes the command line of the last start from postmaster.opts, also when the server is down
  as_owner "$BIN/pg_ctl" restart -D "$PGDATA" -w -t "$START_SECONDS" -m fast -s -l "$(server_log)" 9>&- </dev/null >/dev/null
}
server_stop() {
  case $SERVICE in
    systemd) if systemd_runs; then systemctl stop "$UNIT"; fi ;;
  esac
  ! server_runs || as_owner "$BIN/pg_ctl" stop -D "$PGDATA" -w -t 60 -m fast -s
}
# A session, a receiver of WAL or the archiver may hold up the shutdown for ever, while nobody can log in any more. After
# a while the server is stopped at once; it recovers from its WAL, of which a checkpoint was made before.
hurry() {
  old=$(postmaster) || return 0
  born=$(birth_of "$old"); left=$STOP_SECONDS
  while [ "$left" -gt 0 ]; do
    sleep 1; left=$((left - 1))
    [ "$(birth_of "$old")" = "$born" ] && [ "$(postmaster)" = "$old" ] && kill -0 "$old" 2>/dev/null || return 0
  done
  : >"$RUN/stopped-at-once"
  # With the rights of the server's account: the number comes out of a file of its own.
  as_owner sh -c 'kill -QUIT "$1"' sh "$old" 2>/dev/null
}
STOP_SECONDS=50
START_SECONDS=60
server_restart() {
  rm -f "$RUN/stopped-at-once"
  hurry 9>&- </dev/null >/dev/null 2>&1 &
  server_start && wait_ready "$((START_SECONDS * 5))"
}

# --- SQL as the owner of the cluster, over its socket ----------------------------------------------------------------
# psql_owner DATABASE: SQL on standard input, bare rows on standard output
psql_owner() {
  [ -n "$PSQL" ] && server_ready || return 1
  socket=$(sed -n 5p "$PGDATA/postmaster.pid"); port=$(sed -n 4p "$PGDATA/postmaster.pid")
  [ -n "$socket" ] || return 1
  # PGOPTIONS: the settings of a session that must neither wait for ever nor depend on the server's defaults
  # PGDATABASE: as an argument, a name with = or :// in it would be read as a connection string
  PGDATABASE=$1 PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=5 PGAPPNAME=portcullis PGPASSFILE=/nonexistent \
    PGOPTIONS='-c lock_timeout=8s -c statement_timeout=600s -c client_min_messages=warning -c default_transaction_read_only=off -c search_path=pg_catalog -c synchronous_commit=on' \
    as_owner "$PSQL" -X -q -A -t -w -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -U "$SUPERUSER" -f -
}
# single_user DATABASE: one server process without sockets; each statement ends with a semicolon and an empty line
single_user() { as_owner "$BIN/postgres" --single -j -D "$PGDATA" -c "config_file=$CONFIG" -c log_statement=none -- "$1"; }
# The program's own sessions must not finish anything while it is being undone.
end_sessions() {
  [ -s "$RUN/sessions" ] && server_runs || return 0
  parent=$(postmaster)
  while read -r pid birth; do
    [ "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)" = "$parent" ] || continue
    [ "$(birth_of "$pid")" = "$birth" ] && kill -TERM "$pid" 2>/dev/null && say "ended session $pid"
  done <"$RUN/sessions"
}
record_session() { printf '%s %s\n' "$1" "$(birth_of "$1")" >>"$RUN/sessions"; fsync "$RUN/sessions"; }

# armed: is something on this host waiting to roll this run back?
armed() {
  if systemd_runs; then
    for unit in /etc/systemd/system/portcullis-*-"$ID".*; do
      case $(systemctl is-active "$(basename "$unit")" 2>/dev/null) in active | activating) return 0 ;; esac
    done
  fi
  if [ -s "$RUN/at" ]; then
    while read -r job; do
      case $(at -c "$job" 2>/dev/null) in *"portcullis-$ID"*) return 0 ;; esac
    done <"$RUN/at"
  fi
  [ -s "$RUN/waiter" ] && read -r waiter birth <"$RUN/waiter" && [ "$(birth_of "$waiter")" = "$birth" ]
}

# --- taking the guard away -------------------------------------------------------------------------------------------
disarm() {
  for path in /etc/systemd/system/portcullis-*-"$ID".timer; do
    [ -e "$path" ] || continue
    unit=$(basename "$path")
    ! systemd_runs || systemctl stop "$unit" 2>/dev/null
    rm -f "$path" "/etc/systemd/system/timers.target.wants/$unit" "/var/lib/systemd/timers/stamp-$unit"
    reload_units=1
  done
  if [ -e "/etc/systemd/system/portcullis-guard-$ID.service" ]; then
    # it may wait for its next attempt; it never stops itself
    ! systemd_runs || [ "$BY" = guard ] || systemctl stop "portcullis-guard-$ID.service" 2>/dev/null
    rm -f "/etc/systemd/system/portcullis-guard-$ID.service"
    reload_units=1
  fi
  # killed between removing the files and this, systemd knows them still
  if systemd_runs && { [ "$reload_units" = 1 ] || [ -n "$(systemctl list-units --all --plain --no-legend "portcullis-*-$ID.*" 2>/dev/null)" ]; }; then systemctl daemon-reload; fi
  # what was killed in the middle is remembered as failed, also without its file
  if systemd_runs && systemctl -q is-failed "portcullis-guard-$ID.service"; then systemctl reset-failed "portcullis-guard-$ID.service"; fi
  rm -f "/etc/cron.d/portcullis-$ID" 2>/dev/null
  if [ -e "$RUN/crontab" ]; then
    crontab -l 2>/dev/null | grep -v "portcullis-$ID" >"$RUN/crontab.new"
    if [ -s "$RUN/crontab.new" ]; then crontab "$RUN/crontab.new"; else crontab -r 2>/dev/null; fi
    rm -f "$RUN/crontab" "$RUN/crontab.new"
  fi
  if [ -s "$RUN/at" ]; then
    while read -r job; do
      case $(at -c "$job" 2>/dev/null) in *"portcullis-$ID"*) atrm "$job" 2>/dev/null ;; esac
    done <"$RUN/at"
    rm -f "$RUN/at"
  fi
  if [ -s "$RUN/waiter" ]; then
    read -r waiter birth <"$RUN/waiter"
    [ "$waiter" = $$ ] || [ "$(birth_of "$waiter")" != "$birth" ] || kill "$waiter" 2>/dev/null
    rm -f "$RUN/waiter"
  fi
  return 0
}
reload_units=0
${hostLockFunctions}${keepFunctions}`;
