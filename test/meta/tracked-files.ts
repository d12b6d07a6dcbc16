import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export function readProjectFile(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8');
}

/** The files that git knows, that are there, and that are text. */
export function trackedTextFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: projectFolder, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter(
      (path) =>
        path !== '' && !/\.(png|ico|icns|gif|pdf)$/.test(path) && existsSync(join(projectFolder, path)),
    );
}
