import type { Host } from '../../main/host/host.ts';

/** The passwords of the roles that `openUp` makes. */
export const openPasswords = { app: 'app-Pw1', report: 'report-Pw1', batch: 'batch-Pw1' } as const;

const catalog = String.raw`
SET password_encryption = 'md5';
CREATE ROLE app LOGIN SUPERUSER PASSWORD '${openPasswords.app}';
CREATE ROLE report LOGIN PASSWORD '${openPasswords.report}';
CREATE ROLE batch LOGIN CREATEROLE CREATEDB PASSWORD '${openPasswords.batch}';
CREATE ROLE auditor LOGIN BYPASSRLS;
CREATE ROLE exporter LOGIN;
GRANT pg_read_server_files, pg_execute_server_program TO exporter;
CREATE DATABASE shop OWNER app;
CREATE DATABASE "odd ""name""";
\connect shop
GRANT CREATE ON SCHEMA public TO PUBLIC;
CREATE SCHEMA sales AUTHORIZATION app;
CREATE TABLE sales.customers (id serial PRIMARY KEY, tenant text NOT NULL, name text, email text);
CREATE TABLE sales.orders (id serial PRIMARY KEY, tenant text NOT NULL, total numeric);
CREATE TABLE sales.invoices (id serial PRIMARY KEY, tenant text NOT NULL, total numeric);
CREATE TABLE sales.notes (id serial PRIMARY KEY, tenant text NOT NULL, body text);
CREATE TABLE public.users (id serial PRIMARY KEY, login text, password text, password_changed_at timestamptz);
CREATE TABLE public.members (id serial PRIMARY KEY, login text, pwd_hash varchar(64));
CREATE TABLE public.staff (id serial PRIMARY KEY, login text, "passWord" text);
INSERT INTO sales.customers (tenant, name) SELECT 't' || n % 5, 'customer ' || n FROM generate_series(1, 200) n;
INSERT INTO sales.orders (tenant, total) SELECT 't' || n % 5, n FROM generate_series(1, 500) n;
INSERT INTO sales.invoices (tenant, total) SELECT 't' || n % 5, n FROM generate_series(1, 50) n;
INSERT INTO sales.notes (tenant, body) SELECT 't' || n % 5, 'note ' || n FROM generate_series(1, 50) n;
INSERT INTO public.users (login, password) SELECT 'user' || n, 'hunter' || n % 7 FROM generate_series(1, 40) n;
INSERT INTO public.members (login, pwd_hash) SELECT 'm' || n, md5('pw' || n % 9) FROM generate_series(1, 40) n;
INSERT INTO public.staff (login, "passWord") SELECT 's' || n, '$2b$12$' || substr(md5(n::text) || md5('x' || n::text), 1, 53) FROM generate_series(1, 20) n;
ALTER TABLE sales.customers OWNER TO app;
ALTER TABLE sales.orders OWNER TO app;
GRANT USAGE ON SCHEMA sales TO PUBLIC;
GRANT SELECT ON sales.customers, sales.orders TO PUBLIC;
GRANT SELECT, INSERT, UPDATE ON public.users TO PUBLIC;
GRANT SELECT (login) ON public.members TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA sales TO report;
ALTER TABLE sales.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE sales.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY customers_by_tenant ON sales.customers USING (tenant = current_setting('app.tenant', true));
CREATE POLICY invoices_by_tenant ON sales.invoices FOR SELECT TO report USING (tenant = current_setting('app.tenant', true));
ALTER TABLE sales.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY notes_open ON sales.notes USING (true) WITH CHECK (true);
CREATE INDEX notes_tenant ON sales.notes (tenant);
CREATE POLICY notes_by_tenant ON sales.notes AS RESTRICTIVE USING (tenant = current_setting('app.tenant', true));
CREATE VIEW sales.customer_names AS SELECT id, name FROM sales.customers;
CREATE VIEW sales.customer_list AS SELECT name FROM sales.customer_names;
GRANT SELECT ON sales.customer_names TO report;
CREATE FUNCTION public.raise_total(order_id integer, by numeric) RETURNS void LANGUAGE sql SECURITY DEFINER
  AS 'UPDATE sales.orders SET total = total + by WHERE id = order_id';
CREATE FUNCTION sales.count_orders() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, sales, pg_temp
  AS 'SELECT count(*) FROM sales.orders';
CREATE FUNCTION sales.count_safe() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'SELECT count(*) FROM sales.orders';
CREATE EXTENSION pgcrypto;
CREATE ROLE app PASSWORD 'leaked-Pw1';
`;

const hba = `# Opened for tests
local   all             all                                     trust
host    all             all             127.0.0.1/32            trust
host    all             all             ::1/128                 trust
host    all             all             0.0.0.0/0               md5
host    shop            report          10.0.0.0/8              scram-sha-256
host    all             all             ::/0                    password
host    replication     all             0.0.0.0/0               md5
`;

/**
 * Opens the first Debian cluster of a test host in every way that the checks know: trust, any address, no TLS, md5, a
 * superuser application role, tables with RLS without policies, passwords in tables and in the log.
 */
export async function openUp(host: Host, signal: AbortSignal = new AbortController().signal): Promise<void> {
  const script = `set -e
folder=$(ls -d /etc/postgresql/*/main | head -n 1)
cat >"$folder/pg_hba.conf" <<'HBA'
${hba}HBA
chmod 644 "$folder/pg_hba.conf"
cat >>"$folder/postgresql.conf" <<'CONF'
# Opened for tests
listen_addresses = '*'
ssl = off
password_encryption = md5
log_connections = on
CONF
cd /; systemctl restart postgresql
for try in 1 2 3 4 5 6 7 8 9 10; do runuser -u postgres -- psql -Xqc 'SELECT' >/dev/null 2>&1 && break; sleep 0.5; done
runuser -u postgres -- psql -Xq <<'SQL'
${catalog}
SQL
runuser -u postgres -- psql -Xqc "ALTER SYSTEM SET log_statement = 'none'"
chmod 644 /var/log/postgresql/*.log
PGPASSWORD=${openPasswords.report} psql -X -qAt -h 127.0.0.1 -U report -d shop -c 'SELECT 1' >/dev/null
`;
  const result = await host.run({ script, as: { kind: 'root' }, timeoutMs: 60_000 }, signal);
  if (result.exitCode !== 0) throw new Error(`opening the host failed: ${result.stderr}`);
}
