import { rulePlace } from '../../checks/support/hba-view.ts';
import type { FactSet } from '../../facts/facts.ts';
import type { HbaRule, HbaToken } from '../../hba/types.ts';
import type { AnyFix } from '../define-fix.ts';
import { clientsAreVisible, clientsOfRules, logGoesBack, seenText } from '../support/clients.ts';
import { changeRule, disableRule, nameInFile } from '../support/hba.ts';
import { ruleFix } from '../support/rule-fix.ts';
import { ticked } from '../support/sql.ts';

/** Fixes of the names in rules: too many, not there, or twice. */

export const disableDuplicates = ruleFix({
  id: 'disable-duplicates',
  check: 'hba-duplicate',
  title: 'Comment out rules that stand twice',
  description:
    'The later one of two lines for the same connections gets a # in front of it and a note. Nobody notices: the first one decides.',
  cutsOff: false,
  safe: true,
  edits: ({ rules }) => rules.map((rule) => disableRule(rule, 'an earlier line is for the same connections')),
});

export const disableUnknownNames = ruleFix({
  id: 'remove-unknown-names',
  check: 'hba-unknown-names',
  title: 'Take names that do not exist out of the rules',
  description:
    'Names of roles and databases that are not there leave their lines. A line that is left without any is commented out. Nobody can have come in by them.',
  needs: ['roles', 'databases'],
  cutsOff: false,
  safe: true,
  edits({ rules }, _answers, all) {
    const roles = new Set(all.roles.state === 'collected' ? all.roles.value.map(({ name }) => name) : []);
    const databases = new Set(
      all.databases.state === 'collected' ? all.databases.value.map(({ name }) => name) : [],
    );
    return rules.map((rule) => {
      const dbs = rule.databases.filter(({ kind, text }) => kind !== 'name' || databases.has(text));
      const users = rule.users.filter(
        ({ kind, text }) =>
          (kind !== 'name' || roles.has(text)) && (kind !== 'group' || roles.has(text.slice(1))),
      );
      if (dbs.length === 0 || users.length === 0)
        return disableRule(rule, 'is for a role or database that does not exist');
      return changeRule(rule, {
        ...(dbs.length < rule.databases.length ? { databases: inFile(dbs) } : {}),
        ...(users.length < rule.users.length ? { users: inFile(users) } : {}),
      });
    });
  },
});

/** Tokens of a rule that was read as text, as they are written: a file is written one character a byte. */
const inFile = (tokens: readonly HbaToken[]): readonly HbaToken[] =>
  tokens.map((token) => (token.kind === 'name' ? nameInFile(token.text) : token));

interface Naming {
  readonly id: string;
  readonly check: string;
  readonly title: string;
  readonly description: string;
  readonly fact: 'roles' | 'databases';
  readonly column: 'users' | 'databases';
  readonly label: string;
}

/** Names in the place of `all`: those of the clients seen, and whatever is ticked besides. */
function nameThem({ id, check, title, description, fact, column, label }: Naming): AnyFix {
  const namesOf = (all: FactSet): readonly string[] => {
    if (fact === 'roles')
      return all.roles.state === 'collected'
        ? all.roles.value.filter(({ login, predefined }) => login && !predefined).map(({ name }) => name)
        : [];
    return all.databases.state === 'collected'
      ? all.databases.value
          .filter(({ allowConnections, template }) => allowConnections && !template)
          .map(({ name }) => name)
      : [];
  };
  return ruleFix({
    id,
    check,
    title,
    description,
    needs: [fact],
    cutsOff: true,
    safe: true,
    // Whoever a short log does not show may still come: then naming is a decision, and everybody stays named.
    safeFor: (_found, all) => clientsAreVisible(all) && logGoesBack(all),
    choices({ view, rules }, all) {
      const clients = clientsOfRules(view, rules, all);
      const seen = (name: string) =>
        clients.filter((client) => (fact === 'roles' ? client.role : client.database) === name);
      const everybody = clients.length === 0 || !logGoesBack(all);
      return [
        {
          kind: 'many',
          key: 'names',
          label,
          options: namesOf(all).map((name) => ({
            value: name,
            label: name,
            seen: seenText(seen(name)),
            chosen: everybody || seen(name).length > 0,
          })),
        },
      ];
    },
    edits({ view, rules }, answers, all) {
      const known = namesOf(all);
      const chosen = answers['names'] === undefined ? known : ticked(answers, 'names', known);
      if (chosen.length === 0)
        return `Choose at least one, or remove ${rulePlace(view, rules[0] as HbaRule)}.`;
      return rules.map((rule) => {
        const others = rule[column].filter(({ kind }) => kind !== 'all' && kind !== 'name');
        return changeRule(rule, { [column]: [...chosen.map(nameInFile), ...others] });
      });
    },
  });
}

export const nameDatabases = nameThem({
  id: 'name-databases',
  check: 'hba-all-db',
  title: 'Name the databases in the rules for other machines',
  description:
    'The databases that you choose take the place of all in each such line. A database that is made later needs to be added.',
  fact: 'databases',
  column: 'databases',
  label: 'Which databases are used from other machines?',
});

export const nameRoles = nameThem({
  id: 'name-roles',
  check: 'hba-all-user',
  title: 'Name the roles in the rules for other machines',
  description:
    'The roles that you choose take the place of all in each such line. A role that is made later needs to be added.',
  fact: 'roles',
  column: 'users',
  label: 'Which roles come from other machines?',
});
