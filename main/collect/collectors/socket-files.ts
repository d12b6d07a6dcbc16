import type { SocketFiles } from '../../../shared/facts/files.ts';
import { lines } from '../parse/lines.ts';
import { defineCollector, mapFact, shell } from '../define-collector.ts';

/** What lies where PostgreSQL's sockets usually lie, and which of it is alive. */
export const socketFilesCollector = defineCollector({
  subject: 'socket files',
  facts: ['socketFiles'],
  absentInPractice: 'the practice server shares this machine’s sockets',
  probes: {
    files: shell(
      'root',
      String.raw`
pc_need_root
# Flags 00010000 mark a socket that listens; its name is the rest of the line.
names=$(sed -n 's/^[^ ]* [^ ]* [^ ]* 00010000 [^ ]* [^ ]* *[0-9]* //p' /proc/net/unix | grep -F .s.PGSQL.)
printf '%s\n' "$names" | sed -n 's/^@/abstract	@/p'
alive=$(printf '%s\n' "$names" | grep '^/' | while IFS= read -r p; do printf '%s/%s\n' "$(readlink -f -- "${'$'}{p%/*}")" "${'$'}{p##*/}"; done)
printf '%s\n' "$S_unix_socket_directories" | tr ',' '\n' | sed 's/^[[:space:]"]*//; s/[[:space:]"]*$//' |
  { cat; printf '%s\n' /tmp /run/postgresql; printf '%s\n' "$names" | sed -n 's#^\(/.*\)/[^/]*$#\1#p'; } |
  while IFS= read -r d; do case $d in /*) readlink -f -- "$d" ;; esac; done | sort -u | head -n 50 |
  while IFS= read -r d; do
    for f in "$d"/.s.PGSQL.*; do
      [ -e "$f" ] || continue
      case $f in
        *.lock) pid=$(head -n 1 -- "$f" 2>/dev/null | tr -dc 0-9); run=no; [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && run=yes
          printf 'lock\t%s\t%s\t%s\n' "$pid" "$run" "$f" ;;
        *) run=no; printf '%s\n' "$alive" | grep -qxF -- "$f" && run=yes; printf 'socket\t\t%s\t%s\n' "$run" "$f" ;;
      esac
    done
  done; true`,
    ),
  },
  read({ files }) {
    return { socketFiles: mapFact(files, ({ text }) => parseSocketFiles(text)) };
  },
});

/** Lines `abstract NAME`, `lock PID yes|no PATH` and `socket  yes|no PATH`, with tabs between their parts. */
export function parseSocketFiles(text: string): SocketFiles {
  const rows = lines(text).map((line) => line.split('\t'));
  const pathOf = (parts: readonly string[]) => parts.slice(3).join('\t');
  return {
    sockets: rows
      .filter(([kind]) => kind === 'socket')
      .map((parts) => ({ path: pathOf(parts), listening: parts[2] === 'yes' })),
    locks: rows
      .filter(([kind]) => kind === 'lock')
      .map((parts) => ({
        path: pathOf(parts),
        pid: /^\d+$/.test(parts[1] ?? '') ? Number(parts[1]) : null,
        running: parts[2] === 'yes',
      })),
    abstract: rows.filter(([kind]) => kind === 'abstract').map((parts) => parts.slice(1).join('\t')),
  };
}
