import type { AnyFix } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import type { HbaRule } from '../../hba/types.ts';
import { isOn } from '../../checks/support/settings.ts';
import { listOf } from '../../checks/support/words.ts';
import { losingRoles } from '../support/clients.ts';
import { changeRule, foundRules, hbaPlan } from '../support/hba.ts';
import { allOffered, configurable, notOffered, offered } from '../support/offers.ts';

interface ScramFix {
  readonly id: string;
  readonly check: string;
  readonly title: string;
  readonly description: string;
  /** The rules of the finding whose method is replaced; the others are asked for TLS instead. */
  readonly takes: (rule: HbaRule) => boolean;
}

const unreadable = 'pg_hba.conf could not be read.';

/** Puts scram-sha-256 in the place of another method, on the lines that a check found. */
function scramFix({ id, check, title, description, takes }: ScramFix): AnyFix {
  return defineFix({
    id,
    resolves: [check],
    title,
    description,
    effect: 'reload',
    reversible: true,
    cutsOff: true,
    safe: true,
    needs: ['configurationFiles', 'cluster', 'settings'],
    safeFor: (facts, finding, all) => {
      const found = foundRules(facts, finding);
      return found !== null && losingRoles(found.view, found.rules.filter(takes), all).length === 0;
    },
    offer: (facts, finding) =>
      allOffered(
        configurable(facts.cluster),
        foundRules(facts, finding) === null ? notOffered(unreadable) : offered,
      ),
    choices: () => [],
    plan(facts, finding) {
      const found = foundRules(facts, finding);
      if (found === null) return { ok: false, reason: unreadable };
      const others = found.rules.filter((rule) => !takes(rule) && rule.type !== 'hostssl');
      if (others.length > 0 && !isOn(facts.settings, 'ssl')) {
        const methods = listOf([...new Set(others.map(({ method }) => method))]);
        return {
          ok: false,
          reason: `${methods} has to go through TLS, which is off. Choose "Switch TLS on" too.`,
        };
      }
      return hbaPlan(facts.cluster.major, [
        ...found.rules.filter(takes).map((rule) => changeRule(rule, { method: 'scram-sha-256' })),
        ...others.map((rule) => changeRule(rule, { type: 'hostssl' })),
      ]);
    },
  });
}

export const askTcpForPassword = scramFix({
  id: 'trust-to-scram',
  check: 'hba-trust-host',
  title: 'Ask TCP clients for a password',
  description:
    'trust becomes scram-sha-256 on each TCP line that has it. Roles that were never asked for a password need one stored as SCRAM, and their programs need to know it.',
  takes: () => true,
});

export const noCleartextPasswords = scramFix({
  id: 'password-to-scram',
  check: 'hba-password-cleartext',
  title: 'Have no password sent in clear',
  description:
    'password becomes scram-sha-256. Lines for ldap, pam, radius and bsd, which need the clear password, require TLS from then on. Roles whose password is stored as md5 would be refused until they set it anew.',
  takes: ({ method }) => method === 'password',
});

export const noMd5 = scramFix({
  id: 'md5-to-scram',
  check: 'hba-md5',
  title: 'scram-sha-256 in place of md5',
  description:
    'The method changes on each line that has md5. Roles whose password is stored as SCRAM notice nothing. Roles whose password is stored as md5 would be refused until they set it anew.',
  takes: () => true,
});
