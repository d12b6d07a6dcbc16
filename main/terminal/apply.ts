import type { ApplyEvent, ApplyOutcome } from '../../shared/contract/apply.ts';
import { printable, printableJson } from '../../shared/lib/hostile-text.ts';
import type { Report } from '../../shared/report/model.ts';
import { reportText } from '../../shared/report/text.ts';
import type { Secret } from '../../shared/lib/secret.ts';
import { saveChanges } from '../api/runs.ts';
import type { NamedMustWork } from '../apply/must-work.ts';
import type { Session } from '../engine/session.ts';
import type { Store } from '../store/store.ts';
import { UsageError, type Command } from './command.ts';
import { exitCodes, type TerminalIo } from './io.ts';
import { makePlan } from './plan.ts';
import { showCountdown } from './countdown.ts';
import { inspect } from './scan.ts';

/** `apply`: plans, applies under the guard, keeps once the new logins succeeded, and inspects again. */
export async function apply(
  command: Extract<Command, { name: 'apply' }>,
  session: Session,
  store: Store,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  await inspect(command, session, io, signal);
  const preview = await makePlan(command.selection, session, io);
  if (preview === null) {
    io.errors.write('There is nothing to fix.\n');
    return exitCodes.done;
  }
  if (!command.yes) {
    io.write(session.planText('text'));
    throw new UsageError('Nothing was changed. Read the plan, then say --yes to apply it.');
  }
  const { changes, plan: made } = preview;
  if (made.cutOff.length > 0 && !command.acceptCutOff) {
    io.write(session.planText('text'));
    throw new UsageError(
      'Nothing was changed: clients that were seen would be refused. Leave those fixes out, or say --accept-cut-off.',
    );
  }
  const { confirmWithinSeconds, acceptCutOff, acceptUnguarded, breakLock, restart, startAt } = command;
  const mustWork = await namedOf(command, session, signal);
  const countdown = startAt === null ? null : showCountdown(startAt, io);
  const run = session.apply(
    made.id,
    {
      confirmWithinSeconds,
      acceptCutOff,
      acceptUnguarded,
      breakLock,
      autoKeep: true,
      restart,
      startAt,
      mustWork,
    },
    (event) => {
      if (event.kind === 'phase' && event.phase !== 'scheduled') countdown?.stop();
      tellEvent(event, io);
    },
    signal,
  );
  const outcome = await run.finished;
  countdown?.stop();
  if (outcome.runId !== null) await saveChanges(store.home, outcome.runId, changes);
  let report: Report | null = null;
  if (outcome.result === 'kept') report = await inspect(command, session, io, signal);
  if (command.format === 'json') io.write(`${printableJson({ outcome, report })}\n`);
  else {
    io.write(outcomeText(outcome));
    if (report !== null) io.write(`\n${reportText(report)}`);
  }
  return outcomeCode(outcome);
}

/** Those who must still get in, with passwords where they are asked for. */
async function namedOf(
  { mustWork, withPasswords }: Extract<Command, { name: 'apply' }>,
  session: Session,
  signal: AbortSignal,
): Promise<readonly NamedMustWork[]> {
  const passwords = new Map<string, Secret>();
  const named: NamedMustWork[] = [];
  for (const one of mustWork) {
    const entries = session.completeMustWork(one);
    if (entries === null)
      throw new UsageError(
        `${one.role} was not seen. Say where it comes from: --must-work ${one.role}@ADDRESS, or @local for the socket.`,
      );
    if (withPasswords && !passwords.has(one.role))
      passwords.set(one.role, await session.askPassword(one.role, signal));
    for (const entry of entries) named.push({ entry, password: passwords.get(one.role) ?? null });
  }
  return named;
}

function outcomeCode({ result }: ApplyOutcome): number {
  switch (result) {
    case 'kept':
      return exitCodes.done;
    case 'rolled-back':
    case 'rolled-back-by-guard':
    case 'refused':
      return exitCodes.rolledBack;
    case 'rollback-failed':
    case 'unknown':
      return exitCodes.rollbackFailed;
  }
}

/** How a run ended, with what is left to do by hand. */
export function outcomeText(outcome: ApplyOutcome): string {
  const lines = [
    `${outcome.runId === null ? 'No run' : `Run ${outcome.runId}`}: ${outcome.result}. ${outcome.reason}`,
    outcome.downtimeMs === null || outcome.downtimeMs === undefined
      ? ''
      : `Nobody could connect for ${(outcome.downtimeMs / 1000).toFixed(1)} s during the restart.`,
    outcome.next,
    ...outcome.finishByHand.map((command) => `  ${command}`),
  ];
  return `${lines
    .filter((line) => line !== '')
    .map(printable)
    .join('\n')}\n`;
}

function tellEvent(event: ApplyEvent, io: TerminalIo): void {
  const seconds = (ms: number | null): string => (ms === null ? '' : ` (${(ms / 1000).toFixed(1)} s)`);
  if (event.kind === 'step' && event.state !== 'running' && event.state !== 'waiting')
    io.errors.write(
      `${event.number}. ${event.state}${seconds(event.elapsedMs)} ${printable(event.detail)}\n`,
    );
  if (event.kind === 'proof' && event.state !== 'running')
    io.errors.write(
      `proof: ${printable(event.title)}: ${event.state}${seconds(event.elapsedMs)} ${printable(event.detail)}\n`,
    );
  if (event.kind === 'guard' && event.armed)
    io.errors.write(`guard: ${event.guard}, the host rolls back by itself at ${event.deadlineAt ?? '?'}\n`);
  // Why the restart waits, what was proven before it, how long it took.
  if (event.kind === 'log' && event.topic === 'restart')
    io.errors.write(`restart: ${printable(event.text)}\n`);
  if (event.kind === 'phase') io.errors.write(`${event.phase}\n`);
}
