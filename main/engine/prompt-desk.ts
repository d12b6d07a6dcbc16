import { randomUUID } from 'node:crypto';
import type { EventName, EventPayload } from '../../shared/contract/contract.ts';
import type { PromptAnswer } from '../../shared/contract/prompts.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { HostError } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';

export type Emit = <E extends EventName>(event: E, payload: EventPayload<E>) => void;

/** A prompter that asks the window by events; `answer` is called when the window answers. */
export interface PromptDesk extends Prompter {
  answer(id: string, answer: PromptAnswer): void;
}

/** Prompts wait until they are answered or their signal aborts; a prompt is answered once. */
export function createPromptDesk(emit: Emit): PromptDesk {
  const waiting = new Map<string, (answer: PromptAnswer) => void>();
  return {
    progress: (progress) => emit('connection.progress', progress),
    ask: (prompt, signal) =>
      new Promise((resolve, reject) => {
        const id = randomUUID();
        const withdraw = (): void => {
          waiting.delete(id);
          emit('connection.promptWithdrawn', { id });
          reject(
            new HostError('cancelled', 'The connection was cancelled.', 'Connect again when you are ready.'),
          );
        };
        if (signal.aborted) return withdraw();
        signal.addEventListener('abort', withdraw, { once: true });
        waiting.set(id, (answer) => {
          waiting.delete(id);
          signal.removeEventListener('abort', withdraw);
          resolve(answer);
        });
        emit('connection.prompt', { id, prompt });
      }),
    answer: (id, answer) => {
      const resolve = waiting.get(id);
      if (resolve === undefined)
        throw new AppError(
          'refused',
          'This question is no longer open.',
          'Look at the question that is open now.',
        );
      resolve(answer);
    },
  };
}
