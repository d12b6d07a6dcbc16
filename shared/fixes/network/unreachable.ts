import type { HbaRule } from '../../hba/types.ts';
import { contextOfFacts } from '../../checks/support/hba-view.ts';
import { unreachedNote } from '../../checks/support/hba-findings.ts';
import { reachOf } from '../../checks/support/hba-reach.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import { defineFix } from '../define-fix.ts';
import { disableRule, foundRules, hbaPlan } from '../support/hba.ts';
import { allOffered, configurable, notOffered, offered } from '../support/offers.ts';

/** A reject that never counts is meant to count: it has to be moved, which only a person can decide. */
const isRefusal = ({ method }: HbaRule): boolean => method === 'reject';

export const disableUnreachable = defineFix({
  id: 'disable-unreachable',
  resolves: ['hba-shadowed'],
  title: 'Comment out the rules that are never reached',
  description:
    'Each such line gets a # in front of it and a note. Nobody notices, as these lines decide nothing. Lines that reject are left for you: they were meant to stand further up.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['configurationFiles', 'cluster'],
  offer: (facts, finding) => {
    const found = foundRules(facts, finding);
    if (found === null) return notOffered('pg_hba.conf could not be read.');
    return allOffered(
      configurable(facts.cluster),
      found.rules.every(isRefusal)
        ? notOffered(
            'These lines reject. Moving them up would refuse clients that get in today: decide by hand.',
          )
        : offered,
    );
  },
  choices: () => [],
  plan(facts, finding, _answers, _preferences, all) {
    const found = foundRules(facts, finding);
    if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
    const { view, rules } = found;
    const context = contextOfFacts(all);
    const edits: HbaEdit[] = rules
      .filter((rule) => !isRefusal(rule))
      .map((rule) =>
        disableRule(rule, unreachedNote(view, reachOf(view.rules, rule, context)) ?? 'never reached'),
      );
    return hbaPlan(facts.cluster.major, edits);
  },
});
