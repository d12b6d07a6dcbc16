import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AppError } from '../../shared/contract/errors.ts';

const timeLimitMs = 90_000;

/** The folder of the program's package.json: what Electron is told to run in a checkout. */
function programFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** How this machine starts the program's Electron, without the mode; null when there is none. */
function electronCommand(): readonly string[] | null {
  // Packaged, the terminal program runs inside Electron already.
  if (process.versions['electron'] !== undefined) {
    return process.defaultApp ? [process.execPath, programFolder()] : [process.execPath];
  }
  const electron = process.env['PORTCULLIS_ELECTRON'];
  return electron === undefined ? null : [electron, programFolder()];
}

/**
 * Prints a page by an Electron of its own, hidden: the terminal program's way to a PDF.
 * @throws AppError when there is no Electron, or it does not print
 */
export async function printWithElectron(html: string, signal: AbortSignal): Promise<Uint8Array> {
  const command = electronCommand();
  if (command === null) {
    throw new AppError(
      'refused',
      'A PDF is printed by Electron, which was not started with this program.',
      'Start it by `npm run --silent portcullis -- …`, or write the report as HTML.',
    );
  }
  const [program = '', ...folder] = command;
  // A report names hosts and roles: the folder is this user's alone (mkdtemp makes it 0700).
  const work = await mkdtemp(join(tmpdir(), 'portcullis-print-'));
  try {
    const page = join(work, 'report.html');
    const pdf = join(work, 'report.pdf');
    await writeFile(page, html, { mode: 0o600 });
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const args = [...asRoot, ...folder, '--print-pdf', page, pdf];
    await promisify(execFile)(program, args, { signal, timeout: timeLimitMs });
    return await readFile(pdf);
  } catch (error) {
    if (signal.aborted) throw error;
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new AppError(
      'internal',
      `Electron did not print the report: ${detail}`,
      'Write the report as HTML.',
      {
        cause: error,
      },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
