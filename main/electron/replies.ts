import { z } from 'zod';
import type { Handlers, Method, Output, Reply } from '../../shared/contract/contract.ts';
import { methods } from '../../shared/contract/contract.ts';
import { AppError } from '../../shared/contract/errors.ts';

type AnyHandler = (input: unknown) => Promise<unknown>;

function failure(code: string, message: string, next: string): Reply<never> {
  return { ok: false, error: { code, message, next } };
}

/**
 * Answers one call of the window. Never rejects: an error object that crosses the border would lose its code and its
 * advice, and show a stack.
 * @param report told of errors that no handler meant to raise, for the log
 */
export async function reply<M extends Method>(
  handlers: Handlers,
  method: M,
  input: unknown,
  report: (method: Method, error: unknown) => void,
): Promise<Reply<Output<M>>> {
  const parsed = methods[method].input.safeParse(input);
  if (!parsed.success) {
    const message = `${method} was called with wrong input: ${z.prettifyError(parsed.error)}`;
    report(method, new Error(message));
    return failure('invalid-input', message, 'This is a defect of Portcullis: please report this text.');
  }
  try {
    // The input has just been parsed by the schema of this very method, which TypeScript cannot follow per name.
    const handler = handlers[method] as AnyHandler;
    return { ok: true, value: (await handler(parsed.data)) as Output<M> };
  } catch (error) {
    if (error instanceof AppError) return failure(error.code, error.message, error.next);
    report(method, error);
    const message = error instanceof Error ? error.message : String(error);
    return failure('internal', message, 'Try again. Report this text if it happens again.');
  }
}
