import { isOn } from '../../checks/support/settings.ts';
import { defineFix } from '../define-fix.ts';
import { clientsOfRules } from '../support/clients.ts';
import { changeRule, foundRules, hbaPlan } from '../support/hba.ts';
import { allOffered, configurable, notOffered, offered } from '../support/offers.ts';

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
    return allOffered(
      configurable(facts.cluster),
      found.rules.length === 0
        ? notOffered(
            'Every remote rule requires TLS now. These sessions are older: let their clients log in anew.',
          )
        : offered,
    );
  },
  choices: () => [],
  plan(facts, finding) {
    const found = foundRules(facts, finding);
    if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
    if (!isOn(facts.settings, 'ssl')) {
      return { ok: false, reason: 'TLS is off, so nobody could log in. Choose "Switch TLS on" too.' };
    }
    return hbaPlan(
      facts.cluster.major,
      found.rules.map((rule) => changeRule(rule, { type: 'hostssl' })),
    );
  },
});
