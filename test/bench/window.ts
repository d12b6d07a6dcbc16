import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { electronExecutable, launchPortcullis, projectFolder } from '../e2e/launch.ts';
import type { Figure } from './figures.ts';

const isLinux = process.platform === 'linux';

/** Puts the files of a folder out of the memory of the system, so that they are read from disk (Linux). */
function forgetFiles(folder: string): void {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const script = 'for file; do dd if="$file" iflag=nocache count=0 status=none; done';
  spawnSync('sh', ['-c', script, 'sh', ...files]);
}

/** Milliseconds from the start of Electron until the host can be typed in on the step Connect. */
async function startWindow(): Promise<number> {
  const started = performance.now();
  const { page, close } = await launchPortcullis();
  await page.getByRole('heading', { level: 1, name: 'Connect' }).waitFor();
  await page.getByRole('combobox', { name: 'Host' }).click();
  const elapsed = performance.now() - started;
  await close();
  return elapsed;
}

/** Every process below one. */
function descendants(pid: number): readonly number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(list)) return [];
  return readFileSync(list, 'utf8')
    .split(' ')
    .filter((part) => part !== '')
    .flatMap((part) => [Number(part), ...descendants(Number(part))]);
}

function isElectron(pid: number): boolean {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)) === 'electron';
  } catch {
    return false;
  }
}

/** Milliseconds from `npm start` in a checkout that is ready until Electron runs. */
async function startByNpm(): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'portcullis-bench-'));
  const started = performance.now();
  const npm = spawn('npm', ['start', '--silent', '--', '--home', home], {
    cwd: projectFolder,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => npm.on('close', resolve));
  try {
    while (performance.now() - started < 60_000 && npm.exitCode === null) {
      const electron = descendants(npm.pid ?? 0).find(isElectron);
      if (electron !== undefined) {
        const elapsed = performance.now() - started;
        await wait(1_000);
        process.kill(electron, 'SIGTERM');
        return elapsed;
      }
      await wait(5);
    }
    throw new Error('npm start did not start Electron within a minute.');
  } finally {
    await Promise.race([ended, wait(10_000)]);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** How long it takes until the window can be used. */
export async function benchWindow(): Promise<readonly Figure[]> {
  const cold: number[] = [];
  for (let run = 0; isLinux && run < 3; run += 1) {
    forgetFiles(dirname(electronExecutable()));
    forgetFiles(join(projectFolder, 'out'));
    cold.push(await startWindow());
  }
  const warm: number[] = [];
  for (let run = 0; run < 5; run += 1) warm.push(await startWindow());
  const byNpm: number[] = [];
  for (let run = 0; isLinux && run < 5; run += 1) byNpm.push(await startByNpm());
  return [
    { name: 'window: Electron to usable Connect, files from disk', unit: 'ms' as const, values: cold },
    { name: 'window: Electron to usable Connect, files in memory', unit: 'ms' as const, values: warm },
    { name: 'npm start until Electron is started', unit: 'ms' as const, values: byNpm },
  ].filter(({ values }) => values.length > 0);
}
