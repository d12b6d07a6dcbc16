import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ElectronApplication, Page } from '@playwright/test';
import { _electron } from '@playwright/test';

export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The Electron that `npm test` saw to; the tests are run by it (`npm test -- e2e`). */
export function electronExecutable(): string {
  const executable = process.env['PORTCULLIS_ELECTRON'];
  if (executable === undefined) throw new Error('Run these tests by `npm test -- e2e [FILE]`.');
  return executable;
}

export interface LaunchedProgram {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** The program's own data folder of this launch. */
  readonly home: string;
  /** What the page wrote to its console as a warning or an error, refusals of its policy among it. */
  readonly complaints: readonly string[];
  /** Quits the program and, unless it was given, deletes its data folder. */
  readonly close: () => Promise<void>;
}

export interface LaunchOptions {
  /** A data folder to use and to keep; a new one that is deleted on close unless told. */
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

function definedVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Opens the built program's window and waits until its page has loaded. */
export async function launchPortcullis(options: LaunchOptions = {}): Promise<LaunchedProgram> {
  electronExecutable();
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'portcullis-e2e-')));
  // No executablePath: only then does Playwright hold the program back until it watches every window.
  const app = await _electron.launch({
    args: [projectFolder, '--home', home, ...(options.args ?? [])],
    env: { ...definedVariables(process.env), ...options.env },
    timeout: 60_000,
  });
  const page = await app.firstWindow();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.waitForLoadState('load');
  return {
    app,
    page,
    home,
    complaints,
    close: async () => {
      await app.close();
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}
