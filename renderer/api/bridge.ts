import type {
  Bridge,
  EventName,
  EventPayload,
  Input,
  Method,
  Output,
} from '../../shared/contract/contract.ts';

declare global {
  interface Window {
    readonly portcullis: Bridge;
  }
}

/** A call that main refused: what happened, and what to do next. */
export class CallError extends Error {
  readonly code: string;
  readonly next: string;

  constructor(code: string, message: string, next: string) {
    super(message);
    this.name = 'CallError';
    this.code = code;
    this.next = next;
  }
}

/**
 * Calls a method of the contract: the only way out of the window. Rejects with CallError. Main sets the time limits
 * and cancels by the cancel methods of the contract, so no signal is taken here.
 */
export async function call<M extends Method>(method: M, input: Input<M>): Promise<Output<M>> {
  const reply = await window.portcullis.invoke(method, input);
  if (reply.ok) return reply.value;
  throw new CallError(reply.error.code, reply.error.message, reply.error.next);
}

/** Listens to an event of main; the function that it returns ends it. */
export function listen<E extends EventName>(
  event: E,
  listener: (payload: EventPayload<E>) => void,
): () => void {
  return window.portcullis.on(event, listener);
}

/** An error as it is shown. Whatever is not a CallError is a defect of the window itself. */
export type Problem = { readonly code: string; readonly message: string; readonly next: string };

/** What a caught value says to a person. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CallError) return { code: error.code, message: error.message, next: error.next };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, next: 'Try again. Copy this text if it happens again.' };
}
