import type { RunRecord } from '../../shared/contract/apply.ts';
import { printable, printableJson } from '../../shared/lib/hostile-text.ts';
import type { Session } from '../engine/session.ts';
import { outcomeText } from './apply.ts';
import { UsageError, type Command } from './command.ts';
import { exitCodes, type TerminalIo } from './io.ts';

/** `rollback`: puts back what a run changed. */
export async function rollBack(
  command: Extract<Command, { name: 'rollback' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  const list = await session.runs(signal);
  const run =
    command.run === 'last'
      ? list.find(({ state }) => state === 'kept' || state === 'unfinished' || state === 'rollback-failed')
      : list.find(({ id }) => id === command.run);
  if (run === undefined)
    throw new UsageError(
      command.run === 'last' ? 'There is no run to roll back.' : `There is no run ${command.run}.`,
    );
  if (!command.yes) {
    io.write(runLine(run));
    throw new UsageError('Nothing was changed. Say --yes to roll this run back.');
  }
  const { outcome, drift } = await session.rollBack(
    run.id,
    command.force,
    (text) => io.errors.write(`${printable(text)}\n`),
    signal,
  );
  if (command.format === 'json') io.write(`${printableJson({ outcome, drift })}\n`);
  else {
    io.write(outcomeText(outcome));
    for (const one of drift) io.write(`  ${printable(`${one.subject}: left ${one.left}, now ${one.now}`)}\n`);
  }
  return outcome.result === 'rolled-back' ? exitCodes.done : exitCodes.rollbackFailed;
}

/** `runs`: what was done on this host. */
export async function runs(
  command: Extract<Command, { name: 'runs' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  const list = await session.runs(signal);
  if (command.format === 'json') io.write(`${printableJson(list)}\n`);
  else io.write(list.length === 0 ? 'No run was made on this host.\n' : list.map(runLine).join(''));
  return exitCodes.done;
}

function runLine(run: RunRecord): string {
  const guard = run.guardSeconds === null ? '' : `, the host rolls back in ${run.guardSeconds} s`;
  return `${printable(`${run.id}  ${run.state}${guard}  by ${run.by}  ${run.title}`)}\n`;
}
