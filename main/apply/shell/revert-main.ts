/**
 * What revert.sh does, after the library and one function for each step. Order: the sessions of the program end; each
 * started step is undone, the last one first, SQL as far as it goes; the server reads its files again, is started or
 * restarted; SQL that did not go is tried again, by harder ways; then everything is compared with the copies.
 */
export const revertMain = String.raw`
# doing: files and steps are put back, not only compared or replaced
doing() { case $VERB in check | replace | unreplace) return 1 ;; esac; }
by_hand() { # TITLE COMMAND
  bad=1
  mkdir -p "$RUN/todo"
  printf '%s\n' "$2" >>"$RUN/todo/$current"
  say "FAILED: $1. By hand: $2"
}
# spared SLOT FILE: somebody else changed it before the run could, so it stays
spared() {
  marked spared "$1" || return 1
  if doing; then tidy "$2"; say "$2 was changed by somebody else before the run wrote it, and stays"; fi
}
file() {
  if spared "$1" "$2"; then return 0; fi
  if listed "$1" "$REPLACE"; then
    case $VERB in
      replace) replace_one "$1" "$2" || bad=1 ;;
      unreplace) unreplace "$1" "$2" || bad=1 ;;
      check) cmp -s "$RUN/replace/$1" "$2" || { bad=1; say "differs from what was chosen: $2"; } ;;
    esac
    return 0
  fi
  case $VERB in replace | unreplace) return 0 ;; esac
  if [ "$VERB" = check ]; then
    if [ -e "$RUN/absent/$1" ]; then [ ! -e "$2" ]; else same "$RUN/backup/$1" "$2"; fi || { bad=1; say "differs from before: $2"; }
    return 0
  fi
  # only a person can wait until there is room for the newer version
  { keep_newer "$1" "$2" || [ "$BY" != person ]; } && put_back "$1" "$2" && {
    [ "$VERB" != last ] || late=1
    return 0
  }
  if [ -e "$RUN/absent/$1" ]; then by_hand "removing $2" "rm -f -- $(quoted "$2")"
  else by_hand "putting back $2" "cp -a --remove-destination -- $(quoted "$RUN/backup/$1") $(quoted "$2")"; fi
}
rights_of() {
  if spared "r$1" "$2"; then return 0; fi
  case $VERB in replace | unreplace) return 0 ;; esac
  if [ "$VERB" = check ]; then
    [ ! -e "$2" ] || [ "$(rights "$2")" = "$(cat "$RUN/rights/$1")" ] || { bad=1; say "differs from before: mode or owner of $2"; }
    return 0
  fi
  [ -e "$2" ] || { say "$2 is gone"; return 0; }
  put_back_rights "$1" "$2" && return 0
  by_hand "mode and owner of $2" "set -- $(cat "$RUN/rights/$1"); chown \"\$2:\$3\" $(quoted "$2") && chmod \"00\$1\" $(quoted "$2")"
}

# --- SQL: never twice. A transaction is known by its number, which was on disk before it could commit. ---------------
SQL_WAY=psql
ask() { # DATABASE, one SELECT of one text on standard input
  if [ "$SQL_WAY" = psql ]; then psql_owner "$1"
  else { cat; echo; } | single_user "$1" 2>>"$RUN/single.log" | sed -n 's/^.* 1: .* = "\(.*\)".(typeid.*$/\1/p' | tail -n 1; fi
}
settle() { # XID: sets settled
  tries=0
  while :; do
    settled=$(printf "SELECT coalesce(pg_xact_status('%s'::xid8), 'unknown') AS fate;\n" "$1" | ask "$DATABASE") && [ -n "$settled" ] || return 1
    [ "$settled" = 'in progress' ] || return 0
    tries=$((tries + 1)); [ "$tries" -le 40 ] || return 1
    end_sessions; sleep 0.5 2>/dev/null || sleep 1
  done
}
sql_try() { # STEP DATABASE transactional|single
  mkdir -p "$RUN/undo-xid"
  # its first block is there before anything can commit: on a full disk the number could not be written
  [ -s "$RUN/undo-xid/$1" ] || { echo - >"$RUN/undo-xid/$1" && fsync "$RUN/undo-xid/$1"; } || return 1
  if [ "$3" = transactional ]; then
    if ! marked committed "$1"; then
      xid=$(tail -n 1 "$RUN/xid/$1" 2>/dev/null)
      [ -n "$xid" ] || { mark undone "$1"; return; }
      settle "$xid" || return 1
      [ "$settled" != aborted ] || { say "its transaction was never committed"; mark undone "$1"; return; }
    fi
    xid=$(sed -n 's/^[^0-9]*\([0-9][0-9]*\).*$/\1/p' "$RUN/undo-xid/$1" 2>/dev/null | tail -n 1)
    if [ -n "$xid" ]; then
      settle "$xid" || return 1
      [ "$settled" != committed ] || { say "was undone before"; mark undone "$1"; return; }
    fi
  fi
  if [ "$SQL_WAY" = psql ]; then
    psql_owner "$2" <"$RUN/sql/$1.undo" >>"$RUN/undo-xid/$1" || return 1
  else
    single_user "$2" <"$RUN/sql/$1.single" >"$RUN/single.out" 2>"$RUN/single.err" || { cat "$RUN/single.err"; return 1; }
    cat "$RUN/single.err" >>"$RUN/single.log"
    if [ "$3" = transactional ]; then
      xid=$(sed -n 's/^.*portcullis_xid = "\([0-9]*\)".*$/\1/p' "$RUN/single.out" | tail -n 1)
      [ -n "$xid" ] && echo "$xid" >>"$RUN/undo-xid/$1" && settle "$xid" && [ "$settled" = committed ] || { cat "$RUN/single.err"; return 1; }
    elif grep -q 'ERROR:' "$RUN/single.err"; then cat "$RUN/single.err"; return 1; fi
  fi
  mark undone "$1" && say "ran the inverse statements in $2"
}
sql_of() {
  case $VERB in replace | unreplace) return 0 ;; esac
  if [ "$VERB" = check ]; then marked undone "$1" || bad=1; return 0; fi
  marked undone "$1" && return 0
  sql_try "$1" "$2" "$3" && return 0
  bad=1
  [ "$VERB" = last ] || { say "SQL of step $1 waits"; return 0; }
  # somebody may hold a lock: each attempt waits for it for 8 s and lets go again
  again=0
  while [ "$SQL_WAY" = psql ] && [ "$again" -lt 4 ]; do
    again=$((again + 1)); sleep 1
    if sql_try "$1" "$2" "$3"; then bad=0; return 0; fi
  done
  by_hand "SQL of step $1 in $2" "PGDATABASE=$(quoted "$2") PGCLIENTENCODING=UTF8 runuser -u $OWNER -- psql -X -v ON_ERROR_STOP=1 -f - <$(quoted "$RUN/sql/$1.undo")"
}

# --- where the owner may not log in over the socket: one more line in pg_hba.conf, for these seconds only -----------
open_door() {
  [ "$SUPERUSER" = "$OWNER" ] && [ -n "$PSQL" ] && server_ready || return 1
  say 'opening pg_hba.conf for the owner for a moment'
  copy_of "$HBA" "$RUN/door.new" && fsync "$RUN/door.new" && mv -f "$RUN/door.new" "$RUN/door" && fsync "$RUN" || return 1
  { printf '%s\n' "$DOOR_LINE"; cat "$RUN/door"; } >"$RUN/door.text" || return 1
  rewrite "$HBA" "$(sha "$RUN/door.text")" <"$RUN/door.text" || return 1
  server_reload; sleep 1
}
close_door() {
  [ -e "$RUN/door" ] || return 0
  same "$RUN/door" "$HBA" || restore "$RUN/door" "$HBA" || return 1
  rm -f "$RUN/door" "$RUN/door.text"
  ! server_runs || server_reload
}

# --- rules of before with which no server starts: it ran on what it had read before they were broken ------------------
keep_rules() { [ -e "$RUN/rules" ] || copy_of "$HBA" "$RUN/rules" 2>/dev/null || :; }
lend_rules() {
  [ -s "$RUN/rules" ] && ! cmp -s "$RUN/rules" "$HBA" || return 1
  say 'the server does not start: once more with the rules of the run, which go as soon as it is up'
  copy_of "$HBA" "$RUN/door.new" && fsync "$RUN/door.new" && mv -f "$RUN/door.new" "$RUN/door" && fsync "$RUN" &&
    rewrite "$HBA" "$(sha "$RUN/rules")" <"$RUN/rules"
}
bring_up() {
  server_restart && return 0
  lend_rules || { close_door; return 1; }
  server_restart; up=$?
  close_door && [ "$up" = 0 ] || return 1
  say "it runs; $HBA is as it was before: it has an error, so the server would not start with it again"
}

started_any() { for one in $1; do selected "$one" && marked started "$one" && return 0; done; return 1; }
needs_restart() {
  if [ -n "$RESTART_SETTINGS" ]; then
    count=$(printf 'SELECT count(*) FROM pg_settings WHERE pending_restart AND name IN (%s);\n' "$RESTART_SETTINGS" | psql_owner "$DATABASE")
    case $count in 0) return 1 ;; [1-9]*) return 0 ;; esac
  fi
  started_any "$RESTART_STEPS"
}
restore_server() {
  [ "$WAS_RUNNING" = 1 ] || return 0
  if server_runs; then
    started_any "$RELOAD_STEPS$RESTART_STEPS" || return 0
    say 'the server reads its files again'
    server_reload
    wait_ready 50 || :
    sleep 0.2 2>/dev/null || sleep 1
    needs_restart || return 0
    say 'the server restarts'
  else
    say 'the server is down and is started'
  fi
  bring_up
}

all() { # VERB STEPS: sets failed
  VERB=$1; failed=''
  for current in $2; do
    marked started "$current" && selected "$current" || continue
    ! doing || rm -f "$RUN/todo/$current"
    # no condition around the call: it would switch off set -e in all that the step runs
    "step_$current"
    result=$?
    if [ "$VERB" = check ] && [ -e "$RUN/todo/$current" ]; then result=1; fi
    if [ "$result" != 0 ]; then failed="$failed $current"
    elif doing; then say "step $current is undone"; fi
  done
}

revert() {
  close_door
  keep_rules
  end_sessions
  all first "$STEPS"
  waiting=$failed
  late=0
  server_bad=0
  restore_server || server_bad=1
  if [ -n "$waiting" ]; then
    if ! echo 'SELECT 1;' | psql_owner "$DATABASE" >/dev/null 2>&1 && ! { open_door && echo 'SELECT 1;' | psql_owner "$DATABASE" >/dev/null; }; then
      for current in $waiting; do
        if [ -e "$RUN/sql/$current.single" ] && ! marked undone "$current"; then SQL_WAY=single; fi
      done
      if [ "$SQL_WAY" = single ]; then say 'no way in: the server is stopped for the inverse statements'; server_stop; fi
    fi
    all last "$waiting"
    close_door || server_bad=1
    if [ "$SQL_WAY" = single ] && [ "$WAS_RUNNING" = 1 ]; then bring_up || server_bad=1
    # a file that went back at the second attempt only has not been read yet
    elif [ "$late" = 1 ]; then restore_server || server_bad=1; fi
  fi
  all check "$STEPS"
  if [ "$WAS_RUNNING" = 1 ] && ! wait_ready 50; then server_bad=1; fi
  if [ "$server_bad" = 1 ]; then
    current=server; rm -f "$RUN/todo/server"
    by_hand 'starting the server' "$(case $SERVICE in systemd) echo "systemctl restart '$UNIT'" ;; pg_ctlcluster) echo "pg_ctlcluster $MAJOR '$CLUSTER_NAME' restart" ;; *) echo "'$BIN/pg_ctl' restart -D '$PGDATA'" ;; esac)"
    failed="$failed server"
  else rm -f "$RUN/todo/server" "$RUN/rules"; fi
}

main() {
  # by hand, and another run has the host: two never go on at once
  if [ "$BY" = person ] && [ "$(owner_field 1)" != "$ID" ] && [ "$(state)" = kept ]; then
    in_turn host_lock "$(id -un)" rollback || { echo "another run is going on on this host: see $BASE/lock/owner" >&2; exit 93; }
  fi
  take_lock 150 || { echo 'another rollback of this run is going on' >&2; exit 92; }
  trap drop_lock EXIT
  was=$(state)
  case $was in
    rolled-back) disarm; release_host; exit 0 ;;
    kept) [ "$BY" = person ] || { disarm; release_host; exit 0; } ;;
    none) exit 0 ;;
  esac
  rm -f "$RUN/reserve"
  [ "$was" = reverting ] || echo "$was" >"$RUN/was"
  load_choice "$was"
  trap '' HUP PIPE INT TERM
  exec >>"$RUN/revert.log" 2>&1
  STARTED=$(date -u +%Y%m%dT%H%M%SZ)
  say "rollback by $BY, the run was $(cat "$RUN/was" 2>/dev/null || echo "$was")"
  [ -z "$SKIP" ] || say "steps that stay as they are:$SKIP"
  put_state reverting "$BY" || say 'the state could not be written'
  note revert-started ",\"by\":\"$BY\",\"left\":[$(numbers "$SKIP")],\"merged\":[$(numbers "$MERGED")]"
  # SQL that a session of the program undid before stays undone; then what is left is told as such
  if [ -n "$REPLACE" ] && ! place_replacements && [ -z "$(ls "$RUN/undone" 2>/dev/null)" ]; then
    say 'nothing was put back'
    rm -f "$RUN/choice"
    note revert-refused ''
    put_state "$(cat "$RUN/was")" "$BY"
    release_host
    exit 3
  fi
  revert
  undone=''
  for current in $STEPS; do
    marked started "$current" && selected "$current" || continue
    case " $failed " in *" $current "*) ;; *) undone="$undone,$((1$current - 1000))" ;; esac
  done
  undone=$(printf '%s' "$undone" | cut -c2-)
  if [ -z "$failed" ]; then
    final=$BY; [ -z "$SKIP" ] || final="$BY left:$(numbers "$SKIP")"
    # on a full disk: the guard stays, and tries again
    put_state rolled-back "$final" || { say 'all is put back, but that cannot be written down'; exit 1; }
    note revert-done ",\"by\":\"$BY\",\"undone\":[$undone],\"failed\":[],\"left\":[$(numbers "$SKIP")],\"merged\":[$(numbers "$MERGED")]"
    if [ -z "$SKIP$REPLACE" ]; then say 'everything is as it was before'; else say 'all that was chosen is as it was before'; fi
    release_host
    drop_lock
    disarm
    exit 0
  fi
  put_state rollback-failed "$BY"
  list=''
  for current in $failed; do list="$list,\"$current\""; done
  note revert-done ",\"by\":\"$BY\",\"undone\":[$undone],\"failed\":[$(printf '%s' "$list" | cut -c2-)]"
  say "NOT everything could be put back:$failed"
  exit 1
}

BY=person
while [ $# -gt 0 ]; do
  case $1 in
    --by) BY=$2; shift ;;
    --skip) SKIP="$SKIP$(three_digits "$2")"; CHOSEN=1; shift ;;
    --only) SKIP="$SKIP$(only "$(three_digits "$2")")"; CHOSEN=1; shift ;;
    --replace) REPLACE="$REPLACE$(slots "$2")"; CHOSEN=1; shift ;;
    --merged) MERGED="$MERGED$(three_digits "$2")"; shift ;;
    --all) SKIP=''; REPLACE=''; CHOSEN=1 ;;
  esac
  shift
done
case $BY in guard | program | person) ;; *) BY=person ;; esac
main
`;
