import type { FactSet } from '../../facts/facts.ts';
import type { Cluster } from '../../facts/cluster.ts';
import { hbaContext } from '../../checks/support/hba-view.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import { matchHba } from '../../hba/match.ts';
import type { HbaRule } from '../../hba/types.ts';
import { keywordToken } from '../../hba/write.ts';
import { defineFix } from '../define-fix.ts';
import {
  clientsOfRules,
  logGoesBack,
  passwordMethod,
  seenText,
  seenWithoutPassword,
} from '../support/clients.ts';
import { changeRule, foundRules, hbaPlan, nameInFile } from '../support/hba.ts';
import { notOffered, offered } from '../support/offers.ts';

/** The superuser named like the account of the server: the way in of `sudo -u postgres psql`. */
function ownersRole(cluster: Cluster, { roles }: FactSet): string | null {
  if (roles.state !== 'collected') return null;
  return (
    roles.value.find(({ name, superuser, login }) => name === cluster.owner && superuser && login)?.name ??
    null
  );
}

/** The found rule by which the administrator gets in today; its line needs one for him in front of it. */
function decidesOnOwner(view: HbaView, rules: readonly HbaRule[], owner: string): HbaRule | null {
  const connection = {
    role: owner,
    database: 'postgres',
    address: 'local',
    transport: 'local',
    replication: false,
  } as const;
  const match = matchHba(view.rules, connection, hbaContext([]));
  return match.outcome === 'match' && rules.includes(match.rule) ? match.rule : null;
}

export const localTrust = defineFix({
  id: 'local-proof',
  resolves: ['uds-hba-local-trust'],
  title: 'Have local logins prove who they are',
  description:
    'trust goes from each local line. With peer the operating system vouches for the account; with scram-sha-256 a password is asked for. The administrator of the host keeps his way in as the account of the server.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['configurationFiles', 'cluster', 'roles'],
  safeFor: (facts, finding, all) => {
    const found = foundRules(facts, finding);
    const owner = ownersRole(facts.cluster, all);
    if (found === null || owner === null) return false;
    // Another role may come from an account of another name: who it is cannot be seen.
    const others = clientsOfRules(found.view, found.rules, all).filter(({ role }) => role !== owner);
    return others.length === 0;
  },
  offer: (facts, finding) =>
    foundRules(facts, finding) === null ? notOffered('pg_hba.conf could not be read.') : offered,
  choices(facts, finding, all) {
    const found = foundRules(facts, finding);
    const clients = found === null ? [] : clientsOfRules(found.view, found.rules, all);
    const owner = ownersRole(facts.cluster, all);
    const others = clients.filter(({ role }) => role !== owner);
    const losing =
      found === null
        ? []
        : seenWithoutPassword(found.view, found.rules, all).filter(({ name }) => name !== owner);
    // A password keeps a role's programs in when its account has another name, if only it has one.
    const withPassword =
      all.roles.state === 'collected' &&
      all.roles.value.some(
        ({ name, login, verifier }) =>
          name !== owner && login && (verifier === 'md5' || verifier === 'scram-sha-256'),
      );
    const users = others.length > 0 || !logGoesBack(all);
    const scram =
      users && withPassword && others.every(({ role }) => !losing.some(({ name }) => name === role));
    return [
      {
        kind: 'one',
        key: 'method',
        label: 'How do local logins prove who they are?',
        options: [
          {
            value: 'peer',
            label: 'By the account of the host, which must have the name of the role (peer)',
            seen: seenText(clients),
            chosen: !scram,
          },
          {
            value: 'scram-sha-256',
            label: 'By a password (scram-sha-256, or md5 while a role has an md5 one)',
            seen: losing.length === 0 ? '' : `no such password: ${losing.map(({ name }) => name).join(', ')}`,
            chosen: scram,
          },
        ],
      },
    ];
  },
  plan(facts, finding, answers, _preferences, all) {
    const found = foundRules(facts, finding);
    if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
    const method = answers['method'] ?? 'peer';
    if (method !== 'peer' && method !== 'scram-sha-256') {
      return { ok: false, reason: `The method ${method} is not one of peer and scram-sha-256.` };
    }
    const owner = ownersRole(facts.cluster, all);
    const first = owner === null ? null : decidesOnOwner(found.view, found.rules, owner);
    const keep: HbaEdit[] =
      method === 'peer' || owner === null || first === null
        ? []
        : [
            {
              kind: 'insert',
              file: first.file,
              before: first.line,
              note: 'the administrator of the host',
              rule: {
                type: 'local',
                databases: [keywordToken('all')],
                users: [nameInFile(owner)],
                address: null,
                method: 'peer',
                options: [],
              },
            },
          ];
    return hbaPlan(facts.cluster.major, [
      ...keep,
      ...found.rules.map((rule) =>
        changeRule(rule, { method: method === 'peer' ? method : passwordMethod(rule, all) }),
      ),
    ]);
  },
});
