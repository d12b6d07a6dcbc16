import type { Setting } from '../../../shared/facts/cluster.ts';
import { setting } from './builders.ts';

const defaults: Partial<Setting> = { source: 'default', sourceFile: null, sourceLine: null };
const postmaster: Partial<Setting> = { context: 'postmaster' };
const superuser: Partial<Setting> = { context: 'superuser' };

type Row = readonly [name: string, value: string, parts?: Partial<Setting>];

const rows: readonly Row[] = [
  ['listen_addresses', 'localhost,10.20.30.5', postmaster],
  ['port', '5432', { ...postmaster, type: 'integer' }],
  ['unix_socket_directories', '/var/run/postgresql', postmaster],
  ['unix_socket_group', '', { ...postmaster, ...defaults }],
  ['unix_socket_permissions', '0770', { ...postmaster, type: 'integer' }],
  ['ssl', 'on'],
  ['ssl_cert_file', '/etc/postgresql/tls/server.crt'],
  ['ssl_key_file', '/etc/postgresql/tls/server.key'],
  ['ssl_ca_file', '', defaults],
  [
    'ssl_ciphers',
    'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
  ],
  ['ssl_prefer_server_ciphers', 'on', defaults],
  ['ssl_ecdh_curve', 'prime256v1', defaults],
  ['ssl_dh_params_file', '', defaults],
  [
    'ssl_min_protocol_version',
    'TLSv1.2',
    { ...defaults, type: 'enum', enumValues: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] },
  ],
  [
    'ssl_max_protocol_version',
    '',
    { ...defaults, type: 'enum', enumValues: ['', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] },
  ],
  ['ssl_passphrase_command', '/usr/local/sbin/pg-key-passphrase'],
  ['ssl_passphrase_command_supports_reload', 'on'],
  ['password_encryption', 'scram-sha-256', { ...defaults, context: 'user', type: 'enum' }],
  ['row_security', 'on', { ...defaults, context: 'user' }],
  ['shared_preload_libraries', 'pgaudit,auth_delay', postmaster],
  ['auth_delay.milliseconds', '500', { type: 'integer', unit: 'ms' }],
  ['authentication_timeout', '30', { type: 'integer', unit: 's' }],
  ['superuser_reserved_connections', '3', { ...postmaster, ...defaults, type: 'integer' }],
  ['bonjour', 'off', { ...postmaster, ...defaults }],
  ['db_user_namespace', 'off', defaults],
  ['tcp_keepalives_idle', '0', { context: 'user', type: 'integer', unit: 's' }],
  ['tcp_keepalives_interval', '0', { context: 'user', type: 'integer', unit: 's' }],
  ['tcp_keepalives_count', '0', { context: 'user', type: 'integer' }],
  ['logging_collector', 'on', postmaster],
  ['log_destination', 'stderr', defaults],
  ['log_directory', '/var/log/postgresql'],
  ['log_filename', 'postgresql-%Y-%m-%d.log'],
  ['log_file_mode', '0600', { ...defaults, type: 'integer' }],
  ['log_connections', 'on', { context: 'superuser-backend' }],
  ['log_disconnections', 'on', { context: 'superuser-backend' }],
  ['log_error_verbosity', 'default', { ...defaults, ...superuser, type: 'enum' }],
  ['log_hostname', 'off', defaults],
  ['log_line_prefix', '%m [%p] %q%u@%d %h %a %e '],
  ['log_statement', 'ddl', { ...superuser, type: 'enum' }],
  ['log_min_messages', 'warning', { ...defaults, ...superuser, type: 'enum' }],
  ['log_min_error_statement', 'error', { ...defaults, ...superuser, type: 'enum' }],
  ['log_min_duration_statement', '-1', { ...defaults, ...superuser, type: 'integer', unit: 'ms' }],
  ['log_parameter_max_length', '0', { ...superuser, type: 'integer', unit: 'B' }],
  ['log_parameter_max_length_on_error', '0', { ...defaults, context: 'user', type: 'integer', unit: 'B' }],
  ['log_timezone', 'Etc/UTC'],
  ['pgaudit.log', 'role, ddl, write, misc_set', superuser],
  ['pgaudit.log_parameter', 'off', { ...defaults, ...superuser }],
  ['config_file', '/etc/postgresql/15/main/postgresql.conf', { ...postmaster, source: 'override' }],
  ['hba_file', '/etc/postgresql/15/main/pg_hba.conf', postmaster],
  ['data_directory', '/var/lib/postgresql/15/main', postmaster],
  ['max_connections', '100', { ...postmaster, type: 'integer' }],
];

/** The settings of the hardened server, as pg_settings would show them on 15. */
export const hardenedSettings: readonly Setting[] = rows.map(([name, value, parts], index) =>
  setting(name, value, { sourceLine: 60 + index, ...parts }),
);
