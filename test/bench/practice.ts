import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPracticeServer } from '../../main/practice/practice-server.ts';
import { practiceHome } from '../../main/store/data-home.ts';
import { projectFolder } from '../e2e/launch.ts';
import { timed } from './figures.ts';
import type { Figure } from './figures.ts';

/** `portcullis scan practice` from the start of the program to its end, the first time and later. */
export async function benchPractice(): Promise<readonly Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'portcullis-bench-'));
  const report = join(home, 'report.json');
  const program = join(projectFolder, 'out', 'main', 'cli.js');
  const args = [program, 'scan', 'practice', '--home', home, '--format', 'json', '--out', report];
  const scan = () => promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  try {
    return [
      { name: 'scan practice, which is made first', unit: 'ms', values: await timed(1, scan) },
      { name: 'scan practice', unit: 'ms', values: await timed(5, scan) },
    ];
  } finally {
    await createPracticeServer({ directory: practiceHome(home) }).delete(AbortSignal.timeout(30_000));
    await rm(home, { recursive: true, force: true });
  }
}
