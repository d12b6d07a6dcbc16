import type { ApplyEvent, ApplyOutcome, RunRecord } from '../../shared/contract/apply.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { severities } from '../../shared/findings/finding.ts';
import type { FixPreferences } from '../../shared/fixes/define-fix.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { FixChoice } from '../../shared/plan/plan.ts';
import { reportMarkdown } from '../../shared/report/markdown.ts';
import type { Report } from '../../shared/report/model.ts';
import { isOpen } from '../../shared/report/score.ts';
import { reportText } from '../../shared/report/text.ts';
import { saveChanges } from '../api/runs.ts';
import { writeCollectScript } from '../collect/collect-script.ts';
import { saveFacts } from '../collect/facts-file.ts';
import { connectTarget } from '../engine/connect.ts';
import { Session } from '../engine/session.ts';
import { userError } from '../engine/user-error.ts';
import { createPracticeServer } from '../practice/practice-server.ts';
import { reportHtml } from '../report/html.tsx';
import { printPdfHidden } from '../report/print.ts';
import { dataHome, practiceHome } from '../store/data-home.ts';
import { writeFileSafely } from '../store/json-file.ts';
import { openStore, type Store } from '../store/store.ts';
import { UsageError, type Command, type FixSelection } from './command.ts';
import { describeChecks } from './checks.ts';
import { terminalPrompter, type Terminal } from './prompter.ts';
import { usage } from './usage.ts';

/** Exit codes, as the usage text gives them. */
export const exitCodes = {
  done: 0,
  findings: 1,
  usage: 2,
  connect: 3,
  rolledBack: 4,
  rollbackFailed: 5,
} as const;

export interface TerminalIo extends Terminal {
  write(text: string): void;
  readonly version: string;
}

/** A failure with the exit code that it ends with. */
class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.exitCode = exitCode;
  }
}

type TargetCommand = Extract<Command, { connect: unknown }>;

/** Runs one command; gives the exit code. Results go to `write`, everything else to `errors`. */
export async function runCommand(command: Command, io: TerminalIo, signal: AbortSignal): Promise<number> {
  switch (command.name) {
    case 'help':
      io.write(usage);
      return exitCodes.done;
    case 'version':
      io.write(`Portcullis ${io.version}\n`);
      return exitCodes.done;
    case 'checks':
      io.write(describeChecks(command.id, command.format));
      return exitCodes.done;
    case 'scan':
      if (command.scriptOut === null)
        return withSession(command, io, signal, (session) => scan(command, session, io, signal));
      await writeFileSafely(command.scriptOut, writeCollectScript());
      io.errors.write(
        `Run it on the host as root: sh ${command.scriptOut} facts.txt\nThen judge: portcullis scan --facts facts.txt\n`,
      );
      return exitCodes.done;
    case 'plan':
      return withSession(command, io, signal, (session) => plan(command, session, io, signal));
    case 'apply':
      return withSession(command, io, signal, (session, store) => apply(command, session, store, io, signal));
    case 'rollback':
      return withSession(command, io, signal, (session) => rollBack(command, session, io, signal));
    case 'runs':
      return withSession(command, io, signal, (session) => runs(command, session, io, signal));
  }
}

/** What to print and which code to end with for an error that ended a command. */
export function failureOf(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (error instanceof UsageError)
    return { message: `${error.message}\nportcullis help shows the usage.`, exitCode: exitCodes.usage };
  if (error instanceof Failure) return { ...failureOf(error.cause), exitCode: error.exitCode };
  const known = userError(error);
  if (known instanceof AppError)
    return {
      message: [known.message, known.next].filter((part) => part !== '').join('\n'),
      exitCode: exitCodes.connect,
    };
  return {
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    exitCode: exitCodes.connect,
  };
}

async function withSession(
  command: TargetCommand,
  io: TerminalIo,
  signal: AbortSignal,
  work: (session: Session, store: Store) => Promise<number>,
): Promise<number> {
  const home = command.home ?? dataHome();
  const store = openStore(home);
  const prompter = terminalPrompter(io);
  const practice = createPracticeServer({ directory: practiceHome(home) });
  try {
    const connected = await connectTarget(command.connect, prompter, practice, signal).catch(
      (error: unknown) => {
        throw new Failure(exitCodes.connect, error);
      },
    );
    const common = { version: io.version, home, prompter, waivers: (key: string) => store.waivers(key) };
    const session =
      connected.kind === 'recorded'
        ? new Session(null, connected.facts, { ...common, cluster: null, clusters: [] })
        : new Session(connected.host, null, {
            ...common,
            cluster: connected.cluster,
            clusters: connected.clusters,
          });
    try {
      if (connected.kind === 'live' && command.name !== 'runs' && command.name !== 'rollback')
        await tellAttention(session, io, signal);
      return await work(session, store);
    } finally {
      await session.close();
    }
  } finally {
    prompter.close();
  }
}

/** Runs that need a person are told at each connection. */
async function tellAttention(session: Session, io: TerminalIo, signal: AbortSignal): Promise<void> {
  for (const { run, message } of await session.attention(signal))
    io.errors.write(`Run ${run.id}: ${printable(message)}\n`);
}

function inspect(
  command: TargetCommand,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<Report> {
  const tell = (subject: string, done: number, total: number): void => {
    if (io.errors.isTTY === true)
      io.errors.write(
        `\r\u001b[K${done}/${total} ${printable(subject)}${done === total ? '\r\u001b[K' : ''}`,
      );
  };
  return session.scan(command.profile, tell, signal);
}

async function scan(
  command: Extract<Command, { name: 'scan' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  const report = await inspect(command, session, io, signal);
  if (command.factsOut !== null && session.facts !== null) await saveFacts(command.factsOut, session.facts);
  const content = await formatted(report, command.format, signal);
  if (command.out === null) io.write(typeof content === 'string' ? content : '');
  else await writeFileSafely(command.out, content);
  const worst = command.failOn === null ? -1 : severities.indexOf(command.failOn);
  const failing = report.findings.some(
    (finding) => isOpen(finding) && severities.indexOf(finding.severity) <= worst,
  );
  return failing ? exitCodes.findings : exitCodes.done;
}

async function formatted(
  report: Report,
  format: Extract<Command, { name: 'scan' }>['format'],
  signal: AbortSignal,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'text':
      return reportText(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'md':
      return reportMarkdown(report);
    case 'html':
      return reportHtml(report);
    case 'pdf':
      return printPdfHidden(reportHtml(report), signal);
  }
}

/** Chooses and plans; problems of the choice are usage errors. */
async function makePlan(selection: FixSelection, session: Session, io: TerminalIo) {
  const preferences: FixPreferences = { settingsVia: selection.settingsVia };
  const offers = session.offers(preferences);
  const chosen = new Map<string, FixChoice>();
  if (selection.safe)
    for (const choice of session.safeChoices(preferences, selection.includeRestart))
      chosen.set(choice.fix, choice);
  for (const { fix, answers } of selection.fixes) {
    const offer = offers.find(({ id }) => id === fix);
    if (offer === undefined)
      throw new UsageError(
        `Nothing is open here for the fix "${fix}". Offered: ${offers.map(({ id }) => id).join(', ') || 'none'}.`,
      );
    if (offer.unavailable !== null) throw new UsageError(`${offer.title}: ${offer.unavailable}`);
    const unknown = Object.keys(answers).find((key) => !offer.choices.some((choice) => choice.key === key));
    if (unknown !== undefined)
      throw new UsageError(
        `The fix "${fix}" has no choice "${unknown}". It has: ${offer.choices.map(({ key }) => key).join(', ') || 'none'}.`,
      );
    const defaults = offer.choices.map((choice) => [
      choice.key,
      choice.kind === 'text'
        ? choice.value
        : choice.options
            .filter((option) => option.chosen)
            .map((option) => option.value)
            .join(','),
    ]);
    chosen.set(fix, {
      fix,
      answers: { ...(Object.fromEntries(defaults) as Record<string, string>), ...answers },
    });
  }
  if (chosen.size === 0) return null;
  const left = offers.filter(
    (offer) => selection.safe && !chosen.has(offer.id) && offer.unavailable === null,
  );
  for (const offer of left)
    io.errors.write(`Left out: ${offer.title} (${whyLeftOut(offer, selection)}): --fix ${offer.id}\n`);
  const result = await session.plan([...chosen.values()], selection.includeRestart, preferences);
  if (!result.ok) throw new UsageError(result.problems.map(({ message }) => message).join('\n'));
  return result.preview;
}

function whyLeftOut(
  offer: { reversible: boolean; effect: string; wouldRefuse: readonly unknown[] | null },
  selection: FixSelection,
): string {
  if (!offer.reversible) return 'cannot be undone';
  if (offer.wouldRefuse !== null && offer.wouldRefuse.length > 0)
    return 'would refuse clients that were seen';
  if (offer.effect === 'restart' && !selection.includeRestart) return 'needs a restart';
  return 'needs your judgement';
}

async function plan(
  command: Extract<Command, { name: 'plan' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  await inspect(command, session, io, signal);
  const preview = await makePlan(command.selection, session, io);
  if (preview === null) {
    io.errors.write('There is nothing to fix.\n');
    return exitCodes.done;
  }
  const text =
    command.format === 'json' ? `${JSON.stringify(preview, null, 2)}\n` : session.planText(command.format);
  if (command.out === null) io.write(text);
  else await writeFileSafely(command.out, text);
  return exitCodes.done;
}

async function apply(
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
  const { confirmWithinSeconds, acceptCutOff, acceptUnguarded } = command;
  const run = session.apply(
    made.id,
    { confirmWithinSeconds, acceptCutOff, acceptUnguarded, autoKeep: true },
    (event) => tellEvent(event, io),
    signal,
  );
  const outcome = await run.finished;
  if (outcome.runId !== null) await saveChanges(store.home, outcome.runId, changes);
  let report: Report | null = null;
  if (outcome.result === 'kept') report = await inspect(command, session, io, signal);
  if (command.format === 'json') io.write(`${JSON.stringify({ outcome, report }, null, 2)}\n`);
  else {
    io.write(outcomeText(outcome));
    if (report !== null) io.write(`\n${reportText(report)}`);
  }
  return outcomeCode(outcome);
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

function outcomeText(outcome: ApplyOutcome): string {
  const lines = [
    `${outcome.runId === null ? 'No run' : `Run ${outcome.runId}`}: ${outcome.result}. ${outcome.reason}`,
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
  if (event.kind === 'phase') io.errors.write(`${event.phase}\n`);
}

async function rollBack(
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
  if (command.format === 'json') io.write(`${JSON.stringify({ outcome, drift }, null, 2)}\n`);
  else {
    io.write(outcomeText(outcome));
    for (const one of drift) io.write(`  ${printable(`${one.subject}: left ${one.left}, now ${one.now}`)}\n`);
  }
  return outcome.result === 'rolled-back' ? exitCodes.done : exitCodes.rollbackFailed;
}

async function runs(
  command: Extract<Command, { name: 'runs' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  const list = await session.runs(signal);
  if (command.format === 'json') io.write(`${JSON.stringify(list, null, 2)}\n`);
  else io.write(list.length === 0 ? 'No run was made on this host.\n' : list.map(runLine).join(''));
  return exitCodes.done;
}

function runLine(run: RunRecord): string {
  const guard = run.guardSeconds === null ? '' : `, the host rolls back in ${run.guardSeconds} s`;
  return `${printable(`${run.id}  ${run.state}${guard}  by ${run.by}  ${run.title}`)}\n`;
}
