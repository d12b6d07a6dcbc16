import type { AnyCheck } from '../define-check.ts';
import type { HbaRule, HbaToken } from '../../hba/types.ts';
import { hbaRuleCheck } from '../support/hba-rule-check.ts';
import { rulePlace } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

/** Rules of pg_hba.conf that stand twice, or are for nobody. */

const hbaPage = postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file');
const loginAnew = 'SELECT pg_reload_conf(); then ask pg_hba_file_rules for errors, and log in anew.';

/** What two rules must have in common to be for the same connections. */
function keyOf({ type, databases, users, address }: HbaRule): string {
  const names = (tokens: readonly HbaToken[]) => tokens.map(({ kind, text }) => `${kind} ${text}`).sort();
  const where = address?.kind === 'network' ? [address.family, address.address, address.netmask] : address;
  return JSON.stringify([type, names(databases), names(users), where]);
}

const firsts = new WeakMap<readonly HbaRule[], ReadonlyMap<string, HbaRule>>();

/** By key the first rule for the same connections; made once for a list of rules. */
function firstOfKind(rules: readonly HbaRule[]): ReadonlyMap<string, HbaRule> {
  const known =
    firsts.get(rules) ?? new Map([...rules].reverse().map((rule) => [keyOf(rule), rule] as const));
  firsts.set(rules, known);
  return known;
}

const hbaDuplicate = hbaRuleCheck({
  id: 'hba-duplicate',
  severity: 'low',
  titles: {
    pass: 'No rule stands twice in pg_hba.conf',
    fail: 'Rules stand twice in pg_hba.conf',
    topic: 'Duplicate rules in pg_hba.conf',
  },
  why: 'The server takes the first line that fits, so the second one of two equal lines never counts. Who changes that one, or removes the first, gets something else than he expects.',
  misuse: [
    'A line is made stricter after an audit. Its twin further up stays as it was and goes on deciding.',
  ],
  byHand: [
    'Find them: compare type, databases, users and address of the lines.',
    'Keep the one that is meant, put # in front of the other.',
    loginAnew,
  ],
  references: { cis: [], stig: [], documentation: [hbaPage] },
  objection(rule, { view }) {
    const first = firstOfKind(view.rules).get(keyOf(rule));
    if (first === undefined || first === rule) return null;
    return first.method === rule.method
      ? { severity: 'low', note: `the same as ${rulePlace(view, first)}` }
      : {
          severity: 'low',
          note: `${rulePlace(view, first)} says ${first.method} for the same connections`,
        };
  },
  none: 'No two rules are for the same connections.',
  one: 'stands twice',
  many: 'stand twice',
  because: 'an earlier line is for the same connections',
});

const hbaUnknownNames = hbaRuleCheck({
  id: 'hba-unknown-names',
  severity: 'low',
  titles: {
    pass: 'Rules name roles and databases that exist',
    fail: 'Rules name roles or databases that do not exist',
    topic: 'Names in pg_hba.conf',
  },
  why: 'A line for a role or database that is gone waits for somebody to make one of that name again. A name that is written wrong protects or lets in nobody, although its author believes so.',
  misuse: [
    'A role was removed with its application; its line with trust stayed.',
    'Years later a new role gets the same name, and is open without a password from the first moment.',
  ],
  byHand: [
    'Compare with SELECT rolname FROM pg_roles; and SELECT datname FROM pg_database;',
    'Correct the name, or put # in front of the line.',
    loginAnew,
  ],
  references: { cis: [], stig: [], documentation: [hbaPage] },
  needs: ['roles', 'databases'],
  objection(rule, { facts }) {
    const roles = new Set(facts.roles.state === 'collected' ? facts.roles.value.map(({ name }) => name) : []);
    const databases = new Set(
      facts.databases.state === 'collected' ? facts.databases.value.map(({ name }) => name) : [],
    );
    const missing = [
      ...rule.databases
        .filter(({ kind, text }) => kind === 'name' && !databases.has(text))
        .map(({ text }) => `database ${text}`),
      ...rule.users
        .filter(({ kind, text }) => kind === 'name' && !roles.has(text))
        .map(({ text }) => `role ${text}`),
      ...rule.users
        .filter(({ kind, text }) => kind === 'group' && !roles.has(text.slice(1)))
        .map(({ text }) => `group ${text.slice(1)}`),
    ];
    return missing.length === 0 ? null : { severity: 'low', note: `there is no ${listOf(missing)}` };
  },
  none: 'Every role and database that a rule names is there.',
  one: 'names what does not exist',
  many: 'name what does not exist',
  because: 'see the note of each line',
});

/** Checks of rules that do nothing, in the order in which they are shown. */
export const hbaNameChecks: readonly AnyCheck[] = [hbaDuplicate, hbaUnknownNames];
