/**
 * The sh functions that probes may use. They travel with each script, so they are short; what they do:
 *
 * - `pc_stat PATH...`   the status of paths (read by parse/statuses.ts): lines `s` (stat), `a` (has an ACL), `t` (link
 *   target), `e` (error)
 * - `pc_stat_up PATH`   the resolved path (line `p`), then the status of it and of every folder above it
 * - `pc_need_root`      ends the probe with 77 unless it is root
 * - `pc_absent REASON`  ends the probe with 78
 */
export const probeLibrary = String.raw`
pc_stat() {
  [ $# -gt 0 ] || return 0
  stat -c 's	%F	%a	%U	%G	%s	%Y	%n' -- "$@" 2>&1 | sed 's/^stat: /e	/'
  ls -ldU -- "$@" 2>/dev/null | sed -n '/^..........+/s/^/a	/p'
  for pc_p in "$@"; do [ -L "$pc_p" ] && printf 't\t%s\t%s\n' "$(readlink -f -- "$pc_p")" "$pc_p"; done
  return 0
}
pc_stat_up() {
  pc_p=$(readlink -f -- "$1") || pc_p=$1
  printf 'p\t%s\n' "$pc_p"
  set -- "$pc_p"
  while [ "$pc_p" != / ]; do case $pc_p in */*) ;; *) break ;; esac; pc_p=${'$'}{pc_p%/*}; pc_p=${'$'}{pc_p:-/}; set -- "$pc_p" "$@"; done
  pc_stat "$@"
}
pc_need_root() { [ "$(id -u)" = 0 ] || exit 77; }
pc_absent() { echo "$1" >&2; exit 78; }
pc_in_data() { case $1 in /*|'') printf %s "$1" ;; *) printf %s "$PC_DATA/$1" ;; esac; }
`;

/**
 * The functions of the runner itself, which only inline probes may use:
 *
 * - `pc_run NAME CAP SECONDS ACCOUNT SCRIPT`  one probe in a shell of its own, framed, with its limits
 * - `pc_frame LABEL`, `pc_frame_end`           the start and the end of a frame of an inline probe
 * - `pc_emit_file LABEL PATH CAP`              one file, framed
 * - `pc_walk_config ROLE PATH [hba]`           a configuration file and all that it includes, framed
 *
 * Frames go to descriptor 9. The boundary is a shell variable that is not exported, so a probe cannot know it.
 */
export const runnerLibrary = String.raw`
pc_limit=
timeout -k 1 5 true 2>/dev/null && pc_limit='timeout -k 1'
pc_as_owner() {
  if [ "$(id -un)" = "$PC_OWNER" ]; then "$@"
  elif [ "$(id -u)" != 0 ]; then "$@"
  elif command -v runuser >/dev/null 2>&1; then cd / && runuser -u "$PC_OWNER" -- "$@"
  else cd / && setpriv --reuid "$PC_OWNER" --regid "$(id -g -- "$PC_OWNER")" --init-groups "$@"; fi
}
pc_run() {
  printf '\n%s + %s\n' "$pc_b" "$1" >&9
  pc_who=; [ "$4" = owner ] && pc_who=pc_as_owner
  # What the probe leaves behind may hold the pipes open after its time: so their readers have a limit too.
  pc_late=; [ -n "$pc_limit" ] && pc_late="$pc_limit $(($3 + 2))"
  pc_meta=$({ { $pc_who $pc_limit ${'$'}{pc_limit:+$3} sh -c "$pc_library
$5" </dev/null 2>&3 3>&- 9>&-; printf '\n%s' "$?" >&3; } | $pc_late head -c "$2" >&9; } 3>&1 >/dev/null | $pc_late tail -c 700)
  printf '\n%s - %s\n' "$pc_b" "$pc_meta" >&9
}
pc_inline() {
  pc_name=$1
  printf '\n%s + %s\n' "$pc_b" "$1" >&9
  eval "$2"
  printf '\n%s - \n0\n' "$pc_b" >&9
}
pc_frame() { printf '\n%s + %s\t%s\n' "$pc_b" "$pc_name" "$1" >&9; }
pc_frame_end() { printf '\n%s - \n0\n' "$pc_b" >&9; }
pc_emit_file() {
  pc_frame "$1"
  pc_meta=$({ if [ -f "$2" ]; then head -c "$3" -- "$2" >&9; elif [ -e "$2" ]; then echo 'not a regular file' >&2; false
    else head -c 1 -- "$2" >/dev/null; fi; } 2>&1; printf '\n%s' "$?")
  printf '\n%s - %s\n' "$pc_b" "$pc_meta" >&9
}
pc_includes() {
  awk -v hba="$1" 'function unquote(t) { sub(/^[ \t=]+/, "", t); q = substr(t, 1, 1)
      if (q == "\047" || q == "\"") { t = substr(t, 2); n = index(t, q); return n ? substr(t, 1, n - 1) : "" }
      sub(/[ \t#].*/, "", t); return t }
    { line = $0; sub(/^[ \t]+/, "", line); word = tolower(line); sub(/[ \t=\047"].*/, "", word) }
    word == "include" || word == "include_if_exists" || word == "include_dir" {
      print (word == "include_dir" ? "dir " : "file ") unquote(substr(line, length(word) + 1)); next }
    hba && line !~ /^#/ { sub(/#.*/, "", line)
      while (match(line, /(^|[ \t,])@("[^"]+"|[^ \t,"]+)/)) {
        token = substr(line, RSTART, RLENGTH); line = substr(line, RSTART + RLENGTH)
        sub(/^[ \t,]*@/, "", token); gsub(/"/, "", token); print "file " token } }' "$2" 2>/dev/null
}
pc_walk_config() {
  case $pc_walked in *"$pc_nl$2$pc_nl"*) return 0 ;; esac
  [ "$pc_walk_count" -lt 200 ] || return 0
  pc_walk_count=$((pc_walk_count + 1)); pc_walked="$pc_walked$pc_nl$2$pc_nl"
  pc_emit_file "$1	$2" "$2" 4194305
  [ -f "$2" ] && [ -r "$2" ] || return 0
  while read -r pc_kind pc_path; do
    case $pc_path in '') continue ;; /*) ;; *) pc_path=${'$'}{2%/*}/$pc_path ;; esac
    case $pc_kind in
      file) pc_walk_config include "$pc_path" "$3" ;;
      dir) for pc_path in "$pc_path"/*.conf; do [ -f "$pc_path" ] && pc_walk_config include "$pc_path" "$3"; done ;;
    esac
  done <<PC_END
$(pc_includes "$3" "$2")
PC_END
}
`;

/** Falls back to what the configuration files say, for a server that could not be asked (read without executing it). */
export const settingsFromFiles = String.raw`
pc_settings_from_files() {
  S_ssl_cert_file=server.crt S_ssl_key_file=server.key S_ssl_dh_params_file= S_ssl_passphrase_command=
  S_ssl_ciphers=HIGH:MEDIUM:+3DES:!aNULL S_unix_socket_directories=/tmp S_log_directory=log S_logging_collector=off
  set -- "$PC_CONFIG"
  for pc_p in "${'$'}{PC_CONFIG%/*}"/conf.d/*.conf "$PC_DATA/postgresql.auto.conf"; do [ -r "$pc_p" ] && set -- "$@" "$pc_p"; done
  while IFS='=' read -r pc_key pc_value; do
    case $pc_key in
      ssl_cert_file|ssl_key_file|ssl_dh_params_file|ssl_ciphers|ssl_passphrase_command|unix_socket_directories|log_directory|logging_collector)
        eval "S_$pc_key=\$pc_value" ;;
    esac
  done <<PC_END
$(pc_config_values "$@")
PC_END
}
`;
