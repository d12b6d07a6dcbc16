import type { FactSet, FactValue } from '../../facts/facts.ts';
import { hbaContext, readHba } from '../../checks/support/hba-view.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import { remoteSuperuserRules } from '../../checks/support/remote-superusers.ts';
import type { RemoteSuperuser } from '../../checks/support/remote-superusers.ts';
import { unique } from '../../checks/support/words.ts';
import { hbaAddress } from '../../hba/address.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import { matchHba } from '../../hba/match.ts';
import type { HbaRule, HbaRuleDraft } from '../../hba/types.ts';
import { canBeNamed, keywordToken } from '../../hba/write.ts';
import { printable } from '../../lib/hostile-text.ts';
import { defineFix } from '../define-fix.ts';
import { seenText } from '../support/clients.ts';
import { hbaPlan, nameInFile } from '../support/hba.ts';
import { remoteClients } from '../support/networks.ts';
import { notOffered, offered } from '../support/offers.ts';
import { ticked } from '../support/sql.ts';

interface Facts {
  readonly configurationFiles: FactValue<'configurationFiles'>;
  readonly cluster: FactValue<'cluster'>;
  readonly settings: FactValue<'settings'>;
  readonly roles: FactValue<'roles'>;
  readonly memberships: FactValue<'memberships'>;
}

function waysOf(facts: Facts, all: FactSet): { view: HbaView; ways: readonly RemoteSuperuser[] } | null {
  const reading = readHba(facts.configurationFiles, facts.cluster.major);
  if (!reading.ok) return null;
  const own = all.interfaces.state === 'collected' ? all.interfaces.value : null;
  const ways = remoteSuperuserRules(reading.view, facts.roles, facts.memberships, facts.settings, own);
  return { view: reading.view, ways };
}

const asksPassword: readonly string[] = ['trust', 'password', 'md5', 'scram-sha-256'];

/**
 * Lines that keep a superuser's way in over loopback, which a reject for every address would take: only where a rule
 * behind the new line lets him in there today, and only with a password that SCRAM can check.
 */
function keepLoopback(view: HbaView, facts: Facts, role: string, from: number): readonly HbaRuleDraft[] {
  const verifier = facts.roles.find(({ name }) => name === role)?.verifier;
  if (verifier !== 'scram-sha-256') return [];
  return ['127.0.0.1', '::1'].flatMap((address) => {
    const connection = {
      role,
      database: 'postgres',
      address,
      transport: 'tcp-plain',
      replication: false,
    } as const;
    const match = matchHba(view.rules, connection, hbaContext(facts.memberships));
    if (match.outcome !== 'match' || !asksPassword.includes(match.rule.method)) return [];
    if (view.rules.indexOf(match.rule) < from) return [];
    const host = hbaAddress(address);
    return host === null ? [] : [draft(role, host, 'scram-sha-256')];
  });
}

function draft(role: string, address: HbaRuleDraft['address'], method: string): HbaRuleDraft {
  return {
    type: 'host',
    databases: [keywordToken('all')],
    users: [nameInFile(role)],
    address,
    method,
    options: [],
  };
}

export const refuseRemoteSuperusers = defineFix({
  id: 'refuse-remote-superusers',
  resolves: ['hba-superuser-remote', 'ssh-tunnel-path'],
  title: 'Refuse superusers from the network',
  description:
    'A reject line for each chosen superuser is put in front of the rules for other machines. The Unix socket, loopback and replication stay as they are, so the way through SSH stays open.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['configurationFiles', 'cluster', 'settings', 'roles', 'memberships'],
  safeFor: (facts, _finding, all) => {
    const names = new Set(waysOf(facts, all)?.ways.map(({ role }) => role) ?? []);
    return !remoteClients(all).some(({ role, replication }) => names.has(role) && !replication);
  },
  offer(facts, _finding, all) {
    const found = waysOf(facts, all);
    return found === null || found.ways.length === 0
      ? notOffered('No line of pg_hba.conf lets a superuser in from the network.')
      : offered;
  },
  choices(facts, _finding, all) {
    const names = unique(waysOf(facts, all)?.ways.map(({ role }) => role) ?? []);
    const clients = remoteClients(all);
    return [
      {
        kind: 'many',
        key: 'roles',
        label: 'Which superusers are refused from other machines?',
        options: names.map((name) => {
          const seen = clients.filter(({ role, replication }) => role === name && !replication);
          return {
            value: name,
            label: name,
            seen: canBeNamed(name) ? seenText(seen) : 'its name has a line break: no line can hold it',
            chosen: seen.length === 0 && canBeNamed(name),
          };
        }),
      },
    ];
  },
  plan(facts, _finding, answers, _preferences, all) {
    const found = waysOf(facts, all);
    if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
    const { view, ways } = found;
    const known = unique(ways.map(({ role }) => role));
    const chosen = answers['roles'] === undefined ? known : ticked(answers, 'roles', known);
    const first: HbaRule | undefined = ways.find(({ role }) => chosen.includes(role))?.rule;
    const earliest = ways
      .filter(({ role }) => chosen.includes(role))
      .map(({ rule }) => rule)
      .reduce<HbaRule | undefined>(
        (before, rule) =>
          before === undefined || view.rules.indexOf(rule) < view.rules.indexOf(before) ? rule : before,
        first,
      );
    const unnamed = chosen.find((name) => !canBeNamed(name));
    if (unnamed !== undefined)
      return {
        ok: false,
        reason: `The name of ${printable(unnamed)} has a line break, which no line of pg_hba.conf can hold. Rename the role first.`,
      };
    if (earliest === undefined) return { ok: false, reason: 'Choose at least one superuser.' };
    const place = { kind: 'insert', file: earliest.file, before: earliest.line } as const;
    const from = view.rules.indexOf(earliest);
    const edits: HbaEdit[] = chosen.flatMap((role) => [
      ...keepLoopback(view, facts, role, from).map((rule) => ({
        ...place,
        rule,
        note: `superuser ${role} keeps the way over loopback`,
      })),
      {
        ...place,
        rule: draft(role, { kind: 'all' }, 'reject'),
        note: `superuser ${role} comes over SSH, not over the network`,
      },
    ]);
    return hbaPlan(facts.cluster.major, edits);
  },
});
