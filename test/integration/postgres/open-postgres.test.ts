import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../main/host/host.ts';
import type { Connection } from '../../../main/postgres/connection.ts';
import { discoveryFunctions } from '../../../main/postgres/discovery-script.ts';
import { openPostgres } from '../../../main/postgres/open-postgres.ts';
import type { OpenPostgresOptions } from '../../../main/postgres/open-postgres.ts';
import { parseClusters } from '../../../main/postgres/parse-clusters.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { answering, logIn } from '../collect/login.ts';
import type { Login } from '../collect/login.ts';

const signal = new AbortController().signal;
const inspect: OpenPostgresOptions = { database: 'postgres', purpose: 'inspect' };

describe.skipIf(hostsAvailable() !== null)('a session with PostgreSQL', () => {
  let testHost: TestHost;
  let cluster: Cluster;
  let login: Login | null = null;

  beforeAll(async () => {
    testHost = await startHost({ suite: 'trixie', name: 'colways53', index: 53, running: true });
    await testHost.psql(`CREATE ROLE app LOGIN PASSWORD 'app-pw'; CREATE ROLE plain LOGIN`);
    const root = await logIn(testHost, 'root');
    cluster = await discovered(root.host);
    await root.close();
  });
  afterAll(() => testHost?.stop());
  afterEach(async () => {
    await login?.close();
    login = null;
  });

  async function discovered(host: Host): Promise<Cluster> {
    const script = `${discoveryFunctions}\npc_discover`;
    const found = await host.run({ script, as: { kind: 'login' }, timeoutMs: 10_000 }, signal);
    const [first] = parseClusters(found.stdout.toString());
    if (first === undefined) throw new Error('no cluster');
    return first;
  }

  async function open(
    user: string,
    options: OpenPostgresOptions = inspect,
    logInOptions: Parameters<typeof logIn>[2] = {},
  ): Promise<Connection> {
    login = await logIn(testHost, user, logInOptions);
    return await openPostgres(login.host, cluster, options, signal);
  }

  async function roleOf(connection: Connection): Promise<unknown> {
    const [row] = await connection.query('SELECT current_user::text AS role');
    await connection.close();
    return row?.['role'];
  }

  const sshd = async (line: string) => {
    await testHost.run(
      `printf '%s\\n' ${JSON.stringify(line)} > /etc/ssh/sshd_config.d/test.conf; systemctl reload ssh; sleep 0.3`,
    );
  };
  const hba = async (text: string) => {
    await testHost.writeFile('/etc/postgresql/17/main/pg_hba.conf', text);
    await testHost.run('systemctl reload postgresql@17-main; sleep 0.3');
  };

  it.each([
    ['ops', 'sudo-bridge', 'postgres'],
    ['root', 'sudo-bridge', 'postgres'],
    ['postgres', 'socket', 'postgres'],
    ['plain', 'socket', 'plain'],
  ])('as %s comes in by %s as %s', async (user, how, role) => {
    const connection = await open(user);
    expect(connection.how).toBe(how);
    expect(connection.serverInfo).toMatchObject({ major: 17, inRecovery: false });
    expect(await roleOf(connection)).toBe(role);
  });

  it('inspects read only, within time limits, and isolates errors', async () => {
    const connection = await open('ops');
    const results = await connection.batch([
      { text: 'SELECT 1 AS one' },
      { text: 'SELECT 1/0' },
      { text: 'CREATE TEMP TABLE t (i int)' },
      { text: `SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS "lock"` },
      { text: 'SELECT $1::int + 1 AS sum', values: [4] },
    ]);
    expect(results).toMatchObject([
      { state: 'done', rows: [{ one: 1 }] },
      { state: 'failed', code: '22012' },
      { state: 'failed', code: '25006' },
      { state: 'done', rows: [{ path: 'pg_catalog', lock: '2s' }] },
      { state: 'done', rows: [{ sum: 5 }] },
    ]);
    await expect(
      connection.query('SELECT pg_sleep(60)', undefined, { timeoutMs: 300 }),
    ).rejects.toMatchObject({
      code: 'timeout',
    });
  });

  it('sends more than the pipes hold without blocking', async () => {
    const connection = await open('ops');
    const padding = ' '.repeat(20_000);
    const results = await connection.batch(
      Array.from({ length: 100 }, (_, n) => ({
        text: `SELECT ${n} AS n, repeat('x', 50000) AS x${padding}`,
      })),
    );
    expect(results.map((result) => (result.state === 'done' ? result.rows[0]?.['n'] : null))).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
    await connection.close();
  });

  it('changes only when that is the purpose', async () => {
    const connection = await open('ops', { database: 'postgres', purpose: 'change' });
    await connection.query('ALTER ROLE app SET lock_timeout = 1000');
    await connection.query('ALTER ROLE app RESET lock_timeout');
    await connection.close();
  });

  it('comes in over TCP with a password, by TLS, and asks again after a wrong one', async () => {
    const prompter = answering({});
    let tries = 0;
    prompter.ask = async (prompt) => {
      prompter.asked.push(prompt.kind);
      return { kind: 'secrets', values: [tries++ === 0 ? 'wrong' : 'app-pw'] };
    };
    const connection = await open('plain', { ...inspect, role: 'app', prompter });
    expect(connection).toMatchObject({ how: 'tcp', tls: true, role: 'app' });
    expect(await roleOf(connection)).toBe('app');
    expect(prompter.asked).toEqual(['postgres-password', 'postgres-password']);
    if (login === null) throw new Error('no login');
    // Another session of the same login does not ask again.
    const second = await openPostgres(login.host, cluster, { ...inspect, role: 'app', prompter }, signal);
    expect(await roleOf(second)).toBe('app');
    expect(prompter.asked).toHaveLength(2);
  });

  it('gives up after three wrong passwords, without trying other addresses', async () => {
    const prompter = answering({ 'postgres-password': 'wrong' });
    await expect(open('plain', { ...inspect, role: 'app', prompter })).rejects.toMatchObject({
      code: 'authentication-failed',
    });
    expect(prompter.asked).toHaveLength(3);
  });

  it('says what to do when nothing lets it in', async () => {
    await expect(open('plain', { ...inspect, role: 'app' })).rejects.toMatchObject({
      name: 'HostError',
      code: 'denied',
      message: expect.stringContaining('Peer authentication failed') as string,
      next: expect.stringContaining('sudo') as string,
    });
  });

  it('passes the refusal of a database on', async () => {
    await expect(open('ops', { ...inspect, database: 'nowhere' })).rejects.toMatchObject({
      name: 'StatementError',
      code: '3D000',
    });
  });

  it.each([
    ['DisableForwarding yes', 'postgres', 'socket'],
    ['AllowStreamLocalForwarding no', 'postgres', 'socket'],
    ['MaxSessions 1', 'ops', 'sudo-bridge'],
    ['AllowTcpForwarding no', 'ops', 'sudo-bridge'],
  ])('copes with an sshd that says %s', async (line, user, how) => {
    await sshd(line);
    try {
      const connection = await open(user);
      expect(connection.how).toBe(how);
      expect(await roleOf(connection)).toBe('postgres');
    } finally {
      await sshd('');
    }
  });

  it.each([['no perl', 'mv /usr/bin/perl /usr/bin/perl.off', 'mv /usr/bin/perl.off /usr/bin/perl']])(
    'copes with %s',
    async (_, before, after) => {
      await testHost.run(before);
      try {
        const connection = await open('ops');
        expect(await roleOf(connection)).toBe('postgres');
      } finally {
        await testHost.run(after);
      }
    },
  );

  it('says what to install when no program reaches the socket', async () => {
    const names = (
      await testHost.run('ls /usr/bin | grep -E "^(perl|python3|socat|nc)([.0-9]*|$)$" || true')
    ).split('\n');
    for (const name of names) await testHost.run(`mv /usr/bin/${name} /usr/bin/off-${name}`);
    try {
      await expect(open('ops')).rejects.toMatchObject({
        code: 'not-found',
        next: expect.stringContaining('Install perl') as string,
      });
    } finally {
      for (const name of names) await testHost.run(`mv /usr/bin/off-${name} /usr/bin/${name}`);
    }
  });

  it('hears the server behind the noise of a login shell', async () => {
    await testHost.run(
      `printf 'echo noise; echo more noise >&2\\n' > /etc/bash.bashrc; cp /etc/bash.bashrc /home/ops/.bashrc`,
    );
    const connection = await open('ops');
    expect(await roleOf(connection)).toBe('postgres');
  });

  it('asks for the password of the owner when peer is not allowed', async () => {
    const before = await testHost.readFile('/etc/postgresql/17/main/pg_hba.conf');
    await testHost.psql(`ALTER ROLE postgres PASSWORD 'owner-pw'`);
    await hba('local all all scram-sha-256\n');
    try {
      const connection = await open('ops', {
        ...inspect,
        prompter: answering({ 'postgres-password': 'owner-pw' }),
      });
      expect(connection.how).toBe('sudo-bridge');
      expect(await roleOf(connection)).toBe('postgres');
      await login?.close();
      await expect(open('ops')).rejects.toMatchObject({
        code: 'denied',
        message: expect.stringContaining('asks for the password of role postgres') as string,
      });
    } finally {
      await hba(before);
    }
  });

  it('stops at once when cancelled', async () => {
    login = await logIn(testHost, 'ops');
    const controller = new AbortController();
    const connection = await openPostgres(login.host, cluster, inspect, controller.signal);
    const slow = connection.query('SELECT pg_sleep(30)');
    setTimeout(() => controller.abort(), 100);
    await expect(slow).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('inspects a hot standby', async () => {
    await testHost.run(
      `runuser -u postgres -- sh -c 'cd /tmp && pg_basebackup -D /tmp/standby -R -X stream' &&
       cp /etc/postgresql/17/main/pg_hba.conf /tmp/standby/ && touch /tmp/standby/pg_ident.conf &&
       printf "port = 5544\\nunix_socket_directories = '/tmp'\\nhot_standby = on\\n" > /tmp/standby/postgresql.conf &&
       chown postgres: /tmp/standby/*.conf &&
       runuser -u postgres -- /usr/lib/postgresql/17/bin/pg_ctl -D /tmp/standby -w -l /tmp/standby/log start`,
    );
    login = await logIn(testHost, 'ops');
    const script = `${discoveryFunctions}\npc_discover`;
    const found = await login.host.run({ script, as: { kind: 'root' }, timeoutMs: 10_000 }, signal);
    const standby = parseClusters(found.stdout.toString()).find((one) => one.port === 5544);
    expect(standby).toMatchObject({
      id: '/tmp/standby',
      dataDirectory: '/tmp/standby',
      socketDirectories: ['/tmp'],
      major: 17,
      origin: 'process',
      owner: 'postgres',
    });
    if (standby === undefined) return;
    const connection = await openPostgres(login.host, standby, inspect, signal);
    expect(connection.serverInfo.inRecovery).toBe(true);
    expect(await connection.query('SELECT pg_is_in_recovery() AS r')).toEqual([{ r: true }]);
    await connection.close();
  });
});
