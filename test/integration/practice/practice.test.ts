import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPractice, type PracticeHost } from '../../../main/host/practice.ts';
import { createPracticeServer, type PracticeServer } from '../../../main/practice/practice-server.ts';
import { loggedPassword } from '../../../main/practice/sample-data.ts';
import { silentPrompter } from '../ssh/prompters.ts';

const { signal } = new AbortController();
let folder: string;
let server: PracticeServer;
let host: PracticeHost;

async function query(sql: string, database = 'shop'): Promise<readonly unknown[][]> {
  const { socketDirectory, port, owner } = host.practice;
  const client = new pg.Client({ host: socketDirectory, port, user: owner, database });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-practice-test-'));
  await chmod(folder, 0o755);
  server = createPracticeServer({ directory: join(folder, 'practice') });
  host = await connectPractice(server, silentPrompter, signal);
});

afterAll(async () => {
  await server.delete(signal);
  await rm(folder, { recursive: true, force: true });
});

describe('the practice server', () => {
  it('runs as an ordinary account, on the loopback address and its own folder', async () => {
    const { stdout } = await host.run(
      { script: 'id -u; pwd; cat', as: { kind: 'login' }, timeoutMs: 10_000 },
      signal,
    );
    expect(stdout.toString()).not.toMatch(/^0\n/);
    const status = await stat(host.practice.dataDirectory);
    expect(status.uid).toBe(Number(stdout.toString().split('\n')[0]));
    expect(await query(`SELECT count(*)::int FROM sales.orders`)).toEqual([[2000]]);
    const listeners = await readFile('/proc/net/tcp', 'utf8');
    const port = host.practice.port.toString(16).toUpperCase().padStart(4, '0');
    const bound = listeners.split('\n').filter((line) => line.includes(`:${port} 00000000:0000 0A`));
    expect(bound.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${port}`]);
    expect((await stat(host.practice.directory)).mode & 0o777).toBe(0o700);
  });

  it('is weak in every pillar', async () => {
    const [settings] = await query(
      `SELECT current_setting('ssl_min_protocol_version'), current_setting('password_encryption'), current_setting('log_connections'),
        (SELECT pending_restart FROM pg_settings WHERE name = 'max_connections'),
        (SELECT count(*) > 0 FROM pg_hba_file_rules WHERE auth_method = 'trust' AND type = 'local')`,
    );
    expect(settings?.slice(0, 2)).toEqual(['TLSv1', 'md5']);
    expect(settings?.slice(3)).toEqual([true, true]);
    const roles = await query(
      `SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'md5%' AND (rolsuper OR rolbypassrls OR rolcreaterole) ORDER BY 1`,
    );
    expect(roles.flat()).toEqual(['reporting', 'shop_app', 'team_lead']);
    const tables = await query(
      `SELECT c.relname, c.relrowsecurity, (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN ('care', 'sales') AND c.relkind = 'r' ORDER BY 1`,
    );
    expect(tables).toEqual([
      ['accounts', false, 0],
      ['appointments', true, 0],
      ['customers', false, 0],
      ['documents', true, 1],
      ['invoices', true, 1],
      ['orders', false, 0],
      ['patients', false, 1],
    ]);
    const { stdout } = await host.run(
      {
        script: `cd ${host.practice.dataDirectory}; cat log/*; stat -c %a pg_hba.conf log/* ${host.practice.socketDirectory}`,
        as: { kind: 'user', name: host.practice.owner },
        timeoutMs: 10_000,
      },
      signal,
    );
    expect(stdout.toString()).toContain(loggedPassword);
    expect(stdout.toString()).toMatch(/\n644\n644\n777\n$/);
  });

  it('does nothing as root and says why', async () => {
    const denied = host.run({ script: 'id', as: { kind: 'root' }, timeoutMs: 10_000 }, signal);
    await expect(denied).rejects.toMatchObject({ code: 'denied', message: /shares this machine/ });
  });

  it('is found again while it runs, and after a stop with the same data and another port when its own is taken', async () => {
    const again = createPracticeServer({ directory: join(folder, 'practice') });
    expect(await again.status(signal)).toMatchObject({ created: true, running: true, available: true });
    expect(await again.start(signal)).toEqual(host.practice);
    await query('CREATE TABLE public.kept (a int)');
    await again.stop(signal);
    expect(await again.status(signal)).toMatchObject({ created: true, running: false });
    const { port } = host.practice;
    const blocker = createServer().listen(port, '127.0.0.1');
    await once(blocker, 'listening');
    host = await connectPractice(again, silentPrompter, signal);
    blocker.close();
    expect(host.practice.port).not.toBe(port);
    expect(await query('SELECT count(*)::int FROM public.kept')).toEqual([[0]]);
    // What waited for a restart has happened.
    expect(await query('SHOW max_connections')).toEqual([['60']]);
  });

  it('is as fresh after a reset, and nothing is left after delete', async () => {
    const { directory } = await server.reset(signal);
    host = await connectPractice(server, silentPrompter, signal);
    expect(await query(`SELECT to_regclass('public.kept')`)).toEqual([[null]]);
    await server.delete(signal);
    expect(existsSync(directory)).toBe(false);
    expect(await server.status(signal)).toMatchObject({ created: false, running: false });
  });

  it('never touches a data directory that it did not make', async () => {
    const foreign = join(folder, 'foreign');
    await mkdir(join(foreign, 'data'), { recursive: true });
    await writeFile(join(foreign, 'data', 'PG_VERSION'), '15\n');
    const other = createPracticeServer({ directory: foreign });
    for (const method of ['start', 'reset'] as const)
      await expect(other[method](signal)).rejects.toMatchObject({ code: 'denied' });
    await other.delete(signal);
    expect((await stat(foreign)).uid).toBe(process.getuid?.());
    expect(await readFile(join(foreign, 'data', 'PG_VERSION'), 'utf8')).toBe('15\n');
  });

  it('can be cancelled', async () => {
    const controller = new AbortController();
    const other = createPracticeServer({ directory: join(folder, 'other') });
    const starting = other.start(controller.signal);
    setTimeout(() => controller.abort(), 300);
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    await other.start(signal);
    await other.delete(signal);
  });
});
