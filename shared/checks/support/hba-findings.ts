import type { Setting } from '../../facts/cluster.ts';
import type { Evidence, Severity } from '../../findings/finding.ts';
import { severities } from '../../findings/finding.ts';
import type { HbaContext } from '../../hba/match.ts';
import type { HbaRule } from '../../hba/types.ts';
import type { Judgement } from '../define-check.ts';
import { tableEvidence } from './evidence.ts';
import { reachOf } from '../../hba/reach.ts';
import type { RuleReach, Transport } from '../../hba/reach.ts';
import { addressWords, ruleEvidence, rulePlace, ruleSubject, ruleText } from './hba-view.ts';
import type { HbaView } from './hba-view.ts';
import { isOn } from './settings.ts';
import { countOf, listOf } from './words.ts';

/** A rule that a check objects to, how much, and why in a few words. */
export interface FoundRule {
  readonly rule: HbaRule;
  readonly severity: Severity;
  readonly note: string;
}

/** The transports that this server has: without `ssl` no rule matches an encrypted connection by TLS. */
export function liveTransports(settings: readonly Setting[]): readonly Transport[] {
  return isOn(settings, 'ssl') ? ['local', 'tcp-plain', 'tls', 'gss'] : ['local', 'tcp-plain', 'gss'];
}

/** Why nobody comes to a rule, or null when somebody does. */
export function unreachedNote(view: HbaView, { transports, takenBy }: RuleReach): string | null {
  if (transports.length > 0) return null;
  return takenBy.length === 0
    ? 'cannot match while ssl is off'
    : `never reached behind ${listOf(takenBy.map((one) => rulePlace(view, one)))}`;
}

/** What still comes to a rule on the transports of this server. */
export function liveReach(
  view: HbaView,
  rule: HbaRule,
  context: HbaContext,
  settings: readonly Setting[],
): RuleReach {
  return reachOf(view.rules, rule, context, { transports: liveTransports(settings) });
}

/** The worst of the severities. */
export function worstOf(found: readonly { readonly severity: Severity }[]): Severity {
  return severities.find((one) => found.some(({ severity }) => severity === one)) ?? 'info';
}

export interface RuleFailure {
  readonly view: HbaView;
  readonly found: readonly FoundRule[];
  /** The end of the title behind `One rule` and `Three rules`: `asks for no password`, `ask for no password`. */
  readonly one: string;
  readonly many: string;
  /** What is said after the list of lines. */
  readonly because: string;
  readonly more?: readonly Evidence[];
  /** A title in place of the counted one. */
  readonly title?: string;
}

/** A failure about rules: the lines as evidence, a row for each, one subject a line. */
export function failRules({ view, found, one, many, because, more, title }: RuleFailure): Judgement {
  const rules = found.map(({ rule }) => rule);
  const places = listOf(rules.map((rule) => `${rulePlace(view, rule)} (${addressWords(rule)})`));
  return {
    status: 'fail',
    title: title ?? `${countOf(found.length, 'rule')} ${found.length === 1 ? one : many}`,
    summary: `In pg_hba.conf, ${places}: ${because}.`,
    evidence: [
      ...ruleEvidence(view, rules),
      ...(found.some(({ note }) => note !== '')
        ? [
            tableEvidence(
              ['Line', 'Rule', 'Note'],
              found.map(({ rule, note }) => [rulePlace(view, rule), ruleText(rule, view.major), note]),
            ),
          ]
        : []),
      ...(more ?? []),
    ],
    subjects: rules.map(ruleSubject),
    severity: worstOf(found),
  };
}
