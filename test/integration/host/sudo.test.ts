import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../main/host/host.ts';
import type { Prompt, PromptAnswer } from '../../../shared/contract/prompts.ts';
import { hostsAvailable, startHost, type Suite, type TestHost } from '../../hosts/hosts.ts';
import { scriptedPrompter, secrets, silentPrompter, skip } from '../ssh/prompters.ts';
import { connect, output, rootScript, TestHome, withoutDelay } from '../ssh/support.ts';

const { signal } = new AbortController();
const right = 'S3cret-pw';

// trixie's sudo runs commands in a pseudo terminal of its own (use_pty), bookworm's does not.
const machines: readonly (readonly [Suite, number])[] = [
  ['bookworm', 46],
  ['trixie', 47],
];

describe.skipIf(hostsAvailable() !== null).each(machines)('sudo on %s', (suite, index) => {
  let target: TestHost;
  let home: TestHome;
  const open: Host[] = [];

  beforeAll(async () => {
    target = await startHost({ suite, name: `ssh${index - 40}`, index });
    home = new TestHome();
    await withoutDelay(target);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((host) => host.close()));
  });
  afterAll(async () => {
    await target.stop();
    home.remove();
  });

  const login = async (
    user: string,
    sudo: 'none' | 'auto' | 'ask' = 'ask',
    answer?: (prompt: Prompt) => PromptAnswer,
  ): Promise<Host> => {
    const prompter = answer === undefined ? silentPrompter : scriptedPrompter(answer);
    const destination = `${user}@${target.address}`;
    const host = await connect(home, { destination, identityFile: target.key, sudo }, prompter);
    open.push(host);
    return host;
  };
  const whoami = async (host: Host, as: 'login' | 'root' | 'postgres'): Promise<string> => {
    const account = as === 'postgres' ? ({ kind: 'user', name: as } as const) : ({ kind: as } as const);
    const { stdout } = await host.run({ script: 'id -un', as: account, timeoutMs: 10_000 }, signal);
    return stdout.toString().trim();
  };

  it('root, and sudo without a password, reach every account', async () => {
    for (const [user, privilege] of [
      ['root', 'root'],
      ['ops', 'sudo-without-password'],
    ] as const) {
      const host = await login(user);
      expect(host.description.privilege).toBe(privilege);
      expect([
        await whoami(host, 'login'),
        await whoami(host, 'root'),
        await whoami(host, 'postgres'),
      ]).toEqual([user, 'root', 'postgres']);
    }
  });

  it('asks for the password until it is right, keeps it, and lets it reach nothing', async () => {
    const tries = ['wrong', right];
    const host = await login('admin', 'ask', (prompt) =>
      prompt.kind === 'sudo-password' ? secrets(tries[prompt.attempt - 1] ?? '') : skip,
    );
    expect(host.description.privilege).toBe('sudo-with-password');
    const seen = await output(
      host,
      'cat; env; set; tr "\\0" "\\n" </proc/$$/cmdline; tr "\\0" "\\n" </proc/$PPID/cmdline',
      'root',
    );
    expect(seen).toContain('LC_ALL=C');
    expect(seen).not.toContain(right);
    expect(await whoami(host, 'postgres')).toBe('postgres');
    const stream = await host.openProgram(['cat'], { kind: 'user', name: 'postgres' }, signal);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    stream.write(bytes);
    const [echoed] = (await once(stream, 'data')) as [Buffer];
    expect(echoed.equals(bytes)).toBe(true);
    stream.end();
    await once(stream, 'end');
    const again = await host.loginAgain(signal);
    open.push(again);
    expect(await whoami(again, 'root')).toBe('root');
    // One wrong password is one failed attempt in the log.
    const log = await target.run('journalctl -t sudo --no-pager -o cat');
    expect(log.match(/incorrect password attempt/g)).toHaveLength(1);
  });

  it('takes the password line for nothing else when sudo stops asking', async () => {
    const host = await login('admin', 'ask', () => secrets(right));
    await target.writeFile('/etc/sudoers.d/free', 'admin ALL=(ALL) NOPASSWD: ALL\n');
    const result = await host.run(rootScript('cat; echo "done as $(id -un)"'), signal);
    expect([result.stdout.toString(), result.stderr]).toEqual(['done as root\n', '']);
    await target.run('rm /etc/sudoers.d/free');
  });

  it('says when the password is no longer right', async () => {
    const host = await login('admin', 'ask', () => secrets(right));
    await target.run('chpasswd', { input: 'admin:changed\n' });
    await expect(host.run(rootScript('id'), signal)).rejects.toMatchObject({ code: 'sudo-refused' });
    await expect(host.loginAgain(signal)).rejects.toMatchObject({ code: 'sudo-refused' });
    await target.run('chpasswd', { input: `admin:${right}\n` });
  });

  it('goes on without, where that was chosen or nothing else is allowed', async () => {
    for (const [user, sudo, answer] of [
      ['admin', 'none', undefined],
      ['admin', 'auto', undefined],
      ['admin', 'ask', () => skip],
      ['plain', 'ask', () => secrets('pl41n')],
    ] as const) {
      const host = await login(user, sudo, answer);
      expect(host.description.privilege, `${user} ${sudo}`).toBe('none');
      await expect(whoami(host, 'root')).rejects.toMatchObject({ code: 'denied' });
      expect(await whoami(host, 'login')).toBe(user);
      open.push(await host.loginAgain(signal)); // asks nothing
    }
    await expect(login('admin', 'ask', () => secrets('wrong'))).rejects.toMatchObject({
      code: 'sudo-refused',
      message: /3 times/,
    });
  });

  it('reaches the one account that sudoers allows, and names requiretty', async () => {
    await target.writeFile('/etc/sudoers.d/dba', 'plain ALL=(postgres) NOPASSWD: ALL\n');
    const host = await login('plain', 'auto');
    expect(host.description.privilege).toBe('none');
    expect(await whoami(host, 'postgres')).toBe('postgres');
    await target.run("rm /etc/sudoers.d/dba; echo 'Defaults:ops requiretty' > /etc/sudoers.d/tty");
    const ops = await login('ops');
    expect(ops.description.privilege).toBe('none');
    await target.run('rm /etc/sudoers.d/tty');
  });
});
