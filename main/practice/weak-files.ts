import { quoteLiteral } from '../../shared/lib/quoting.ts';

/** What the practice server's postgresql.conf says below initdb's own text: weak on purpose. */
export function weakSettings(port: number, socketDirectory: string, tls: boolean): string {
  return `

#------------------------------------------------------------------------------
# PRACTICE SERVER: weak on purpose, for learning. Nothing here is a model.
#------------------------------------------------------------------------------
listen_addresses = 'localhost'		# stays on this machine
port = ${port}
unix_socket_directories = ${quoteLiteral(socketDirectory).trim()}
unix_socket_permissions = 0777
ssl = ${tls ? 'on' : 'off'}
ssl_min_protocol_version = 'TLSv1'
ssl_ciphers = 'ALL:!aNULL'
password_encryption = md5		# "for the old reporting tool"
max_connections = 40
shared_buffers = 16MB

logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%Y-%m-%d.log'
log_file_mode = 0644			# so that the monitoring can read it
log_line_prefix = '%t '
log_connections = off
log_disconnections = off
log_statement = 'none'
`;
}

/** The name of the line in postgresql.conf that holds the port, to be changed when the port was taken meanwhile. */
export function withPort(configuration: string, port: number): string {
  return configuration.replace(/^port = \d+$/m, `port = ${port}`);
}

/** The practice server's pg_hba.conf: weak on purpose. */
export const weakHba = `# PRACTICE SERVER: weak on purpose, for learning.
#
# TYPE  DATABASE        USER            ADDRESS                 METHOD

# everybody on this machine is let in
local   all             all                                     trust

# the stock report, set up "only for a week" in 2019
host    warehouse       reporting       127.0.0.1/32            trust

# the scanner guns cannot do better
host    warehouse       stock_clerk     10.0.0.0/8              password

# the applications
host    all             all             127.0.0.1/32            md5
host    all             all             ::1/128                 md5

# the new rule for the web shop (never reached: the line above matches first)
host    shop            shop_app        127.0.0.1/32            scram-sha-256

# from home
host    all             all             0.0.0.0/0               md5

local   replication     all                                     trust
host    replication     all             0.0.0.0/0               md5
`;
