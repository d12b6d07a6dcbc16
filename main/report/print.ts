import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../../shared/contract/errors.ts';

const printMs = 120_000;

/**
 * Prints a report to PDF from the terminal, by a hidden Electron: this program's own when packaged, otherwise the one that
 * PORTCULLIS_ELECTRON names. Rejects with AppError where there is none or it fails.
 */
export async function printPdfHidden(html: string, signal: AbortSignal): Promise<Uint8Array> {
  const electron =
    process.versions.electron === undefined ? process.env.PORTCULLIS_ELECTRON : process.execPath;
  if (electron === undefined) {
    throw new AppError(
      'refused',
      'A PDF is drawn by Electron, and none was found.',
      'Use npm run --silent portcullis in a checkout, or --format html and print it.',
    );
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'portcullis-pdf-'));
  const source = path.join(folder, 'report.html');
  const target = path.join(folder, 'report.pdf');
  try {
    await writeFile(source, html, { mode: 0o600 });
    await run(electron, printArguments(source, target), signal);
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printArguments(source: string, target: string): string[] {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  // A packaged program knows its own folder; a checkout's has to be told.
  const project =
    process.versions.electron === undefined ? [path.resolve(import.meta.dirname, '..', '..')] : [];
  return [...asRoot, ...project, '--print-pdf', source, target];
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], signal, timeout: printMs });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString('utf8')}`.slice(-2000)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new AppError(
            'refused',
            `The PDF could not be drawn: ${said.trim().split('\n').at(-1) ?? ''}`,
            'Use --format html and print it.',
          ),
        );
    });
  });
}
