import type { ApplyEvent, GuardKind } from '../../shared/contract/apply.ts';
import type { FixOffer, PlanResult } from '../../shared/contract/values.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import type { Waiver } from '../../shared/findings/finding.ts';
import { Secret } from '../../shared/lib/secret.ts';
import type { FixPreferences } from '../../shared/fixes/define-fix.ts';
import { chooseSafe } from '../../shared/plan/offers.ts';
import type { Change, FixChoice, HbaText } from '../../shared/plan/plan.ts';
import { buildReport } from '../../shared/report/build-report.ts';
import type { Report } from '../../shared/report/model.ts';
import type { FinishedRun } from '../../shared/report/run-summary.ts';
import { completeMustWork, suggestMustWork } from '../../shared/access/must-work.ts';
import type { MustWork, MustWorkSuggestion, NamedRole } from '../../shared/access/must-work.ts';
import type { ApplyRun } from '../apply/apply-plan.ts';
import { withoutSecrets } from '../apply/review/changes.ts';
import { probeGuard } from '../apply/guard/probe.ts';
import { judgePlanned } from '../apply/must-work.ts';
import { collectFacts } from '../collect/collect-facts.ts';
import type { Host } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';
import type { Connection } from '../postgres/connection.ts';
import { usualKeepRule, type KeepRule } from '../journal/keep-rule.ts';
import { openPostgres } from '../postgres/open-postgres.ts';
import { judgeBy } from './judging.ts';
import { makePlan, offerContext, offersOf, planAs, type Inspected, type PlannedChanges } from './planning.ts';
import { RunHistory } from './run-history.ts';
import { assertAccepted, startRun, type ApplyChoices } from './start-run.ts';

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

/** One inspected target: its facts, what was judged of them, what is planned, and the run that is under way. */
export class Session {
  readonly #host: Host | null;
  readonly #options: SessionOptions;
  /** What was done on this target, by whom, and the way back. */
  readonly history: RunHistory;
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
    this.history = new RunHistory({
      place: () => ({ host, cluster: options.cluster, home: options.home, targetKey: this.targetKey }),
      changeable: () => ({ host: this.#liveHost(), cluster: this.#cluster() }),
      assertIdle: () => this.#assertIdle(),
      keepRule: options.keepRule ?? (() => Promise.resolve(usualKeepRule)),
      openSession: (to, cluster, database, signal) => this.#openSession(to, cluster, database, signal),
    });
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
    if (this.#host !== null) this.#facts = await this.#collect(this.#host, onProgress, signal);
    this.#plan = null;
    return this.judge(profile);
  }

  #collect(
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
    const planned = this.#planned();
    assertAccepted(planned, planId, choices);
    this.#assertIdle();
    const { run, summaryOf } = startRun(
      {
        ...planned,
        ...{ host: this.#liveHost(), cluster: this.#cluster(), home: this.#options.home },
        findings: this.#judged().findings,
        keepRule: () => this.history.keepRule(),
        openSession: (host, cluster, database, within) => this.#openSession(host, cluster, database, within),
        collect: async (fresh, within) => (await this.#collect(fresh, () => undefined, within)).facts,
      },
      choices,
      onEvent,
      signal,
    );
    this.#run = run;
    void run.finished.then(() => this.history.prune()).catch(() => undefined);
    void run.finished.then((outcome) => {
      this.#run = null;
      this.#plan = null;
      this.#lastRun = summaryOf(outcome);
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
    const question = { kind: 'postgres-password', role, host, attempt: 1 } as const;
    const answer = await this.#options.prompter.ask(question, signal);
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

  async close(): Promise<void> {
    await this.#host?.close();
  }

  #assertIdle(): void {
    if (this.#run !== null) throw new AppError('busy', 'A run is under way.', 'Wait for its end.');
  }

  #openSession(
    host: Host,
    cluster: Cluster,
    database: string | null,
    signal: AbortSignal,
  ): Promise<Connection> {
    const { prompter } = this.#options;
    return openPostgres(host, cluster, { database, purpose: 'change', prompter }, signal);
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
    if (this.#facts !== null) return this.#facts;
    throw notInspected();
  }

  #judged(): Report {
    if (this.#report !== null) return this.#report;
    throw notInspected();
  }

  #planned(): PlannedChanges {
    if (this.#plan !== null) return this.#plan;
    throw new AppError('refused', 'There is no plan.', 'Choose fixes and preview them first.');
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

const notInspected = (): AppError =>
  new AppError('refused', 'The target was not inspected yet.', 'Inspect it first.');
