const seconds = (since: string): string =>
  `greatest(0, extract(epoch FROM clock_timestamp() - ${since}))::bigint`;

const list = (rows: string): string => `(SELECT coalesce(json_agg(q), '[]'::json) FROM (${rows}) q)`;

/** The first word of a statement: enough to know what it is, and never a value. */
const firstWord = `upper(coalesce(substring(a.query FROM '^\\s*([A-Za-z]{1,20})\\M'), ''))`;

/**
 * One SELECT, one row: what a restart would interrupt, as the columns of Activity without `checkpoint`. Transactions
 * count from `longSeconds` on. Needs no more rights than pg_stat_activity; without them the states are empty.
 */
export function activityQuery(major: number, longSeconds: number): string {
  const client = `coalesce(a.usename::text, '') AS role, host(a.client_addr) AS address,
    coalesce(a.application_name, '') AS application`;
  // A walsender that sends a base backup holds a snapshot too: it is listed as a backup.
  const transactions = `SELECT a.pid, ${client}, a.datname::text AS database, coalesce(a.state, '') AS state,
    ${firstWord} AS command, ${seconds('a.xact_start')} AS seconds
    FROM pg_stat_activity a WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND a.application_name IS DISTINCT FROM 'portcullis'
    AND a.xact_start <= clock_timestamp() - make_interval(secs => ${Math.trunc(longSeconds)})
    ORDER BY a.xact_start LIMIT 200`;
  const prepared = `SELECT p.owner::text AS role, p.database::text AS database, NULL::text AS address, '' AS application,
    'prepared' AS state, '' AS command, ${seconds('p.prepared')} AS seconds
    FROM pg_prepared_xacts p ORDER BY p.prepared LIMIT 200`;
  const progress =
    major >= 13
      ? { phase: 'b.phase', from: 'pg_stat_progress_basebackup b JOIN pg_stat_activity a ON a.pid = b.pid' }
      : {
          phase: `'streaming'`,
          from: `pg_stat_replication b JOIN pg_stat_activity a ON a.pid = b.pid AND b.state = 'backup'`,
        };
  const backups = `SELECT ${client}, coalesce(${progress.phase}, '') AS phase FROM ${progress.from} ORDER BY a.backend_start LIMIT 50`;
  const standbys = `SELECT coalesce(r.usename::text, '') AS role, host(r.client_addr) AS address,
    coalesce(r.application_name, '') AS application, coalesce(r.state, '') AS state, coalesce(r.sync_state, '') AS sync,
    greatest(0, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, r.write_lsn))::bigint AS "behindBytes"
    FROM pg_stat_replication r WHERE r.state IS DISTINCT FROM 'backup' ORDER BY r.backend_start LIMIT 100`;
  const vacuums = `SELECT coalesce(a.datname::text, '') AS database, coalesce(${seconds('a.xact_start')}, 0) AS seconds
    FROM pg_stat_activity a WHERE a.backend_type = 'autovacuum worker'
    AND a.query LIKE 'autovacuum:%(to prevent wraparound)%' ORDER BY a.xact_start LIMIT 50`;
  return `SELECT ${list(transactions)} AS transactions, ${list(prepared)} AS prepared, ${list(backups)} AS backups,
    ${list(standbys)} AS standbys, ${list(vacuums)} AS "wraparoundVacuums"`;
}

/** One row: how long ago the last checkpoint began, and how many bytes of WAL a crash now would have to replay. */
export const checkpointQuery = `SELECT ${seconds('c.checkpoint_time')} AS "secondsAgo",
  greatest(0, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, c.redo_lsn))::bigint AS "replayBytes"
  FROM pg_control_checkpoint() c`;
