import type { AnyFix } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import type { HbaRule } from '../../hba/types.ts';
import { isOn } from '../../checks/support/settings.ts';
import { listOf } from '../../checks/support/words.ts';
import { losingRoles, passwordMethod, seenWithoutPassword } from '../support/clients.ts';
import { changeRule, foundRules, hbaPlan } from '../support/hba.ts';
import { allOffered, notOffered, offered } from '../support/offers.ts';

interface ScramFix {
  readonly id: string;
  readonly check: string;
  readonly title: string;
  readonly description: string;
  /** The rules of the finding whose method is replaced; the others are asked for TLS instead. */
  readonly takes: (rule: HbaRule) => boolean;
  /** Passwords stored as md5 go on counting: their roles are asked by md5 until they set them anew. */
  readonly keepsMd5: boolean;
  /** False where nobody can tell who has a password: the old method asked for none of the server's own. */
  readonly safe?: boolean;
  /** Options of the old method go with it. */
  readonly dropsOptions?: boolean;
}

/** Options that are about the connection, not about the method. */
const ofAnyMethod: readonly string[] = ['clientcert', 'clientname'];

const unreadable = 'pg_hba.conf could not be read.';

/** Puts scram-sha-256 in the place of another method, on the lines that a check found. */
function scramFix({
  id,
  check,
  title,
  description,
  takes,
  keepsMd5,
  safe = true,
  dropsOptions = false,
}: ScramFix): AnyFix {
  return defineFix({
    id,
    resolves: [check],
    title,
    description,
    effect: 'reload',
    reversible: true,
    cutsOff: true,
    safe,
    needs: ['configurationFiles', 'cluster', 'settings'],
    safeFor: (facts, finding, all) => {
      const found = foundRules(facts, finding);
      if (found === null) return false;
      const rules = found.rules.filter(takes);
      const losing = keepsMd5
        ? seenWithoutPassword(found.view, rules, all)
        : losingRoles(found.view, rules, all);
      return losing.length === 0;
    },
    offer: (facts, finding, all) => {
      const found = foundRules(facts, finding);
      const losing =
        found === null || keepsMd5 ? [] : losingRoles(found.view, found.rules.filter(takes), all);
      return allOffered(
        found === null ? notOffered(unreadable) : offered,
        losing.length === 0
          ? offered
          : notOffered(
              `The password of ${listOf(losing.map(({ name }) => name))} is not stored as SCRAM, so the new method would refuse ${losing.length === 1 ? 'it' : 'them'}. Set it anew first, with \\password in psql.`,
            ),
      );
    },
    choices: () => [],
    plan(facts, finding, _answers, _preferences, all) {
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
        ...found.rules.filter(takes).map((rule) =>
          changeRule(rule, {
            method: keepsMd5 ? passwordMethod(rule, all) : 'scram-sha-256',
            ...(dropsOptions
              ? { options: rule.options.filter(({ name }) => ofAnyMethod.includes(name)) }
              : {}),
          }),
        ),
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
    'trust becomes scram-sha-256 on each TCP line that has it, or md5 where a role of the line still has an md5 password. Roles that were never asked for a password need one, and their programs need to know it.',
  takes: () => true,
  keepsMd5: true,
});

export const noCleartextPasswords = scramFix({
  id: 'password-to-scram',
  check: 'hba-password-cleartext',
  title: 'Have no password sent in clear',
  description:
    'password becomes scram-sha-256, or md5 where a role of the line still has an md5 password. Lines for ldap, pam, radius and bsd, which need the clear password, require TLS from then on.',
  takes: ({ method }) => method === 'password',
  keepsMd5: true,
});

export const noMd5 = scramFix({
  id: 'md5-to-scram',
  check: 'hba-md5',
  title: 'scram-sha-256 in place of md5',
  description:
    'The method changes on each line that has md5. Roles whose password is stored as SCRAM notice nothing; it is offered once no other role would be refused.',
  takes: () => true,
  keepsMd5: false,
});

export const identToScram = scramFix({
  id: 'ident-to-scram',
  check: 'hba-ident-host',
  title: 'Ask for a password in place of ident',
  description:
    'ident becomes scram-sha-256 on each TCP line that has it, or md5 where a role of the line still has an md5 password. Roles that were never asked for a password need one, and their programs need to know it.',
  takes: () => true,
  keepsMd5: true,
  safe: false,
  dropsOptions: true,
});

export const radiusToScram = scramFix({
  id: 'radius-to-scram',
  check: 'hba-radius',
  title: 'Ask for a password in place of radius',
  description:
    'radius becomes scram-sha-256 on each line that has it, or md5 where a role of the line still has an md5 password. From then on the password is the one that is stored in PostgreSQL, so each role needs one there.',
  takes: () => true,
  keepsMd5: true,
  safe: false,
  dropsOptions: true,
});
