import type { Connection } from '../postgres/connection.ts';
import { StepFailed } from './apply-error.ts';
import type { StepTools } from './prepared-step.ts';

/** What the server says of its configuration files, and when it read them. */
export interface ServerView {
  readonly loadedAt: string;
  readonly startedAt: string;
  readonly pendingRestart: readonly string[];
  /** Complaints of pg_hba_file_rules and pg_file_settings that are errors. */
  readonly complaints: readonly string[];
  readonly tls: boolean;
  readonly certificateFile: string;
  /** A regular file with the server's log, relative to the data folder or absolute; null when unknown. */
  readonly logFile: string | null;
}

// In pg_hba_file_rules also a notice stands under "error": a hostssl rule while TLS is off. In pg_file_settings a new
// value that waits for a restart does.
const viewQuery = `SELECT pg_conf_load_time()::text AS loaded, pg_postmaster_start_time()::text AS started,
  ARRAY(SELECT name FROM pg_settings WHERE pending_restart ORDER BY name) AS pending,
  ARRAY(SELECT 'pg_hba.conf: ' || error FROM pg_hba_file_rules
    WHERE error IS NOT NULL AND error NOT LIKE '%cannot match because%') ||
  ARRAY(SELECT coalesce(f.name, f.sourcefile) || ': ' || f.error FROM pg_file_settings f
    LEFT JOIN pg_settings s ON lower(s.name) = lower(f.name)
    WHERE f.error IS NOT NULL AND coalesce(s.context, '') <> 'postmaster') AS complaints,
  current_setting('ssl') AS ssl, current_setting('ssl_cert_file') AS certificate, pg_current_logfile() AS log`;

/** A value that the server gives as text. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Asks the server. */
export async function viewServer(session: Connection, signal: AbortSignal): Promise<ServerView> {
  const [row] = await session.query(viewQuery, undefined, { signal });
  const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    loadedAt: String(row?.loaded),
    startedAt: String(row?.started),
    pendingRestart: list(row?.pending),
    complaints: list(row?.complaints),
    tls: row?.ssl === 'on',
    certificateFile: textOf(row?.certificate),
    logFile: typeof row?.log === 'string' && row.log !== '' ? row.log : null,
  };
}

/** Complaints that were not there before, each as often as it is new. */
export function newComplaints(before: readonly string[], after: readonly string[]): readonly string[] {
  const known = [...before];
  return after.filter((complaint) => {
    const index = known.indexOf(complaint);
    if (index >= 0) known.splice(index, 1);
    return index < 0;
  });
}

/** Lines for the host: `log` becomes the server's log file, or empty. */
export function findLog(view: ServerView): readonly string[] {
  const said = view.logFile === null ? '' : Buffer.from(view.logFile).toString('base64');
  return [
    `log=$(printf '%s' '${said}' | base64 -d)`,
    'case $log in "") log=$(readlink "/proc/$(postmaster)/fd/2" 2>/dev/null) || log= ;; /*) ;; *) log=$PGDATA/$log ;; esac',
    '[ -f "$log" ] || log=',
  ];
}

// Severities and messages in the server's own language are not matched: the log is one proof among several.
const badNews =
  /\b(?:LOG|FATAL|WARNING): .*(?:was not reloaded|contains errors|could not (?:load|access|open) (?:server certificate|private key|root certificate|file)|private key file|invalid value for parameter|syntax error in file|unrecognized configuration parameter)/;
const waitsOnly = /cannot be changed without restarting|unaffected changes were applied/;

/**
 * The lines of a log that say that a reload was not taken. A file that include_if_exists names may be missing: the server
 * says so twice, first as if it were an error.
 */
export function refusalsIn(log: string): readonly string[] {
  const skipped = new Set([...log.matchAll(/skipping missing \w+ file "(.*)"$/gm)].map(([, path]) => path));
  const missing = (line: string): boolean => {
    const path = /could not open file "(.*)": /.exec(line)?.[1];
    return path !== undefined && skipped.has(path);
  };
  return log.split('\n').filter((line) => badNews.test(line) && !waitsOnly.test(line) && !missing(line));
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Waits until the session has seen the new configuration, for 15 s at most. The postmaster reads its files first and
 * tells its children then, and accepts new sessions after both: a session opened after this has the new pg_hba.conf.
 */
export async function waitForLoad(session: Connection, before: ServerView, tools: StepTools): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const [row] = await session.query('SELECT pg_conf_load_time()::text AS loaded', undefined, {
      signal: tools.signal,
    });
    if (String(row?.loaded) !== before.loadedAt) return;
    await pause(100);
  }
  throw new StepFailed('The server was told to read its configuration and did not: its files have an error.');
}
