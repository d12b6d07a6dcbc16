import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../main/host/host.ts';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { scriptedPrompter, skip } from './prompters.ts';
import { connect, extraSshd, loginScript, output, TestHome } from './support.ts';

const { signal } = new AbortController();
const socket = '/var/run/postgresql/.s.PGSQL.5432';

describe.skipIf(hostsAvailable() !== null)('what an sshd or a login shell forbids', () => {
  let target: TestHost;
  let home: TestHome;
  const open: Host[] = [];

  beforeAll(async () => {
    target = await startHost({ suite: 'bookworm', name: 'ssh4', index: 44 });
    home = new TestHome();
    await extraSshd(target, 2201, { MaxSessions: '1' });
    await extraSshd(target, 2202, { MaxSessions: '0' });
    await extraSshd(target, 2203, { AllowTcpForwarding: 'no' });
    await extraSshd(target, 2204, { AllowStreamLocalForwarding: 'no' });
    await extraSshd(target, 2205, { DisableForwarding: 'yes' });
    await extraSshd(target, 2206, { ForceCommand: 'echo hello' });
    await extraSshd(target, 2207, { ForceCommand: 'internal-sftp' });
    await extraSshd(target, 2208, { DenyUsers: 'plain' });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((host) => host.close()));
  });
  afterAll(async () => {
    await target.stop();
    home.remove();
  });

  const login = async (port: number): Promise<Host> => {
    const destination = `plain@${target.address}:${port}`;
    const prompter = scriptedPrompter(() => skip);
    const host = await connect(home, { destination, identityFile: target.key }, prompter);
    open.push(host);
    return host;
  };
  const read = async (stream: NodeJS.ReadableStream): Promise<string> => {
    const [chunk] = (await once(stream, 'data')) as [Buffer];
    return chunk.toString('latin1');
  };

  it('MaxSessions 1: scripts take turns', async () => {
    const host = await login(2201);
    const outputs = await Promise.all(
      [1, 2, 3, 4].map((number) => output(host, `sleep 0.1; echo ${number}`)),
    );
    expect(outputs).toEqual(['1', '2', '3', '4']);
  });

  it('MaxSessions 1: scripts run beside programs that hold the only session', async () => {
    const host = await login(2201);
    const first = await host.openProgram(['cat'], { kind: 'login' }, signal);
    const second = await host.openProgram(['cat'], { kind: 'login' }, signal);
    expect(await output(host, 'echo here')).toBe('here');
    for (const stream of [first, second]) {
      stream.write('ping');
      expect(await read(stream)).toBe('ping');
      stream.destroy();
    }
    expect(await output(host, 'echo again')).toBe('again');
  });

  it('MaxSessions 0 is named', async () => {
    await expect(login(2202)).rejects.toMatchObject({ code: 'session-refused', next: /MaxSessions/ });
  });

  it('forwarding to a socket and to a port, and which of them is forbidden', async () => {
    const allowed = await login(22);
    const stream = await allowed.openSocket(socket, signal);
    stream.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])); // "do you speak TLS?"
    expect(await read(stream)).toBe('N');
    stream.destroy();
    await expect(allowed.openSocket('/run/nothing', signal)).rejects.toMatchObject({ code: 'not-found' });
    await target.run(`chmod 0700 ${socket}`);
    await expect(allowed.openSocket(socket, signal)).rejects.toMatchObject({ code: 'denied' });
    await target.run(`chmod 0777 ${socket}`);
    await expect(allowed.openTcp('127.0.0.1', 9, signal)).rejects.toMatchObject({ code: 'unreachable' });
    const tcp = await allowed.openTcp('127.0.0.1', 5432, signal);
    tcp.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    expect(await read(tcp)).toMatch(/^[SN]$/);
    tcp.destroy();

    const refused = { code: 'forwarding-refused', next: /Allow(Tcp|StreamLocal)Forwarding/ };
    const noTcp = await login(2203);
    await expect(noTcp.openTcp('127.0.0.1', 5432, signal)).rejects.toMatchObject(refused);
    const noSocket = await login(2204);
    await expect(noSocket.openSocket(socket, signal)).rejects.toMatchObject(refused);
    (await noSocket.openTcp('127.0.0.1', 5432, signal)).destroy();
    const neither = await login(2205);
    await expect(neither.openTcp('127.0.0.1', 5432, signal)).rejects.toMatchObject(refused);
    await expect(neither.openSocket(socket, signal)).rejects.toMatchObject(refused);
  });

  it('a login without a shell, and one with a forced command', async () => {
    await expect(login(2206)).rejects.toMatchObject({ code: 'no-shell', message: /answered: hello/ });
    await expect(login(2207)).rejects.toMatchObject({ code: 'no-shell' });
    await target.run('usermod -s /usr/sbin/nologin plain');
    await expect(login(22)).rejects.toMatchObject({ code: 'no-shell', message: /not available/ });
    await target.run('usermod -s /bin/bash plain');
    await expect(login(2208)).rejects.toMatchObject({ code: 'authentication-failed' });
  });

  it.each(['/bin/dash', '/bin/rbash', '/bin/bash'])(
    'the login shell %s, noisy start-up files included',
    async (shell) => {
      await target.run(
        `usermod -s ${shell} plain; printf 'echo noise\\necho more noise >&2\\n' > /home/plain/.bashrc`,
      );
      const host = await login(22);
      const result = await host.run(loginScript(`printf 'a\\nb'; echo "it's" >&2; exit 4`), signal);
      expect([result.exitCode, result.stdout.toString(), result.stderr]).toEqual([4, 'a\nb', "it's\n"]);
      const stream = await host.openProgram(
        ['printf', '%s|', "it's", 'a b', 'x\ny'],
        { kind: 'login' },
        signal,
      );
      expect(await read(stream)).toBe("it's|a b|x\ny|");
    },
  );

  it('a program that is not there', async () => {
    const host = await login(22);
    const opened = await host.openProgram(['no-such-program'], { kind: 'login' }, signal).then(
      (stream) => once(stream.resume(), 'error').then(([error]) => error as unknown),
      (error: unknown) => error,
    );
    expect(opened).toMatchObject({ code: 'not-found', message: /no-such-program/ });
  });
});
