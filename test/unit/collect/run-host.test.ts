import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { HostError } from '../../../main/host/host.ts';
import type { Host } from '../../../main/host/host.ts';
import { shell } from '../../../main/collect/define-collector.ts';
import { runScript, whenSessionsAreFree } from '../../../main/collect/run-host.ts';
import { buildScript } from '../../../main/collect/shell-script.ts';

const signal = new AbortController().signal;
const script = buildScript({
  probes: [{ name: 'one', probe: shell('login', 'echo 1') }],
  discover: false,
  cluster: null,
  settings: null,
  compress: true,
});

/** A host that runs scripts here, with a search path of its own. */
function hostWith(path: string, run?: () => never): Pick<Host, 'run'> & { scripts: string[] } {
  const scripts: string[] = [];
  return {
    scripts,
    run: (request) => {
      scripts.push(request.script);
      run?.();
      const text = `PATH=${path}\n${request.script.replaceAll('PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH', ':')}`;
      const result = spawnSync('/bin/sh', ['-c', text]);
      return Promise.resolve({
        exitCode: result.status,
        stdout: result.stdout,
        stderr: result.stderr.toString(),
        truncated: false,
      });
    },
  };
}

it('sends the script once more, as it is, to a host that cannot unpack it', async () => {
  const bare = hostWith('/nowhere');
  const outcome = await runScript(bare as unknown as Host, { kind: 'login' }, script, signal);
  expect(bare.scripts).toEqual([script.packed, script.text]);
  // Without any program but sh there is little to tell, but the script went through.
  expect(outcome.state).toBe('done');
  const whole = hostWith('/usr/bin:/bin');
  expect(await runScript(whole as unknown as Host, { kind: 'login' }, script, signal)).toMatchObject({
    state: 'done',
  });
  expect(whole.scripts).toEqual([script.packed]);
});

it('makes a refusal an outcome, and throws a lost link', async () => {
  const refusing = (code: 'denied' | 'link-lost') =>
    runScript(
      hostWith('', () => {
        throw new HostError(code, code, '');
      }) as unknown as Host,
      { kind: 'root' },
      script,
      signal,
    );
  expect(await refusing('denied')).toMatchObject({ state: 'refused', error: { code: 'denied' } });
  await expect(refusing('link-lost')).rejects.toMatchObject({ code: 'link-lost' });
});

it('waits for a session of sshd to come free', async () => {
  let tries = 0;
  const work = () =>
    ++tries < 3 ? Promise.reject(new HostError('session-refused', 'full', '')) : Promise.resolve(tries);
  expect(await whenSessionsAreFree(work, signal)).toBe(3);
  const controller = new AbortController();
  const never = whenSessionsAreFree(
    () => Promise.reject(new HostError('session-refused', 'full', '')),
    controller.signal,
  );
  controller.abort();
  await expect(never).rejects.toMatchObject({ code: 'cancelled' });
});
