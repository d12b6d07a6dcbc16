import { quoteIdentifier, quoteLiteral } from '../../shared/lib/quoting.ts';

/** Statements to be run one after another in one database. */
export interface SampleStep {
  readonly database: string;
  readonly statements: readonly string[];
}

/** A password that is in the server's log on purpose; its role owns nothing and may do nothing. */
export const loggedPassword = 'delivery-2019';

const rolesOf = (superuser: string, password: () => string): readonly string[] => [
  // The data is not only weak but also harmless: whoever else uses this machine gets nowhere with it, so the mighty
  // roles have passwords that nobody knows.
  `CREATE ROLE shop_owner NOLOGIN`,
  `CREATE ROLE shop_app LOGIN SUPERUSER PASSWORD ${quoteLiteral(password())}`,
  `CREATE ROLE reporting LOGIN BYPASSRLS PASSWORD ${quoteLiteral(password())}`,
  `CREATE ROLE team_lead LOGIN CREATEROLE CREATEDB PASSWORD ${quoteLiteral(password())}`,
  `CREATE ROLE clinic LOGIN PASSWORD ${quoteLiteral(password())}`,
  `CREATE ROLE stock_clerk LOGIN PASSWORD ${quoteLiteral(password())}`,
  `CREATE ROLE stock_import LOGIN PASSWORD ${quoteLiteral(password())}`,
  `GRANT pg_read_server_files, pg_execute_server_program TO stock_import`,
  `SET log_statement = 'all'`,
  `CREATE ROLE courier LOGIN PASSWORD ${quoteLiteral(loggedPassword)}`,
  `RESET log_statement`,
  `CREATE DATABASE shop`,
  `CREATE DATABASE warehouse`,
  `COMMENT ON ROLE ${quoteIdentifier(superuser)} IS 'owner of the practice server'`,
];

const shop: readonly string[] = [
  `GRANT CREATE ON SCHEMA public TO PUBLIC`,
  `CREATE SCHEMA sales AUTHORIZATION shop_owner`,
  `CREATE SCHEMA care AUTHORIZATION shop_owner`,
  `GRANT USAGE ON SCHEMA sales, care TO PUBLIC`,
  `SET ROLE shop_owner`,
  `CREATE TABLE sales.customers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL, email text NOT NULL, country char(2) NOT NULL, password text NOT NULL)`,
  `INSERT INTO sales.customers (name, email, country, password)
   SELECT 'Customer ' || n, 'customer' || n || '@example.com', (ARRAY['DE','FR','PL','ES'])[1 + n % 4],
     (ARRAY['sunshine','qwerty12','letmein!','football','monkey7'])[1 + n % 5] FROM generate_series(1, 200) AS n`,
  `CREATE TABLE sales.accounts (
    login text PRIMARY KEY, customer integer REFERENCES sales.customers, password_hash text NOT NULL)`,
  `INSERT INTO sales.accounts SELECT 'user' || id, id, md5(password) FROM sales.customers`,
  `CREATE TABLE sales.orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer integer NOT NULL REFERENCES sales.customers, ordered date NOT NULL, total numeric(10, 2) NOT NULL)`,
  `INSERT INTO sales.orders (customer, ordered, total)
   SELECT 1 + n % 200, date '2024-01-01' + n % 365, (n * 7 % 500) + 0.95 FROM generate_series(1, 2000) AS n`,
  `GRANT SELECT, UPDATE ON sales.customers TO PUBLIC`,
  `GRANT ALL ON sales.orders TO PUBLIC`,

  `CREATE TABLE sales.invoices (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer integer NOT NULL REFERENCES sales.customers, amount numeric(10, 2) NOT NULL, paid boolean NOT NULL)`,
  `INSERT INTO sales.invoices (customer, amount, paid)
   SELECT 1 + n % 200, (n * 13 % 900) + 0.5, n % 3 <> 0 FROM generate_series(1, 600) AS n`,
  `ALTER TABLE sales.invoices ENABLE ROW LEVEL SECURITY`,
  `CREATE POLICY everything ON sales.invoices USING (true)`,
  `GRANT SELECT, INSERT ON sales.invoices TO reporting`,

  `CREATE TABLE sales.documents (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL, title text NOT NULL, body text)`,
  `INSERT INTO sales.documents (tenant, title, body)
   SELECT 'tenant-' || n % 20, 'Document ' || n, repeat('lorem ipsum ', 10) FROM generate_series(1, 5000) AS n`,
  `ALTER TABLE sales.documents ENABLE ROW LEVEL SECURITY`,
  `CREATE POLICY own_tenant ON sales.documents USING (tenant = current_setting('shop.tenant', true))`,
  `GRANT SELECT, INSERT, UPDATE ON sales.documents TO clinic, reporting`,

  `CREATE TABLE care.patients (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL, born date NOT NULL, ward text NOT NULL, diagnosis text NOT NULL)`,
  `INSERT INTO care.patients (name, born, ward, diagnosis)
   SELECT 'Patient ' || n, date '1940-01-01' + n * 97, 'ward-' || n % 6,
     (ARRAY['asthma','fracture','diabetes','migraine'])[1 + n % 4] FROM generate_series(1, 300) AS n`,
  `CREATE POLICY own_ward ON care.patients USING (ward = current_setting('care.ward', true))`,
  `GRANT SELECT, UPDATE ON care.patients TO clinic`,
  `CREATE TABLE care.appointments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient integer NOT NULL REFERENCES care.patients, at timestamptz NOT NULL, doctor text NOT NULL)`,
  `INSERT INTO care.appointments (patient, at, doctor)
   SELECT 1 + n % 300, timestamptz '2025-01-06 08:00+00' + n * interval '20 minutes', 'Dr ' || n % 8
   FROM generate_series(1, 500) AS n`,
  `ALTER TABLE care.appointments ENABLE ROW LEVEL SECURITY`,
  `GRANT SELECT, INSERT ON care.appointments TO clinic`,

  `CREATE FUNCTION sales.change_password(who text, fresh text) RETURNS void LANGUAGE sql SECURITY DEFINER
   AS 'UPDATE sales.accounts SET password_hash = md5(fresh) WHERE login = who'`,
  `RESET ROLE`,
  // Owned by the superuser, so it reads past the policies of the table below it.
  `CREATE VIEW sales.all_documents AS SELECT id, tenant, title FROM sales.documents`,
  `GRANT SELECT ON sales.all_documents TO reporting, clinic`,
  `ANALYZE`,
];

const warehouse: readonly string[] = [
  `CREATE SCHEMA stock AUTHORIZATION stock_import`,
  `GRANT USAGE ON SCHEMA stock TO reporting, stock_clerk`,
  `SET ROLE stock_import`,
  `CREATE TABLE stock.suppliers (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, iban text)`,
  `INSERT INTO stock.suppliers (name, iban)
   SELECT 'Supplier ' || n, 'XX00' || lpad(n::text, 16, '0') FROM generate_series(1, 40) AS n`,
  `CREATE TABLE stock.items (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    supplier integer NOT NULL REFERENCES stock.suppliers, name text NOT NULL, quantity integer NOT NULL)`,
  `INSERT INTO stock.items (supplier, name, quantity)
   SELECT 1 + n % 40, 'Item ' || n, n * 11 % 250 FROM generate_series(1, 800) AS n`,
  `GRANT SELECT ON stock.items, stock.suppliers TO reporting`,
  `GRANT SELECT, UPDATE ON stock.items TO stock_clerk`,
  `RESET ROLE`,
  `ANALYZE`,
];

/**
 * What fills a fresh practice server: roles, two databases, and mistakes in every pillar. `password` gives a new
 * random password at each call.
 */
export function sampleSteps(superuser: string, password: () => string): readonly SampleStep[] {
  return [
    { database: 'postgres', statements: rolesOf(superuser, password) },
    { database: 'shop', statements: shop },
    { database: 'warehouse', statements: warehouse },
  ];
}

/** To be run once the server is as it will stay: a setting that waits for a restart. */
export const lastSteps: readonly SampleStep[] = [
  { database: 'postgres', statements: [`ALTER SYSTEM SET max_connections = 60`, `SELECT pg_reload_conf()`] },
];
