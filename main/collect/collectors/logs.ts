import type { LogScan } from '../../../shared/facts/logging.ts';
import { absent, collected, denied } from '../../../shared/facts/fact.ts';
import { lines, sections } from '../parse/lines.ts';
import { parseLogins } from '../parse/logins.ts';
import { parseStatuses } from '../parse/statuses.ts';
import { defineCollector, shell } from '../define-collector.ts';

const scanLimitBytes = 64 * 1024 * 1024;
const loginLimitBytes = 16 * 1024 * 1024;
const loginLimitLines = 6000;
const loginTextBytes = 500_000;

/**
 * Looks for clear passwords in lines that grep chose ("number:line"), and prints counts by kind: no text of the log
 * leaves the host. A verifier (md5…, SCRAM-SHA-256$…) and a value that is already masked do not count.
 */
const scanProgram = String.raw`
function masked(v) { return v == "" || v ~ /^[*x]+$/ || v ~ /^<?redacted>?$/ || v ~ /^scram-sha-256[$]/ || (length(v) == 35 && v ~ /^md5[0-9a-f]+$/) }
function hit(k, n) { if (!(k in first)) first[k] = n; count[k]++ }
{ n = $0; sub(/:.*/, "", n); line = tolower(substr($0, length(n) + 2)); rest = line
  while (match(rest, /password[ \t]+(e)?\047/)) {
    before = substr(rest, 1, RSTART); rest = substr(rest, RSTART + RLENGTH); value = rest; sub(/\047.*/, "", value)
    if (!masked(value)) hit(line ~ /user[ \t]+mapping/ ? "user-mapping-password" : (before line) ~ /(create|alter)[ \t]+(role|user|group)/ ? "role-password" : "password-literal", n)
  }
  rest = line
  while (match(rest, /[^a-z_]password=[^ \t\047"]+/)) {
    value = substr(rest, RSTART + 10, RLENGTH - 10); rest = substr(rest, RSTART + RLENGTH)
    if (!masked(value)) hit("connection-password", n)
  } }
END { for (k in count) printf "%s\t%d\t%s\n", k, count[k], first[k] }`;

/** Where the server's log is, who may read it, whether passwords stand in it, who logged in. */
export const logsCollector = defineCollector({
  subject: 'logs',
  facts: ['logFiles', 'logScan', 'logins'],
  probes: {
    logs: shell(
      'root',
      String.raw`
pid=$(head -n 1 -- "$PC_DATA/postmaster.pid" 2>/dev/null); log= dir=
case $pid in ''|*[!0-9]*) ;; *) log=$(readlink "/proc/$pid/fd/2" 2>/dev/null) ;; esac
if [ "$S_logging_collector" = on ]; then
  dir=$(pc_in_data "$S_log_directory"); pattern=$dir/; echo '== destination'; echo "collector: $dir"
else
  case $log in
    /dev/*|'')
      name=${'$'}{PC_CONFIG%/*}; log=/var/log/postgresql/postgresql-$PC_MAJOR-${'$'}{name##*/}.log
      [ -f "$log" ] || log= ;;
  esac
  case $log in
    /*) dir=${'$'}{log%/*}; pattern=${'$'}{log%.log}; echo '== destination'; echo "file: $log" ;;
    socket:*) echo '== destination'; echo journal ;;
    *) echo '== destination'; echo unknown ;;
  esac
fi
[ -n "$dir" ] || exit 0
[ -r "$dir" ] && [ -x "$dir" ] || { echo '== refused'; exit 0; }
set --; while IFS= read -r f; do [ -f "$f" ] && [ $# -lt 100 ] && set -- "$@" "$f"; done <<PC_END
$(ls -1td -- "$pattern"* 2>/dev/null)
PC_END
echo '== directory'; pc_stat "$dir"; echo '== files'; pc_stat "$@"
echo '== scan'
left=${scanLimitBytes}
for f; do
  [ -r "$f" ] || { echo "unread	$f"; continue; }
  [ "$left" -gt 0 ] || { echo cut; break; }
  case $f in
    *.gz) size=$(gzip -l -- "$f" 2>/dev/null | awk 'NR == 2 { print $2 }') ;;
    *.xz|*.bz2|*.zst) continue ;;
    *) size=$(stat -c %s -- "$f") ;;
  esac
  case $size in ''|*[!0-9]*) continue ;; esac
  [ "$size" -gt "$left" ] && { take=$left; echo cut; } || take=$size
  left=$((left - take))
  echo "read	$take	$size	$f"
  case $f in *.gz) gzip -dc -- "$f" 2>/dev/null | head -c "$take" ;; *) tail -c "$take" -- "$f" ;; esac |
    grep -a -n -i 'password' | awk "$SCAN"
done
left=${loginLimitBytes}; n=0
for f; do
  case $f in *.gz|*.xz|*.bz2|*.zst) continue ;; esac
  n=$((n + 1)); [ $n -le 2 ] || break
  echo "== logins $n"; [ "$(stat -c %s -- "$f")" -gt "$left" ] && echo cut
  tail -c "$left" -- "$f" 2>/dev/null | grep -a -E 'connection (received|authenticated|authorized): ' | tail -n ${loginLimitLines} | cut -c 1-1000 | tail -c ${loginTextBytes}
done; true`.replace('"$SCAN"', `'${scanProgram.trim()}'`),
      { capBytes: 1_048_576, seconds: 30 },
    ),
  },
  read({ logs }, context) {
    if (logs.state !== 'collected') return { logFiles: logs, logScan: logs, logins: logs };
    const parts = sections(logs.value.text);
    const destination = (parts.get('destination') ?? 'unknown').trim();
    if (parts.has('refused') || (destination === 'unknown' && !logs.value.privileged)) {
      const reason = denied('needs root: the folder of the logs may not be read');
      return { logFiles: reason, logScan: reason, logins: reason };
    }
    const files = parseStatuses(parts.get('files') ?? '').list;
    const directory = parseStatuses(parts.get('directory') ?? '').list[0] ?? null;
    const logFiles = collected({ destination, directory, files: [...files] });
    if (directory === null) {
      const reason = absent(
        destination === 'journal'
          ? 'the server logs to the journal, which is not searched'
          : 'no log file was found',
      );
      return { logFiles, logScan: reason, logins: reason };
    }
    const scan = parseScan(parts.get('scan') ?? '');
    return {
      logFiles,
      logScan:
        scan.unread > 0 && scan.filesRead === 0
          ? denied('needs root: the log files may not be read')
          : collected({
              filesRead: scan.filesRead,
              bytesRead: scan.bytesRead,
              truncated: scan.truncated || scan.unread > 0,
              hits: scan.hits,
            }),
      logins: collected(
        loginsOf(
          parts.get('logins 2') ?? '',
          parts.get('logins 1') ?? '',
          context.settings.get('log_line_prefix') ?? '%m [%p] ',
        ),
      ),
    };
  },
});

/**
 * Who logged in by the two newest files. Where the newest one was not read from its start, `since` is where the reading
 * began: what stands between it and the file before is not known.
 */
function loginsOf(older: string, newest: string, prefix: string): ReturnType<typeof parseLogins> {
  const whole =
    !newest.startsWith('cut\n') &&
    newest.split('\n').length < loginLimitLines &&
    Buffer.byteLength(newest) < loginTextBytes - 1000;
  const all = parseLogins(`${older}\n${newest}`, prefix);
  return whole ? all : { ...all, since: parseLogins(newest, prefix).since };
}

/** Lines `read TAKEN SIZE PATH`, each followed by the hits in that file, `cut`, and `unread PATH`. */
function parseScan(text: string): LogScan & { unread: number } {
  const hits: LogScan['hits'] = [];
  let [path, whole, filesRead, bytesRead, unread, truncated] = ['', true, 0, 0, 0, false];
  for (const line of lines(text)) {
    const fields = line.split('\t');
    if (line === 'cut') truncated = true;
    else if (fields[0] === 'unread') unread += 1;
    else if (fields[0] === 'read') {
      path = fields.slice(3).join('\t');
      whole = fields[1] === fields[2];
      filesRead += 1;
      bytesRead += Number(fields[1]) || 0;
    } else if (fields.length === 3 && path !== '')
      // In the tail of a file the number of the line is not known: 0.
      hits.push({
        path,
        pattern: fields[0] ?? '',
        count: Number(fields[1]) || 0,
        firstLine: whole ? Number(fields[2]) || 0 : 0,
      });
  }
  return { filesRead, bytesRead, truncated, hits, unread };
}
