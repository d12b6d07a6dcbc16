import { createHash } from 'node:crypto';
import { runsFileSchema } from '../../shared/history/runs-file.ts';
import type { ExportedRun, RunsFile } from '../../shared/history/runs-file.ts';
import { compareCopies } from './anchors.ts';
import { readJournal } from './chain.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The text of an exported file. */
export function writeRunsFile(
  target: RunsFile['target'],
  runs: readonly ExportedRun[],
  exportedAt: string,
): string {
  const file: RunsFile = {
    format: 'portcullis-runs',
    version: 1,
    exportedAt,
    target,
    runs: [...runs],
    sha256: sha256(JSON.stringify(runs)),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function problemsOfRun({ record, here, onHost }: ExportedRun, plan: unknown): readonly string[] {
  const read = (lines: readonly string[] | null) =>
    lines === null ? null : readJournal(lines.map((line) => `${line}\n`).join(''));
  const [local, remote] = [read(here), read(onHost)];
  const started = remote?.entries.find(({ kind }) => kind === 'run-started');
  const planned = started?.plan;
  return [
    ...(local?.problems ?? []).map((problem) => `Journal of the machine: ${problem}`),
    ...(remote?.problems ?? []).map((problem) => `Journal of the host: ${problem}`),
    ...(local === null || remote === null ? [] : compareCopies(local, remote)),
    ...(plan !== null && typeof planned === 'string' && planned !== sha256(JSON.stringify(plan))
      ? ['The plan is not the one that was applied.']
      : []),
    ...(started !== undefined && started.run !== record.id ? ['The journal is of another run.'] : []),
  ].map((problem) => `Run ${record.id}: ${problem}`);
}

/** Whether an exported file is what it was: its own sum, each journal's chain, the plans. */
export function verifyRunsFile(text: string): {
  readonly runs: number;
  readonly problems: readonly string[];
} {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { runs: 0, problems: ['This is no JSON.'] };
  }
  const parsed = runsFileSchema.safeParse(content);
  if (!parsed.success)
    return { runs: 0, problems: ['This is no file of exported runs, or of another version.'] };
  const { runs, sha256: sum } = parsed.data;
  // As it was written: a schema puts members into an order of its own, and their hash is another one then.
  const raw = (content as { readonly runs: readonly { readonly plan: unknown }[] }).runs;
  return {
    runs: runs.length,
    problems: [
      ...(sum === sha256(JSON.stringify(raw)) ? [] : ['The file was changed after it was written.']),
      ...runs.flatMap((run, index) => problemsOfRun(run, raw[index]?.plan ?? null)),
    ],
  };
}
