import { AppError } from '../../shared/contract/errors.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import { writeCollectScript } from '../collect/collect-script.ts';
import { windowsScript } from '../collect/windows-script.ts';
import { connectTarget } from '../engine/connect.ts';
import { Session } from '../engine/session.ts';
import { userError } from '../engine/user-error.ts';
import { createPracticeServer } from '../practice/practice-server.ts';
import { dataHome, practiceHome } from '../store/data-home.ts';
import { writeFileSafely } from '../store/json-file.ts';
import { openStore, type Store } from '../store/store.ts';
import { UsageError, type Command } from './command.ts';
import { describeChecks } from './checks.ts';
import { apply } from './apply.ts';
import { rollBack, runs, verifyRuns } from './history.ts';
import { exitCodes, type TerminalIo } from './io.ts';
import { plan } from './plan.ts';
import { reach } from './reach.ts';
import { terminalPrompter } from './prompter.ts';
import { scan } from './scan.ts';
import { usage } from './usage.ts';

/** A failure with the exit code that it ends with. */
class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.exitCode = exitCode;
  }
}

const isPowerShell = (path: string): boolean => /\.ps1$/i.test(path);

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
      await writeFileSafely(
        command.scriptOut,
        isPowerShell(command.scriptOut) ? windowsScript : writeCollectScript(),
      );
      io.errors.write(
        isPowerShell(command.scriptOut)
          ? `Run it on the Windows host as administrator: powershell -ExecutionPolicy Bypass -File ${command.scriptOut} facts.json\nThen judge: portcullis scan --facts facts.json\nIt was not tried on a real Windows yet; it only reads.\n`
          : `Run it on the host as root: sh ${command.scriptOut} facts.txt\nThen judge: portcullis scan --facts facts.txt\n`,
      );
      return exitCodes.done;
    case 'plan':
      return withSession(command, io, signal, (session) => plan(command, session, io, signal));
    case 'apply':
      return withSession(command, io, signal, (session, store) => apply(command, session, store, io, signal));
    case 'reach':
      return withSession(command, io, signal, (session) => reach(command, session, io, signal));
    case 'rollback':
      return withSession(command, io, signal, (session) => rollBack(command, session, io, signal));
    case 'runs':
      return withSession(command, io, signal, (session) => runs(command, session, io, signal));
    case 'verify-runs':
      return verifyRuns(command, io);
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
    const common = {
      version: io.version,
      home,
      prompter,
      waivers: (key: string) => store.waivers(key),
      keepRule: async () => {
        const { keepRuns, keepDays } = await store.settings();
        return { count: keepRuns, days: keepDays };
      },
    };
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
  for (const { run, message, needsRollback, commands, log } of await session.history.attention(signal)) {
    const lines = [
      `Run ${run.id}: ${message}`,
      ...(log === null ? [] : [`  Its log: ${log.path}`, ...log.tail.slice(-3).map((line) => `    ${line}`)]),
      ...(needsRollback ? [`  Roll it back: portcullis rollback TARGET ${run.id} --yes`] : []),
      ...(commands.length === 0 ? [] : ['  Or finish by hand, as root on the host:']),
      ...commands.map((command) => `    ${command}`),
    ];
    io.errors.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }
}
