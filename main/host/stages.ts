import type { ConnectStage } from '../../shared/contract/prompts.ts';
import type { Prompter } from './prompter.ts';

/** Tells the prompter as each stage of connecting starts and ends, with the time that it took. */
export class Stages {
  readonly #prompter: Prompter;
  #running: { readonly stage: ConnectStage; readonly since: number } | null = null;

  constructor(prompter: Prompter) {
    this.#prompter = prompter;
  }

  report(stage: ConnectStage, state: 'running' | 'done' | 'skipped' | 'failed', detail: string): void {
    if (state === 'running' && this.#running?.stage !== stage)
      this.#running = { stage, since: performance.now() };
    const since = this.#running?.stage === stage ? this.#running.since : null;
    const elapsedMs = state === 'running' || since === null ? null : Math.round(performance.now() - since);
    if (state !== 'running') this.#running = null;
    this.#prompter.progress({ stage, state, detail, elapsedMs });
  }

  /** The stage that is running, if any, has failed. */
  fail(error: unknown): void {
    const stage = this.#running?.stage;
    if (stage !== undefined)
      this.report(stage, 'failed', error instanceof Error ? error.message : String(error));
  }
}
