import type { Fact } from '../facts/fact.ts';
import type { FactName, FactSet } from '../facts/facts.ts';
import type { Finding, Waiver } from '../findings/finding.ts';
import type { AnyCheck, Judgement, NeededFacts } from './define-check.ts';

export interface RunChecksOptions {
  readonly checks: readonly AnyCheck[];
  /** Parameters by check id, from the profile; a check without an entry uses its own defaults. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly waivers: readonly Waiver[];
  /** ISO 8601 */
  readonly now: string;
}

/**
 * Judges facts. Every check gives exactly one finding: a fact that is missing makes it `not-assessed` with the fact's
 * own reason, a check that throws makes it `not-assessed` with the error, never a pass.
 */
export function runChecks(facts: FactSet, options: RunChecksOptions): Finding[] {
  return options.checks.map((check) => toFinding(check, judge(check, facts, options), options));
}

function judge(check: AnyCheck, facts: FactSet, options: RunChecksOptions): Judgement {
  const needed: Record<string, unknown> = {};
  for (const name of check.needs) {
    const fact: Fact<unknown> = facts[name];
    if (fact.state !== 'collected') return { status: 'not-assessed', summary: fact.reason };
    needed[name] = fact.value;
  }
  try {
    const parameters = check.parameters.parse(options.parameters[check.id] ?? {});
    return check.judge(needed as NeededFacts<FactName>, { parameters, now: options.now }, facts);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { status: 'not-assessed', summary: `The check itself failed: ${reason}` };
  }
}

function toFinding(check: AnyCheck, judgement: Judgement, options: RunChecksOptions): Finding {
  const failed = judgement.status === 'fail';
  return {
    check: check.id,
    pillar: check.pillar,
    status: judgement.status,
    severity: (failed ? judgement.severity : undefined) ?? check.severity,
    title: titleOf(check, judgement),
    summary: judgement.summary,
    subjects: failed ? [...judgement.subjects] : [],
    evidence: [...(judgement.evidence ?? [])],
    why: check.why,
    misuse: [...check.misuse],
    byHand: [...check.byHand],
    fixes: [],
    references: check.references,
    waiver: failed ? waiverFor(check.id, judgement.subjects, options) : null,
  };
}

function titleOf(check: AnyCheck, judgement: Judgement): string {
  if (judgement.status === 'fail') return judgement.title ?? check.titles.fail;
  return judgement.status === 'pass' ? check.titles.pass : check.titles.topic;
}

/** A waiver counts while its day has not passed and it covers every subject that was found. */
function waiverFor(
  check: string,
  subjects: readonly { name: string }[],
  options: RunChecksOptions,
): Waiver | null {
  const today = options.now.slice(0, 10);
  const covering = options.waivers.find(
    (waiver) =>
      waiver.check === check &&
      waiver.until >= today &&
      (waiver.subjects.length === 0 || subjects.every((subject) => waiver.subjects.includes(subject.name))),
  );
  return covering ?? null;
}
