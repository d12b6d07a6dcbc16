import type { TestHost } from '../../hosts/hosts.ts';

/** What the opened host lacks: TLS with everything weak, and a log that tells little. */
export async function weaken(machine: TestHost): Promise<void> {
  await machine.run(`set -e
folder=$(ls -d /etc/postgresql/*/main)
mkdir /etc/postgresql/tls
openssl req -x509 -newkey rsa:2048 -nodes -days 20 -subj /CN=weak -keyout /etc/postgresql/tls/weak.key -out /etc/postgresql/tls/weak.crt 2>/dev/null
chown -R postgres:postgres /etc/postgresql/tls
chmod 600 /etc/postgresql/tls/weak.key
cat >> "$folder/postgresql.conf" <<'CONF'
ssl = on
ssl_cert_file = '/etc/postgresql/tls/weak.crt'
ssl_key_file = '/etc/postgresql/tls/weak.key'
ssl_min_protocol_version = 'TLSv1'
ssl_ciphers = 'ALL:!aNULL'
ssl_ecdh_curve = 'secp224r1'
log_connections = off
log_line_prefix = '%m '
CONF
systemctl reload postgresql
runuser -u postgres -- psql -Xqd shop <<'SQL'
-- Building an index counts the rows: with many of them the check has a finding before and after.
INSERT INTO sales.customers (tenant, name) SELECT 't' || n % 5, 'more ' || n FROM generate_series(1, 1500) n;
INSERT INTO sales.invoices (tenant, total) SELECT 't' || n % 5, n FROM generate_series(1, 1500) n;
ANALYZE sales.customers, sales.invoices;
SQL`);
}
