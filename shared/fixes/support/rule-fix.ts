import type { HbaView } from '../../checks/support/hba-view.ts';
import type { FactName, FactSet } from '../../facts/facts.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import type { HbaRule } from '../../hba/types.ts';
import type { AnyFix, Answers, Choice, Fix } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import { foundRules, hbaPlan } from './hba.ts';
import { notOffered, offered } from './offers.ts';
import type { OfferAnswer } from './offers.ts';

/** The rules of pg_hba.conf that a check objects to. */
export interface Found {
  readonly view: HbaView;
  readonly rules: readonly HbaRule[];
}

/** A fix that edits single rules: what differs from the others of its kind. */
export interface RuleFix {
  readonly id: string;
  readonly check: string;
  readonly title: string;
  readonly description: string;
  readonly needs?: readonly FactName[];
  /** Whether it can cut anybody off; rules that decide nothing can go unnoticed. */
  readonly cutsOff: boolean;
  readonly safe: boolean;
  readonly safeFor?: (found: Found, all: FactSet) => boolean;
  readonly offer?: (found: Found, all: FactSet) => OfferAnswer;
  readonly choices?: (found: Found, all: FactSet) => readonly Choice[];
  /** The edits, or why there can be none. */
  readonly edits: (found: Found, answers: Answers, all: FactSet) => readonly HbaEdit[] | string;
}

const unreadable = 'pg_hba.conf could not be read.';

/** The fix of one row: each rule that its check objects to is edited. */
export function ruleFix(row: RuleFix): AnyFix {
  const { id, check, title, description, cutsOff, safe, safeFor } = row;
  const fix: Fix<FactName> = {
    id,
    resolves: [check],
    title,
    description,
    effect: 'reload',
    reversible: true,
    cutsOff,
    safe,
    needs: ['configurationFiles', 'cluster', ...(row.needs ?? [])],
    offer(facts, finding, all) {
      const found = foundRules(facts, finding);
      return found === null ? notOffered(unreadable) : (row.offer?.(found, all) ?? offered);
    },
    choices(facts, finding, all) {
      const found = foundRules(facts, finding);
      return found === null ? [] : (row.choices?.(found, all) ?? []);
    },
    plan(facts, finding, answers, _preferences, all) {
      const found = foundRules(facts, finding);
      if (found === null) return { ok: false, reason: unreadable };
      const edits = row.edits(found, answers, all);
      return typeof edits === 'string' ? { ok: false, reason: edits } : hbaPlan(facts.cluster.major, edits);
    },
  };
  return defineFix(
    safeFor === undefined
      ? fix
      : {
          ...fix,
          safeFor(facts, finding, all) {
            const found = foundRules(facts, finding);
            return found !== null && safeFor(found, all);
          },
        },
  );
}
