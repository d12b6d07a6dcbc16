import { HostError } from './host.ts';

export function cancelledError(): HostError {
  return new HostError('cancelled', 'Cancelled.', 'Connect again when you like.');
}

/** Rejects as soon as the signal is aborted; never settles otherwise. Call `release` when it is no longer needed. */
export function whenAborted(signal: AbortSignal): { readonly promise: Promise<never>; release(): void } {
  let release = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    const abort = (): void => reject(cancelledError());
    if (signal.aborted) abort();
    else {
      signal.addEventListener('abort', abort, { once: true });
      release = () => signal.removeEventListener('abort', abort);
    }
  });
  promise.catch(() => undefined);
  return { promise, release };
}

/** `work`, unless the signal is aborted before: whoever is being asked need not answer then. */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const aborted = whenAborted(signal);
  try {
    return await Promise.race([aborted.promise, work()]);
  } finally {
    aborted.release();
  }
}
