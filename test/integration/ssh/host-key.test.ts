import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { scriptedPrompter, type ScriptedPrompter } from './prompters.ts';
import { connect, extraSshd, TestHome } from './support.ts';
import type { Host } from '../../../main/host/host.ts';

const { signal } = new AbortController();

describe.skipIf(hostsAvailable() !== null)('host keys', () => {
  let target: TestHost;
  let home: TestHome;
  let keys: ReadonlyMap<string, string>;
  const open: Host[] = [];

  const publicKeys = async (): Promise<ReadonlyMap<string, string>> => {
    const text = await target.run('cat /etc/ssh/ssh_host_*_key.pub');
    return new Map(
      text.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(0, 2).join(' ')]),
    );
  };
  const knownHosts = (): string => readFileSync(home.path('known_hosts'), 'utf8');
  const know = (...lines: readonly string[]): void =>
    writeFileSync(home.path('known_hosts'), `${lines.join('\n')}\n`);
  const decide = (decision: 'remember' | 'once' | 'disconnect'): ScriptedPrompter =>
    scriptedPrompter(() => ({ kind: 'host-key', decision }));
  const go = async (prompter: ScriptedPrompter, acceptNewHostKey = false): Promise<Host> => {
    const host = await connect(home, { destination: 'box', acceptNewHostKey }, prompter);
    open.push(host);
    return host;
  };

  beforeAll(async () => {
    target = await startHost({ suite: 'trixie', name: 'ssh2', index: 42 });
    keys = await publicKeys();
    home = new TestHome(`
      Host box
        HostName ${target.address}
        User ops
        IdentityFile ${target.key}
      Host gate
        HostName ${target.address}
        User plain
        IdentityFile ${target.key}
      Host behind
        HostName 127.0.0.1
        Port 2222
        ProxyJump gate
        User ops
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

  it('asks for an unknown key, with the fingerprint of ssh-keygen, and writes only when told to remember', async () => {
    const refusing = decide('disconnect');
    await expect(go(refusing)).rejects.toMatchObject({ code: 'host-key-unknown' });
    const fingerprint = execFileSync('ssh-keygen', ['-lf', '-'], { input: keys.get('ssh-ed25519') })
      .toString()
      .split(' ')[1];
    expect(refusing.asked).toMatchObject([
      {
        kind: 'host-key-unknown',
        keyType: 'ssh-ed25519',
        fingerprint,
        port: 22,
        knownHostsFile: home.path('known_hosts'),
      },
    ]);
    const host = await go(decide('once'));
    const second = decide('disconnect');
    open.push(await host.loginAgain(signal));
    expect(second.asked).toEqual([]);
    expect(() => knownHosts()).toThrow();
    await go(decide('remember'));
    expect(knownHosts()).toBe(`${target.address} ${keys.get('ssh-ed25519') ?? ''}\n`);
    expect(statSync(home.path('known_hosts')).mode & 0o777).toBe(0o600);
    const known = decide('disconnect');
    await go(known);
    expect(known.asked).toEqual([]);
  });

  it('meets a host of which only another type is known by that type', async () => {
    know(`${target.address} ${keys.get('ecdsa-sha2-nistp256') ?? ''}`);
    const prompter = decide('disconnect');
    await go(prompter);
    expect(prompter.asked).toEqual([]);
    expect(prompter.told.find(({ stage, state }) => stage === 'host-key' && state === 'done')?.detail).toBe(
      'ecdsa-sha2-nistp256, known',
    );
  });

  it('stops on a changed key, naming both and the line, and never asks', async () => {
    const old = execFileSync('ssh-keygen', ['-y', '-f', target.key])
      .toString()
      .split(' ')
      .slice(0, 2)
      .join(' ');
    know('# mine', `${target.address} ${old}`);
    const prompter = decide('once');
    await expect(go(prompter, true)).rejects.toMatchObject({
      code: 'host-key-changed',
      message: /Known: ssh-ed25519 SHA256:\S+ \(.*known_hosts line 2\)\. Shown now: ssh-ed25519 SHA256:/,
    });
    expect(prompter.asked).toEqual([]);
    expect(prompter.told.at(-1)).toMatchObject({ stage: 'host-key', state: 'failed' });
    expect(knownHosts()).toBe(`# mine\n${target.address} ${old}\n`);
  });

  it('stops on a revoked key and reads hashed names', async () => {
    know(`@revoked * ${keys.get('ssh-ed25519') ?? ''}`);
    await expect(go(decide('once'), true)).rejects.toMatchObject({ code: 'host-key-revoked' });
    know(`${target.address} ${keys.get('ssh-ed25519') ?? ''}`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', home.path('known_hosts')], { stdio: 'ignore' });
    expect(knownHosts()).toMatch(/^\|1\|/);
    const prompter = decide('disconnect');
    await go(prompter);
    expect(prompter.asked).toEqual([]);
  });

  it('notices at the second login that another host answers', async () => {
    know('');
    const host = await go(decide('once'));
    await target.run(
      "cd /etc/ssh; rm ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key; systemctl restart ssh",
    );
    await expect(host.loginAgain(signal)).rejects.toMatchObject({ code: 'host-key-changed' });
    expect(
      (
        await host.run({ script: 'echo still here', as: { kind: 'login' }, timeoutMs: 5_000 }, signal)
      ).stdout.toString(),
    ).toBe('still here\n');
  });

  it('checks each host on the way under its own name', async () => {
    know('');
    // Only the gate can reach its own loopback address.
    await target.run("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/other_key");
    await extraSshd(target, 2222, { HostKey: '/etc/ssh/other_key', ListenAddress: '127.0.0.1' });
    const prompter = decide('remember');
    const host = await connect(home, { destination: 'behind', acceptNewHostKey: false }, prompter);
    open.push(host);
    expect(prompter.asked.map((prompt) => prompt.kind === 'host-key-unknown' && prompt.host)).toEqual([
      `gate (${target.address})`,
      'behind (127.0.0.1)',
    ]);
    expect(
      knownHosts()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['', target.address, '[127.0.0.1]:2222', '']);
    expect(host.description).toMatchObject({
      key: 'ops@behind:2222',
      loginUser: 'ops',
      address: '127.0.0.1',
      clientAddress: '127.0.0.1',
    });
    const again = await host.loginAgain(signal);
    open.push(again);
    // The same way by options in place of the config.
    const byOption = decide('disconnect');
    const direct = { destination: 'ops@127.0.0.1:2222', identityFile: target.key, acceptNewHostKey: false };
    open.push(await connect(home, { ...direct, jump: 'gate' }, byOption));
    expect(byOption.asked).toEqual([]);
    expect(byOption.told.find(({ stage, state }) => stage === 'tcp' && state === 'done')?.detail).toMatch(
      /, via gate$/,
    );
  });
});
