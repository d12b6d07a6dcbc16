import type { Setting } from '../../facts/cluster.ts';
import type { HbaContext } from '../../hba/match.ts';
import type { HbaRule } from '../../hba/types.ts';
import { liveReach } from './hba-findings.ts';
import type { HbaView } from './hba-view.ts';

/** Rules that let somebody in on the transports of this server, and that somebody still comes to. */
export function rulesThatLetIn(
  view: HbaView,
  context: HbaContext,
  settings: readonly Setting[],
): readonly HbaRule[] {
  return view.rules.filter(
    (rule) => rule.method !== 'reject' && liveReach(view, rule, context, settings).transports.length > 0,
  );
}
