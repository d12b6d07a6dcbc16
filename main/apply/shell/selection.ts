/**
 * Part of revert.sh: a rollback of some steps only, or with other bytes than the copies. What was chosen is on disk
 * before anything is changed, so that a rollback that was cut off goes on with the same choice.
 */
export const selectionFunctions = String.raw`
SKIP=''; REPLACE=''; MERGED=''; CHOSEN=0
# three_digits "3,5 12": 003 005 012
three_digits() { for one in $(printf '%s' "$1" | tr -cs '0-9' ' '); do printf ' %03d' "$(expr "$one" + 0)"; done; }
slots() { for one in $(printf '%s' "$1" | tr -cs '0-9' ' '); do printf ' %s' "$one"; done; }
listed() { case "$2 " in *" $1 "*) return 0 ;; esac; return 1; }
selected() { ! listed "$1" "$SKIP"; }
# only STEPS: all others are skipped
only() { for one in $STEPS; do listed "$one" "$1" || printf ' %s' "$one"; done; }
numbers() { list=''; for one in $1; do list="$list,$((1$one - 1000))"; done; printf '%s' "$list" | cut -c2-; }
load_choice() { # WAS
  if [ "$CHOSEN" = 1 ]; then
    { echo "skip$SKIP"; echo "replace$REPLACE"; echo "merged$MERGED"; } >"$RUN/choice.new" && fsync "$RUN/choice.new" &&
      mv -f "$RUN/choice.new" "$RUN/choice" && fsync "$RUN"
    return
  fi
  case $1 in
    reverting | rollback-failed)
      [ -e "$RUN/choice" ] || return 0
      SKIP=$(sed -n 's/^skip//p' "$RUN/choice"); REPLACE=$(sed -n 's/^replace//p' "$RUN/choice"); MERGED=$(sed -n 's/^merged//p' "$RUN/choice") ;;
    *) rm -f "$RUN/choice" ;;
  esac
}

# keep_newer SLOT FILE: a version that the run neither found nor left is kept before it is overwritten
keep_newer() {
  [ -f "$2" ] || return 0
  ! same "$RUN/backup/$1" "$2" || return 0
  tab=$(printf '\t')
  left=$(sed -n 2>/dev/null "s/^file$tab$1$tab[^$tab]*$tab\([^$tab]*\)$tab.*/\1/p" "$RUN/after")
  current_sum=$(sha "$2")
  [ "$current_sum" != "$left" ] || return 0
  ! grep -qx "$current_sum" "$RUN/own/$1" 2>/dev/null || return 0
  newer="$RUN/drifted/$STARTED/$1-$(basename -- "$2")"
  mkdir -p "$RUN/drifted/$STARTED" && copy_of "$2" "$newer" && fsync "$newer" "$RUN/drifted/$STARTED" "$RUN/drifted" && say "kept the newer $2 as $newer"
}
# replace_one SLOT FILE: the bytes in replace/SLOT, the owner and mode of now
replace_one() {
  new="$RUN/replace/$1"
  [ -f "$new" ] && [ -f "$2" ] || { say "there is nothing to replace $2 with"; return 1; }
  ! cmp -s "$new" "$2" || return 0
  if [ -s "$new.expected" ] && [ "$(sha "$2")" != "$(cat "$new.expected")" ]; then say "$2 was changed by somebody else meanwhile"; return 1; fi
  copy_of "$2" "$new.kept" && fsync "$new.kept" && keep_newer "$1" "$2" && rewrite "$2" "$(sha "$new")" <"$new" && cmp -s "$new" "$2" && say "wrote $2"
}
unreplace() { [ ! -f "$RUN/replace/$1.kept" ] || same "$RUN/replace/$1.kept" "$2" || { restore "$RUN/replace/$1.kept" "$2" && say "gave $2 its bytes back"; }; }
# config_errors: how many lines the server would refuse, by its own reading of the files as they stand. Empty: not known.
config_errors() {
  printf '%s\n' "SET lc_messages = 'C';" \
    "SELECT (SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL) + (SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL AND error <> 'setting could not be applied');" |
    psql_owner "$DATABASE" 2>/dev/null | tail -n 1
}
# place_replacements: all of them, and the server finds no new error in them before they count; otherwise none
place_replacements() {
  errors=$(config_errors)
  all replace "$STEPS"
  if [ -z "$failed" ]; then
    [ -n "$errors" ] || { say 'the server could not be asked about the new lines'; return 0; }
    found=$(config_errors)
    if [ -n "$found" ] && [ "$found" -le "$errors" ]; then return 0; fi
    say 'the server would refuse the new lines'
  fi
  all unreplace "$STEPS"
  return 1
}
`;
