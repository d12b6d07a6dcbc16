import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpError, projectFolder, runQuietly } from './shell.mjs';

const sourceFolders = ['main', 'renderer', 'shared'];
const sourceFiles = ['electron.vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json'];
const stampFile = join(projectFolder, 'out', '.built-from');

function filesBelow(folder) {
  if (!existsSync(join(projectFolder, folder))) return [];
  return readdirSync(join(projectFolder, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(projectFolder.length + 1))
    .sort();
}

/** A digest of all that the build reads. Contents, not dates: a checkout changes dates and an editor may not. */
export function sourcesDigest() {
  const hash = createHash('sha256').update(process.env.NODE_ENV ?? '');
  for (const file of [...sourceFolders.flatMap(filesBelow), ...sourceFiles]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(projectFolder, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Builds `out/` when the sources differ from those that it was built from. */
export async function compile(say) {
  const digest = sourcesDigest();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;
  say('Building…');
  const command = join(projectFolder, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  if (!existsSync(command)) throw new SetUpError('electron-vite is not installed: run npm ci.');
  await runQuietly(process.execPath, [command, 'build', '--logLevel', 'warn'], { timeoutMs: 300_000 });
  mkdirSync(join(projectFolder, 'out'), { recursive: true });
  writeFileSync(stampFile, digest);
}
