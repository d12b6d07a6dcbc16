import type { ConnectProgress, Prompt, PromptAnswer } from '../../shared/contract/prompts.ts';

/** Whoever can be asked: the window, the terminal, or a test. Rejects when cancelled. */
export interface Prompter {
  ask(prompt: Prompt, signal: AbortSignal): Promise<PromptAnswer>;
  /** Told as each stage of connecting starts and ends. */
  progress(progress: ConnectProgress): void;
}
