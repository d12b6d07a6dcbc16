import type { ApplyEvent, ApplyOutcome } from '../../shared/contract/apply.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { FactSet } from '../../shared/facts/facts.ts';
import type { Finding } from '../../shared/findings/finding.ts';
import type { RestartPolicy } from '../../shared/plan/restart.ts';
import type { FinishedRun } from '../../shared/report/run-summary.ts';
import { applyPlan, type ApplyRequest, type ApplyRun } from '../apply/apply-plan.ts';
import { mustWorkProofs, refusedMustWork, type NamedMustWork } from '../apply/must-work.ts';
import type { Host } from '../host/host.ts';
import { planTitle, type PlannedChanges } from './planning.ts';
import { byWhom } from './who.ts';

export interface ApplyChoices {
  readonly confirmWithinSeconds: number;
  readonly acceptCutOff: boolean;
  readonly acceptUnguarded: boolean;
  /** Who must still get in: refused when the plan is predicted to refuse one, proven before the run is kept. */
  readonly mustWork?: readonly NamedMustWork[];
  /** Roll another's open run back first, when it has the host. */
  readonly breakLock?: boolean;
  /** Keep by itself once all is proven. */
  readonly autoKeep: boolean;
  /** What to do when long transactions or base backups run right before a restart; stop unless told. */
  readonly restart?: RestartPolicy;
  /** When the run starts; null or not given for now. */
  readonly startAt?: Date | null;
}

/** Refuses a plan that is not the one that was shown, or whose consequences nobody accepted. */
export function assertAccepted(
  { plan, access }: PlannedChanges,
  planId: string,
  choices: ApplyChoices,
): void {
  if (plan.id !== planId)
    throw new AppError(
      'refused',
      'The plan was made anew since it was shown.',
      'Read the preview again, then apply.',
    );
  if (plan.cutOff.length > 0 && !choices.acceptCutOff)
    throw new AppError(
      'refused',
      'The plan would refuse clients that were seen.',
      'Read who they are, then accept it, or leave out the fix.',
    );
  const locked = refusedMustWork(access, choices.mustWork ?? []);
  if (locked !== null)
    throw new AppError(
      'must-work',
      locked,
      'Leave out the fix that refuses it, or answer its question otherwise.',
    );
}

/** What a run needs of its session. */
export interface RunGround
  extends PlannedChanges, Pick<ApplyRequest, 'host' | 'cluster' | 'home' | 'keepRule' | 'openSession'> {
  /** As they were judged before the run. */
  readonly findings: readonly Finding[];
  /** Collects the facts anew over a connection of its own, for the proofs. */
  readonly collect: (host: Host, signal: AbortSignal) => Promise<FactSet>;
}

/** Starts the run of an accepted plan. `summaryOf` is what the report tells of it, once it is over. */
export function startRun(
  { plan, access, findings, collect, ...ground }: RunGround,
  choices: ApplyChoices,
  onEvent: (event: ApplyEvent) => void,
  signal: AbortSignal,
): { readonly run: ApplyRun; readonly summaryOf: (outcome: ApplyOutcome) => FinishedRun } {
  const by = byWhom();
  const startedAt = new Date().toISOString();
  const { host, cluster, home, keepRule, openSession } = ground;
  const run = applyPlan(
    {
      ...{ host, cluster, home, keepRule, openSession, plan, by, onEvent },
      title: planTitle(plan),
      confirmWithinSeconds: choices.confirmWithinSeconds,
      accept: {
        cutOff: choices.acceptCutOff,
        unguarded: choices.acceptUnguarded,
        breakLock: choices.breakLock === true,
      },
      autoKeep: choices.autoKeep,
      proofs: mustWorkProofs({ access, cluster, collect }, choices.mustWork ?? []),
      ...(choices.restart === undefined ? {} : { restart: choices.restart }),
      ...(choices.startAt === undefined || choices.startAt === null ? {} : { startAt: choices.startAt }),
    },
    signal,
  );
  const summaryOf = (outcome: ApplyOutcome): FinishedRun => {
    const { steps, proofs } = run.state();
    return {
      id: outcome.runId ?? run.id,
      state: outcome.result,
      ...{ startedAt, finishedAt: new Date().toISOString(), by },
      steps: steps.map(({ number, title, state }) => ({ number, title, state })),
      proofs: proofs.map(({ title, state, detail }) => ({ title, state, detail })),
      cutOff: plan.cutOff,
      cutOffUnknown: plan.cutOffUnknown ?? [],
      downtimeMs: outcome.downtimeMs ?? null,
      before: findings,
    };
  };
  return { run, summaryOf };
}
