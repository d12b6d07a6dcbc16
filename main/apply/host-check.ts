import type { Cluster } from '../../shared/facts/cluster.ts';
import { quoteShell } from '../../shared/lib/quoting.ts';
import { ApplyRefused } from './apply-error.ts';
import type { Actor } from './actor.ts';
import { guardProbeLines, readGuardMeans, type GuardMeans } from './guard/probe.ts';

/** What a person can do about an obstacle. */
export function remedyFor(obstacle: string): string {
  const flagged = /^(\/.*) is (?:immutable|append-only) \(chattr \+([ia])\)$/s.exec(obstacle);
  if (flagged !== null) {
    return `Find out who protects it so and why; then run as root on the host: chattr -${flagged[2] ?? ''} ${quoteShell(flagged[1] ?? '')}`;
  }
  if (obstacle.includes('hard links')) return 'Give it a copy of its own under this name, then try again.';
  return 'Make it writable for root, then try again.';
}

/** A file as it is on the host right before a run. Contents are text of one character a byte. */
export interface FileState {
  readonly path: string;
  /** Behind every link; the path itself where there is nothing. */
  readonly realPath: string;
  readonly type: 'file' | 'folder' | 'absent' | 'other';
  readonly mode: number;
  readonly sha256: string | null;
  readonly size: number;
  readonly content: string | null;
  /** Why it cannot be changed: immutable, read-only file system. Null when it can. */
  readonly obstacle: string | null;
}

export interface HostCheck {
  readonly files: ReadonlyMap<string, FileState>;
  readonly guard: GuardMeans;
  /** Bytes free where the run's folder will be. */
  readonly freeBytes: number;
  readonly serverRuns: boolean;
  /** A regular file that the running server writes its output to. */
  readonly serverLog: string;
  /** The owner of the cluster gets in over the socket with psql and without a password. */
  readonly ownerLogsIn: boolean;
  /** Seconds that systemd lets the server's unit take to start; null without a unit or a limit. */
  readonly startLimitSeconds: number | null;
  /** Milliseconds that this machine's clock is ahead of the host's. */
  readonly clockAheadMs: number;
}

export interface WantedFile {
  readonly path: string;
  readonly content: boolean;
}

const base64 = (value: string): string => `$(printf '%s' ${value} | base64 | tr -d '\\n')`;

// Prints one line a file: index, type, mode, sha256, size, obstacle, real path, content; the texts in base64.
const fileFunction = String.raw`
look() { # INDEX PATH CONTENT
  real=$(readlink -f -- "$2" 2>/dev/null) || real=$2
  [ -n "$real" ] || real=$2
  type=absent; mode=0; sum=-; size=0; obstacle=; content=
  if [ -f "$real" ]; then
    type=file; sum=$(sha "$real") || { sum=-; obstacle=unreadable; }; size=$(wc -c <"$real" | tr -d ' ')
    if [ "$3" = 1 ]; then content=$(base64 <"$real" | tr -d '\n'); fi
  elif [ -d "$real" ]; then type=folder
  elif [ -e "$real" ]; then type=other; fi
  if [ "$type" != absent ]; then mode=$(rights "$real" | cut -d' ' -f1); fi
  if [ "$type" = file ] && [ "$(links "$real")" != 1 ]; then obstacle="it has $(links "$real") names (hard links), and a new version would replace it under one of them only"; fi
  near=$(dirname -- "$real")
  if [ "$type" = folder ]; then near=$real; fi
  if [ -d "$near" ] && [ ! -w "$near" ]; then obstacle='its folder cannot be written to (read-only file system, or no right)'; fi
  if command -v lsattr >/dev/null 2>&1; then
    for one in "$real" "$near"; do
      case $(lsattr -d -- "$one" 2>/dev/null | cut -d' ' -f1) in *i*) obstacle="$one is immutable (chattr +i)" ;; *a*) obstacle="$one is append-only (chattr +a)" ;; esac
    done
  fi
  printf 'file\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$type" "$mode" "$sum" "$size" "_$(printf '%s' "$obstacle" | base64 | tr -d '\n')" "_$(printf '%s' "$real" | base64 | tr -d '\n')" "_$content"
}
`;

/** The script that reads everything a run has to know of the host, without changing anything. */
export function checkScript(
  variablesAndLibrary: string,
  actor: Actor,
  cluster: Cluster,
  wanted: readonly WantedFile[],
): string {
  return [
    variablesAndLibrary,
    fileFunction,
    `printf 'clock\\t%s\\n' "$(date +%s)"`,
    ...guardProbeLines,
    'where=$BASE; while [ ! -d "$where" ]; do where=$(dirname -- "$where"); done',
    `printf 'free\\t%s\\n' "$(df -Pk "$where" | awk 'NR == 2 { print $4 }')"`,
    '[ -w "$where" ] || printf "folder-read-only\\t%s\\n" "$where"',
    'if server_runs; then',
    `  printf 'server\\t1\\n'`,
    '  log=$(readlink "/proc/$(postmaster)/fd/2" 2>/dev/null) || log=',
    '  if [ -f "$log" ]; then printf "log\\t_%s\\n" "$(printf %s "$log" | base64 | tr -d "\\n")"; fi',
    `  if [ "$(echo 'SELECT 1;' | psql_owner "$DATABASE" 2>/dev/null)" = 1 ]; then printf 'owner\\t1\\n'; fi`,
    'fi',
    'if [ "$SERVICE" = systemd ] && systemd_runs; then printf "start-limit\\t%s\\n" "$(systemctl show -p TimeoutStartUSec --value "$UNIT" 2>/dev/null)"; fi',
    ...wanted.map(({ path, content }, index) => `look ${index} ${quoteShell(path)} ${content ? 1 : 0}`),
    `printf 'end\\t%s\\n' ${base64(quoteShell(cluster.id))}`,
    actor.isRoot ? '[ "$(id -u)" = 0 ] || exit 1' : ':',
  ].join('\n');
}

const decode = (field: string | undefined, encoding: BufferEncoding = 'utf8'): string =>
  Buffer.from((field ?? '').replace(/^_/, ''), 'base64').toString(encoding);

/** A time span as systemd writes it (`1h 2min 30s`, `500ms`) in seconds; null for `infinity` and what is no span. */
export function timeSpanSeconds(text: string): number | null {
  const units: Readonly<Record<string, number>> = {
    us: 1e-6,
    ms: 1e-3,
    s: 1,
    min: 60,
    h: 3600,
    d: 86_400,
    w: 604_800,
  };
  const parts = text.trim().split(/ +/);
  let sum = 0;
  for (const part of parts) {
    const match = /^(\d+(?:\.\d+)?)(us|ms|s|min|h|d|w)$/.exec(part);
    if (match === null) return null;
    sum += Number(match[1]) * (units[match[2] ?? ''] ?? 0);
  }
  return sum;
}

/** Reads the output of the check script. Throws ApplyRefused when it is cut off or the run's folder cannot be made. */
export function readCheck(output: string, wanted: readonly WantedFile[], now: Date): HostCheck {
  const lines = output.split('\n').map((line) => line.split('\t'));
  const value = (key: string): string | undefined => lines.find(([name]) => name === key)?.[1];
  if (value('end') === undefined)
    throw new ApplyRefused('The host could not be checked: its answer was cut off.');
  const readOnly = value('folder-read-only');
  if (readOnly !== undefined) {
    throw new ApplyRefused(
      `The run's folder cannot be made: ${readOnly} cannot be written to.`,
      'Make the file system writable.',
    );
  }
  const files = new Map<string, FileState>();
  for (const [kind, index, type, mode, sum, size, obstacle, real, content] of lines) {
    if (kind !== 'file') continue;
    const asked = wanted[Number(index)];
    if (asked === undefined) continue;
    files.set(asked.path, {
      path: asked.path,
      realPath: decode(real),
      type: type === 'file' || type === 'folder' || type === 'absent' ? type : 'other',
      mode: Number.parseInt(mode ?? '0', 8),
      sha256: sum === '-' || sum === undefined ? null : sum,
      size: Number(size),
      content: asked.content && type === 'file' ? decode(content, 'latin1') : null,
      obstacle: decode(obstacle) === '' ? null : decode(obstacle),
    });
  }
  return {
    files,
    guard: readGuardMeans(output),
    freeBytes: Number(value('free') ?? 0) * 1024,
    serverRuns: value('server') === '1',
    serverLog: decode(value('log')),
    ownerLogsIn: value('owner') === '1',
    startLimitSeconds: timeSpanSeconds(value('start-limit') ?? ''),
    clockAheadMs: now.getTime() - Number(value('clock') ?? 0) * 1000,
  };
}
