import { basename, dirname } from 'node:path';
import { HostError } from '../host/host.ts';
import { startProcess } from '../host/local.ts';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import type { PracticeAccount } from './account.ts';

const commandMs = 120_000;

interface CommandResult {
  readonly exitCode: number | null;
  readonly output: string;
}

/** The environment of the server and its programs: nothing of the person's own (PGDATA, LD_LIBRARY_PATH, …). */
export function practiceEnvironment(home: string, binDirectory: string): NodeJS.ProcessEnv {
  return {
    PATH: `${binDirectory}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}

/** The practice folder and the account that owns what is in it. */
export interface Place {
  readonly account: PracticeAccount;
  readonly folder: string;
}

/** Runs a command as the server's account and waits for its end. Rejects with HostError timeout or cancelled. */
export async function runAsAccount(
  place: Place,
  argv: readonly string[],
  signal: AbortSignal,
  input = '',
): Promise<CommandResult> {
  const { account, folder } = place;
  const name = argv[0] ?? '';
  const started = await startProcess(argv, {
    environment: practiceEnvironment(folder, dirname(name)),
    ...(account.switch === null ? {} : { account: account.switch }),
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-8_192);
  };
  started.stdout.on('data', keep);
  started.stderr.on('data', keep);
  started.stdin.on('error', () => undefined);
  started.stdin.end(input);
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => undefined;
  try {
    const { exitCode } = await Promise.race([
      started.ended,
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new HostError('timeout', `${basename(name)} did not end in time.`, 'Try again.')),
          commandMs,
        );
        abort = () => reject(new HostError('cancelled', 'Cancelled.', 'Try again when you like.'));
        signal.addEventListener('abort', abort, { once: true });
        if (signal.aborted) abort();
      }),
    ]);
    return { exitCode, output };
  } catch (error) {
    started.kill();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** The error of a program of the server that failed, with what it said. */
export function programFailed(name: string, result: CommandResult): HostError {
  return new HostError(
    'not-found',
    `The practice server could not be prepared: ${name} ended with code ${result.exitCode ?? 'none'}: ${shorten(
      printable(result.output.trim()),
      1_000,
    )}`,
    'Reset the practice server, or look into its log.',
  );
}

/** Runs sh lines as the server's account; root touches no file below a folder that another account may change. */
export async function shellAsAccount(
  place: Place,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
  input = '',
): Promise<void> {
  const result = await runAsAccount(place, ['/bin/sh', '-ec', script, 'sh', ...args], signal, input);
  if (result.exitCode !== 0) throw programFailed('sh', result);
}
