import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host, HostError } from '../../../main/host/host.ts';
import type { Prompter } from '../../../main/host/prompter.ts';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { scriptedPrompter, secrets, silentPrompter } from './prompters.ts';
import { connect, eventually, loginScript, output, rootScript, TestHome } from './support.ts';

const { signal } = new AbortController();

describe.skipIf(hostsAvailable() !== null)('an ssh link', () => {
  let target: TestHost;
  let home: TestHome;
  const open: Host[] = [];

  beforeAll(async () => {
    target = await startHost({ suite: 'bookworm', name: 'ssh5', index: 45 });
    home = new TestHome(`
      Host quick
        HostName ${target.address}
        ServerAliveInterval 1
      Host *
        IdentityFile ${target.key}
    `);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((host) => host.close()));
  });
  afterAll(async () => {
    await target.stop();
    home.remove();
  });

  const login = async (destination: string, prompter: Prompter = silentPrompter): Promise<Host> => {
    const host = await connect(home, { destination, sudo: 'auto' }, prompter);
    open.push(host);
    return host;
  };
  /** Connections to port 22 as the host sees them. */
  const connections = async (): Promise<number> => {
    const text = await target.run('ss -Htn state established sport = :22');
    return text === '' ? 0 : text.split('\n').length;
  };

  describe('is cancelled', () => {
    it('before it begins, and while the port does not answer', async () => {
      await expect(
        connect(home, { destination: 'x' }, silentPrompter, AbortSignal.abort()),
      ).rejects.toMatchObject({
        code: 'cancelled',
      });
      await target.run(
        'nft add table inet hole; nft add chain inet hole in "{ type filter hook input priority 0; }"; nft add rule inet hole in tcp dport 2299 drop',
      );
      const controller = new AbortController();
      const prompter = scriptedPrompter(() => secrets());
      setTimeout(() => controller.abort(), 200);
      const connecting = connect(
        home,
        { destination: `ops@${target.address}:2299` },
        prompter,
        controller.signal,
      );
      await expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
      expect(prompter.told.at(-1)).toMatchObject({ stage: 'tcp', state: 'failed' });
      await target.run('nft delete table inet hole');
    });

    it('while the server says nothing', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const accepted = once(server, 'connection');
      const controller = new AbortController();
      const { port } = server.address() as AddressInfo;
      const connecting = connect(
        home,
        { destination: `me@127.0.0.1:${port}` },
        silentPrompter,
        controller.signal,
      );
      const [socket] = (await accepted) as [NodeJS.ReadableStream];
      socket.resume();
      controller.abort();
      await expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
      await once(socket, 'close');
      server.close();
    });

    it.each([
      ['host-key-unknown', { acceptNewHostKey: false, knownHostsFile: '/nonexistent/known_hosts' }],
      ['password', { identityFile: null }],
      ['sudo-password', { sudo: 'ask' }],
    ] as const)('while the person is asked: %s', async (kind, options) => {
      const controller = new AbortController();
      const prompter = scriptedPrompter(
        () => new Promise(() => setTimeout(() => controller.abort(), 50)), // never answers
      );
      const without = new TestHome();
      const destination = `admin@${target.address}`;
      const connecting = connect(
        kind === 'password' ? without : home,
        { destination, ...options },
        prompter,
        controller.signal,
      );
      await expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
      expect(prompter.asked.map((prompt) => prompt.kind)).toEqual([kind]);
      await eventually('the connection is gone', async () => (await connections()) === 0);
      without.remove();
    });

    it.each(['login', 'root'] as const)('while a script runs as %s, which ends too', async (kind) => {
      const host = await login(`ops@${target.address}`);
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 300);
      const request = { script: 'sleep 4321', as: { kind }, timeoutMs: 20_000 };
      await expect(host.run(request, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
      await eventually(
        'sleep has ended',
        async () => (await target.exec('pgrep -f "^sleep 4321"')).exitCode === 1,
      );
      expect(await output(host, 'echo alive')).toBe('alive');
    });
  });

  it('gives a script up after its time', async () => {
    const host = await login(`ops@${target.address}`);
    const request = { script: 'sleep 4322', as: { kind: 'login' }, timeoutMs: 300 } as const;
    await expect(host.run(request, signal)).rejects.toMatchObject({ code: 'timeout' });
    expect(await output(host, 'echo alive')).toBe('alive');
  });

  it('keeps what was allowed of gigabytes and of endless output', async () => {
    const host = await login(`ops@${target.address}`);
    const limited = { maxOutputBytes: 100_000 };
    const long = await host.run({ ...loginScript('head -c 20000000 /dev/zero; exit 5'), ...limited }, signal);
    expect([long.stdout.length, long.truncated, long.exitCode]).toEqual([100_000, true, 5]);
    const endless = await host.run({ ...rootScript('yes'), ...limited }, signal);
    expect([endless.stdout.length, endless.truncated, endless.exitCode]).toEqual([100_000, true, null]);
    const errors = await host.run({ ...loginScript('echo out; yes >&2'), ...limited }, signal);
    expect([errors.stdout.toString(), errors.stderr.length]).toEqual(['out\n', 64 * 1024]);
    await eventually('yes has ended', async () => (await target.exec('pgrep -x yes')).exitCode === 1);
    const large = `cat <<'END'\n${'x'.repeat(3_000_000)}\nEND`;
    expect(await output(host, large)).toHaveLength(3_000_000);
  });

  it('is reported as lost when a firewall cuts it, by its keepalive', async () => {
    const host = await login('ops@quick');
    const lost = new Promise<HostError>((resolve) => host.onLost(resolve));
    const running = host.run(loginScript('sleep 60'), signal);
    running.catch(() => undefined);
    await target.run(
      'nft add table inet cut; nft add chain inet cut in "{ type filter hook input priority 0; }"; nft add rule inet cut in tcp dport 22 drop',
    );
    const since = Date.now();
    expect(await lost).toMatchObject({ code: 'link-lost' });
    expect(Date.now() - since).toBeLessThan(6_000);
    await expect(running).rejects.toMatchObject({ code: 'link-lost' });
    await expect(host.run(loginScript('id'), signal)).rejects.toMatchObject({ code: 'link-lost' });
    await target.run('nft delete table inet cut');
  });

  it('is reported as lost when the server ends it, and not when it is closed', async () => {
    const host = await login(`ops@${target.address}`);
    const lost = new Promise<HostError>((resolve) => host.onLost(resolve));
    await target.run('kill $(pgrep -f "^sshd: ops@notty")');
    expect(await lost).toMatchObject({ code: 'link-lost' });
    const closed = await login(`ops@${target.address}`);
    let told = false;
    closed.onLost(() => (told = true));
    await closed.close();
    await eventually('the connection is gone', async () => (await connections()) === 0);
    expect(told).toBe(false);
    await expect(closed.run(loginScript('id'), signal)).rejects.toMatchObject({ code: 'link-lost' });
  });
});
