import type { FactSet } from '../facts/facts.ts';
import type { Finding } from '../findings/finding.ts';
import { isOpen } from '../report/score.ts';
import type { AnyFix, FixPreferences } from '../fixes/define-fix.ts';
import { accessChange, cutOffOf, cutOffUnknown, type AccessChange } from './cut-off.ts';
import { editOperations, refusedLines } from './hba-texts.ts';
import { managedObstacle } from './managed.ts';
import { mergeOperations, type RequestedOperation } from './merge.ts';
import type { Operation } from './operation.ts';
import { effectOf, isGuarded, isReversible, orderOperations, titleOf } from './order.ts';
import { ownPathRefusals, type OwnWay } from './own-path.ts';
import type { FixChoice, HbaText, Plan, PlanStep, Precondition } from './plan.ts';
import { hbaResolution } from './read-rules.ts';
import { simulate, type Simulation } from './simulate.ts';

export interface PlanRequest {
  readonly facts: FactSet;
  readonly findings: readonly Finding[];
  readonly fixes: readonly AnyFix[];
  readonly chosen: readonly FixChoice[];
  /** Files of pg_hba.conf that the person edited, beside the fixes. */
  readonly hbaTexts?: readonly HbaText[];
  readonly preferences: FixPreferences;
  /** Restart within the plan when a setting needs it; otherwise it waits for a restart that the person makes. */
  readonly includeRestart: boolean;
  /** Sortable and unique: the plan's id becomes the run's. */
  readonly id: string;
  readonly createdAt: string;
  /** `own`: how this program came in; missing for saved facts. */
  readonly target: { readonly key: string; readonly label: string; readonly own?: OwnWay };
}

/** Why a plan cannot be made, each with the fixes that stand in its way. */
export interface PlanProblem {
  readonly fixes: readonly string[];
  readonly message: string;
}

export type BuiltPlan =
  | { readonly ok: true; readonly plan: Plan; readonly simulation: Simulation }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Pillars in the order in which their fixes are planned, so that TLS is on before rules demand it. */
const pillarOrder = ['transport', 'secrets', 'database', 'logging', 'platform', 'network'];

/** Makes one ordered plan of the chosen fixes. Pure: the same request gives the same plan. */
export function buildPlan(request: PlanRequest): BuiltPlan {
  const requested = requestOperations(request);
  if ('problems' in requested) return { ok: false, problems: requested.problems };
  const texts = request.hbaTexts ?? [];
  const edited = editOperations(texts, request.facts, request.preferences.editManaged === true);
  if (edited.problems.length > 0) return { ok: false, problems: edited.problems };
  const merged = mergeOperations([...requested.operations, ...edited.operations]);
  if (!merged.ok) return { ok: false, problems: merged.conflicts };
  const ordered = orderOperations(merged.operations, { includeRestart: request.includeRestart });
  const operations = ordered.map(({ operation }) => operation);
  const simulation = simulate(request.facts, operations);
  const access = accessChange(request.facts, simulation.facts, operations);
  const problems = [
    ...ownPathProblems(access, request, ordered),
    ...(edited.operations.length > 0
      ? refusedLines(simulation.facts)
      : startProblems(request, simulation, ordered)),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const titles = new Map(request.fixes.map(({ id, title }) => [id, title]));
  const steps = ordered.map((item, index) => toStep(item, index, titles));
  return {
    ok: true,
    simulation,
    plan: {
      id: request.id,
      targetKey: request.target.key,
      targetLabel: request.target.label,
      clusterId: request.facts.cluster.state === 'collected' ? request.facts.cluster.value.id : '',
      createdAt: request.createdAt,
      chosen: [...request.chosen],
      steps,
      preconditions: preconditionsOf(request.facts, operations),
      cutOff: cutOffOf(access),
      cutOffUnknown: cutOffUnknown(access),
      restart: {
        reasons: steps.flatMap(({ operation }) =>
          operation.kind === 'setting' && operation.effect === 'restart' ? [operation.name] : [],
        ),
        included: operations.some(({ kind }) => kind === 'restart'),
      },
      notReversible: steps.filter(({ reversible }) => !reversible).map(({ title }) => title),
    },
  };
}

function toStep(
  { operation, fixes }: RequestedOperation,
  index: number,
  titles: ReadonlyMap<string, string>,
): PlanStep {
  // Statements say little by themselves: the step is named by what they are for.
  const purpose = operation.kind === 'sql' ? titles.get(fixes[0] ?? '') : undefined;
  return {
    number: index + 1,
    title: purpose ?? titleOf(operation),
    operation,
    fixes: [...fixes],
    effect: effectOf(operation),
    reversible: isReversible(operation),
    guarded: isGuarded(operation),
  };
}

/**
 * The operations of each chosen fix. A fix sees the facts with the earlier fixes done, except pg_hba.conf: its edits are
 * all made by the line numbers of the file as it was inspected.
 */
function requestOperations(
  request: PlanRequest,
): { operations: RequestedOperation[] } | { problems: PlanProblem[] } {
  const operations: RequestedOperation[] = [];
  const problems: PlanProblem[] = [];
  const pillarOf = (fix: AnyFix): number => {
    const pillar = request.findings.find(({ check }) => check === fix.resolves[0])?.pillar ?? 'network';
    return pillarOrder.indexOf(pillar);
  };
  const known = request.chosen.flatMap((choice) => {
    const fix = request.fixes.find(({ id }) => id === choice.fix);
    if (fix === undefined)
      problems.push({ fixes: [choice.fix], message: `There is no fix "${choice.fix}".` });
    return fix === undefined ? [] : [{ fix, choice }];
  });
  // Within a pillar fixes stand in the registry in the order in which one builds on the other.
  const inOrder = [...known].sort(
    (a, b) =>
      pillarOf(a.fix) - pillarOf(b.fix) || request.fixes.indexOf(a.fix) - request.fixes.indexOf(b.fix),
  );
  for (const { fix, choice } of inOrder) {
    const done = operations.map(({ operation }) => operation).filter(({ kind }) => kind !== 'hba');
    const facts = assumeRestart(simulate(request.facts, done).facts, done);
    const missing = fix.needs.map((name) => facts[name]).find(({ state }) => state !== 'collected');
    const finding = findingOf(fix, request.findings);
    if (missing !== undefined && missing.state !== 'collected') {
      problems.push({ fixes: [fix.id], message: `${fix.title}: ${missing.reason}` });
    } else if (finding === undefined) {
      problems.push({ fixes: [fix.id], message: `${fix.title}: there is nothing to fix here.` });
    } else {
      const values = Object.fromEntries(fix.needs.map((name) => [name, valueOf(facts, name)]));
      const planned = fix.plan(values as never, finding, choice.answers, request.preferences, facts);
      const obstacle = planned.ok
        ? managedObstacle(planned.operations, request.facts, request.preferences.editManaged === true)
        : null;
      if (!planned.ok) problems.push({ fixes: [fix.id], message: `${fix.title}: ${planned.reason}` });
      else if (obstacle !== null)
        problems.push({ fixes: [fix.id], message: `${fix.title}: ${obstacle.reason}` });
      else operations.push(...planned.operations.map((operation) => ({ operation, fixes: [fix.id] })));
    }
  }
  return problems.length > 0 ? { problems } : { operations };
}

/** A later fix may build on a setting that an earlier one writes, although only the restart puts it in force. */
function assumeRestart(facts: FactSet, done: readonly Operation[]): FactSet {
  const waits = done.some((operation) => operation.kind === 'setting' && operation.effect === 'restart');
  return waits ? simulate(facts, [{ kind: 'restart', reasons: [] }]).facts : facts;
}

function valueOf(facts: FactSet, name: keyof FactSet): unknown {
  const fact = facts[name];
  return fact.state === 'collected' ? fact.value : undefined;
}

/** The open finding that a fix is for: the first of those that it resolves. */
export function findingOf(fix: AnyFix, findings: readonly Finding[]): Finding | undefined {
  return fix.resolves
    .map((id) => findings.find(({ check }) => check === id))
    .find((finding) => finding !== undefined && isOpen(finding));
}

/** A plan that would refuse the session or the login that it is applied with is no plan. */
function ownPathProblems(
  access: AccessChange,
  { target }: PlanRequest,
  ordered: readonly RequestedOperation[],
): PlanProblem[] {
  const own = target.own ?? { clientAddress: null, sshPort: null };
  return ownPathRefusals(access, own).map((text) => ({
    fixes: guardedFixes(ordered),
    message: `${text} Nobody could undo it from here, so it is not offered.`,
  }));
}

/** With a line in pg_hba.conf that it refuses, a running server keeps its rules, and a stopped one does not start. */
function startProblems(
  { facts }: PlanRequest,
  simulation: Simulation,
  ordered: readonly RequestedOperation[],
): PlanProblem[] {
  const restarts = ordered.some(({ operation }) => operation.kind === 'restart');
  if (!restarts || facts.server.state !== 'collected') return [];
  // A file that the scan could not open is no reason: the server may read it.
  const problem = hbaResolution(simulation.facts, facts.server.value.major)?.problems.find(
    ({ message }) => !message.startsWith('could not open'),
  );
  if (problem === undefined) return [];
  return [
    {
      fixes: guardedFixes(ordered),
      message: `PostgreSQL would not start again: it refuses line ${problem.line} of ${problem.file} (${problem.message}). Correct the line first.`,
    },
  ];
}

const guardedFixes = (ordered: readonly RequestedOperation[]): string[] => [
  ...new Set(ordered.filter(({ operation }) => isGuarded(operation)).flatMap(({ fixes }) => fixes)),
];

function preconditionsOf(facts: FactSet, operations: readonly Operation[]): Precondition[] {
  const preconditions: Precondition[] = [];
  if (facts.server.state === 'collected') {
    const { systemIdentifier, versionNumber } = facts.server.value;
    preconditions.push({ kind: 'server', systemIdentifier, versionNumber });
  }
  const files = facts.configurationFiles.state === 'collected' ? facts.configurationFiles.value : [];
  const seen = new Set<string>();
  const addFile = (path: string, sha256: string | null): void => {
    if (seen.has(path)) return;
    seen.add(path);
    preconditions.push({ kind: 'file', path, sha256 });
  };
  for (const operation of operations) {
    if (
      operation.kind === 'hba' ||
      (operation.kind === 'setting' && operation.via === 'file' && operation.file !== null)
    ) {
      const path = operation.kind === 'hba' ? operation.file : (operation.file ?? '');
      addFile(path, files.find((file) => file.path === path)?.sha256 ?? null);
    } else if (operation.kind === 'file') addFile(operation.path, operation.previousSha256);
    else if (operation.kind === 'certificate') {
      addFile(operation.certificatePath, null);
      addFile(operation.keyPath, null);
    }
    if (operation.kind === 'setting' && !operation.name.includes('.')) {
      preconditions.push({ kind: 'setting', name: operation.name, value: operation.previous.value });
    }
  }
  return preconditions;
}
