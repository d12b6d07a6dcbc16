import type { FactSet } from '../../facts/facts.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import type { HbaRule } from '../../hba/types.ts';
import { contextOfFacts } from '../../checks/support/hba-view.ts';
import { unreachedNote } from '../../checks/support/hba-findings.ts';
import { reachOf } from '../../hba/reach.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import { defineFix } from '../define-fix.ts';
import { disableRule, foundRules, hbaPlan } from '../support/hba.ts';
import { notOffered, offered } from '../support/offers.ts';

/** A reject that never counts is meant to count: it has to be moved, which only a person can decide. */
const isRefusal = ({ method }: HbaRule): boolean => method === 'reject';

const acceptsAnyone = ({ address, method }: HbaRule): boolean =>
  method !== 'reject' &&
  (address?.kind === 'all' || (address?.kind === 'network' && address.prefix !== null && address.prefix < 4));

/**
 * The lines that can go. A line behind a rule for any address stays: that rule is what has to go, and once it is
 * narrowed the line counts again.
 */
function superfluous(view: HbaView, rules: readonly HbaRule[], all: FactSet): readonly HbaEdit[] {
  const context = contextOfFacts(all);
  return rules.flatMap((rule) => {
    const reach = reachOf(view.rules, rule, context);
    if (isRefusal(rule) || (!acceptsAnyone(rule) && reach.takenBy.some(acceptsAnyone))) return [];
    return disableRule(rule, unreachedNote(view, reach) ?? 'never reached');
  });
}

export const disableUnreachable = defineFix({
  id: 'disable-unreachable',
  resolves: ['hba-shadowed'],
  title: 'Comment out the rules that are never reached',
  description:
    'Each such line gets a # in front of it and a note. Nobody notices, as these lines decide nothing. Lines that reject are left for you: they were meant to stand further up. Lines behind a rule for any address stay too: they count again once that rule is narrowed.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['configurationFiles', 'cluster'],
  offer: (facts, finding, all) => {
    const found = foundRules(facts, finding);
    if (found === null) return notOffered('pg_hba.conf could not be read.');
    if (superfluous(found.view, found.rules, all).length > 0) return offered;
    return notOffered(
      found.rules.every(isRefusal)
        ? 'These lines reject. Moving them up would refuse clients that get in today: decide by hand.'
        : 'A rule for any address stands in front. Narrow that one, and these lines count again.',
    );
  },
  choices: () => [],
  plan(facts, finding, _answers, _preferences, all) {
    const found = foundRules(facts, finding);
    if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
    return hbaPlan(facts.cluster.major, superfluous(found.view, found.rules, all));
  },
});
