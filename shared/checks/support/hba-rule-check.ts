import { z } from 'zod';
import type { FactName, FactSet } from '../../facts/facts.ts';
import type { Setting } from '../../facts/cluster.ts';
import type { Severity } from '../../findings/finding.ts';
import type { HbaContext } from '../../hba/match.ts';
import type { HbaRule } from '../../hba/types.ts';
import { defineCheck } from '../define-check.ts';
import type { AnyCheck, CheckTexts } from '../define-check.ts';
import { failRules, liveReach, unreachedNote } from './hba-findings.ts';
import { contextOfFacts, judgeRules, ruleReach } from './hba-view.ts';
import type { HbaView } from './hba-view.ts';
import { isLocalOnly, listening } from './listening.ts';

/** What is wrong with one rule, and how much. */
export interface RuleObjection {
  readonly severity: Severity;
  readonly note: string;
}

/** What a row of the table may look at besides the rule itself. */
export interface RuleState<P> {
  readonly view: HbaView;
  readonly context: HbaContext;
  readonly settings: readonly Setting[];
  readonly facts: FactSet;
  readonly parameters: P;
}

/** A check that objects to single rules of pg_hba.conf: what differs from the others of its kind. */
export interface RuleCheck<P> extends CheckTexts {
  readonly id: string;
  readonly severity: Severity;
  /** Facts without which it cannot judge, besides the files, the cluster and the settings. */
  readonly needs?: readonly FactName[];
  readonly parameters?: z.ZodType<P>;
  /** Why it is not about servers of this version; null when it is. */
  readonly since?: (major: number) => string | null;
  readonly objection: (rule: HbaRule, state: RuleState<P>) => RuleObjection | null;
  /** The summary when no rule is objected to. */
  readonly none: string;
  /** The end of the title behind `One rule` and `Three rules`. */
  readonly one: string;
  readonly many: string;
  /** What is said behind the list of lines. */
  readonly because: string;
}

/** `ldaptls` → `1`: the last value of an option, as the server takes it; null when the rule has none. */
export function optionOf({ options }: HbaRule, name: string): string | null {
  return options.findLast((option) => option.name === name)?.value ?? null;
}

/**
 * The check of one row: it fails for the rules that the row objects to. A rule that nobody comes to, because earlier ones
 * decide or the server does not listen there, weighs little.
 */
export function hbaRuleCheck<P = Record<string, never>>(row: RuleCheck<P>): AnyCheck {
  const { id, severity, titles, why, misuse, byHand, references } = row;
  return defineCheck<FactName, P, FactName>({
    id,
    pillar: 'network',
    severity,
    titles,
    why,
    misuse,
    byHand,
    references,
    needs: ['configurationFiles', 'cluster', 'settings', ...(row.needs ?? [])],
    uses: ['roles', 'memberships', 'databases', 'interfaces', 'sessions'],
    parameters: row.parameters ?? (z.object({}) as unknown as z.ZodType<P>),
    judge({ configurationFiles, cluster, settings }, { parameters }, facts) {
      const reason = row.since?.(cluster.major) ?? null;
      if (reason !== null) return { status: 'not-applicable', summary: reason };
      const context = contextOfFacts(facts);
      const heard = listening(settings);
      return judgeRules(configurationFiles, cluster.major, (view) => {
        const state = { view, context, settings, facts, parameters };
        const found = view.rules.flatMap((rule) => {
          const objection = row.objection(rule, state);
          if (objection === null) return [];
          const unheard =
            heard !== null &&
            (ruleReach(rule) === 'remote'
              ? isLocalOnly(heard)
              : rule.type !== 'local' && heard.scope === 'none');
          const idle =
            unreachedNote(view, liveReach(view, rule, context, settings)) ??
            (unheard ? 'the server does not listen there now' : null);
          return idle === null
            ? { rule, ...objection }
            : { rule, severity: 'low' as const, note: `${objection.note}; ${idle}` };
        });
        if (found.length === 0) return { status: 'pass', summary: row.none, evidence: [] };
        return failRules({ view, found, one: row.one, many: row.many, because: row.because });
      });
    },
  });
}
