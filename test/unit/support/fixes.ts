import type { AnyCheck } from '../../../shared/checks/define-check.ts';
import { networkChecks } from '../../../shared/checks/network/index.ts';
import { transportChecks } from '../../../shared/checks/transport/index.ts';
import type { FactSet } from '../../../shared/facts/facts.ts';
import type { Finding } from '../../../shared/findings/finding.ts';
import type { AnyFix, Answers, Choice, FixPlan, FixPreferences } from '../../../shared/fixes/define-fix.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { defaultAnswers } from '../../../shared/plan/offers.ts';
import { simulate } from '../../../shared/plan/simulate.ts';
import { judge, valueOf } from './facts.ts';

const alterSystem: FixPreferences = { settingsVia: 'alter-system' };

export interface TriedFix {
  /** The open finding that the fix is for. */
  readonly finding: Finding;
  /** Why it is not offered; null when it is. */
  readonly refused: string | null;
  readonly safe: boolean;
  readonly choices: readonly Choice[];
  readonly plan: (answers?: Answers, preferences?: FixPreferences) => FixPlan;
}

/** The needed facts of a fix, all of which have to be collected. */
function needed(fix: AnyFix, facts: FactSet): never {
  return Object.fromEntries(fix.needs.map((name) => [name, valueOf(facts, name)])) as never;
}

/** Judges the checks of a fix and offers it for the first that fails, as the planner does. */
export function tryFix(
  fix: AnyFix,
  facts: FactSet,
  checks: readonly AnyCheck[] = [...networkChecks, ...transportChecks],
): TriedFix {
  const finding = fix.resolves
    .map((id) => checks.find((check) => check.id === id))
    .map((check) => check && judge(check, facts))
    .find((one) => one?.status === 'fail');
  if (finding === undefined) throw new Error(`nothing that ${fix.id} settles has failed`);
  const values = needed(fix, facts);
  const offer = fix.offer(values, finding, facts);
  const choices = offer.ok ? fix.choices(values, finding, facts) : [];
  return {
    finding,
    refused: offer.ok ? null : offer.reason,
    safe: fix.safe && (fix.safeFor?.(values, finding, facts) ?? true),
    choices,
    plan: (answers = {}, preferences = alterSystem) =>
      fix.plan(values, finding, { ...defaultAnswers(choices), ...answers }, preferences, facts),
  };
}

/** The operations of a plan that has to work out. */
export function operationsOf(plan: FixPlan): readonly Operation[] {
  if (!plan.ok) throw new Error(`refused: ${plan.reason}`);
  return plan.operations;
}

/** The facts that are predicted once the operations ran, and PostgreSQL was restarted where one needs it. */
export function afterOperations(facts: FactSet, operations: readonly Operation[]): FactSet {
  const waits = operations.some(
    (operation) => operation.kind === 'setting' && operation.effect === 'restart',
  );
  const restart: readonly Operation[] = waits ? [{ kind: 'restart', reasons: [] }] : [];
  return simulate(facts, [...operations, ...restart]).facts;
}

/** The text of pg_hba.conf in the facts, without comments, one blank between its words. */
export function hbaLines(facts: FactSet): readonly string[] {
  const text = valueOf(facts, 'configurationFiles').find(({ role }) => role === 'pg_hba.conf')?.text ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/\s+/g, ' ').trim());
}
