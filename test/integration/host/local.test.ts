import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../main/host/host.ts';
import { connectLocal } from '../../../main/host/local.ts';
import { scriptedPrompter, silentPrompter, skip } from '../ssh/prompters.ts';
import { eventually, loginScript, output } from '../ssh/support.ts';

const { signal } = new AbortController();
const isRoot = process.getuid?.() === 0;

describe('this machine', () => {
  let host: Host;
  beforeAll(async () => {
    host = await connectLocal({ sudo: 'none' }, silentPrompter, signal);
  });
  afterAll(() => host.close());

  it('runs scripts with an empty standard input, in C, and gives back what they did', async () => {
    const result = await host.run(loginScript('cat; pwd; echo "$LC_ALL" >&2; kill -9 $$'), signal);
    expect([result.exitCode, result.stdout.toString(), result.stderr]).toEqual([null, '/\n', 'C\n']);
    expect(host.description).toMatchObject({ kind: 'local', key: 'local', address: null });
    const again = await host.loginAgain(signal);
    expect(await output(again, 'exit 3; echo never')).toBe('');
  });

  it('tells its stages', async () => {
    const prompter = scriptedPrompter(() => skip);
    await (await connectLocal({ sudo: 'auto' }, prompter, signal)).close();
    expect(prompter.told.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      'name skipped',
      'tcp skipped',
      'host-key skipped',
      'login skipped',
      'privilege running',
      'privilege done',
    ]);
  });

  it.skipIf(!isRoot)('becomes other accounts as root', async () => {
    expect(host.description.privilege).toBe('root');
    const run = (name: string) =>
      host.run({ script: 'id -un', as: { kind: 'user', name }, timeoutMs: 10_000 }, signal);
    expect((await run('nobody')).stdout.toString()).toBe('nobody\n');
    await expect(run('no-such-account')).rejects.toMatchObject({ code: 'not-found' });
    await expect(run('-u root')).rejects.toMatchObject({ code: 'denied' });
  });

  it('ends what is cancelled, with what it started', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    await expect(host.run(loginScript('sleep 4323; echo more'), controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    await eventually(
      'sleep has ended',
      async () => (await output(host, 'pgrep -f "^sleep 4323"; echo .')) === '.',
    );
  });

  it('opens sockets, ports and programs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-local-'));
    const path = join(folder, 'socket');
    const server = createServer((socket) => socket.end('hello')).listen(path);
    await once(server, 'listening');
    const [greeting] = (await once(await host.openSocket(path, signal), 'data')) as [Buffer];
    expect(greeting.toString()).toBe('hello');
    server.close();
    await expect(host.openSocket(join(folder, 'nothing'), signal)).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(host.openTcp('127.0.0.1', 9, signal)).rejects.toMatchObject({ code: 'unreachable' });
    rmSync(folder, { recursive: true });

    const stream = await host.openProgram(['tr', 'a-z', 'A-Z'], { kind: 'login' }, signal);
    const large = 'portcullis '.repeat(100_000);
    let received = '';
    stream.on('data', (chunk: Buffer) => (received += chunk.toString()));
    stream.end(large);
    await once(stream, 'end');
    expect(received).toBe(large.toUpperCase());
  });
});
