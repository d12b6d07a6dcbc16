import {
  clientsSeen,
  enter,
  refusedClients,
  type AccessState,
  type Client,
  type RefusedClient,
} from '../access/cut-off.ts';
import type { FactSet } from '../facts/facts.ts';
import type { Finding } from '../findings/finding.ts';
import { isOpen } from '../report/score.ts';
import type { AnyFix, FixPreferences } from '../fixes/define-fix.ts';
import { mergeOperations, type RequestedOperation } from './merge.ts';
import type { Operation } from './operation.ts';
import { effectOf, isGuarded, isReversible, orderOperations, titleOf } from './order.ts';
import type { CutOff, FixChoice, Plan, PlanStep, Precondition } from './plan.ts';
import { hbaRules, simulate, type Simulation } from './simulate.ts';

export interface PlanRequest {
  readonly facts: FactSet;
  readonly findings: readonly Finding[];
  readonly fixes: readonly AnyFix[];
  readonly chosen: readonly FixChoice[];
  readonly preferences: FixPreferences;
  /** Restart within the plan when a setting needs it; otherwise it waits for a restart that the person makes. */
  readonly includeRestart: boolean;
  /** Sortable and unique: the plan's id becomes the run's. */
  readonly id: string;
  readonly createdAt: string;
  readonly target: { readonly key: string; readonly label: string };
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
  const merged = mergeOperations(requested.operations);
  if (!merged.ok) return { ok: false, problems: merged.conflicts };
  const ordered = orderOperations(merged.operations, { includeRestart: request.includeRestart });
  const operations = ordered.map(({ operation }) => operation);
  const simulation = simulate(request.facts, operations);
  const problems = ownPathProblems(request.facts, simulation.facts, ordered);
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
      cutOff: cutOffOf(request.facts, simulation.facts, operations),
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
      if (planned.ok)
        operations.push(...planned.operations.map((operation) => ({ operation, fixes: [fix.id] })));
      else problems.push({ fixes: [fix.id], message: `${fix.title}: ${planned.reason}` });
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

function accessState(facts: FactSet, operations: readonly Operation[]): AccessState | null {
  const major = facts.server.state === 'collected' ? facts.server.value.major : null;
  const rules = major === null ? null : hbaRules(facts, major);
  const firewall = operations.find((operation) => operation.kind === 'firewall');
  return rules === null
    ? null
    : { facts, rules, firewallAllows: firewall?.kind === 'firewall' ? firewall.allow : null };
}

function refused(
  before: FactSet,
  after: FactSet,
  operations: readonly Operation[],
): readonly RefusedClient[] {
  const was = accessState(before, []);
  const is = accessState(after, operations);
  return was === null || is === null ? [] : refusedClients(was, is, clientsSeen(before));
}

function cutOffOf(before: FactSet, after: FactSet, operations: readonly Operation[]): CutOff[] {
  return refused(before, after, operations).map(({ client, because, certainty }) => ({
    role: client.role,
    database: client.database,
    address: client.address,
    transport:
      client.address === null
        ? 'Unix socket'
        : client.tls === null
          ? 'TCP'
          : client.tls
            ? 'TLS'
            : 'TCP without TLS',
    seen: seenText(client),
    because,
    certainty,
  }));
}

function seenText(client: Client): string {
  const parts = [
    client.sessionsNow > 0
      ? `${client.sessionsNow} ${client.sessionsNow === 1 ? 'session' : 'sessions'} now`
      : '',
    client.logins > 0 ? `${client.logins} ${client.logins === 1 ? 'login' : 'logins'} in the log` : '',
    client.lastAt === null ? '' : `last ${client.lastAt.slice(0, 16).replace('T', ' ')}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** A plan that would refuse the session that it is applied with is no plan. */
function ownPathProblems(
  before: FactSet,
  after: FactSet,
  ordered: readonly RequestedOperation[],
): PlanProblem[] {
  const operations = ordered.map(({ operation }) => operation);
  const was = accessState(before, []);
  const is = accessState(after, operations);
  if (was === null || is === null || before.server.state !== 'collected') return [];
  const { role, connection } = before.server.value;
  const own: Client = {
    role,
    database: 'postgres',
    address: connection === 'tcp' ? '127.0.0.1' : null,
    tls: connection === 'tcp' ? null : false,
    replication: false,
    sessionsNow: 1,
    logins: 0,
    lastAt: null,
  };
  const present = enter(was, own, null);
  const later = present.verdict === 'allowed' ? enter(is, own, present.rule) : present;
  // Where the own session asks for a password, it has it: only a certain refusal counts.
  if (later.verdict === 'allowed' || present.verdict === 'refused' || later.certainty === 'possible')
    return [];
  const causes = ordered.filter(({ operation }) => isGuarded(operation)).flatMap(({ fixes }) => fixes);
  return [
    {
      fixes: [...new Set(causes)],
      message: `This plan would refuse Portcullis itself (role ${role}): ${later.because}. Nobody could undo it from here, so it is not offered.`,
    },
  ];
}

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
