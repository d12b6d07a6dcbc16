import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import type { Browser } from '@playwright/test';
import { chromium, expect, test } from '@playwright/test';
import { projectFolder } from './launch.ts';

const run = promisify(execFile);
const unpacked = join(projectFolder, 'dist', 'linux-unpacked');
const [off, on] = ['0'.charCodeAt(0), '1'.charCodeAt(0)];

/** Where Chromium says that it can be driven: `127.0.0.1:PORT`. */
function debuggingAddress(program: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (program.stderr === null) throw new Error('no standard error');
    createInterface(program.stderr).on('line', (line) => {
      const address = /DevTools listening on ws:\/\/([^/\s]+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    program.once('exit', (code) => reject(new Error(`The packaged program ended with ${code}.`)));
  });
}

/** Drives the program. Attaching to a window that is only being made can hang, so it has to be there first. */
async function attach(address: string): Promise<Browser> {
  await expect
    .poll(
      async () => {
        const targets = (await (await fetch(`http://${address}/json/list`)).json()) as { url: string }[];
        return targets.map(({ url }) => url);
      },
      { timeout: 60_000 },
    )
    .toContain('app://portcullis/index.html');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await chromium.connectOverCDP(`http://${address}`, { timeout: 15_000 });
    } catch (error) {
      if (attempt === 4) throw error;
    }
  }
}

test.describe('the packaged program', () => {
  test.skip(process.platform !== 'linux', 'The unpacked program is made and tried on Linux.');

  let home: string;
  test.beforeAll(async () => {
    test.setTimeout(300_000);
    home = await mkdtemp(join(tmpdir(), 'portcullis-packaged-'));
    const env = { ...process.env, ELECTRON_BUILDER_COMPRESSION_LEVEL: '1' };
    await run(process.execPath, ['build/package.mjs', '--dir'], {
      cwd: projectFolder,
      env,
      timeout: 280_000,
    });
  });
  test.afterAll(() => rm(home, { recursive: true, force: true }));

  test('has its doors shut', async () => {
    const fuses = await getCurrentFuseWire(join(unpacked, 'portcullis-window'));
    expect(fuses[FuseV1Options.RunAsNode]).toBe(off);
    expect(fuses[FuseV1Options.EnableNodeOptionsEnvironmentVariable]).toBe(off);
    expect(fuses[FuseV1Options.EnableNodeCliInspectArguments]).toBe(off);
    expect(fuses[FuseV1Options.OnlyLoadAppFromAsar]).toBe(on);
    expect(fuses[FuseV1Options.GrantFileProtocolExtraPrivileges]).toBe(off);
  });

  test('opens its window', async () => {
    test.setTimeout(150_000);
    const args = ['--remote-debugging-port=0', '--home', home];
    const program = spawn(join(unpacked, 'portcullis'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let browser: Browser | undefined;
    try {
      browser = await attach(await debuggingAddress(program));
      const context = browser.contexts()[0];
      const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
      if (page === undefined) throw new Error('no window');
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect(page.url()).toBe('app://portcullis/index.html');
      expect(await page.evaluate(() => window.portcullis.invoke('app.info', {}))).toMatchObject({
        ok: true,
        value: { home },
      });
    } finally {
      await browser?.close();
      program.kill();
    }
  });

  test('is the terminal program too, without a display', async () => {
    const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };
    const { stdout } = await run(join(unpacked, 'portcullis'), ['checks', '--format', 'json'], { env });
    expect(stdout).toContain('hba-trust-host');
    await expect(run(join(unpacked, 'portcullis'), ['scan'], { env })).rejects.toMatchObject({ code: 2 });
  });
});
