/* eslint-disable max-lines -- all that can be done with one target shares the state of its session */
import { hostname, userInfo } from 'node:os';
import type {
  ApplyEvent,
  Drift,
  ReviewItem,
  RollbackDecision,
  RunRecord,
} from '../../shared/contract/apply.ts';
import type { FixOffer, PlanResult } from '../../shared/contract/values.ts';
import type { GuardKind } from '../../shared/contract/apply.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import type { Waiver } from '../../shared/findings/finding.ts';
import { Secret } from '../../shared/lib/secret.ts';
import type { FixPreferences } from '../../shared/fixes/define-fix.ts';
import { chooseSafe } from '../../shared/plan/offers.ts';
import type { Change, FixChoice, HbaText } from '../../shared/plan/plan.ts';
import type { RestartPolicy } from '../../shared/plan/restart.ts';
import { buildReport } from '../../shared/report/build-report.ts';
import type { Report } from '../../shared/report/model.ts';
import type { FinishedRun } from '../../shared/report/run-summary.ts';
import { completeMustWork, suggestMustWork } from '../../shared/access/must-work.ts';
import type { MustWork, MustWorkSuggestion, NamedRole } from '../../shared/access/must-work.ts';
import { applyPlan, type ApplyRun } from '../apply/apply-plan.ts';
import { withoutSecrets } from '../apply/review/changes.ts';
import { probeGuard } from '../apply/guard/probe.ts';
import { judgePlanned, mustWorkProofs, refusedMustWork, type NamedMustWork } from '../apply/must-work.ts';
import type { RollbackResult } from '../apply/rollback-run.ts';
import { lookAtRun, rollbackRun } from '../apply/rollback-run.ts';
import { listRuns, recoverRuns, type RecoveredRun } from '../apply/runs.ts';
import { collectFacts } from '../collect/collect-facts.ts';
import type { Host } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';
import type { Connection } from '../postgres/connection.ts';
import { usualKeepRule, type KeepRule } from '../journal/keep-rule.ts';
import { pruneLocal } from '../journal/prune.ts';
import { writeRunsFile } from '../journal/runs-file.ts';
import { openPostgres } from '../postgres/open-postgres.ts';
import { judgeBy } from './judging.ts';
import { changesOnHost, exportedRuns } from './past-runs.ts';
import {
  makePlan,
  offerContext,
  offersOf,
  planAs,
  planTitle,
  type Inspected,
  type PlannedChanges,
} from './planning.ts';

export interface SessionOptions {
  readonly version: string;
  /** The program's own data folder. */
  readonly home: string;
  readonly prompter: Prompter;
  /** The cluster that was chosen when connecting; null when the host has none, or for a recorded target. */
  readonly cluster: Cluster | null;
  /** All clusters of the host, so that a scan does not search again. */
  readonly clusters: readonly Cluster[];
  readonly waivers: (targetKey: string) => Promise<readonly Waiver[]>;
  /** Which finished runs are kept. */
  readonly keepRule?: () => Promise<KeepRule>;
}

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

export interface RollbackChoices {
  /** Overwrite what was changed since, except what is decided otherwise. */
  readonly force: boolean;
  readonly decisions: readonly RollbackDecision[];
  /** Roll another's open run back first, when it has the host. */
  readonly breakLock: boolean;
}

/** One inspected target: its facts, what was judged of them, what is planned, and the run that is under way. */
export class Session {
  readonly #host: Host | null;
  readonly #options: SessionOptions;
  #facts: FactsFile | null;
  #report: Report | null = null;
  #plan: PlannedChanges | null = null;
  #run: ApplyRun | null = null;
  #lastRun: FinishedRun | null = null;
  #guardKind: Promise<GuardKind | null> | null = null;

  /** `host` null: a recorded target, whose facts are given and which cannot be changed. */
  constructor(host: Host | null, facts: FactsFile | null, options: SessionOptions) {
    this.#host = host;
    this.#facts = facts;
    this.#options = options;
  }

  get host(): Host | null {
    return this.#host;
  }

  get facts(): FactsFile | null {
    return this.#facts;
  }

  get report(): Report | null {
    return this.#report;
  }

  get targetKey(): string {
    return this.#host?.description.key ?? this.#facts?.target.key ?? 'recorded';
  }

  /** Collects the facts anew (a recorded target keeps its own) and judges them. */
  async scan(
    profile: string,
    onProgress: (subject: string, done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<Report> {
    if (this.#host !== null) this.#facts = await this.#collect(onProgress, signal);
    this.#plan = null;
    return this.judge(profile);
  }

  async #collect(
    onProgress: (subject: string, done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<FactsFile> {
    return this.#collectFrom(this.#liveHost(), onProgress, signal);
  }

  #collectFrom(
    host: Host,
    onProgress: (subject: string, done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<FactsFile> {
    const { cluster, clusters, prompter, version } = this.#options;
    return collectFacts(
      host,
      {
        ...(cluster === null ? {} : { cluster: cluster.id }),
        known: clusters,
        prompter,
        onProgress,
        tool: `Portcullis ${version}`,
      },
      signal,
    );
  }

  /** Judges the facts at hand again: another profile, a new waiver. */
  async judge(profile: string): Promise<Report> {
    const judge = judgeBy(profile, await this.#options.waivers(this.targetKey));
    this.#report = buildReport(this.#inspected(), judge, this.#options.version, this.#lastRun);
    return this.#report;
  }

  offers(preferences: FixPreferences): FixOffer[] {
    return offersOf(offerContext(this.#judgedFacts([]), preferences));
  }

  /** All that are safe, with the answers that stand when nobody changes them. */
  safeChoices(preferences: FixPreferences, includeRestart: boolean): FixChoice[] {
    return chooseSafe(offerContext(this.#judgedFacts([]), preferences), { includeRestart });
  }

  #judgedFacts(waivers: readonly Waiver[]): Inspected {
    const report = this.#judged();
    const judge = judgeBy(report.profile, waivers);
    return { file: this.#inspected(), report, judge, targetKey: this.targetKey };
  }

  /** Makes the plan of the chosen fixes and shows what it changes. */
  async plan(
    chosen: readonly FixChoice[],
    includeRestart: boolean,
    preferences: FixPreferences,
    hbaTexts: readonly HbaText[] = [],
  ): Promise<PlanResult> {
    const inspected = this.#judgedFacts(await this.#options.waivers(this.targetKey));
    const guard = await this.#guard();
    const { result, planned } = makePlan(inspected, preferences, chosen, includeRestart, guard, hbaTexts);
    this.#plan = planned;
    return result;
  }

  /** What rolls back on this host; asked once. Null where nothing can be changed, or the host does not answer. */
  async #guard(): Promise<GuardKind | null> {
    const { cluster } = this.#options;
    if (this.#host === null || cluster === null) return null;
    this.#guardKind ??= probeGuard(this.#host, cluster, AbortSignal.timeout(20_000)).catch(() => null);
    return this.#guardKind;
  }

  /** What the plan that was made last changes, without secrets. */
  get changes(): readonly Change[] {
    return this.#planned().changes.map(withoutSecrets);
  }

  /** The plan that was made last, as a person or a machine reads it. */
  planText(format: 'text' | 'json' | 'sh'): string {
    return planAs(this.#planned(), this.#inspected(), format);
  }

  /** Applies the plan that was made last. The run tells how it goes by events and ends in an outcome. */
  apply(
    planId: string,
    choices: ApplyChoices,
    onEvent: (event: ApplyEvent) => void,
    signal: AbortSignal,
  ): ApplyRun {
    const { plan, access } = this.#planned();
    if (plan.id !== planId)
      throw new AppError(
        'refused',
        'The plan was made anew since it was shown.',
        'Read the preview again, then apply.',
      );
    if (plan.cutOff.length > 0 && !choices.acceptCutOff) {
      throw new AppError(
        'refused',
        'The plan would refuse clients that were seen.',
        'Read who they are, then accept it, or leave out the fix.',
      );
    }
    const named = choices.mustWork ?? [];
    const locked = refusedMustWork(access, named);
    if (locked !== null)
      throw new AppError(
        'must-work',
        locked,
        'Leave out the fix that refuses it, or answer its question otherwise.',
      );
    if (this.#run !== null) throw new AppError('busy', 'A run is under way.', 'Wait for its end.');
    const by = byWhom();
    const run = applyPlan(
      {
        keepRule: () => this.#keepRule(),
        host: this.#liveHost(),
        cluster: this.#cluster(),
        plan,
        home: this.#options.home,
        by,
        title: planTitle(plan),
        confirmWithinSeconds: choices.confirmWithinSeconds,
        accept: {
          cutOff: choices.acceptCutOff,
          unguarded: choices.acceptUnguarded,
          breakLock: choices.breakLock === true,
        },
        openSession: (host, cluster, database, within) => this.#openSession(host, cluster, database, within),
        autoKeep: choices.autoKeep,
        proofs: mustWorkProofs(
          {
            access,
            cluster: this.#cluster(),
            collect: async (fresh, within) => (await this.#collectFrom(fresh, () => undefined, within)).facts,
          },
          named,
        ),
        ...(choices.restart === undefined ? {} : { restart: choices.restart }),
        ...(choices.startAt === undefined || choices.startAt === null ? {} : { startAt: choices.startAt }),
        onEvent,
      },
      signal,
    );
    this.#run = run;
    void run.finished.then(() => this.#pruneHere()).catch(() => undefined);
    const before = this.#judged().findings;
    const startedAt = new Date().toISOString();
    void run.finished.then((outcome) => {
      this.#run = null;
      this.#plan = null;
      const { steps, proofs } = run.state();
      this.#lastRun = {
        id: outcome.runId ?? run.id,
        state: outcome.result,
        startedAt,
        finishedAt: new Date().toISOString(),
        by,
        steps: steps.map(({ number, title, state }) => ({ number, title, state })),
        proofs: proofs.map(({ title, state, detail }) => ({ title, state, detail })),
        cutOff: plan.cutOff,
        cutOffUnknown: plan.cutOffUnknown ?? [],
        downtimeMs: outcome.downtimeMs ?? null,
        before,
      };
    });
    return run;
  }

  /** Who came in lately, and whether those named get in after the plan that was made last. */
  mustWork(named: readonly MustWork[]): {
    readonly suggestions: readonly MustWorkSuggestion[];
    readonly judged: readonly {
      readonly verdict: 'allowed' | 'unsure' | 'refused';
      readonly because: string;
    }[];
  } {
    const { access } = this.#planned();
    return {
      suggestions: suggestMustWork(this.#inspected().facts),
      judged: named.map((entry) => {
        const { verdict, because } = judgePlanned(access, { entry, password: null });
        return { verdict, because };
      }),
    };
  }

  /** Asks whoever sits there for the password of a role. */
  async askPassword(role: string, signal: AbortSignal): Promise<Secret> {
    const host = this.#liveHost().description.label;
    const answer = await this.#options.prompter.ask(
      { kind: 'postgres-password', role, host, attempt: 1 },
      signal,
    );
    if (answer.kind === 'secrets' && answer.values[0] !== undefined) return new Secret(answer.values[0]);
    throw new AppError('cancelled', `No password of ${role} was given.`, 'Leave it out, or give it.');
  }

  /** Fills in what a person left out. Null when nobody was seen of that name and no address was given. */
  completeMustWork(named: NamedRole): readonly MustWork[] | null {
    return completeMustWork(this.#inspected().facts, named);
  }

  /** The run that is under way. */
  get run(): ApplyRun | null {
    return this.#run;
  }

  /** Runs on this host, newest first, as the host and this machine record them. */
  async runs(signal: AbortSignal): Promise<readonly RunRecord[]> {
    return listRuns(this.#runsRequest(), signal);
  }

  /** Runs that a person has to know of at a new connection: unfinished, rolled back by the guard, failed. */
  async attention(signal: AbortSignal): Promise<readonly RecoveredRun[]> {
    const request = this.#runsRequest();
    if (request.host === null || request.cluster === null) return [];
    return recoverRuns({ ...request, host: request.host, cluster: request.cluster }, signal);
  }

  #runsRequest() {
    return {
      host: this.#host,
      cluster: this.#options.cluster,
      home: this.#options.home,
      targetKey: this.targetKey,
    };
  }

  /** A kept run operation by operation: before, after, now, and what drifted since; nothing is touched. */
  async review(
    runId: string,
    signal: AbortSignal,
  ): Promise<{ readonly drift: readonly Drift[]; readonly review: readonly ReviewItem[] }> {
    const run = (await this.runs(signal)).find(({ id }) => id === runId);
    if (run?.state !== 'kept') return { drift: [], review: [] };
    return lookAtRun(
      {
        host: this.#liveHost(),
        cluster: this.#cluster(),
        runId,
        openSession: (host, cluster, database, within) => this.#openSession(host, cluster, database, within),
      },
      signal,
    );
  }

  /** What a run changed, from what the host keeps of it: also of a run that was made from elsewhere. */
  async changesOf(runId: string, signal: AbortSignal): Promise<readonly Change[]> {
    const { host, cluster } = this.#runsRequest();
    if (host === null || cluster === null) return [];
    return (await changesOnHost(host, cluster, runId, signal)).changes;
  }

  /** One run or all, as one file that can be verified. */
  async exportRuns(
    only: string | null,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly runs: number }> {
    const runs = await exportedRuns(this.#runsRequest(), only, signal);
    const label = this.#host?.description.label ?? this.targetKey;
    const text = writeRunsFile({ key: this.targetKey, label }, runs, new Date().toISOString());
    return { text, runs: runs.length };
  }

  /** Finished runs that go by the rule, here; the host's go with the end of each run there. */
  async #pruneHere(): Promise<void> {
    await pruneLocal(this.#options.home, this.targetKey, await this.#keepRule(), new Date());
  }

  #keepRule(): Promise<KeepRule> {
    return this.#options.keepRule?.() ?? Promise.resolve(usualKeepRule);
  }

  /** Puts back what a run changed. Refused with what changed since, unless it is decided about or forced. */
  async rollBack(
    runId: string,
    choices: RollbackChoices,
    onEvent: (event: ApplyEvent) => void,
    signal: AbortSignal,
  ): Promise<RollbackResult> {
    if (this.#run !== null) throw new AppError('busy', 'A run is under way.', 'Wait for its end.');
    const request = {
      host: this.#liveHost(),
      cluster: this.#cluster(),
      home: this.#options.home,
      targetKey: this.targetKey,
      runId,
      by: byWhom(),
      force: choices.force,
      decisions: choices.decisions,
      breakLock: choices.breakLock,
      onLog: () => undefined,
      onEvent,
    };
    const result = await rollbackRun(
      {
        ...request,
        keepRule: await this.#keepRule(),
        openSession: (host, cluster, database, within) => this.#openSession(host, cluster, database, within),
      },
      signal,
    );
    await this.#pruneHere();
    return result;
  }

  async close(): Promise<void> {
    await this.#host?.close();
  }

  #openSession(
    host: Host,
    cluster: Cluster,
    database: string | null,
    signal: AbortSignal,
  ): Promise<Connection> {
    return openPostgres(
      host,
      cluster,
      { database, purpose: 'change', prompter: this.#options.prompter },
      signal,
    );
  }

  #liveHost(): Host {
    if (this.#host === null)
      throw new AppError(
        'refused',
        'Saved facts can be judged, not changed.',
        'Connect to the host to apply fixes.',
      );
    return this.#host;
  }

  #inspected(): FactsFile {
    if (this.#facts === null)
      throw new AppError('refused', 'The target was not inspected yet.', 'Inspect it first.');
    return this.#facts;
  }

  #judged(): Report {
    if (this.#report === null)
      throw new AppError('refused', 'The target was not inspected yet.', 'Inspect it first.');
    return this.#report;
  }

  #planned(): PlannedChanges {
    if (this.#plan === null)
      throw new AppError('refused', 'There is no plan.', 'Choose fixes and preview them first.');
    return this.#plan;
  }

  #cluster(): Cluster {
    const inspected = this.#facts?.facts.cluster;
    const cluster = inspected?.state === 'collected' ? inspected.value : this.#options.cluster;
    if (cluster === null)
      throw new AppError(
        'refused',
        'No cluster was found on this host.',
        'Connect to a host with PostgreSQL.',
      );
    return cluster;
  }
}

/** The person and machine, for the records. */
function byWhom(): string {
  return `${userInfo().username}@${hostname()}`;
}
