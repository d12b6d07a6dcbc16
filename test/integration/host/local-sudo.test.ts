import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { withoutDelay } from '../ssh/support.ts';

/** Runs on the host itself: connects to "this machine" and prints what it saw as JSON. */
const program = (folder: string): string => `
import { connectLocal } from ${JSON.stringify(folder)};
const { signal } = new AbortController();
const [sudo, ...answers] = process.argv.slice(2);
const asked = [];
const prompter = {
  ask: async (prompt) => (asked.push([prompt.kind, prompt.attempt]), { kind: 'secrets', values: [answers.shift()] }),
  progress: () => undefined,
};
try {
  const host = await connectLocal({ sudo }, prompter, signal);
  const who = (as) => host.run({ script: 'id -un; cat', as, timeoutMs: 20_000 }, signal)
    .then((result) => result.stdout.toString().trim(), (error) => error.code);
  const again = await host.loginAgain(signal);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 300);
  const cancelled = host.run({ script: 'sleep 4324', as: { kind: 'root' }, timeoutMs: 20_000 }, controller.signal);
  const code = await cancelled.catch((error) => error.code);
  await new Promise((resolve) => setTimeout(resolve, 500));
  console.log(JSON.stringify({
    asked, privilege: host.description.privilege, code,
    who: [await who({ kind: 'login' }), await who({ kind: 'root' }), await who({ kind: 'user', name: 'postgres' })],
    again: again.description.privilege,
  }));
} catch (error) {
  console.log(JSON.stringify({ asked, code: error.code }));
}
`;

describe.skipIf(hostsAvailable() !== null)('this machine with sudo', () => {
  let target: TestHost;
  let folder: string;

  beforeAll(async () => {
    target = await startHost({ suite: 'bookworm', name: 'ssh8', index: 48 });
    await withoutDelay(target);
    folder = mkdtempSync(join(tmpdir(), 'portcullis-bundle-'));
    const entry = join(import.meta.dirname, '../../../main/host/local.ts');
    const name = '\0program';
    await build({
      configFile: false,
      logLevel: 'silent',
      plugins: [
        {
          name: 'program',
          resolveId: (id) => (id === 'program' ? name : null),
          load: (id) => (id === name ? program(entry) : null),
        },
      ],
      build: {
        ssr: true,
        outDir: folder,
        rollupOptions: { input: 'program', output: { entryFileNames: 'program.mjs' } },
      },
    });
    cpSync(process.execPath, join(target.root, 'opt', 'node'));
    cpSync(join(folder, 'program.mjs'), join(target.root, 'opt', 'program.mjs'));
  });
  afterAll(async () => {
    await target.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (user: 'admin' | 'ops' | 'plain', ...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await target.run(`/opt/node /opt/program.mjs ${args.join(' ')}`, { user })) as unknown;

  it('asks for the password until it is right', async () => {
    expect(await run('admin', 'ask', 'wrong', 'S3cret-pw')).toEqual({
      asked: [
        ['sudo-password', 1],
        ['sudo-password', 2],
      ],
      privilege: 'sudo-with-password',
      who: ['admin', 'root', 'postgres'],
      again: 'sudo-with-password',
      code: 'cancelled',
    });
    expect(await target.exec('pgrep -f "^sleep 4324"')).toMatchObject({ exitCode: 1 });
  });

  it('asks nothing where sudo does not, and goes on without where it refuses', async () => {
    expect(await run('ops', 'auto')).toMatchObject({
      asked: [],
      who: ['ops', 'root', 'postgres'],
      code: 'cancelled',
    });
    expect(await run('plain', 'ask', 'pl41n')).toMatchObject({
      privilege: 'none',
      who: ['plain', 'denied', 'denied'],
      again: 'none',
      code: 'denied',
    });
    expect(await run('admin', 'ask', 'a', 'b', 'c')).toEqual({
      asked: [1, 2, 3].map((attempt) => ['sudo-password', attempt]),
      code: 'sudo-refused',
    });
  });
});
