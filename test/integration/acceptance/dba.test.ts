import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema, type Report } from '../../../shared/report/model.ts';
import { startHost, type TestHost } from '../../hosts/hosts.ts';
import { catalogSnapshot, filesSnapshot } from './snapshots.ts';

const password = { shop_app: 'shop-Pw1', report: 'report-Pw1', legacy: 'legacy-Pw1' } as const;

/** A server as careless people leave it: no password asked, open to the world, no TLS, no firewall. */
const opened = String.raw`
CREATE ROLE shop_app LOGIN SUPERUSER PASSWORD '${password.shop_app}';
CREATE ROLE report LOGIN PASSWORD '${password.report}';
SET password_encryption = 'md5';
CREATE ROLE legacy LOGIN PASSWORD '${password.legacy}';
CREATE DATABASE shop OWNER shop_app;
\connect shop
GRANT CREATE ON SCHEMA public TO PUBLIC;
CREATE TABLE customers (id serial PRIMARY KEY, tenant text, name text);
CREATE TABLE orders (id serial PRIMARY KEY, tenant text, total numeric);
INSERT INTO customers (tenant, name) SELECT 't' || n % 3, 'c' || n FROM generate_series(1, 20) n;
ALTER TABLE customers OWNER TO shop_app;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON customers TO PUBLIC;
`;

const hba = `# opened wide
local   all             postgres                                peer
local   all             all                                     trust
host    all             all             127.0.0.1/32            trust
host    all             all             0.0.0.0/0               trust
host    all             all             ::/0                    md5
`;

let host: TestHost;
let home: string;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** The terminal program as a person runs it, with the sudo password on standard input. */
function portcullis(words: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = [
      '--identity',
      host.key,
      '--accept-new-host-key',
      '--known-hosts',
      path.join(home, 'known_hosts'),
      '--home',
      home,
    ];
    const [command = '', ...rest] = words;
    const child = spawn(process.execPath, [
      'out/main/cli.js',
      command,
      `ssh://admin@${host.address}`,
      ...rest,
      ...options,
      '--sudo',
      'ask',
    ]);
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, out, errors }));
    child.stdin.end('S3cret-pw\n');
  });
}

async function scan(): Promise<Report> {
  const { out, errors, code } = await portcullis(['scan', '--format', 'json']);
  expect(code, errors).toBe(0);
  return reportSchema.parse(JSON.parse(out));
}

const grave = (report: Report): string[] =>
  report.findings
    .filter(
      ({ status, severity, fixes }) =>
        status === 'fail' && (severity === 'critical' || severity === 'high') && fixes.length > 0,
    )
    .map(({ check }) => check);

/** A login of an application over TCP from inside the host, as its own subnet sees it. */
async function login(role: keyof typeof password, address: string): Promise<string> {
  const { stdout, stderr } = await host.exec(
    `PGPASSWORD=${password[role]} PGCONNECT_TIMEOUT=5 psql -X -At -h ${address} -U ${role} -d shop -c 'SELECT 1' 2>&1`,
  );
  return `${stdout}${stderr}`.trim();
}

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'portcullis-dba-'));
  host = await startHost({ suite: 'bookworm', name: 'dba', index: 31, running: true });
  await host.run(`runuser -u postgres -- psql -X -q <<'SQL'\n${opened}\nSQL`);
  await host.writeFile('/etc/postgresql/15/main/pg_hba.conf', hba);
  await host.run(
    `cat >> /etc/postgresql/15/main/postgresql.conf <<'CONF'\nlisten_addresses = '*'\nssl = off\nCONF\nsystemctl restart postgresql`,
  );
}, 120_000);

afterAll(async () => {
  await host.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('a DBA hardens an opened host over ssh with a sudo password', () => {
  test('every safe fix in one run, verified; then everything back, byte for byte', async () => {
    const files = await filesSnapshot(host);
    const catalogs = await catalogSnapshot(host);
    const before = await scan();
    expect(before.findings.filter(({ status }) => status === 'fail').map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'hba-trust-host',
        'hba-any-address',
        'tls-enabled',
        'fw-active',
        'role-superuser-count',
        'rls-no-policy',
      ]),
    );

    const applied = await portcullis(['apply', '--safe', '--yes']);
    expect(applied.code, applied.errors + applied.out).toBe(0);

    const after = await scan();
    expect(grave(after)).toEqual([]);
    expect(after.score.value ?? 0).toBeGreaterThan(before.score.value ?? 0);
    expect(await login('shop_app', '127.0.0.1')).toBe('1');
    expect(await login('report', host.address)).toBe('1');
    expect(await login('legacy', '127.0.0.1')).toBe('1');

    const back = await portcullis(['rollback', 'last', '--yes']);
    expect(back.code, back.errors + back.out).toBe(0);
    expect(await filesSnapshot(host)).toEqual(files);
    expect(await catalogSnapshot(host)).toEqual(catalogs);
    const again = await scan();
    expect(again.findings.filter(({ status }) => status === 'fail').map(({ check }) => check)).toEqual(
      before.findings.filter(({ status }) => status === 'fail').map(({ check }) => check),
    );
    expect(readFileSync(path.join(home, 'known_hosts'), 'utf8')).toContain('ssh-ed25519');
  }, 300_000);
});
