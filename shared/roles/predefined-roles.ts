/** What a predefined role opens up. */
export interface PredefinedRole {
  readonly name: string;
  /** First major that has it. */
  readonly since: number;
  /**
   * `operating-system`: files or programs of the host, as good as superuser; `all-data`: every table of the cluster;
   * `operation`: running the server; `monitoring`: reading its state; `maintenance`.
   */
  readonly reach: 'operating-system' | 'all-data' | 'operation' | 'monitoring' | 'maintenance';
  /** What a member can do, for people. */
  readonly allows: string;
}

/** Roles that the server brings, from the chapter "Predefined Roles" of its documentation, 13 to 18. */
export const predefinedRoles: readonly PredefinedRole[] = [
  {
    name: 'pg_execute_server_program',
    since: 11,
    reach: 'operating-system',
    allows: 'run programs on the host as the account of the server',
  },
  {
    name: 'pg_write_server_files',
    since: 11,
    reach: 'operating-system',
    allows: 'write any file that the server may write',
  },
  {
    name: 'pg_read_server_files',
    since: 11,
    reach: 'operating-system',
    allows: 'read any file that the server may read',
  },
  { name: 'pg_write_all_data', since: 14, reach: 'all-data', allows: 'change every table of every schema' },
  { name: 'pg_read_all_data', since: 14, reach: 'all-data', allows: 'read every table of every schema' },
  {
    name: 'pg_create_subscription',
    since: 16,
    reach: 'operation',
    allows: 'create subscriptions, which connect to other servers',
  },
  {
    name: 'pg_use_reserved_connections',
    since: 16,
    reach: 'operation',
    allows: 'use the connections kept by reserved_connections',
  },
  {
    name: 'pg_signal_backend',
    since: 10,
    reach: 'operation',
    allows: 'cancel queries and end sessions of others',
  },
  {
    name: 'pg_signal_autovacuum_worker',
    since: 18,
    reach: 'operation',
    allows: 'cancel and end autovacuum workers',
  },
  { name: 'pg_checkpoint', since: 15, reach: 'operation', allows: 'run CHECKPOINT' },
  {
    name: 'pg_maintain',
    since: 17,
    reach: 'maintenance',
    allows: 'run VACUUM, ANALYZE, REINDEX, CLUSTER and LOCK on every table',
  },
  {
    name: 'pg_monitor',
    since: 10,
    reach: 'monitoring',
    allows: 'read settings, statistics and activity of everybody',
  },
  { name: 'pg_read_all_settings', since: 10, reach: 'monitoring', allows: 'read every setting' },
  {
    name: 'pg_read_all_stats',
    since: 10,
    reach: 'monitoring',
    allows: 'read statistics and the queries of others',
  },
  {
    name: 'pg_stat_scan_tables',
    since: 10,
    reach: 'monitoring',
    allows: 'run monitoring functions that lock tables',
  },
  {
    name: 'pg_database_owner',
    since: 14,
    reach: 'maintenance',
    allows: 'act as the owner of the current database',
  },
];

/** The entry of a predefined role; null for roles that people made. */
export function predefinedRole(name: string): PredefinedRole | null {
  return predefinedRoles.find((role) => role.name === name) ?? null;
}
