import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectFacts } from '../../../main/collect/collect-facts.ts';
import { redactedForSaving } from '../../../main/collect/facts-file.ts';
import type { FactsFile } from '../../../shared/facts/facts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { openPasswords, openUp } from '../../hosts/seed-open.ts';
import { answering, logIn } from './login.ts';

const signal = new AbortController().signal;

async function scan(
  testHost: TestHost,
  user: string,
  options: Parameters<typeof logIn>[2] = {},
): Promise<FactsFile> {
  const login = await logIn(testHost, user, options);
  try {
    return await collectFacts(login.host, {}, signal);
  } finally {
    await login.close();
  }
}

const states = (file: FactsFile) =>
  Object.fromEntries(Object.entries(file.facts).map(([name, fact]) => [name, fact.state]));

/** The catalogs of a database, and the files of the data folder's top: what a scan must not change. */
const snapshot = async (testHost: TestHost) =>
  [
    await testHost.psql(
      `SELECT count(*), max(oid::bigint) FROM pg_class WHERE relname !~ '^pg_toast';
       SELECT count(*), max(oid::bigint) FROM pg_proc; SELECT count(*) FROM pg_namespace; SELECT count(*) FROM pg_type;
       SELECT count(*) FROM pg_authid; SELECT count(*) FROM pg_settings WHERE source = 'configuration file'`,
      'shop',
    ),
    await testHost.run(
      'ls -la /etc/postgresql/*/main /root /tmp; find /var/lib/postgresql/*/main -maxdepth 1 -name "*.conf*" | sort',
    ),
  ].join('\n');

describe.skipIf(hostsAvailable() !== null)('bookworm, opened', () => {
  let host: TestHost;
  let file: FactsFile;

  beforeAll(async () => {
    host = await startHost({ suite: 'bookworm', name: 'colfacts51', index: 51, running: true });
    const root = await logIn(host, 'root');
    await openUp(root.host);
    await root.close();
  });
  afterAll(() => host?.stop());

  it('collects every fact with sudo, and leaves nothing behind', async () => {
    const before = await snapshot(host);
    file = await scan(host, 'ops');
    expect([...new Set(Object.values(states(file)))]).toEqual(['collected']);
    expect(await snapshot(host)).toBe(before);
  });

  it('shows what was opened', () => {
    const { facts } = file;
    const value = <K extends keyof typeof facts>(name: K) => {
      const fact = facts[name];
      if (fact.state !== 'collected') throw new Error(`${name}: ${fact.reason}`);
      return fact.value as Extract<(typeof facts)[K], { state: 'collected' }>['value'];
    };
    const setting = (name: string) => value('settings').find((one) => one.name === name);
    expect(value('cluster')).toMatchObject({
      id: '15/main',
      running: true,
      major: 15,
      owner: 'postgres',
      service: { kind: 'systemd', unit: 'postgresql@15-main.service' },
      origin: 'pg_lsclusters',
    });
    expect(value('server')).toMatchObject({ major: 15, inRecovery: false, connection: 'sudo-bridge' });
    expect(setting('listen_addresses')).toMatchObject({
      value: '*',
      sourceFile: '/etc/postgresql/15/main/postgresql.conf',
    });
    // What the inspecting session gave itself is not what the server has.
    expect(setting('default_transaction_read_only')).toMatchObject({ value: 'off', source: 'default' });
    expect(setting('statement_timeout')).toMatchObject({ value: '0', source: 'default' });
    expect(setting('search_path')?.value).toBe('"$user", public');
    expect(value('listeners')).toContainEqual(
      expect.objectContaining({ address: '0.0.0.0', port: 5432, process: 'postgres' }),
    );
    expect(value('hbaView').map((row) => row.method)).toContain('md5');
    const files = value('configurationFiles');
    expect(files.map((one) => one.role)).toEqual([
      'postgresql.conf',
      'postgresql.auto.conf',
      'pg_hba.conf',
      'pg_ident.conf',
    ]);
    expect(files.find((one) => one.role === 'pg_hba.conf')).toMatchObject({
      status: { mode: 0o644, owner: 'postgres' },
      text: expect.stringContaining('0.0.0.0/0               md5') as string,
    });
    expect(
      value('roles')
        .filter((role) => role.verifier === 'md5')
        .map((role) => role.name),
    ).toEqual(['app', 'batch', 'report']);
    expect(value('unixSockets')).toMatchObject([
      {
        directory: '/var/run/postgresql',
        socket: { path: '/run/postgresql/.s.PGSQL.5432', type: 'socket', mode: 0o777 },
        folders: [{ path: '/' }, { path: '/run' }, { path: '/run/postgresql', mode: 0o2775 }],
      },
    ]);
    expect(value('dataDirectory').status.mode).toBe(0o700);
    expect(value('sshd')).toMatchObject({ ports: [22], running: true });
    expect(value('sshd').accountsWithKeys).toContain('ops');
    const tls = value('tlsFiles');
    expect(tls.key).toMatchObject({ encrypted: false, problem: null });
    expect(tls.key.publicKeySha256).toBe(tls.certificate.certificate?.publicKeySha256);
    expect(value('firewall')).toMatchObject({ ufw: { enabled: false }, firewalld: { running: false } });
    expect(value('packages').packages).toContainEqual(
      expect.objectContaining({ name: 'postgresql-15', installed: expect.stringMatching(/^15\./) as string }),
    );
    expect(value('packages').changelogCves.length).toBeGreaterThan(5);
    expect(value('logins').logins).toContainEqual(
      expect.objectContaining({ role: 'report', database: 'shop', address: '127.0.0.1', tls: false }),
    );
    expect(value('logScan').hits).toMatchObject([{ pattern: 'role-password', count: 1 }]);

    const shop = value('contents').find((one) => one.database === 'shop');
    expect(value('contents').map((one) => one.database)).toContain('odd "name"');
    expect(shop?.publicRelations).toMatchObject([
      { name: 'members', privileges: [{ privilege: 'SELECT', column: 'login' }] },
      { name: 'users' },
      { name: 'customers' },
      { name: 'orders' },
    ]);
    expect(shop?.rlsTables.map((one) => [one.name, one.enabled])).toEqual([
      ['customers', true],
      ['invoices', false],
      ['notes', true],
      ['orders', true],
    ]);
    expect(shop?.policies.find((one) => one.name === 'notes_by_tenant')?.columns).toEqual([
      { name: 'tenant', indexed: true },
    ]);
    expect(shop?.rlsViews.map((one) => [one.name, one.ownerBypasses])).toEqual([
      ['customer_list', true],
      ['customer_names', true],
    ]);
    expect(shop?.definerFunctions.map((one) => [one.signature, one.searchPath, one.writableSchemas])).toEqual(
      [
        ['public.raise_total(integer,numeric)', null, []],
        ['sales.count_orders()', 'public, sales, pg_temp', ['public']],
        ['sales.count_safe()', 'pg_catalog, pg_temp', []],
      ],
    );
    expect(shop?.passwordColumns).toMatchObject([
      { table: 'members', column: 'pwd_hash', sampled: 40, shapes: { hexDigest: 40 }, duplicates: 31 },
      { table: 'staff', column: 'passWord', sampled: 20, shapes: { bcrypt: 20 }, duplicates: 0 },
      { table: 'users', column: 'password', sampled: 40, shapes: { other: 40 }, duplicates: 33 },
    ]);
  });

  it('holds no verifier and no password', () => {
    for (const text of [JSON.stringify(file), JSON.stringify(redactedForSaving(file))]) {
      expect(text).not.toMatch(/SCRAM-SHA-256\$|md5[0-9a-f]{32}|hunter|leaked-Pw1|\$2b\$12/);
      for (const password of Object.values(openPasswords)) expect(text).not.toContain(password);
    }
  });

  it('collects the same as root, and with a sudo password', async () => {
    const root = await scan(host, 'root');
    expect([...new Set(Object.values(states(root)))]).toEqual(['collected']);
    expect(root.facts.contents).toEqual(file.facts.contents);
    expect(root.facts.configurationFiles).toEqual(file.facts.configurationFiles);
    const admin = await scan(host, 'admin', {
      sudo: 'ask',
      prompter: answering({ 'sudo-password': 'S3cret-pw' }),
    });
    expect([...new Set(Object.values(states(admin)))]).toEqual(['collected']);
    expect(admin.facts.contents).toEqual(file.facts.contents);
  });

  it('says what it could not see without privilege', async () => {
    const plain = await scan(host, 'plain');
    expect(states(plain)).toMatchObject({
      system: 'collected',
      packages: 'collected',
      cluster: 'collected',
      listeners: 'collected',
      unixSockets: 'collected',
      server: 'denied',
      settings: 'denied',
      roles: 'denied',
      contents: 'denied',
      skippedDatabases: 'denied',
      dataDirectory: 'collected',
      firewall: 'denied',
      sshd: 'denied',
      tlsFiles: 'denied',
    });
    expect(plain.facts.firewall).toEqual({ state: 'denied', reason: 'needs root: sudo was not given' });
    expect(plain.facts.server).toMatchObject({
      reason: expect.stringContaining('role "plain" does not exist') as string,
    });
    // Its pg_hba.conf was made readable for everybody; postgresql.auto.conf was not.
    const files =
      plain.facts.configurationFiles.state === 'collected' ? plain.facts.configurationFiles.value : [];
    expect(files.find((one) => one.role === 'pg_hba.conf')?.text).toContain('trust');
    expect(files.find((one) => one.role === 'postgresql.auto.conf')).toMatchObject({
      text: null,
      problem: 'it may not be read with these rights',
    });
  });

  it('sees everything of the cluster as its owner, by ssh', async () => {
    const owner = await scan(host, 'postgres');
    expect(owner.facts.server).toMatchObject({ value: { connection: 'socket', roleIsSuperuser: true } });
    expect(owner.facts.contents).toEqual(file.facts.contents);
    expect(owner.facts.dataDirectory.state).toBe('collected');
    expect(owner.facts.firewall.state).toBe('denied');
  });

  it('collects the facts of files when the server is stopped', async () => {
    await host.run('systemctl stop postgresql@15-main');
    const stopped = await scan(host, 'ops');
    await host.run('systemctl start postgresql@15-main');
    expect(stopped.facts.cluster).toMatchObject({ value: { id: '15/main', running: false } });
    expect(stopped.facts.settings).toEqual({ state: 'failed', reason: 'the server is not running' });
    expect(stopped.facts.configurationFiles).toEqual(file.facts.configurationFiles);
    expect(stopped.facts.tlsFiles).toMatchObject({ value: { key: { encrypted: false } } });
    expect(stopped.facts.logFiles).toMatchObject({
      value: { destination: 'file: /var/log/postgresql/postgresql-15-main.log' },
    });
    expect(stopped.facts.listeners.state).toBe('collected');
  });
});

describe.skipIf(hostsAvailable() !== null)('trixie, as it is installed', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({ suite: 'trixie', name: 'colfacts52', index: 52, running: true });
  });
  afterAll(() => host?.stop());

  it('collects every fact', async () => {
    const file = await scan(host, 'ops');
    expect([...new Set(Object.values(states(file)))]).toEqual(['collected']);
    expect(file.facts.server).toMatchObject({ value: { major: 17 } });
    expect(file.facts.skippedDatabases).toMatchObject({ value: [{ database: 'template0' }] });
  });

  it('names the databases above the limit', async () => {
    await host.run('for n in 1 2 3 4 5; do createdb extra$n; done', { user: 'postgres' });
    const login = await logIn(host, 'ops');
    const file = await collectFacts(login.host, { maximumDatabases: 3 }, signal);
    await login.close();
    expect(file.facts.contents).toMatchObject({ value: { length: 3 } });
    const skipped =
      file.facts.skippedDatabases.state === 'collected' ? file.facts.skippedDatabases.value : [];
    expect(skipped.filter((one) => one.reason === 'only 3 databases are looked into')).toHaveLength(4);
  });

  it.each(['MaxSessions 1', 'DisableForwarding yes'])(
    'collects every fact where sshd says %s',
    async (line) => {
      await host.run(`echo '${line}' > /etc/ssh/sshd_config.d/test.conf; systemctl reload ssh; sleep 0.3`);
      const file = await scan(host, 'ops');
      await host.run('rm /etc/ssh/sshd_config.d/test.conf; systemctl reload ssh; sleep 0.3');
      expect([...new Set(Object.values(states(file)))]).toEqual(['collected']);
    },
  );

  it('finds clusters that do not run in the layout of Red Hat', async () => {
    await host.run(
      'install -d -o postgres -m 700 /var/lib/pgsql/16/data && echo 16 > /var/lib/pgsql/16/data/PG_VERSION && echo "port = 5433" > /var/lib/pgsql/16/data/postgresql.conf',
    );
    const file = await scan(host, 'ops');
    await host.run('rm -r /var/lib/pgsql');
    const clusters = file.facts.clusters.state === 'collected' ? file.facts.clusters.value : [];
    expect(clusters.map((one) => [one.id, one.running, one.port, one.major, one.origin])).toEqual([
      ['17/main', true, 5432, 17, 'pg_lsclusters'],
      ['/var/lib/pgsql/16/data', false, 5433, 16, 'layout'],
    ]);
    expect(file.facts.cluster).toMatchObject({ value: { id: '17/main' } });
  });

  it('asks which cluster when there are several', async () => {
    await host.run('pg_createcluster 17 second --start -p 5499', { user: 'root' });
    const login = await logIn(host, 'ops');
    const offered: string[] = [];
    const file = await collectFacts(
      login.host,
      {
        chooseCluster: (clusters) => {
          offered.push(...clusters.map((cluster) => `${cluster.id}:${cluster.port}`));
          return Promise.resolve('17/second');
        },
      },
      signal,
    );
    expect(offered).toEqual(['17/main:5432', '17/second:5499']);
    expect(file.facts.cluster).toMatchObject({ value: { id: '17/second', port: 5499 } });
    expect(file.facts.settings).toMatchObject({
      value: expect.arrayContaining([expect.objectContaining({ name: 'port', value: '5499' })]) as unknown,
    });
    await expect(collectFacts(login.host, { cluster: '9/none' }, signal)).rejects.toMatchObject({
      code: 'not-found',
    });
    await login.close();
  });
});
