import type { FactSet } from '../facts/facts.ts';
import type { HbaRule } from '../hba/types.ts';
import { contains, formatAddress, networkBounds, parseNetwork } from '../lib/cidr.ts';
import { clientsSeen, enter } from './cut-off.ts';
import type { AccessState, Client, Entry } from './cut-off.ts';
import type { MustWork } from './must-work-entry.ts';

export { mustWorkText } from './must-work-entry.ts';
export type { MustWork } from './must-work-entry.ts';

/** Who of those seen came in this way; else a client with libpq's habits, from both ends of the network. */
export function clientsOf(facts: FactSet, entry: MustWork, hasPassword: boolean): readonly Client[] {
  const network = entry.address === null ? null : parseNetwork(entry.address);
  const seen = clientsSeen(facts).filter(({ role, database, address, replication }) => {
    if (replication || role !== entry.role || database !== entry.database) return false;
    const one = address === null ? null : parseNetwork(address);
    return network === null || one === null ? network === one : contains(network, one);
  });
  const password = hasPassword ? { password: true } : {};
  const made = (address: string | null): Client => ({
    role: entry.role,
    database: entry.database,
    address,
    tls: address === null ? false : null,
    ...(address === null ? {} : { sslMode: 'prefer' as const }),
    replication: false,
    sessionsNow: 0,
    logins: 0,
    lastAt: null,
    ...password,
  });
  if (network === null) return seen.length > 0 ? seen.map((one) => ({ ...one, ...password })) : [made(null)];
  const { first, last } = networkBounds(network);
  const { family } = network;
  const ends = first === last ? [first] : [first + 1n, last - 1n < first + 1n ? last : last - 1n];
  const both = [...new Set(ends)].map((value) => made(formatAddress({ family, value })));
  return first === last && seen.length > 0
    ? seen.map((one) => ({ ...one, ...password }))
    : [...seen.map((one) => ({ ...one, ...password })), ...both];
}

export interface MustWorkVerdict {
  /** `unsure`: as little known after the change as before it. */
  readonly verdict: 'allowed' | 'unsure' | 'refused';
  /** What lets it in or refuses it, as words for a sentence. */
  readonly because: string;
  /** The line of pg_hba.conf that lets it in; null when another verdict, or the lines are not known. */
  readonly rule: HbaRule | null;
}

function letIn(rule: HbaRule | null): string {
  if (rule === null) return 'the lines of pg_hba.conf are not known';
  return `${rule.file.slice(rule.file.lastIndexOf('/') + 1)}:${rule.line} lets it in by ${rule.method}`;
}

/** Refused for the same reason as before, and both times only perhaps: the change has no part in it. */
const asUnsure = (was: Entry, is: Entry): boolean =>
  was.verdict === 'refused' &&
  is.verdict === 'refused' &&
  was.certainty === 'possible' &&
  is.certainty === 'possible' &&
  was.gate === is.gate &&
  was.rule === is.rule;

/**
 * Whether all of these clients get in afterwards. What may refuse one counts as a refusal, unless it was just as
 * uncertain before.
 */
export function judgeMustWork(
  before: AccessState,
  after: AccessState,
  clients: readonly Client[],
): MustWorkVerdict {
  let unsure: string | null = null;
  let rule: HbaRule | null = null;
  for (const client of clients) {
    const was = enter(before, client, null);
    const is = enter(after, client, was.verdict === 'allowed' ? was.rule : null);
    const who = clients.length > 1 && client.address !== null ? `${client.address}: ` : '';
    if (is.verdict === 'allowed') {
      rule ??= is.rule;
      if (is.rule === null) unsure ??= letIn(null);
    } else if (asUnsure(was, is)) unsure ??= `${who}${is.because}`;
    else {
      const today = was.verdict === 'refused' && was.certainty === 'certain' ? ', today already' : '';
      const perhaps = is.certainty === 'possible' ? ', perhaps' : '';
      return { verdict: 'refused', because: `${who}${is.because}${perhaps}${today}`, rule: null };
    }
  }
  return unsure === null
    ? { verdict: 'allowed', because: letIn(rule), rule }
    : { verdict: 'unsure', because: unsure, rule: null };
}

export interface MustWorkSuggestion extends MustWork {
  /** `3 sessions now, 12 logins in the log` */
  readonly seen: string;
}

/** Those who came in lately, the busiest first; the server's own account and replication are left out. */
export function suggestMustWork(facts: FactSet): readonly MustWorkSuggestion[] {
  const owner = facts.cluster.state === 'collected' ? facts.cluster.value.owner : null;
  const found = new Map<string, MustWork & { sessions: number; logins: number }>();
  for (const { role, database, address, replication, sessionsNow, logins } of clientsSeen(facts)) {
    if (replication || database === null || (role === owner && address === null)) continue;
    const key = JSON.stringify([role, address, database]);
    const present = found.get(key);
    found.set(key, {
      role,
      address,
      database,
      sessions: (present?.sessions ?? 0) + sessionsNow,
      logins: (present?.logins ?? 0) + logins,
    });
  }
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  return [...found.values()]
    .sort((one, other) => other.sessions - one.sessions || other.logins - one.logins)
    .slice(0, 50)
    .map(({ sessions, logins, ...entry }) => ({
      ...entry,
      seen: [
        ...(sessions > 0 ? [`${plural(sessions, 'session')} now`] : []),
        ...(logins > 0 ? [`${plural(logins, 'login')} in the log`] : []),
      ].join(', '),
    }));
}

/** What a person may leave out when naming somebody. `address` undefined: every way in which the role was seen. */
export interface NamedRole {
  readonly role: string;
  readonly address: string | null | undefined;
  readonly database: string | null;
}

/** Fills in what was left out from those seen. Null when the role was not seen and no address was given. */
export function completeMustWork(facts: FactSet, named: NamedRole): readonly MustWork[] | null {
  const { role, address, database } = named;
  const seen = suggestMustWork(facts).filter((one) => one.role === role);
  const fitting = seen.filter((one) => address === undefined || one.address === address);
  if (fitting.length > 0 && (address === undefined || database === null)) {
    const chosen = fitting.filter((one) => database === null || one.database === database);
    const picked =
      chosen.length > 0 ? chosen : fitting.map((one) => ({ ...one, database: database ?? role }));
    return picked.map((one) => ({ role, address: one.address, database: one.database }));
  }
  if (address === undefined) return null;
  const known =
    facts.databases.state === 'collected' && facts.databases.value.some(({ name }) => name === role);
  return [{ role, address, database: database ?? (known ? role : 'postgres') }];
}
