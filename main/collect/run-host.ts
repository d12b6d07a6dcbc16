import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { HostError } from '../host/host.ts';
import type { Host, RunAs } from '../host/host.ts';
import { unpackFailed } from './shell-script.ts';
import type { BuiltScript } from './shell-script.ts';
import { parseFrames } from './parse-frames.ts';
import type { FramesByProbe } from './parse-frames.ts';

const scriptTimeoutMs = 90_000;
const maximumOutputBytes = 64 * 1024 * 1024;

/** What a script gave, or why it gave nothing. */
export type ScriptOutcome =
  | { readonly state: 'done'; readonly frames: FramesByProbe }
  | { readonly state: 'refused'; readonly error: HostError };

/** Runs a built script. Only `cancelled` and `link-lost` are thrown: everything else is an outcome. */
export async function runScript(
  host: Host,
  as: RunAs,
  script: BuiltScript,
  signal: AbortSignal,
): Promise<ScriptOutcome> {
  try {
    const run = (text: string) =>
      whenSessionsAreFree(
        () =>
          host.run(
            { script: text, as, timeoutMs: scriptTimeoutMs, maxOutputBytes: maximumOutputBytes },
            signal,
          ),
        signal,
      );
    let result = await run(script.packed);
    if (result.stdout.subarray(-64).toString('latin1').trim().endsWith(unpackFailed))
      result = await run(script.text);
    const frames = parseFrames(result.stdout, script.boundary);
    if (frames !== null) return { state: 'done', frames };
    const said = shorten(printable(result.stderr.trim().split('\n')[0] ?? ''), 200);
    return { state: 'refused', error: new HostError('no-shell', `the host ran no script: ${said}`, '') };
  } catch (error) {
    if (error instanceof HostError && !isFatal(error)) return { state: 'refused', error };
    if (error instanceof HostError || signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { state: 'refused', error: new HostError('no-shell', message, '', { cause: error }) };
  }
}

/**
 * Tries again while sshd refuses another session (`MaxSessions`): the one in use now may end. Gives up after about
 * half a minute with the refusal.
 */
export async function whenSessionsAreFree<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== 'session-refused' || attempt >= 60) throw error;
      await pause(Math.min(100 + attempt * 50, 1000), signal);
    }
  }
}

function isFatal(error: HostError): boolean {
  return error.code === 'cancelled' || error.code === 'link-lost';
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new HostError('cancelled', 'cancelled', ''));
      return;
    }
    const abort = () => {
      clearTimeout(timer);
      reject(new HostError('cancelled', 'cancelled', ''));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', abort, { once: true });
  });
}
