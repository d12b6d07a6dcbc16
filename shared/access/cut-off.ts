import type { FactSet } from '../facts/facts.ts';
import type { Role } from '../facts/catalog.ts';
import { matchHba, type HbaConnection, type HbaContext, type HbaMatch } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import { contains, isLoopback, parseNetwork } from '../lib/cidr.ts';
import { createRoleGraph } from '../roles/role-graph.ts';

/** A client that got in: connected now, or seen in the server's log. */
export interface Client {
  readonly role: string;
  readonly database: string | null;
  /** null for the Unix socket. */
  readonly address: string | null;
  /** null when it is not known. */
  readonly tls: boolean | null;
  readonly replication: boolean;
  readonly sessionsNow: number;
  readonly logins: number;
  readonly lastAt: string | null;
}

export type Certainty = 'certain' | 'possible';

/** Whether a client gets in, and what decides. */
export type Entry =
  | { readonly verdict: 'allowed'; readonly rule: HbaRule }
  | { readonly verdict: 'refused'; readonly certainty: Certainty; readonly because: string };

/** One state of the server: its rules with the facts around them, and the networks that its firewall lets in. */
export interface AccessState {
  readonly facts: FactSet;
  readonly rules: readonly HbaRule[];
  /** Networks that reach the port; null when the firewall is not touched by the plan. */
  readonly firewallAllows: readonly string[] | null;
}

/** A client that gets in today and would be refused. */
export interface RefusedClient {
  readonly client: Client;
  readonly because: string;
  readonly certainty: Certainty;
}

/** Everybody seen, one entry a role, database, address and transport; sessions of background processes are left out. */
export function clientsSeen(facts: FactSet): readonly Client[] {
  const clients = new Map<string, Client>();
  const add = (client: Client): void => {
    const key = JSON.stringify([
      client.role,
      client.database,
      client.address,
      client.tls,
      client.replication,
    ]);
    const present = clients.get(key);
    const sum = {
      sessionsNow: (present?.sessionsNow ?? 0) + client.sessionsNow,
      logins: (present?.logins ?? 0) + client.logins,
      lastAt: [present?.lastAt ?? '', client.lastAt ?? ''].sort().at(-1) || null,
    };
    clients.set(key, { ...client, ...sum });
  };
  if (facts.sessions.state === 'collected') {
    for (const { database, role, address, tls, replication, application } of facts.sessions.value) {
      if (application === 'portcullis') continue;
      add({
        role,
        database,
        address,
        tls: address === null ? false : tls,
        replication,
        sessionsNow: 1,
        logins: 0,
        lastAt: null,
      });
    }
  }
  if (facts.logins.state === 'collected') {
    for (const { role, database, address, tls, count, lastAt } of facts.logins.value.logins) {
      add({ role, database, address, tls, replication: false, sessionsNow: 0, logins: count, lastAt });
    }
  }
  return [...clients.values()];
}

/** The clients that get in before and would not get in after, by pg_hba, role, listener and firewall. */
export function refusedClients(
  before: AccessState,
  after: AccessState,
  clients: readonly Client[],
): readonly RefusedClient[] {
  return clients.flatMap((client) => {
    const was = enter(before, client, null);
    if (was.verdict === 'refused') return [];
    const is = enter(after, client, was.rule);
    return is.verdict === 'refused' ? [{ client, because: is.because, certainty: is.certainty }] : [];
  });
}

/**
 * Whether a client gets in. `usedBefore` is the rule by which it got in before the change: what its method asked for
 * the client can give, so the same method lets it in again.
 */
export function enter(state: AccessState, client: Client, usedBefore: HbaRule | null): Entry {
  const blocked = blockedByHost(state, client);
  if (blocked !== null) return blocked;
  const role =
    state.facts.roles.state === 'collected'
      ? state.facts.roles.value.find(({ name }) => name === client.role)
      : undefined;
  if (role?.login === false)
    return { verdict: 'refused', certainty: 'certain', because: `the role ${role.name} may not log in` };
  const transports: HbaConnection['transport'][] =
    client.address === null
      ? ['local']
      : client.tls === null
        ? ['tls', 'tcp-plain']
        : [client.tls ? 'tls' : 'tcp-plain'];
  const entries = transports.map((transport) => byRules(state, client, transport, role, usedBefore));
  const refused = entries.filter((entry) => entry.verdict === 'refused');
  if (refused.length === 0) return entries[0] as Entry;
  const first = refused[0] as Extract<Entry, { verdict: 'refused' }>;
  return refused.length === entries.length ? first : { ...first, certainty: 'possible' };
}

function byRules(
  state: AccessState,
  client: Client,
  transport: HbaConnection['transport'],
  role: Role | undefined,
  usedBefore: HbaRule | null,
): Entry {
  const connection: HbaConnection = {
    role: client.role,
    database: client.database ?? '',
    address: client.address ?? 'local',
    transport,
    replication:
      client.replication && client.database === null ? 'physical' : client.replication ? 'logical' : false,
  };
  return judgeMatch(
    matchHba(state.rules, connection, hbaContext(state.facts)),
    transport,
    role,
    usedBefore,
    ownerOf(state.facts),
  );
}

/** The OS account of the server: by peer it is let in as the role of its name. */
function ownerOf(facts: FactSet): string | null {
  return facts.cluster.state === 'collected' ? facts.cluster.value.owner : null;
}

function judgeMatch(
  match: HbaMatch,
  transport: string,
  role: Role | undefined,
  usedBefore: HbaRule | null,
  owner: string | null,
): Entry {
  if (match.outcome === 'none') {
    const how = transport === 'tcp-plain' ? ' without TLS' : '';
    return { verdict: 'refused', certainty: 'certain', because: `no line of pg_hba.conf lets it in${how}` };
  }
  if (match.outcome === 'unknown') {
    const otherwise = judgeMatch(match.otherwise, transport, role, usedBefore, owner);
    return otherwise.verdict === 'allowed' ? otherwise : { ...otherwise, certainty: 'possible' };
  }
  // sudo to the server's account is how administrators and their scripts come in by the socket.
  if (match.rule.method === 'peer' && role !== undefined && role.name === owner)
    return { verdict: 'allowed', rule: match.rule };
  return judgeMethod(match.rule, role, usedBefore);
}

const asksPassword: readonly string[] = ['scram-sha-256', 'md5', 'password'];

/** Whether the client can give what the method asks for, as far as the catalogs tell. */
function judgeMethod(rule: HbaRule, role: Role | undefined, usedBefore: HbaRule | null): Entry {
  const place = `${rule.file.slice(rule.file.lastIndexOf('/') + 1)}:${rule.line}`;
  const refused = (because: string, certainty: Certainty = 'certain'): Entry => ({
    verdict: 'refused',
    certainty,
    because,
  });
  if (rule.method === 'reject') return refused(`${place} rejects it`);
  if (rule.method === 'trust') return { verdict: 'allowed', rule };
  if (asksPassword.includes(rule.method)) {
    const verifier = role?.verifier ?? 'unknown';
    if (verifier === 'none')
      return refused(`${place} asks for a password and ${role?.name ?? 'the role'} has none`);
    if (rule.method === 'scram-sha-256' && verifier === 'md5') {
      return refused(
        `${place} asks for scram-sha-256 and the stored password of ${role?.name ?? 'the role'} is md5`,
      );
    }
    // Whoever gave a password before gives it again; whoever was never asked may not have one at hand.
    if (usedBefore !== null && !asksPassword.includes(usedBefore.method)) {
      return refused(`${place} asks for a password, which was not asked for before`, 'possible');
    }
    return { verdict: 'allowed', rule };
  }
  if (usedBefore === null || usedBefore.method === rule.method) return { verdict: 'allowed', rule };
  return refused(`${place} asks for ${rule.method}, which was not asked for before`, 'possible');
}

/** What membership and address questions of pg_hba rules are answered from. */
export function hbaContext(facts: FactSet): HbaContext {
  const roles = facts.roles.state === 'collected' ? facts.roles.value : [];
  const memberships = facts.memberships.state === 'collected' ? facts.memberships.value : [];
  const graph = createRoleGraph(roles, memberships);
  return {
    memberships: (role, group) => graph.memberOf(role, group),
    hostNetworks:
      facts.interfaces.state === 'collected'
        ? facts.interfaces.value.map(({ address, prefix }) => `${address}/${prefix}`)
        : null,
  };
}

function blockedByHost(state: AccessState, client: Client): Entry | null {
  const network = client.address === null ? null : parseNetwork(client.address);
  if (network === null) return null;
  if (!listens(state.facts, client.address ?? '')) {
    return {
      verdict: 'refused',
      certainty: 'certain',
      because: 'PostgreSQL would no longer listen on a network address',
    };
  }
  if (state.firewallAllows === null || isLoopback(network)) return null;
  const allowed = state.firewallAllows.some((text) => {
    const outer = parseNetwork(text);
    return outer !== null && contains(outer, network);
  });
  return allowed
    ? null
    : { verdict: 'refused', certainty: 'certain', because: 'no firewall rule lets it in' };
}

/** Could a client with this address reach a listener at all? Only the clear case, loopback alone, is a no. */
function listens(facts: FactSet, address: string): boolean {
  if (facts.settings.state !== 'collected') return true;
  const value = facts.settings.value.find(({ name }) => name === 'listen_addresses')?.value;
  if (value === undefined) return true;
  const words = value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) return false;
  const network = parseNetwork(address);
  if (network === null || isLoopback(network)) return true;
  const own = facts.interfaces.state === 'collected' ? facts.interfaces.value.map((row) => row.address) : [];
  // A client on the host itself that uses the host's own address counts as remote here: it needs that address too.
  return words.some((word) => {
    const listener = parseNetwork(word);
    return word !== 'localhost' && (listener === null || !isLoopback(listener) || own.includes(word));
  });
}
