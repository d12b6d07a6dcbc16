import { createHash } from 'node:crypto';
import { managedText } from '../../../shared/config/managed.ts';
import type { ConfigurationFile, FileStatus } from '../../../shared/facts/files.ts';
import { collected, denied, failed } from '../../../shared/facts/fact.ts';
import { printable } from '../../../shared/lib/hostile-text.ts';
import type { Frame } from '../define-collector.ts';
import { defineCollector, mapFact, shell } from '../define-collector.ts';
import { missingStatus, parseStatuses, statusFor } from '../parse/statuses.ts';

const maximumFileBytes = 4 * 1024 * 1024;

/** The configuration files with all that they include, byte for byte. */
export const configurationCollector = defineCollector({
  subject: 'configuration',
  facts: ['configurationFiles'],
  probes: {
    files: shell(
      'root',
      String.raw`pc_walk_config postgresql.conf "$PC_CONFIG"
pc_walk_config postgresql.auto.conf "$PC_DATA/postgresql.auto.conf"
pc_walk_config pg_hba.conf "$PC_HBA" hba
pc_walk_config pg_ident.conf "$PC_IDENT" hba
set --
while IFS= read -r pc_p; do [ -n "$pc_p" ] && set -- "$@" "$pc_p"; done <<PC_END
$pc_walked
PC_END
pc_frame status; { pc_stat "$@"; sha256sum -- "$@" 2>/dev/null; } >&9; pc_frame_end`,
      { inline: true },
    ),
  },
  read({ files }) {
    if (files.state !== 'collected') return { configurationFiles: files };
    const list = configurationFilesOf(files.value.frames);
    const main = list.find((file) => file.role === 'postgresql.conf');
    if (main === undefined) return { configurationFiles: failed('the configuration files were not found') };
    if (list.every((file) => file.text === null))
      return { configurationFiles: denied(main.problem ?? 'the configuration files could not be read') };
    return { configurationFiles: collected(list) };
  },
});

function configurationFilesOf(frames: readonly Frame[]): ConfigurationFile[] {
  const status = frames.find((frame) => frame.label === 'status')?.bytes.toString('utf8') ?? '';
  const statuses = parseStatuses(status);
  const sums = new Map(
    [...status.matchAll(/^([0-9a-f]{64}) [ *](.*)$/gm)].map((match) => [match[2] ?? '', match[1] ?? '']),
  );
  return frames.flatMap((frame): ConfigurationFile[] => {
    const tab = frame.label.indexOf('\t');
    const role = roles.find((known) => known === frame.label.slice(0, tab));
    if (tab < 0 || role === undefined) return [];
    const path = frame.label.slice(tab + 1);
    const file = { role, path, status: statusFor(path, statuses) ?? missingStatus(path) };
    const problem = problemOf(frame, sums.get(path));
    if (problem !== null) return [{ ...file, text: null, sha256: null, problem }];
    const sha256 = createHash('sha256').update(frame.bytes).digest('hex');
    const text = frame.bytes.toString('latin1');
    return [{ ...file, text, sha256, problem: null, managedBy: managedText(text)?.manager.name ?? null }];
  });
}

function problemOf(frame: Frame, sum: string | undefined): string | null {
  if (frame.exitCode !== 0) {
    const reason = printable(frame.stderr.split('\n')[0] ?? '').slice(0, 200);
    return /permission denied/i.test(reason) ? 'it may not be read with these rights' : reason;
  }
  if (frame.bytes.length > maximumFileBytes) return 'it is larger than 4 MiB';
  const own = createHash('sha256').update(frame.bytes).digest('hex');
  if (sum !== undefined && sum !== own) return 'it changed while it was read, or on the way';
  return null;
}

const roles = ['postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'pg_ident.conf', 'include'] as const;

/** The data folder and every folder above it. */
export const dataDirectoryCollector = defineCollector({
  subject: 'data directory',
  facts: ['dataDirectory'],
  probes: { status: shell('root', 'pc_stat_up "$PC_DATA"') },
  read({ status }) {
    if (status.state !== 'collected') return { dataDirectory: status };
    const { list, errors } = parseStatuses(status.value.text);
    const last = list.at(-1);
    if (last === undefined || last.type !== 'directory' || errors.length > 0)
      return {
        dataDirectory: status.value.privileged
          ? failed(errors[0] ?? 'the data folder was not found')
          : denied('needs root: the data folder may not be looked at'),
      };
    return { dataDirectory: collected({ status: last, parents: list.slice(0, -1) }) };
  },
});

/** The Unix sockets of the cluster, with the folders that lead to each. */
export const unixSocketsCollector = defineCollector({
  subject: 'unix sockets',
  facts: ['unixSockets'],
  probes: {
    sockets: shell(
      'root',
      String.raw`
# What the server listens on says more than the setting, which may wait for a restart.
rest=$(awk -v end="/.s.PGSQL.$PC_PORT" '$4 == "00010000" { n = length($NF) - length(end); if (n > 0 && substr($NF, n + 1) == end) print substr($NF, 1, n) }' /proc/net/unix 2>/dev/null | sort -u | tr '\n' ',')
[ -n "$rest" ] || rest=$S_unix_socket_directories,
while [ -n "$rest" ]; do
  d=${'$'}{rest%%,*}; rest=${'$'}{rest#*,}
  d=$(printf %s "$d" | sed 's/^[[:space:]"]*//; s/[[:space:]"]*$//')
  case $d in '') continue ;; /*) ;; @*) continue ;; *) d=$PC_DATA/$d ;; esac
  echo "== $d"
  pc_stat_up "$d/.s.PGSQL.$PC_PORT"
done`,
    ),
  },
  read({ sockets }) {
    return {
      unixSockets: mapFact(sockets, ({ text }) =>
        text
          .split(/^== /m)
          .slice(1)
          .flatMap((part) => {
            const newline = part.indexOf('\n');
            const { list, resolved } = parseStatuses(part.slice(newline + 1));
            const path = resolved[0];
            if (path === undefined) return [];
            const socket: FileStatus = list.find((status) => status.path === path) ?? missingStatus(path);
            return [
              {
                directory: part.slice(0, newline),
                socket,
                folders: list.filter((status) => status.path !== path),
              },
            ];
          }),
      ),
    };
  },
});
