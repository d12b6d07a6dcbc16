import { readFile } from 'node:fs/promises';
import type { ApplyEvent, ReviewItem, RunRecord, TextDiff } from '../../shared/contract/apply.ts';
import { printable, printableJson } from '../../shared/lib/hostile-text.ts';
import { verifyRunsFile } from '../journal/runs-file.ts';
import { writeFileSafely } from '../store/json-file.ts';
import type { Session } from '../engine/session.ts';
import { outcomeText } from './apply.ts';
import { UsageError, type Command } from './command.ts';
import { exitCodes, type TerminalIo } from './io.ts';

/** `rollback`: puts back what a run changed, or some of it. */
export async function rollBack(
  command: Extract<Command, { name: 'rollback' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  const list = await session.history.list(signal);
  const run =
    command.run === 'last'
      ? list.find(({ state }) => state === 'kept' || state === 'unfinished' || state === 'rollback-failed')
      : list.find(({ id }) => id === command.run);
  if (run === undefined)
    throw new UsageError(
      command.run === 'last' ? 'There is no run to roll back.' : `There is no run ${command.run}.`,
    );
  if (!command.yes) {
    const { review } = await session.history.review(run.id, signal);
    io.write(`${runLine(run)}${reviewText(review, true)}`);
    throw new UsageError('Nothing was changed. Say --yes to roll this run back.');
  }
  const { force, decisions, breakLock } = command;
  const { outcome, drift, review } = await session.history.rollBack(
    run.id,
    { force, decisions, breakLock },
    (event) => tellRollback(event, io),
    signal,
  );
  if (command.format === 'json') io.write(`${printableJson({ outcome, drift, review })}\n`);
  else {
    io.write(outcomeText(outcome));
    if (outcome.result === 'refused') {
      io.write(reviewText(review, false));
      if (review.some(({ changed }) => changed))
        io.write(
          "--force overwrites all of it (what is newer is kept in the run's folder on the host); or for single steps:\n" +
            '--leave STEP, --put-back STEP, or where it is offered --merge STEP, which keeps what is newer.\n',
        );
    }
  }
  return outcome.result === 'rolled-back' ? exitCodes.done : exitCodes.rollbackFailed;
}

function tellRollback(event: ApplyEvent, io: TerminalIo): void {
  if (event.kind === 'log') io.errors.write(`${printable(event.text)}\n`);
  if (event.kind === 'step' && event.state !== 'running')
    io.errors.write(`${event.number}. ${event.state} ${printable(event.detail)}\n`);
  if (event.kind === 'proof' && event.state !== 'running')
    io.errors.write(`proof: ${printable(event.title)}: ${event.state} ${printable(event.detail)}\n`);
}

/** Operations as they were, as the run left them and as they are; all of them, or only those that were changed. */
export function reviewText(review: readonly ReviewItem[], all: boolean): string {
  return review
    .filter(({ changed, note }) => all || changed || note !== '')
    .flatMap((item) => [
      `Step ${item.steps.join(', ')}: ${item.title}${item.place === '' ? '' : ` (${item.place})`}${item.changed ? ': changed since' : ''}`,
      ...item.values.flatMap(({ name, before, after, now }) => [
        `  ${name}`,
        `    before  ${before}`,
        `    after   ${after}`,
        `    now     ${now}`,
      ]),
      ...diffLines('what the run changed', item.ran),
      ...diffLines('what was changed since', item.since),
      ...diffLines(`what --merge ${item.steps[0] ?? 0} would change now`, item.merged),
      ...(item.note === '' ? [] : [`  ${item.note}`]),
      ...(item.laterRun === null ? [] : [`  Run ${item.laterRun} changed it later.`]),
      ...(item.changed ? [`  choices: ${item.choices.map((choice) => words[choice]).join(', ')}`] : []),
    ])
    .map((line) => `${printable(line)}\n`)
    .join('');
}

const words = { before: '--put-back', merge: '--merge', leave: '--leave' } as const;

function diffLines(title: string, diff: TextDiff | null): readonly string[] {
  if (diff === null || (diff.hunks.length === 0 && diff.note === '')) return [];
  return [
    `  ${title}:`,
    ...diff.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `    @@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
      ...lines.map((line) => `    ${line}`),
    ]),
    ...(diff.note === '' ? [] : [`    ${diff.note}`]),
  ];
}

/** `runs`: what was done on this host. */
export async function runs(
  command: Extract<Command, { name: 'runs' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  if (command.exportTo !== null) {
    const { text, runs: count } = await session.history.export(command.run, signal);
    if (count === 0) throw new UsageError(`There is no run ${command.run ?? 'to export'}.`);
    await writeFileSafely(command.exportTo, text);
    io.errors.write(`${count} ${count === 1 ? 'run' : 'runs'} written to ${command.exportTo}\n`);
    return exitCodes.done;
  }
  const list = await session.history.list(signal);
  if (command.format === 'json') io.write(`${printableJson(list)}\n`);
  else io.write(list.length === 0 ? 'No run was made on this host.\n' : list.map(runLine).join(''));
  return exitCodes.done;
}

function runLine(run: RunRecord): string {
  const guard = run.guardSeconds === null ? '' : `, the host rolls back in ${run.guardSeconds} s`;
  const left = run.left.length === 0 ? '' : `, left as they are: step ${run.left.join(', ')}`;
  return [
    `${run.id}  ${run.state}${guard}${left}  by ${run.by}  ${run.title}`,
    ...run.problems.map((problem) => `  RECORD: ${problem}`),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

/** `runs --verify`: whether an exported file is what it was. */
export async function verifyRuns(
  command: Extract<Command, { name: 'verify-runs' }>,
  io: TerminalIo,
): Promise<number> {
  const result = verifyRunsFile(await readFile(command.file, 'utf8'));
  if (command.format === 'json') io.write(`${printableJson(result)}\n`);
  else if (result.problems.length === 0)
    io.write(`${command.file}: ${result.runs} runs, all records fit together.\n`);
  else io.write(result.problems.map((problem) => `${printable(problem)}\n`).join(''));
  return result.problems.length === 0 ? exitCodes.done : exitCodes.findings;
}
