import type { FactSet } from '../facts/facts.ts';
import { severities, type Finding, type Severity } from '../findings/finding.ts';
import { joinAnswer } from '../fixes/answers.ts';
import type { AnyFix, Answers, Choice, FixPreferences } from '../fixes/define-fix.ts';
import { isOpen } from '../report/score.ts';
import { isManaged, managedObstacle } from './managed.ts';
import { buildPlan, findingOf, type PlanRequest } from './build-plan.ts';
import type { CutOff, FixChoice } from './plan.ts';
import type { Effect } from './operation.ts';

/** A fix as offered for what was found on this target; the contract's fixOfferSchema has the same shape. */
export interface Offer {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly resolves: string[];
  readonly severity: Severity;
  readonly effect: Effect;
  readonly reversible: boolean;
  readonly cutsOff: boolean;
  readonly safe: boolean;
  readonly choices: Choice[];
  readonly wouldRefuse: CutOff[] | null;
  readonly unavailable: string | null;
}

export type OfferContext = Omit<PlanRequest, 'chosen' | 'includeRestart'>;

/** The answers that stand when the person changes nothing. */
export function defaultAnswers(choices: readonly Choice[]): Answers {
  return Object.fromEntries(choices.map((choice) => [choice.key, defaultAnswer(choice)]));
}

function defaultAnswer(choice: Choice): string {
  if (choice.kind === 'text') return choice.value;
  const chosen = choice.options.filter((option) => option.chosen).map((option) => option.value);
  if (choice.kind === 'one') return chosen[0] ?? choice.options[0]?.value ?? '';
  return joinAnswer(chosen);
}

/** Why a fix cannot be offered for a finding; null when it can. */
function unavailable(
  fix: AnyFix,
  finding: Finding,
  facts: FactSet,
  preferences: FixPreferences,
): string | null {
  const values = neededValues(fix, facts);
  if (typeof values === 'string') return values;
  const offer = fix.offer(values, finding, facts);
  if (!offer.ok) return offer.reason;
  if (!isManaged(facts)) return null;
  const answers = defaultAnswers(fix.choices(values, finding, facts));
  const planned = fix.plan(values, finding, answers, preferences, facts);
  if (!planned.ok) return null;
  return managedObstacle(planned.operations, facts, preferences.editManaged === true)?.reason ?? null;
}

function neededValues(fix: AnyFix, facts: FactSet): never | string {
  for (const name of fix.needs) {
    const fact = facts[name];
    if (fact.state !== 'collected') return fact.reason;
  }
  return Object.fromEntries(
    fix.needs.map((name) => [name, (facts[name] as { value: unknown }).value]),
  ) as never;
}

/** Findings with the ids of the fixes that can be offered for each on this target. */
export function withFixes(findings: readonly Finding[], fixes: readonly AnyFix[], facts: FactSet): Finding[] {
  const offered = fixes.filter((fix) => {
    const finding = findingOf(fix, findings);
    return (
      finding !== undefined && unavailable(fix, finding, facts, { settingsVia: 'alter-system' }) === null
    );
  });
  return findings.map((finding) =>
    finding.status === 'fail'
      ? {
          ...finding,
          fixes: offered.filter(({ resolves }) => resolves.includes(finding.check)).map(({ id }) => id),
        }
      : finding,
  );
}

/** Every fix that belongs to an open finding, the worst finding first; those that cannot be offered say why. */
export function offersFor(context: OfferContext): Offer[] {
  const safe = new Set(chooseSafe(context, { includeRestart: true }).map(({ fix }) => fix));
  const offers = context.fixes.flatMap((fix) => {
    const finding = findingOf(fix, context.findings);
    return finding === undefined ? [] : [offerOf(fix, finding, context, safe)];
  });
  return offers.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function offerOf(fix: AnyFix, finding: Finding, context: OfferContext, safe: ReadonlySet<string>): Offer {
  const values = neededValues(fix, context.facts);
  const reason = unavailable(fix, finding, context.facts, context.preferences);
  const choices =
    typeof values === 'string' || reason !== null ? [] : fix.choices(values, finding, context.facts);
  const alone =
    reason === null
      ? planWith(context, [{ fix: fix.id, answers: { ...defaultAnswers(choices) } }], true)
      : null;
  const resolved = context.findings.filter((each) => fix.resolves.includes(each.check) && isOpen(each));
  const worst =
    severities.find((severity) => resolved.some((each) => each.severity === severity)) ?? finding.severity;
  return {
    id: fix.id,
    title: fix.title,
    description: fix.description,
    resolves: resolved.map(({ check }) => check),
    severity: worst,
    effect: fix.effect,
    reversible: fix.reversible,
    cutsOff: fix.cutsOff,
    safe: safe.has(fix.id),
    choices: [...choices],
    wouldRefuse: alone?.ok === true ? alone.plan.cutOff : null,
    unavailable: reason,
  };
}

function planWith(
  context: OfferContext,
  chosen: readonly FixChoice[],
  includeRestart: boolean,
): ReturnType<typeof buildPlan> {
  return buildPlan({ ...context, chosen, includeRestart });
}

/**
 * All that are safe: each can be undone, is safe by its own judgement, fits into one plan with the others, and nobody who
 * was seen would be refused. Fixes that need a restart are among them only when a restart is wanted.
 */
export function chooseSafe(
  context: OfferContext,
  options: { readonly includeRestart: boolean },
): FixChoice[] {
  const rank = (fix: AnyFix): number => {
    const finding = findingOf(fix, context.findings);
    // What others build on (TLS before the rules that demand it) has to be in the plan first.
    return finding?.pillar === 'transport' ? 0 : finding?.pillar === 'network' ? 2 : 1;
  };
  const chosen: FixChoice[] = [];
  for (const fix of [...context.fixes].sort((a, b) => rank(a) - rank(b))) {
    const finding = findingOf(fix, context.findings);
    if (finding === undefined || !fix.safe || !fix.reversible) continue;
    if (fix.effect === 'restart' && !options.includeRestart) continue;
    const values = neededValues(fix, context.facts);
    if (typeof values === 'string' || !fix.offer(values, finding, context.facts).ok) continue;
    if (fix.safeFor !== undefined && !fix.safeFor(values, finding, context.facts)) continue;
    const candidate = [
      ...chosen,
      { fix: fix.id, answers: { ...defaultAnswers(fix.choices(values, finding, context.facts)) } },
    ];
    const built = planWith(context, candidate, options.includeRestart);
    if (built.ok && built.plan.cutOff.length === 0 && built.plan.notReversible.length === 0)
      chosen.push(...candidate.slice(-1));
  }
  return chosen;
}
