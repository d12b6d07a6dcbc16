import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import type { Host, RunAs } from '../host/host.ts';
import { RunClosed, StepFailed } from './apply-error.ts';

const maxOutput = 64 * 1024 * 1024;

/** What a script said, fit to be shown. */
export function saidBy(stderr: string, limit = 600): string {
  const words = printable(stderr)
    .split('\n')
    .map((line) => line.replace(/^portcullis: /, '').trim())
    .filter((line) => line !== '');
  return shorten(words.join('; '), limit);
}

/**
 * Runs a script and gives its output. Throws RunClosed for exit code 91 (`enter`: the run is over on the host),
 * StepFailed for every other non-zero code, HostError when the link or the rights fail.
 */
export async function runShell(
  host: Host,
  as: RunAs,
  script: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const result = await host.run({ script, as, timeoutMs, maxOutputBytes: maxOutput }, signal);
  if (result.exitCode === 0) return result.stdout.toString('utf8');
  const said = saidBy(result.stderr);
  if (result.exitCode === 91) throw new RunClosed(said);
  throw new StepFailed(said === '' ? `a command ended with code ${result.exitCode ?? 'none'}` : said);
}

/** Shell text that puts bytes (a string of one character a byte, or a buffer) on standard output. */
export function bytesOnOutput(content: string | Buffer): string {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  return `printf '%s' '${bytes.toString('base64')}' | base64 -d`;
}
