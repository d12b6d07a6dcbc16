import type { Duplex, Readable, Writable } from 'node:stream';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { JoinedStream } from './duplex.ts';
import { HostError, type RunRequest, type RunResult } from './host.ts';
import type { Invocation } from './invocation.ts';
import { MarkedOutput } from './marked-output.ts';

/** A process that was started, near or far. */
export interface RunningProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process is over and both outputs were read to their end; rejects when the link was lost. */
  readonly ended: Promise<{ readonly exitCode: number | null }>;
  /** Ends it as far as possible and closes the streams. */
  kill(): void;
}

const defaultOutput = 16 * 1024 * 1024;
const errorOutput = 64 * 1024;
/** So much output above the limits is read and dropped, so that a script can finish; then it is ended. */
const patience = 64 * 1024 * 1024;

/** Why a command never reached the script: what sudo or the login shell said. */
export function refusal(stderr: string, stdout: string): HostError {
  const said = shorten(printable(`${stderr}\n${stdout}`.trim()), 500);
  if (/must have a tty/i.test(stderr))
    return new HostError(
      'sudo-refused',
      'sudo on this host wants a terminal (requiretty).',
      'Remove requiretty for this account in sudoers (Defaults:NAME !requiretty).',
    );
  if (/not in the sudoers|not allowed|may not run|I'm sorry/i.test(stderr))
    return new HostError('denied', `sudo refuses: ${said}`, 'Use an account that sudoers allows.');
  if (/password is required|incorrect password|no password was provided|try again/i.test(stderr))
    return new HostError('sudo-refused', `sudo did not accept the password: ${said}`, 'Connect again.');
  if (/unknown user|does not exist|no passwd entry/i.test(stderr))
    return new HostError('not-found', said, 'Check the name of the account.');
  if (/password has expired|password change required/i.test(`${stderr}${stdout}`))
    return new HostError(
      'authentication-failed',
      `The password of the login has expired, and the host runs nothing before it is changed: ${said}`,
      'Log in once with ssh in a terminal and set a new password.',
    );
  if (/^sudo: /m.test(stderr))
    return new HostError('sudo-refused', `sudo failed: ${said}`, 'Check sudo on the host.');
  if (/not authorized|dismissed/i.test(stderr))
    return new HostError('denied', `pkexec refuses: ${said}`, 'Give the password when asked.');
  return new HostError(
    'no-shell',
    said === ''
      ? 'The login runs no commands: it ended without a word.'
      : `The login runs no commands; it answered: ${said}`,
    'Use an account with an ordinary shell, without a forced command.',
  );
}

function watchSignal(signal: AbortSignal, action: () => void): () => void {
  if (signal.aborted) action();
  else signal.addEventListener('abort', action, { once: true });
  return () => signal.removeEventListener('abort', action);
}

/**
 * Feeds a script to a process and collects what it prints. Rejects with HostError; the streams are closed then.
 * `abandon` has to end a script that was given up while it ran; it is told the number of the script's shell.
 */
export async function runScript(
  process: RunningProcess,
  invocation: Invocation,
  request: Pick<RunRequest, 'timeoutMs' | 'maxOutputBytes'>,
  signal: AbortSignal,
  abandon: (pid: number) => void = () => process.kill(),
): Promise<RunResult> {
  const stdout = new MarkedOutput(invocation.marker, request.maxOutputBytes ?? defaultOutput);
  const stderr = new MarkedOutput(invocation.marker, errorOutput);
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (error: Error | null, exitCode: number | null, ended: boolean): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      release();
      if (!ended) {
        if (stderr.pid === null) process.kill();
        else abandon(stderr.pid);
      }
      if (error !== null) reject(error);
      else if (!stdout.started) {
        reject(
          exitCode === 125 && !stderr.started
            ? new HostError('link-lost', 'The script was cut off on its way.', 'Connect again.')
            : refusal(`${stderr.noise}${stderr.bytes.toString('utf8')}`, stdout.noise),
        );
      } else
        resolve({
          exitCode,
          stdout: stdout.bytes,
          stderr: stderr.started ? stderr.bytes.toString('utf8') : stderr.noise,
          truncated: stdout.truncated,
        });
    };
    const timer = setTimeout(
      () =>
        settle(
          new HostError(
            'timeout',
            `A command did not finish within ${Math.round(request.timeoutMs / 1000)} seconds.`,
            'Try again; the host may be busy.',
          ),
          null,
          false,
        ),
      request.timeoutMs,
    );
    let release = (): void => undefined;
    const collect = (output: MarkedOutput) => (chunk: Buffer) => {
      if (settled) return;
      output.push(chunk);
      if (stdout.dropped + stderr.dropped > patience) settle(null, null, false);
    };
    process.stdout.on('data', collect(stdout));
    process.stderr.on('data', collect(stderr));
    process.stdin.on('error', () => undefined); // a process that ends early does not read its input
    process.ended.then(
      ({ exitCode }) => settle(null, exitCode, true),
      (error: unknown) => settle(error instanceof Error ? error : new Error(String(error)), null, true),
    );
    release = watchSignal(signal, () =>
      settle(new HostError('cancelled', 'Cancelled.', 'Run it again when you like.'), null, false),
    );
    if (!settled) process.stdin.end(invocation.input);
  });
}

/** Starts a program in a process and hands its standard input and output over as one clean stream. */
export async function openProgramStream(
  process: RunningProcess,
  invocation: Invocation,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const mark = Buffer.from(`${invocation.marker}\n`);
  const stderr = new MarkedOutput(invocation.marker, 4_096);
  process.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  process.stdin.on('error', () => undefined);
  const failed = (exitCode: number | null): HostError =>
    stderr.started
      ? new HostError(
          exitCode === 127 ? 'not-found' : 'denied',
          `The program ended with code ${exitCode ?? 'none'}: ${shorten(printable(stderr.bytes.toString('utf8').trim()), 500)}`,
          'See what the program said.',
        )
      : refusal(stderr.noise, '');
  return new Promise((resolve, reject) => {
    let before: Buffer = Buffer.alloc(0);
    let dropped = 0;
    let settled = false;
    const settle = (error: Error | null, stream: JoinedStream | null): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      release();
      process.stdout.removeListener('data', look);
      if (stream !== null) resolve(stream);
      else {
        process.kill();
        reject(error ?? failed(null));
      }
    };
    const look = (chunk: Buffer): void => {
      before = Buffer.concat([before, chunk]);
      const position = before.indexOf(mark);
      if (position < 0) {
        dropped += Math.max(0, before.length - errorOutput);
        // The mark may have come in part; what start-up files print may be long, and is read up to a limit all the same.
        before = Buffer.from(before.subarray(Math.max(0, before.length - errorOutput)));
        if (dropped > patience) settle(refusal(stderr.noise, before.toString('utf8', 0, 500)), null);
        return;
      }
      process.stdout.pause();
      const stream = new JoinedStream(process.stdout, process.stdin, () => process.kill());
      const rest = before.subarray(position + mark.length);
      if (rest.length > 0) stream.push(rest);
      process.ended.then(
        // The stream ends by itself; only a failure has something to add.
        ({ exitCode }) => {
          if (exitCode !== 0 && exitCode !== null) stream.destroy(failed(exitCode));
        },
        (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
      );
      settle(null, stream);
    };
    const timer = setTimeout(
      () => settle(new HostError('timeout', 'The program did not start in time.', 'Try again.'), null),
      timeoutMs,
    );
    let release = (): void => undefined;
    process.stdout.on('data', look);
    process.ended.then(
      ({ exitCode }) => settle(failed(exitCode), null),
      (error: unknown) => settle(error instanceof Error ? error : new Error(String(error)), null),
    );
    release = watchSignal(signal, () => settle(new HostError('cancelled', 'Cancelled.', 'Try again.'), null));
    if (!settled) process.stdin.write(invocation.input);
  });
}
