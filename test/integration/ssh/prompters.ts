import type { ConnectProgress, Prompt, PromptAnswer } from '../../../shared/contract/prompts.ts';
import type { Prompter } from '../../../main/host/prompter.ts';

/** Answers nothing: whoever asks fails. */
export const silentPrompter: Prompter = {
  ask: (prompt) => Promise.reject(new Error(`unexpected question: ${JSON.stringify(prompt)}`)),
  progress: () => undefined,
};

/** A prompter that answers by a function, and keeps what was asked and told. */
export interface ScriptedPrompter extends Prompter {
  readonly asked: Prompt[];
  readonly told: ConnectProgress[];
}

export function scriptedPrompter(
  answer: (prompt: Prompt, signal: AbortSignal) => PromptAnswer | Promise<PromptAnswer>,
): ScriptedPrompter {
  const asked: Prompt[] = [];
  const told: ConnectProgress[] = [];
  return {
    asked,
    told,
    ask: (prompt, signal) => {
      asked.push(prompt);
      return Promise.resolve(answer(prompt, signal));
    },
    progress: (progress) => told.push(progress),
  };
}

export const secrets = (...values: readonly string[]): PromptAnswer => ({
  kind: 'secrets',
  values: [...values],
});
export const skip: PromptAnswer = { kind: 'skip' };
