import type { Client } from '../../access/cut-off.ts';
import { clientsSeen } from '../../access/cut-off.ts';
import { loginLog } from '../../access/login-log.ts';
import type { FactSet } from '../../facts/facts.ts';
import type { Role } from '../../facts/catalog.ts';
import { matchHba } from '../../hba/match.ts';
import type { HbaConnection, HbaMatch } from '../../hba/match.ts';
import type { HbaRule } from '../../hba/types.ts';
import { contextOfFacts } from '../../checks/support/hba-view.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import { withoutScram } from '../../checks/support/hba-roles.ts';
import { amount, listOf, unique } from '../../checks/support/words.ts';

/** The rules that can be the deciding one: all that may fit, up to the first that fits for sure. */
function candidates(match: HbaMatch): readonly HbaRule[] {
  switch (match.outcome) {
    case 'none':
      return [];
    case 'match':
      return [match.rule];
    case 'unknown':
      return [match.rule, ...candidates(match.otherwise)];
  }
}

function transportsOf({ address, tls }: Client): readonly HbaConnection['transport'][] {
  if (address === null) return ['local'];
  if (tls === null) return ['tls', 'tcp-plain'];
  return [tls ? 'tls' : 'tcp-plain'];
}

/** Clients connected now or seen in the log whose way in is, or may be, one of the rules. */
export function clientsOfRules(view: HbaView, rules: readonly HbaRule[], all: FactSet): readonly Client[] {
  const context = contextOfFacts(all);
  const wanted = new Set(rules);
  return clientsSeen(all).filter((client) =>
    transportsOf(client).some((transport) => {
      const connection: HbaConnection = {
        role: client.role,
        database: client.database ?? '',
        address: client.address ?? 'local',
        transport,
        replication: client.replication ? (client.database === null ? 'physical' : 'logical') : false,
      };
      return candidates(matchHba(view.rules, connection, context)).some((rule) => wanted.has(rule));
    }),
  );
}

/** `14 sessions now`, `812 logins in the log, last 2026-11-22 09:58`. */
export function seenText(clients: readonly Client[]): string {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const sessions = sum(clients.map(({ sessionsNow }) => sessionsNow));
  const logins = sum(clients.map((client) => client.logins));
  const last =
    clients
      .map(({ lastAt }) => lastAt ?? '')
      .sort()
      .at(-1) ?? '';
  const parts = [
    sessions === 0 ? '' : `${amount(sessions, 'session')} now`,
    logins === 0 ? '' : `${amount(logins, 'login')} in the log`,
    last === '' ? '' : `last ${last.slice(0, 16).replace('T', ' ')}`,
  ].filter((part) => part !== '');
  const roles = listOf(unique(clients.map(({ role }) => role)), 4);
  return clients.length === 0 ? 'nobody seen' : `${roles}: ${parts.join(', ')}`;
}

/** True when both were looked at: who is connected, and the server's log, whatever it holds. */
export function clientsAreVisible({ logins, sessions }: FactSet): boolean {
  return logins.state === 'collected' && sessions.state === 'collected';
}

/** A program that logs in at all logs in within a week: weekly reports and backups are the rarest that are common. */
const daysThatTell = 7;

/** True when the log goes back far enough for "not seen" to mean "not there". */
export function logGoesBack(all: FactSet): boolean {
  const log = loginLog(all);
  return log.ok && log.days >= daysThatTell;
}

/** `The log of logins goes back to 2026-10-23.`, for questions about who is to be let in. */
export function logSince({ logins }: FactSet): string {
  if (logins.state !== 'collected' || logins.value.since === null) return 'No log of logins could be read.';
  return `The log of logins goes back to ${logins.value.since.slice(0, 16).replace('T', ' ')}.`;
}

/**
 * Roles that may log in by a rule and could no longer once it asks for scram-sha-256. Where the log goes back far enough,
 * only those who did log in; otherwise every role of the rule. `md5` and `password` rules never let in a role without a
 * password, so these lose nothing there.
 */
export function losingRoles(view: HbaView, rules: readonly HbaRule[], all: FactSet): readonly Role[] {
  if (all.roles.state !== 'collected') return [];
  const roles = all.roles.value;
  const memberships = all.memberships.state === 'collected' ? all.memberships.value : [];
  const known = logGoesBack(all);
  return roles.filter((role) =>
    rules.some((rule) => {
      const { refused, unknown } = withoutScram(rule, [role], memberships);
      const loses = [...refused, ...unknown].some(
        ({ verifier }) => verifier !== 'none' || !['md5', 'password'].includes(rule.method),
      );
      if (!loses) return false;
      return !known || clientsOfRules(view, [rule], all).some((client) => client.role === role.name);
    }),
  );
}

/**
 * The method by which a rule asks for a password and refuses nobody who has one: `md5` takes passwords stored as SCRAM too,
 * and is needed only while a role of the rule has an md5 one.
 */
export function passwordMethod(rule: HbaRule, all: FactSet): 'md5' | 'scram-sha-256' {
  if (all.roles.state !== 'collected') return 'scram-sha-256';
  const memberships = all.memberships.state === 'collected' ? all.memberships.value : [];
  const { refused } = withoutScram(rule, all.roles.value, memberships);
  return refused.some(({ verifier }) => verifier === 'md5') ? 'md5' : 'scram-sha-256';
}

/** Roles that were seen coming in by the rules and have no password to give. */
export function seenWithoutPassword(view: HbaView, rules: readonly HbaRule[], all: FactSet): readonly Role[] {
  if (all.roles.state !== 'collected') return [];
  const seen = new Set(clientsOfRules(view, rules, all).map(({ role }) => role));
  return all.roles.value.filter(({ name, verifier }) => verifier === 'none' && seen.has(name));
}
