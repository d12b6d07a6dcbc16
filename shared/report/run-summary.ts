import type { Finding } from '../findings/finding.ts';
import { compareFindings } from './compare.ts';
import type { RunSummary } from './model.ts';
import { scoreOf, summarize } from './score.ts';

/** A run that has ended, with what was found before it. */
export interface FinishedRun {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly by: string;
  readonly steps: RunSummary['steps'];
  readonly proofs: RunSummary['proofs'];
  /** Whom the plan named as refused from then on. */
  readonly cutOff?: RunSummary['cutOff'];
  readonly cutOffUnknown?: RunSummary['cutOffUnknown'];
  readonly downtimeMs?: RunSummary['downtimeMs'];
  readonly before: readonly Finding[];
}

/** The run as a report tells it: before, and what the findings of now say has changed. */
export function runSummary({ before, ...run }: FinishedRun, after: readonly Finding[]): RunSummary {
  return {
    ...run,
    scoreBefore: scoreOf(before),
    summaryBefore: summarize(before),
    ...compareFindings(before, after),
  };
}
