/**
 * One run at a time on a host, part of the shell library. The lock is the folder `lock` with the file `owner`: run, who,
 * since when, `apply` or `rollback`, and which process took it. It is only looked at, taken and given back in turns, so
 * that two who start at the same moment never both have it. See docs/decisions/0024.
 */
export const hostLockFunctions = String.raw`
# --- one run at a time on this host ----------------------------------------------------------------------------------
in_turn() { # COMMAND…: alone; 75 when the turn does not come
  mkdir -p "$BASE/runs/.turn" || return 1
  if command -v flock >/dev/null 2>&1; then
    ( flock -w 30 8 || exit 75; "$@" ) 8>"$BASE/runs/.turn/lock"
    return
  fi
  ( RUN="$BASE/runs/.turn"; take_lock 30 ) || return 75
  "$@"
  in_turn_result=$?
  ( RUN="$BASE/runs/.turn"; drop_lock )
  return "$in_turn_result"
}
# at_work RUN: does a process change something of this run right now?
at_work() {
  if command -v flock >/dev/null 2>&1; then [ -e "$BASE/runs/$1/lock" ] && ! flock -n "$BASE/runs/$1/lock" true 2>/dev/null
  else ( RUN="$BASE/runs/$1"; [ -e "$RUN/lock.held" ] && ! lock_is_stale ); fi
}
owner_field() { cut -f"$1" "$BASE/lock/owner" 2>/dev/null; }
owner_lives() {
  taker=$(owner_field 5)
  [ -n "$taker" ] && [ "$taker" = "$(boot) $(echo "$taker" | cut -d' ' -f2) $(birth_of "$(echo "$taker" | cut -d' ' -f2)")" ]
}
# holder_counts RUN: is the run that has the lock not over yet?
holder_counts() {
  word=$(cut -d' ' -f1 "$BASE/runs/$1/status" 2>/dev/null)
  if [ -z "$word" ]; then
    ! owner_lives || return 0
    # it may have written its word and ended since it was looked for; what has ended writes no more
    word=$(cut -d' ' -f1 "$BASE/runs/$1/status" 2>/dev/null)
  fi
  case $word in
    open) [ "$1" != "$ID" ] ;;
    reverting) [ "$1" != "$ID" ] || at_work "$1" || [ -n "$(find "$BASE/lock/owner" -mmin -1 2>/dev/null)" ] ;;
    *) return 1 ;;
  esac
}
# tell_holder RUN: run, who, since, what it is doing, whether a guard is armed, seconds until it fires
tell_holder() (
  RUN="$BASE/runs/$1"; holder=$1; who=$(owner_field 2); since=$(owner_field 3)
  case $(state) in
    none) phase=preparing ;;
    open) phase=changing; ! grep -q '"kind":"changed"' "$RUN/journal.jsonl" 2>/dev/null || phase=waiting ;;
    *) phase=rolling-back ;;
  esac
  ID=$1; guarded=0; left=-
  if armed; then guarded=1; fi
  if [ "$guarded" = 1 ] && [ -s "$RUN/deadline" ]; then left=$(($(cat "$RUN/deadline") - $(date +%s))); fi
  printf 'held\t%s\t%s\t%s\t%s\t%s\t%s\n' "$holder" "$who" "$since" "$phase" "$guarded" "$left"
)
# host_lock WHO PURPOSE, in a turn: takes the lock for this run, or says who has it
host_lock() {
  holder=$(owner_field 1)
  if [ -n "$holder" ] && holder_counts "$holder"; then tell_holder "$holder"; return 1; fi
  mkdir -p "$BASE/lock" &&
    printf '%s\t%s\t%s\t%s\t%s\n' "$ID" "$1" "$(now)" "$2" "$(boot) $$ $(birth_of $$)" >"$BASE/lock/owner.new" &&
    fsync "$BASE/lock/owner.new" && mv -f "$BASE/lock/owner.new" "$BASE/lock/owner" && fsync "$BASE/lock" "$BASE" ||
    { echo 'portcullis: the lock of this host could not be written' >&2; return 2; }
}
# host_lock_to_revert WHO: the lock, and in the same turn what was chosen and the word that a rollback goes on. A rollback
# that did not get through goes on with what was chosen then.
host_lock_to_revert() {
  host_lock "$1" rollback || return
  case $(state) in
    reverting) return 0 ;;
    rollback-failed) ;;
    *)
      rm -rf "$RUN/replace" "$RUN/choice"
      [ ! -d "$RUN/chosen.$$" ] || { mv "$RUN/chosen.$$/replace" "$RUN/replace" && mv "$RUN/chosen.$$/choice" "$RUN/choice" && fsync "$RUN"; } || return 2 ;;
  esac
  state >"$RUN/was" && fsync "$RUN/was" && put_state reverting person
}
release_now() { [ "$(owner_field 1)" = "$ID" ] && rm -rf "$BASE/lock"; return 0; }
release_host() { [ "$(owner_field 1)" != "$ID" ] || in_turn release_now; return 0; }
`;
