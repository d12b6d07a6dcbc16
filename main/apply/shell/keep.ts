/**
 * What of a run is kept on the host, part of the shell library. Runs that are over go by a rule; never removed: what is
 * not over or could not be put back, and the last run that was kept.
 */
export const keepFunctions = String.raw`
# keep_left SLOT FILE: what the run left, so that a later rollback can tell the run's change from others
keep_left() {
  mkdir -p "$RUN/left" && [ -f "$2" ] && [ "$(wc -c <"$2")" -le 1048576 ] && ! grep -q 'PRIVATE KEY' "$2" || return 0
  copy_of "$2" "$RUN/left/$1" || rm -f "$RUN/left/$1"
}
# --- old runs --------------------------------------------------------------------------------------------------------
# prune_runs COUNT OLDEST: the newest COUNT runs stay, of those the ones whose name is not before OLDEST
prune_runs() {
  seen=0; last_kept=; gone=
  for one in $(ls -r "$BASE/runs" 2>/dev/null); do
    case $one in *[!0-9TZa-f-]*) continue ;; ????????T??????Z-????????) ;; *) continue ;; esac
    seen=$((seen + 1))
    was=$(cut -d' ' -f1 "$BASE/runs/$one/status" 2>/dev/null)
    if [ "$was" = kept ] && [ -z "$last_kept" ]; then last_kept=$one; continue; fi
    case $was in kept | rolled-back) ;; *) continue ;; esac
    [ "$one" != "$ID" ] || continue
    if [ "$seen" -gt "$1" ] || expr "x$one" \< "x$2" >/dev/null; then gone="$gone $one"; fi
  done
  [ -n "$gone" ] || return 0
  list=
  for one in $gone; do list="$list,\"$one\""; done
  ( RUN=$BASE; note pruned ",\"runs\":[$(printf '%s' "$list" | cut -c2-)]" ) || return 0
  for one in $gone; do rm -rf "$BASE/runs/$one"; printf 'pruned\t%s\n' "$one"; done
}
`;
