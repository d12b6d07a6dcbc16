import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../main/host/host.ts';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { scriptedPrompter, secrets, silentPrompter, skip } from './prompters.ts';
import { connect, eventually, extraSshd, output, TestHome, withoutDelay } from './support.ts';

const { signal } = new AbortController();

const lastLine = (label: string): string => label.split('\n').at(-1) ?? '';

describe.skipIf(hostsAvailable() !== null)('logging in over ssh', () => {
  let target: TestHost;
  let home: TestHome;
  let agent: ChildProcess | null = null;
  const open: Host[] = [];
  const keep = (host: Host): Host => {
    open.push(host);
    return host;
  };

  beforeAll(async () => {
    target = await startHost({ suite: 'bookworm', name: 'ssh1', index: 41 });
    home = new TestHome();
    const keygen = (name: string, ...args: readonly string[]): void => {
      execFileSync('ssh-keygen', ['-q', '-C', name, '-f', home.path(name), ...args]);
    };
    keygen('locked', '-t', 'ed25519', '-N', 'open sesame');
    keygen('pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'open sesame');
    keygen('stranger', '-t', 'ed25519', '-N', '');
    copyFileSync(target.key, home.path('id'));
    const keys = ['locked', 'pem'].map((name) => readFileSync(home.path(`${name}.pub`), 'utf8')).join('');
    await withoutDelay(target);
    await target.run('cat >> /home/plain/.ssh/authorized_keys', { input: keys });
    await extraSshd(target, 2201, {
      PasswordAuthentication: 'no',
      KbdInteractiveAuthentication: 'yes',
      PubkeyAuthentication: 'no',
    });
    await extraSshd(target, 2202, {
      AuthenticationMethods: 'publickey,keyboard-interactive',
      KbdInteractiveAuthentication: 'yes',
    });
    await extraSshd(target, 2203, { MaxAuthTries: '2' });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((host) => host.close()));
  });
  afterAll(async () => {
    agent?.kill();
    await target.stop();
    home.remove();
  });

  const at = (user: string, port = 22): string => `${user}@${target.address}:${port}`;

  it('by a key, and again without a question', async () => {
    const host = keep(await connect(home, { destination: at('plain'), identityFile: home.path('id') }));
    expect(host.description).toMatchObject({
      kind: 'ssh',
      key: `plain@${target.address}`,
      loginUser: 'plain',
      privilege: 'none',
      address: target.address,
      clientAddress: target.address.replace(/2$/, '1'),
    });
    const again = keep(await host.loginAgain(signal));
    const parent = 'ps -o ppid= -p $PPID';
    expect(await output(again, parent)).not.toBe(await output(host, parent));
  });

  it.each(['locked', 'pem'])(
    'by the encrypted key %s, whose passphrase is asked until it is right',
    async (name) => {
      const prompter = scriptedPrompter((prompt) =>
        secrets(prompt.kind === 'passphrase' && prompt.attempt === 2 ? 'open sesame' : 'wrong'),
      );
      const host = keep(
        await connect(home, { destination: at('plain'), identityFile: home.path(name) }, prompter),
      );
      const keyFile = home.path(name);
      expect(prompter.asked).toEqual([
        { kind: 'passphrase', keyFile, attempt: 1 },
        { kind: 'passphrase', keyFile, attempt: 2 },
      ]);
      keep(await host.loginAgain(signal));
      expect(prompter.asked).toHaveLength(2);
    },
  );

  it('asks no passphrase for a key that the server would not take', async () => {
    // ops does not know the key, so nothing but the refusal is left.
    const connecting = connect(
      home,
      { destination: at('ops'), identityFile: home.path('locked') },
      scriptedPrompter(() => skip),
    );
    await expect(connecting).rejects.toMatchObject({
      code: 'authentication-failed',
      message: /offers: publickey, password.*Tried: key .*locked/,
    });
  });

  it('by a password, asked again after a wrong one, and remembered', async () => {
    const prompter = scriptedPrompter((prompt) =>
      secrets(prompt.kind === 'password' && prompt.attempt === 1 ? 'wrong' : 'pl41n'),
    );
    const host = keep(await connect(home, { destination: at('plain') }, prompter));
    expect(prompter.asked.map(({ kind }) => kind)).toEqual(['password', 'password']);
    keep(await host.loginAgain(signal));
    expect(prompter.asked).toHaveLength(2);
    expect(prompter.told.filter(({ state }) => state === 'done').map(({ stage }) => stage)).toEqual([
      'name',
      'tcp',
      'host-key',
      'login',
      'privilege',
    ]);
  });

  it('goes on with a new connection where the server allows fewer attempts than the person needs', async () => {
    const prompter = scriptedPrompter((prompt) =>
      secrets(prompt.kind === 'password' && prompt.attempt < 3 ? 'wrong' : 'pl41n'),
    );
    const config = new TestHome(`Host *\n  IdentityFile ${home.path('stranger')}\n`);
    keep(await connect(config, { destination: at('plain', 2203) }, prompter));
    expect(prompter.asked.map((prompt) => prompt.kind === 'password' && prompt.attempt)).toEqual([1, 2, 3]);
    config.remove();
  });

  it("by the server's own questions, in as many rounds as it likes", async () => {
    await target.run('chage -d 0 plain'); // so that PAM wants a new password too
    const answers: Readonly<Record<string, string>> = {
      'Password: ': 'pl41n',
      'Current password: ': 'pl41n',
      'New password: ': 'n3w-Passw0rd',
      'Retype new password: ': 'n3w-Passw0rd',
    };
    const prompter = scriptedPrompter((prompt) =>
      prompt.kind === 'keyboard-interactive'
        ? secrets(...prompt.fields.map(({ label }) => answers[lastLine(label)] ?? ''))
        : skip,
    );
    const host = keep(await connect(home, { destination: at('plain', 2201) }, prompter));
    const labels = prompter.asked.map((prompt) =>
      prompt.kind === 'keyboard-interactive'
        ? [prompt.round, ...prompt.fields.map(({ label }) => lastLine(label))]
        : [],
    );
    expect(labels).toEqual(Object.keys(answers).map((label, index) => [index + 1, label]));
    await host.close();
    // The password that was true for a moment is not sent again.
    const again = scriptedPrompter(() => secrets('n3w-Passw0rd'));
    const second = keep(await connect(home, { destination: at('plain', 2201) }, again));
    keep(await second.loginAgain(signal));
    expect(again.asked).toHaveLength(1);
    await target.run('chpasswd', { input: 'plain:pl41n\n' });
  });

  it('by a key and then the questions, where the server wants both', async () => {
    const prompter = scriptedPrompter(() => secrets('pl41n'));
    keep(await connect(home, { destination: at('plain', 2202), identityFile: home.path('id') }, prompter));
    expect(prompter.asked.map(({ kind }) => kind)).toEqual(['keyboard-interactive']);
    const half = connect(
      home,
      { destination: at('plain', 2202), identityFile: home.path('id') },
      scriptedPrompter(() => skip),
    );
    await expect(half).rejects.toMatchObject({
      code: 'authentication-failed',
      message: /was accepted, more is needed/,
    });
  });

  it('by an agent, of which IdentitiesOnly lets through only what is named', async () => {
    const socket = home.path('agent');
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    const add = (name: string): boolean => {
      try {
        execFileSync('ssh-add', ['-q', home.path(name)], {
          env: { ...process.env, SSH_AUTH_SOCK: socket },
          stdio: 'ignore',
        });
        return true;
      } catch {
        return false;
      }
    };
    await eventually('agent', () => add('stranger'));
    add('id');
    const config = new TestHome(`
      Host any
        HostName ${target.address}
        User plain
        IdentityAgent ${socket}
      Host only
        HostName ${target.address}
        User plain
        IdentityAgent ${socket}
        IdentitiesOnly yes
        IdentityFile ${home.path('stranger')}
    `);
    const prompter = scriptedPrompter(() => skip);
    keep(await connect(config, { destination: 'any' }, prompter));
    expect(prompter.told.find(({ stage, state }) => stage === 'login' && state === 'done')?.detail).toMatch(
      /agent key/,
    );
    await expect(connect(config, { destination: 'only' }, prompter)).rejects.toMatchObject({
      code: 'authentication-failed',
      message: /Tried: agent key stranger\.$/,
    });
    config.remove();
  });

  it('names what the config cannot do, and what cannot be reached', async () => {
    const config = new TestHome('Host cloud\n  ProxyCommand nc %h %p\n');
    await expect(connect(config, { destination: 'cloud' })).rejects.toMatchObject({
      message: /ProxyCommand.*not supported/,
    });
    await expect(connect(config, { destination: at('plain', 2299) })).rejects.toMatchObject({
      code: 'unreachable',
      message: /refuses connections/,
    });
    await expect(connect(config, { destination: 'no-such-host.invalid' })).rejects.toMatchObject({
      code: 'unreachable',
    });
    await expect(
      connect(config, { destination: at('plain'), identityFile: '/nowhere' }, silentPrompter),
    ).rejects.toMatchObject({ code: 'not-found', message: /\/nowhere/ });
    config.remove();
  });
});
