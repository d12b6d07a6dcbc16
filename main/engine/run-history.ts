import type {
  ApplyEvent,
  Drift,
  ReviewItem,
  RollbackDecision,
  RunRecord,
} from '../../shared/contract/apply.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Change } from '../../shared/plan/plan.ts';
import type { RollbackRequest, RollbackResult } from '../apply/rollback-run.ts';
import { lookAtRun, rollbackRun } from '../apply/rollback-run.ts';
import { listRuns, recoverRuns, type RecoveredRun, type RunsRequest } from '../apply/runs.ts';
import type { Host } from '../host/host.ts';
import type { KeepRule } from '../journal/keep-rule.ts';
import { pruneLocal } from '../journal/prune.ts';
import { writeRunsFile } from '../journal/runs-file.ts';
import { changesOnHost, exportedRuns } from './past-runs.ts';
import { byWhom } from './who.ts';

export interface RollbackChoices {
  /** Overwrite what was changed since, except what is decided otherwise. */
  readonly force: boolean;
  readonly decisions: readonly RollbackDecision[];
  /** Roll another's open run back first, when it has the host. */
  readonly breakLock: boolean;
}

/** What the history needs of its session. */
export interface HistoryOptions {
  readonly place: () => RunsRequest;
  /** The host and cluster, or an error that says why nothing can be changed there. */
  readonly changeable: () => { readonly host: Host; readonly cluster: Cluster };
  /** Throws while a run is under way. */
  readonly assertIdle: () => void;
  readonly keepRule: () => Promise<KeepRule>;
  readonly openSession: RollbackRequest['openSession'];
}

/** The runs of one target, as its host and this machine record them, and the way back from each. */
export class RunHistory {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** All runs, newest first. */
  async list(signal: AbortSignal): Promise<readonly RunRecord[]> {
    return listRuns(this.#options.place(), signal);
  }

  /** Runs that a person has to know of at a new connection: unfinished, rolled back by the guard, failed. */
  async attention(signal: AbortSignal): Promise<readonly RecoveredRun[]> {
    const { host, cluster, ...place } = this.#options.place();
    if (host === null || cluster === null) return [];
    return recoverRuns({ ...place, host, cluster }, signal);
  }

  /** A kept run operation by operation: before, after, now, and what drifted since; nothing is touched. */
  async review(
    runId: string,
    signal: AbortSignal,
  ): Promise<{ readonly drift: readonly Drift[]; readonly review: readonly ReviewItem[] }> {
    const run = (await this.list(signal)).find(({ id }) => id === runId);
    if (run?.state !== 'kept') return { drift: [], review: [] };
    const { openSession, changeable } = this.#options;
    return lookAtRun({ ...changeable(), runId, openSession }, signal);
  }

  /** What a run changed, from what the host keeps of it: also of a run that was made from elsewhere. */
  async changesOf(runId: string, signal: AbortSignal): Promise<readonly Change[]> {
    const { host, cluster } = this.#options.place();
    if (host === null || cluster === null) return [];
    return (await changesOnHost(host, cluster, runId, signal)).changes;
  }

  /** One run or all, as one file that can be verified. */
  async export(
    only: string | null,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly runs: number }> {
    const place = this.#options.place();
    const runs = await exportedRuns(place, only, signal);
    const key = place.targetKey;
    const label = place.host?.description.label ?? key;
    const text = writeRunsFile({ key, label }, runs, new Date().toISOString());
    return { text, runs: runs.length };
  }

  keepRule(): Promise<KeepRule> {
    return this.#options.keepRule();
  }

  /** Finished runs that go by the rule, here; the host's go with the end of each run there. */
  async prune(): Promise<void> {
    const { home, targetKey } = this.#options.place();
    await pruneLocal(home, targetKey, await this.keepRule(), new Date());
  }

  /** Puts back what a run changed. Refused with what changed since, unless it is decided about or forced. */
  async rollBack(
    runId: string,
    choices: RollbackChoices,
    onEvent: (event: ApplyEvent) => void,
    signal: AbortSignal,
  ): Promise<RollbackResult> {
    const { assertIdle, changeable, place, openSession } = this.#options;
    assertIdle();
    const { home, targetKey } = place();
    const result = await rollbackRun(
      {
        ...{ ...changeable(), home, targetKey, runId, openSession, onEvent },
        ...{ force: choices.force, decisions: choices.decisions, breakLock: choices.breakLock },
        by: byWhom(),
        onLog: () => undefined,
        keepRule: await this.keepRule(),
      },
      signal,
    );
    await this.prune();
    return result;
  }
}
