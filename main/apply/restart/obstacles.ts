import { isIP } from 'node:net';
import type { Connection } from '../../postgres/connection.ts';

/** What the host says of the configuration that the restart brings into force. */
export interface NextConfiguration {
  /** Values as `postgres -C` gives them, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Values of `pg_controldata` that a standby needs at least, by name. */
  readonly primary: ReadonlyMap<string, number>;
  /** Folders that the server must be able to write to and cannot. */
  readonly badFolders: readonly string[];
  /** Listening sockets on the next port that are not the server's own: `0.0.0.0`, with the program's name. */
  readonly taken: readonly { readonly address: string; readonly program: string }[];
  /** Addresses of the interfaces; empty when they are not known. */
  readonly local: readonly string[];
}

/** Settings read besides those that the plan changes. */
const always = [
  'shared_preload_libraries',
  'shared_buffers',
  'listen_addresses',
  'port',
  'unix_socket_directories',
  'logging_collector',
  'log_directory',
  'max_prepared_transactions',
  'max_replication_slots',
  'wal_level',
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_locks_per_transaction',
] as const;

/** What pg_controldata calls the settings of the primary that its standby must not go below. */
const fromPrimary: Readonly<Record<string, string>> = {
  max_connections: 'max_connections',
  max_worker_processes: 'max_worker_processes',
  max_wal_senders: 'max_wal_senders',
  max_prepared_xacts: 'max_prepared_transactions',
  max_locks_per_xact: 'max_locks_per_transaction',
};

/** Lines for the host that print what readNext reads. They fail when the configuration cannot be read at all. */
export function nextLines(reasons: readonly string[]): readonly string[] {
  // A setting of a library is not known before the library is loaded.
  const names = [...new Set([...always, ...reasons.filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))])];
  return [
    `next() { as_owner "$BIN/postgres" -D "$PGDATA" -c "config_file=$CONFIG" -c log_min_messages=warning -C "$1"; }`,
    `for name in ${names.join(' ')}; do value=$(next "$name"); printf 'value\\t%s\\t%s\\n' "$name" "$(printf %s "$value" | base64 | tr -d '\\n')"; done`,
    `as_owner "$BIN/pg_controldata" -D "$PGDATA" 2>/dev/null | sed -n 's/^\\(max_[a-z_]*\\) setting: *\\([0-9]*\\)$/primary\\t\\1\\t\\2/p' || :`,
    // The server makes its log folder itself, but not the one above it.
    `folder_bad() { printf 'folder\\t%s\\n' "$(printf %s "$1" | base64 | tr -d '\\n')"; }`,
    `writable() { as_owner test -d "$1" && as_owner test -w "$1" && as_owner test -x "$1"; }`,
    `next unix_socket_directories | tr ',' '\\n' | sed 's/^ *//; s/ *$//; s/^"\\(.*\\)"$/\\1/' | while read -r one; do case $one in '' | @*) ;; /*) writable "$one" || folder_bad "$one" ;; *) writable "$PGDATA/$one" || folder_bad "$one" ;; esac; done`,
    `if [ "$(next logging_collector)" = on ]; then one=$(next log_directory); case $one in /*) ;; *) one=$PGDATA/$one ;; esac; if [ -e "$one" ]; then writable "$one" || folder_bad "$one"; else writable "$(dirname -- "$one")" || folder_bad "$one"; fi; fi`,
    `if command -v ss >/dev/null 2>&1; then ss -Hltnp "sport = :$(next port)" 2>/dev/null | grep -v "pid=$(postmaster)," | grep 'users:' | sed 's/^/taken\\t/' || :; fi`,
    `if command -v ip >/dev/null 2>&1; then ip -o addr show 2>/dev/null | sed -n 's/^[0-9]*: [^ ]* *inet6* \\([^ /]*\\).*$/local\\t\\1/p' || :; fi`,
  ];
}

const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString('utf8');

/** Reads the output of `nextLines`. */
export function readNext(output: string): NextConfiguration {
  const lines = output.split('\n').map((line) => line.split('\t'));
  const of = (key: string) => lines.filter(([name]) => name === key);
  return {
    values: new Map(of('value').map(([, name = '', value]) => [name, decode(value)])),
    primary: new Map(of('primary').map(([, name = '', value]) => [name, Number(value)])),
    badFolders: of('folder').map(([, folder]) => decode(folder)),
    taken: of('taken').flatMap(([, socket = '']) => {
      const address = /\s(\S+):\d+\s+\S+\s+users:/.exec(socket)?.[1];
      const program = /users:\(\("([^"]*)"/.exec(socket)?.[1] ?? 'another program';
      return address === undefined ? [] : [{ address: address.replace(/^\[|\]$|%.*$/g, ''), program }];
    }),
    local: of('local').map(([, address = '']) => address),
  };
}

const wildcards = ['*', '0.0.0.0', '::'];

/**
 * Why the server would not listen where it should: a port in use, an address that is not the host's. `now` is what it
 * listens by today; where that stays, so does what comes of it.
 */
export function listenProblems(
  next: NextConfiguration,
  now: { readonly port: string; readonly addresses: string },
): readonly string[] {
  const port = next.values.get('port') ?? '';
  if (port === now.port && next.values.get('listen_addresses') === now.addresses) return [];
  const wanted = (next.values.get('listen_addresses') ?? '')
    .split(',')
    .map((address) => address.trim())
    .flatMap((address) => (address === 'localhost' ? ['127.0.0.1', '::1'] : address === '' ? [] : [address]));
  const everywhere = wanted.some((address) => wildcards.includes(address));
  const taken = next.taken.filter(
    ({ address }) =>
      wanted.length > 0 && (everywhere || wildcards.includes(address) || wanted.includes(address)),
  );
  const foreign = wanted.filter(
    (address) =>
      isIP(address) !== 0 &&
      !wildcards.includes(address) &&
      !address.startsWith('127.') &&
      address !== '::1' &&
      next.local.length > 0 &&
      !next.local.includes(address),
  );
  return [
    ...taken.map(({ address, program }) => `port ${port} is in use on ${address} by ${program}`),
    ...foreign.map((address) => `the host does not have the address ${address} of listen_addresses`),
  ];
}

/** What in the data does not fit the next configuration: an empty data folder cannot show it. */
export async function dataProblems(
  session: Connection,
  next: NextConfiguration,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [row] = await session.query(
    `SELECT (SELECT count(*)::int FROM pg_prepared_xacts) AS prepared,
       (SELECT count(*)::int FROM pg_replication_slots WHERE NOT temporary) AS slots,
       (SELECT count(*)::int FROM pg_replication_slots WHERE NOT temporary AND slot_type = 'logical') AS logical,
       pg_is_in_recovery() AS standby`,
    undefined,
    { signal },
  );
  const value = (name: string): number => Number(next.values.get(name) ?? Infinity);
  const { prepared, slots, logical } = {
    prepared: Number(row?.prepared),
    slots: Number(row?.slots),
    logical: Number(row?.logical),
  };
  const level = next.values.get('wal_level') ?? 'replica';
  return [
    ...(prepared > value('max_prepared_transactions')
      ? [`${prepared} prepared transactions exist, and max_prepared_transactions would be less`]
      : []),
    ...(slots > value('max_replication_slots')
      ? [`${slots} replication slots exist, and max_replication_slots would be less`]
      : []),
    ...(logical > 0 && level !== 'logical'
      ? [`${logical} logical replication slots exist, and wal_level would be ${level}`]
      : []),
    ...(slots > 0 && level === 'minimal'
      ? [`${slots} replication slots exist, and wal_level would be minimal`]
      : []),
    ...(row?.standby === true ? standbyProblems(next) : []),
  ];
}

/** A standby needs at least what its primary has, or it stops or pauses in recovery. */
function standbyProblems(next: NextConfiguration): readonly string[] {
  return Object.entries(fromPrimary).flatMap(([name, setting]) => {
    const here = Number(next.values.get(setting) ?? Infinity);
    const there = next.primary.get(name) ?? 0;
    return here < there ? [`${setting} would be ${here}, and the primary of this standby has ${there}`] : [];
  });
}
