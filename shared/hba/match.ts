import { assertNever } from '../lib/assert-never.ts';
import { parseAddress, parseNetwork, formatAddress, networkOf, contains } from '../lib/cidr.ts';
import type { Address } from '../lib/cidr.ts';
import { networkHolds } from './address.ts';
import { searchRegex } from './regex.ts';
import type { HbaAddress, HbaRule, HbaToken, HbaType } from './types.ts';

/** A connection attempt, as the server sees it. */
export interface HbaConnection {
  readonly role: string;
  /** Empty for physical replication, which names no database. */
  readonly database: string;
  /** The client's address, or `local` for a Unix-domain socket. */
  readonly address: string;
  /** `tls` needs ssl = on in the server, `gss` a build with GSSAPI. */
  readonly transport: 'local' | 'tcp-plain' | 'tls' | 'gss';
  /** `logical` replication connects to a database and is matched like every other connection. */
  readonly replication: false | 'physical' | 'logical';
}

/** What the rules refer to beyond the file. */
export interface HbaContext {
  /**
   * True when the role is a member of the group, directly or through others, whether or not it inherits. A superuser
   * is a member only where it was made one. That each role is a member of itself need not be answered.
   */
  readonly memberships: (role: string, group: string) => boolean;
  /** The server's own interfaces as `address/prefix`, for samehost and samenet; null when unknown. */
  readonly hostNetworks?: readonly string[] | null;
  /** Whether a client's address belongs to a host name or `.suffix`; undefined when nobody knows. */
  readonly hostNameMatches?: (address: string, pattern: string) => boolean | undefined;
}

/** The first rule that fits decides. After `unknown`, `otherwise` says what happens if that rule does not fit. */
export type HbaMatch =
  | { readonly outcome: 'match'; readonly rule: HbaRule }
  | { readonly outcome: 'none' }
  | {
      readonly outcome: 'unknown';
      readonly rule: HbaRule;
      readonly reason: string;
      readonly otherwise: HbaMatch;
    };

/** yes, no, or the reason why it cannot be told. */
export type Verdict = true | false | { readonly unknown: string };

function anyOf(verdicts: Iterable<Verdict>): Verdict {
  let unknown: Verdict = false;
  for (const verdict of verdicts) {
    if (verdict === true) return true;
    if (verdict !== false && unknown === false) unknown = verdict;
  }
  return unknown;
}

function regexVerdict(token: HbaToken, name: string): Verdict {
  const outcome = searchRegex(token.text.slice(1), name);
  if (outcome.kind !== 'unknown') return outcome.kind === 'match';
  return { unknown: `the regular expression "${token.text}" cannot be evaluated here: ${outcome.reason}` };
}

const fileUnknown = (token: HbaToken): Verdict => ({
  unknown: `the file ${token.text.slice(1)} was not read`,
});

/** Whether one entry of a user list stands for a role (hba.c, check_role). */
export function userTokenMatches(token: HbaToken, role: string, context: HbaContext): Verdict {
  switch (token.kind) {
    case 'all':
      return true;
    case 'group': {
      const group = token.text.slice(1);
      return group === role || context.memberships(role, group);
    }
    case 'regex':
      return regexVerdict(token, role);
    case 'file':
      return fileUnknown(token);
    default:
      return token.text === role;
  }
}

type DatabaseRequest = Pick<HbaConnection, 'role' | 'database' | 'replication'>;

/** Whether one entry of a database list stands for the database asked for (hba.c, check_db). */
export function databaseTokenMatches(
  token: HbaToken,
  { role, database, replication }: DatabaseRequest,
  context: HbaContext,
): Verdict {
  if (token.kind === 'file') return fileUnknown(token);
  // Physical replication matches this keyword only, and nothing else matches it.
  if (replication === 'physical') return token.kind === 'replication';
  switch (token.kind) {
    case 'all':
      return true;
    case 'sameuser':
      return database === role;
    case 'samerole':
      return database === role || context.memberships(role, database);
    case 'replication':
      return false;
    case 'regex':
      return regexVerdict(token, database);
    default:
      return token.text === database;
  }
}

/** The transports that a record type is for (hba.c, check_hba). */
export function transportsOf(type: HbaType): readonly HbaConnection['transport'][] {
  switch (type) {
    case 'local':
      return ['local'];
    case 'host':
      return ['tcp-plain', 'tls', 'gss'];
    case 'hostssl':
      return ['tls'];
    case 'hostnossl':
      return ['tcp-plain', 'gss'];
    case 'hostgssenc':
      return ['gss'];
    case 'hostnogssenc':
      return ['tcp-plain', 'tls'];
    default:
      return assertNever(type, 'record type');
  }
}

function hostVerdict(client: Address, kind: 'samehost' | 'samenet', context: HbaContext): Verdict {
  const networks = context.hostNetworks ?? null;
  if (networks === null) return { unknown: `the server's own addresses, which ${kind} means, are not known` };
  return networks.some((text) => {
    const own = parseAddress(text.split('/')[0] ?? '');
    const network = parseNetwork(text);
    if (own === null || network === null) return false;
    return contains(kind === 'samehost' ? networkOf(own) : network, networkOf(client));
  });
}

/** Whether an address of a host rule stands for a client. */
export function addressMatches(address: HbaAddress, client: string, context: HbaContext): Verdict {
  const parsed = parseAddress(client);
  switch (address.kind) {
    case 'all':
      return true;
    case 'network':
      return parsed === null
        ? { unknown: `the client's address ${client} is not readable` }
        : networkHolds(address, parsed);
    case 'samehost':
    case 'samenet':
      return parsed === null
        ? { unknown: `the client's address ${client} is not readable` }
        : hostVerdict(parsed, address.kind, context);
    case 'host-name':
    case 'host-suffix': {
      const name = address.kind === 'host-name' ? address.name : address.suffix;
      const text = parsed === null ? client : formatAddress(parsed);
      return (
        context.hostNameMatches?.(text, name) ?? {
          unknown: `the rule names the host ${name}, which the server looks up when someone connects`,
        }
      );
    }
    default:
      return assertNever(address, 'address');
  }
}

/** Whether one rule fits a connection. */
export function ruleMatches(rule: HbaRule, connection: HbaConnection, context: HbaContext): Verdict {
  const local = connection.transport === 'local' || connection.address === 'local';
  if (!transportsOf(rule.type).includes(local ? 'local' : connection.transport)) return false;
  const verdicts = [
    rule.address === null || local ? true : addressMatches(rule.address, connection.address, context),
    anyOf(rule.databases.map((token) => databaseTokenMatches(token, connection, context))),
    anyOf(rule.users.map((token) => userTokenMatches(token, connection.role, context))),
  ];
  if (verdicts.includes(false)) return false;
  return verdicts.find((verdict) => verdict !== true) ?? true;
}

/**
 * The rule that decides on a connection: the first that fits, as in hba.c, check_hba. `none` means that the server
 * refuses. Whether the method then lets the client in is another question.
 */
export function matchHba(
  rules: readonly HbaRule[],
  connection: HbaConnection,
  context: HbaContext,
): HbaMatch {
  const uncertain: { readonly rule: HbaRule; readonly reason: string }[] = [];
  let outcome: HbaMatch = { outcome: 'none' };
  for (const rule of rules) {
    const verdict = ruleMatches(rule, connection, context);
    if (verdict === true) {
      outcome = { outcome: 'match', rule };
      break;
    }
    if (verdict !== false) uncertain.push({ rule, reason: verdict.unknown });
  }
  return uncertain.reduceRight<HbaMatch>(
    (otherwise, { rule, reason }) => ({ outcome: 'unknown', rule, reason, otherwise }),
    outcome,
  );
}

/** Every rule to which a match may come: several where something about the earlier ones is not known. */
export function decidingRules(match: HbaMatch): readonly HbaRule[] {
  if (match.outcome === 'none') return [];
  return match.outcome === 'match' ? [match.rule] : [match.rule, ...decidingRules(match.otherwise)];
}
