/** A signal with a limit of time, and the way to let go of both. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  release(): void;
}

/**
 * A signal that is aborted with another one or after some time. Not `AbortSignal.any([signal, AbortSignal.timeout(n)])`:
 * that holds its sources weakly, and Node 20 to 24 collect a timeout that nothing else refers to, which then never ends.
 */
export function timeLimit(signal: AbortSignal, milliseconds: number): TimeLimit {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
