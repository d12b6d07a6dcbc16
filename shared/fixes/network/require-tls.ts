import { reachOf } from '../../hba/reach.ts';
import { contextOfFacts, ruleReach } from '../../checks/support/hba-view.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import { isOn } from '../../checks/support/settings.ts';
import type { HbaContext } from '../../hba/match.ts';
import type { HbaRule } from '../../hba/types.ts';
import { defineFix } from '../define-fix.ts';
import { clientsOfRules } from '../support/clients.ts';
import { changeRule, foundRules, hbaPlan } from '../support/hba.ts';
import { notOffered, offered } from '../support/offers.ts';

/**
 * The rules that have to change. With each change a rule behind it may come into reach of plain connections, so it is
 * asked again until none is left.
 */
function plainRules(view: HbaView, found: readonly HbaRule[], context: HbaContext): readonly HbaRule[] {
  let changed = new Set(found);
  for (;;) {
    const rules = view.rules.map((rule) =>
      changed.has(rule) ? { ...rule, type: 'hostssl' as const } : rule,
    );
    const more = view.rules.filter((rule, index) => {
      const now = rules[index];
      if (now === undefined || changed.has(rule) || rule.method === 'reject' || ruleReach(rule) !== 'remote')
        return false;
      return reachOf(rules, now, context, { transports: ['tcp-plain'] }).transports.length > 0;
    });
    if (more.length === 0) return view.rules.filter((rule) => changed.has(rule));
    changed = new Set([...changed, ...more]);
  }
}

export const requireTlsRemote = defineFix({
  id: 'require-tls-remote',
  resolves: ['hba-nontls-remote', 'tls-live-plain'],
  title: 'Require TLS on remote rules',
  description:
    'host becomes hostssl on each line for other machines. Clients that use TLS already notice nothing; the others would be refused at their next login.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['configurationFiles', 'cluster', 'settings'],
  safeFor: (facts, finding, all) => {
    const found = foundRules(facts, finding);
    if (found === null) return false;
    // Connections encrypted by GSSAPI match host lines too, and would not match hostssl.
    const gss = all.sessions.state !== 'collected' || all.sessions.value.some((session) => session.gss);
    return !gss && clientsOfRules(found.view, found.rules, all).every(({ tls }) => tls === true);
  },
  offer: (facts, finding) => {
    const found = foundRules(facts, finding);
    if (found === null) return notOffered('pg_hba.conf could not be read.');
    return found.rules.length === 0
      ? notOffered(
          'Every remote rule requires TLS now. These sessions are older: let their clients log in anew.',
        )
      : offered;
  },
  choices: () => [],
  plan(facts, finding, _answers, _preferences, all) {
    const context = contextOfFacts(all);
    const found = foundRules(facts, finding);
    if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
    if (!isOn(facts.settings, 'ssl')) {
      return { ok: false, reason: 'TLS is off, so nobody could log in. Choose "Switch TLS on" too.' };
    }
    return hbaPlan(
      facts.cluster.major,
      plainRules(found.view, found.rules, context).map((rule) => changeRule(rule, { type: 'hostssl' })),
    );
  },
});
