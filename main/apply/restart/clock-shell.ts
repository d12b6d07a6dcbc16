/**
 * Functions for the host, behind the shell library: `restart_measured` restarts the server and prints
 * `downtime<TAB>milliseconds`, from the start of the last attempt to connect that was answered before to the end of the
 * first one after. Attempts are made by the owner of the cluster, about fifteen a second, over the socket: pg_isready
 * where it is there, otherwise the server's own word in its pid file. They end by themselves.
 */
export const restartClockFunctions = String.raw`
clock_attempts() { # prints "start end yes|no", in seconds since boot
  as_owner sh -c '
    seconds() { if [ -r /proc/uptime ]; then read -r up rest </proc/uptime; else up=$(date +%s); fi; }
    tries=0
    while [ "$tries" -lt "$1" ] && [ -d "$5" ]; do
      tries=$((tries + 1)); seconds; start=$up; answer=no
      port=$(sed -n 4p "$2/postmaster.pid" 2>/dev/null); socket=$(sed -n 5p "$2/postmaster.pid" 2>/dev/null)
      [ -n "$socket" ] || socket=localhost
      if [ -z "$port" ]; then :
      elif [ -x "$3/pg_isready" ]; then
        if "$3/pg_isready" -q -t 2 -h "$socket" -p "$port" -U "$4" -d "$6"; then answer=yes; fi
      else case $(sed -n 8p "$2/postmaster.pid") in ready*) answer=yes ;; esac; fi
      seconds; echo "$start $up $answer"
      sleep 0.05 2>/dev/null || sleep 1
    done' sh "$1" "$PGDATA" "$BIN" "$SUPERUSER" "/proc/$$" "$DATABASE"
}
restart_measured() {
  clock_attempts 9000 >"$RUN/clock" 2>/dev/null 9>&- </dev/null &
  clock=$!
  sleep 0.3 2>/dev/null || sleep 1
  result=0
  server_restart || result=$?
  sleep 0.3 2>/dev/null || sleep 1
  kill "$clock" 2>/dev/null || :
  # The last attempt that was answered before the first that was not, and the first answered after it.
  awk '$3 == "yes" && !no { last = $1 } $3 == "no" { no = 1; back = "" } $3 == "yes" && no && back == "" { back = $2 }
    END { if (last != "" && back != "") printf "downtime\t%d\n", (back - last) * 1000 }' "$RUN/clock"
  rm -f "$RUN/clock"
  return "$result"
}
`;
