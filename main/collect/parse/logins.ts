import type { Login } from '../../../shared/facts/logging.ts';
import { lines } from './lines.ts';

interface Entry {
  readonly time: string | null;
  /** What ties "received" to "authorized": the process, as far as the format tells. */
  readonly process: string | null;
  readonly address: string | null;
  readonly message: string;
  /** The database as jsonlog and csvlog tell it; '' for none. */
  readonly database?: string;
  /** What stands before the message in the format stderr. */
  readonly head?: string;
}

/** What "connection authenticated" tells of the login that follows it. */
type Proof = Pick<Login, 'method' | 'file' | 'line' | 'identity'>;

/**
 * Reads "connection received", "authenticated" and "authorized" lines of a server log, oldest first, in the formats
 * stderr, csvlog and jsonlog, and merges them: one row a role, database, address, transport and identity. This
 * program's own sessions are left out. `since` is the time of the first such line, whoever it is about: before it the log
 * may have told nothing, since log_connections can be younger than the file.
 */
export function parseLogins(text: string, logLinePrefix: string): { logins: Login[]; since: string | null } {
  const prefix = prefixPattern(logLinePrefix);
  const addresses = new Map<string, string>();
  const proofs = new Map<string, Proof>();
  const merged = new Map<string, Login>();
  let since: string | null = null;
  for (const line of lines(text)) {
    const entry = entryOf(line, prefix);
    if (entry === null) continue;
    since ??= entry.time;
    const received = /^connection received: host=(\S+)/.exec(entry.message)?.[1];
    if (received !== undefined) {
      if (entry.process !== null) {
        addresses.set(entry.process, received);
        proofs.delete(entry.process);
      }
      continue;
    }
    const proof = authenticated(entry.message);
    if (proof !== null) {
      if (entry.process !== null) proofs.set(entry.process, proof);
      continue;
    }
    const login = authorized(entry.message);
    if (login === null || entry.message.includes(' application_name=portcullis')) continue;
    const from = entry.address ?? (entry.process === null ? undefined : addresses.get(entry.process));
    const address = from === undefined || from === '[local]' ? null : from;
    const proven = entry.process === null ? undefined : proofs.get(entry.process);
    // A replication line names no database; the format may, and empty stands for physical replication.
    const named = login.replication ? databaseOf(entry, login.role, logLinePrefix) : null;
    const row: Login = {
      ...login,
      ...(named === null ? {} : named === '' ? { physical: true } : { database: named }),
      address,
      ...proven,
      count: 1,
      lastAt: entry.time,
    };
    const telling = ['peer', 'cert', 'ident'].includes(row.method ?? '') ? row.identity : null;
    const { role, database, tls, tlsVersion, gss, replication, physical } = row;
    const key = JSON.stringify([
      role,
      database,
      address,
      tls,
      tlsVersion,
      gss,
      replication,
      physical,
      telling,
    ]);
    const known = merged.get(key);
    merged.set(key, {
      ...known,
      ...row,
      count: (known?.count ?? 0) + 1,
      lastAt: entry.time ?? known?.lastAt ?? null,
    });
  }
  return { logins: [...merged.values()], since };
}

/** `connection authenticated: identity="x" method=peer (/etc/…/pg_hba.conf:12)`; `user=` instead for trust. */
function authenticated(message: string): Proof | null {
  const match = /^connection authenticated: (identity|user)="(.*)" method=(\S+) \((.*):(\d+)\)$/s.exec(
    message,
  );
  if (match === null) return null;
  const [, kind, identity = '', method = '', file = '', line] = match;
  return { method, file, line: Number(line), identity: kind === 'identity' ? identity : null };
}

function authorized(
  message: string,
): Pick<Login, 'role' | 'database' | 'tls' | 'tlsVersion' | 'gss' | 'replication'> | null {
  const match =
    /^(replication )?connection authorized: user=(.*?)(?: database=(.*?))?(?: application_name=.*?)?( SSL enabled \(.*?\))?( GSS \(.*)?$/.exec(
      message,
    );
  if (match?.[2] === undefined) return null;
  const version = /protocol=([^,)]+)/.exec(match[4] ?? '')?.[1];
  return {
    role: match[2],
    database: match[3] ?? null,
    tls: match[4] !== undefined,
    ...(version === undefined ? {} : { tlsVersion: version }),
    ...(/encrypted=yes/.test(match[5] ?? '') ? { gss: true } : {}),
    ...(match[1] === undefined ? {} : { replication: true }),
  };
}

/** The database that the format tells beside the message; '' for none, null when it does not tell. */
function databaseOf({ database, head }: Entry, role: string, prefix: string): string | null {
  if (database !== undefined) return database;
  // `%u@%d ` in the prefix: the role is known, so what follows it and the separator is the database.
  const [, separator, after] = /%u([^%\s]{1,3})%d(\s|[^%\w])/.exec(prefix) ?? [];
  if (separator === undefined || after === undefined || head === undefined) return null;
  const start = head.lastIndexOf(`${role}${separator}`);
  if (start < 0) return null;
  const rest = `${head.slice(start + role.length + separator.length)} `;
  const end = rest.indexOf(after);
  if (end < 0) return null;
  return rest.slice(0, end) === '[unknown]' ? '' : rest.slice(0, end);
}

function entryOf(line: string, prefix: RegExp): Entry | null {
  if (line.startsWith('{')) return jsonEntry(line);
  const csv = /^(\d{4}-\d\d-\d\d [^,]*),(?:"(?:[^"]|"")*"|[^,]*),/.test(line) ? csvEntry(line) : null;
  if (csv !== null) return csv;
  const at = line.search(/(?:replication )?connection (?:authorized|authenticated|received): /);
  if (at < 0) return null;
  const head = line.slice(0, Math.min(at, 300)).replace(/\s*LOG:\s+$/, '');
  const groups = prefix.exec(head)?.groups ?? {};
  return {
    time: isoOf(head),
    process: groups['process'] ?? groups['session'] ?? /\[(\d+)\]/.exec(head)?.[1] ?? null,
    address: groups['host'] || null,
    message: line.slice(at),
    head,
  };
}

function jsonEntry(line: string): Entry | null {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    const text = (name: string) => (typeof value[name] === 'string' ? value[name] : null);
    return {
      time: isoOf(text('timestamp') ?? ''),
      process: typeof value['pid'] === 'number' ? String(value['pid']) : null,
      address: text('remote_host'),
      message: text('message') ?? '',
      database: text('dbname') ?? '',
    };
  } catch {
    return null;
  }
}

/** csvlog: time, user, database, pid, from (host:port), …, the message in column 14. */
function csvEntry(line: string): Entry | null {
  const fields: string[] = [];
  for (const match of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    fields.push((match[1] ?? match[2] ?? '').replaceAll('""', '"'));
  const message = fields.find((field) =>
    /^(replication )?connection (authorized|authenticated|received): /.test(field),
  );
  if (message === undefined || fields.length < 10) return null;
  return {
    time: isoOf(fields[0] ?? ''),
    process: fields[3] || null,
    address: fields[4]?.replace(/:\d+$/, '') || null,
    message,
    database: fields[2] ?? '',
  };
}

const escapes: Readonly<Record<string, string>> = {
  p: String.raw`(?<process>\d+)`,
  c: String.raw`(?<session>[0-9a-f]+\.[0-9a-f]+)`,
  h: String.raw`(?<host>[^\s()]*)`,
  r: String.raw`(?<host>[^\s()]*)(?:\(\d+\))?`,
  m: String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \S+`,
  t: String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+`,
  s: String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+`,
  l: String.raw`\d+`,
  e: '[0-9A-Z]{5}',
  q: '',
  '%': '%',
};

/**
 * The start of log_line_prefix, up to its last part that matters here, as a pattern. Lines of "connection received"
 * have no role yet, so the other parts may be empty. With many free parts it could take long on hostile lines: then
 * only the usual `[pid]` is looked for.
 */
function prefixPattern(prefix: string): RegExp {
  const relevant = /^[\s\S]*%-?\d*[pchr]/.exec(prefix)?.[0] ?? '';
  const used = new Set<string>();
  let free = 0;
  const pattern = relevant.replace(
    /%(-?\d*)([a-zA-Z%])|([\s\S])/g,
    (_, __, letter?: string, plain?: string) => {
      if (plain !== undefined) return plain.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
      const group = letter === 'r' ? 'h' : (letter ?? '');
      const known = used.has(group) ? undefined : escapes[letter ?? ''];
      used.add(group);
      if (known !== undefined) return ` *${known} *`;
      free += 1;
      return '.*?';
    },
  );
  try {
    return free > 3 ? /^/ : new RegExp(`^${pattern}`);
  } catch {
    return /^/;
  }
}

/** The first time stamp of a text as ISO 8601; without a zone when its abbreviation is not that of UTC. */
function isoOf(text: string): string | null {
  const match = /(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(?: ?([A-Za-z]+|[+-]\d\d(?::?\d\d)?))?/.exec(
    text,
  );
  if (match?.[1] === undefined) return null;
  const zone = match[4] ?? '';
  const suffix = /^(UTC|GMT|Z)$/.test(zone)
    ? 'Z'
    : /^[+-]\d\d$/.test(zone)
      ? `${zone}:00`
      : /^[+-]/.test(zone)
        ? zone
        : '';
  return `${match[1]}T${match[2] ?? ''}${match[3] ?? ''}${suffix}`;
}
