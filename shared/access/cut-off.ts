import type { FactSet } from '../facts/facts.ts';
import type { HbaConnection } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import type { Client, SslMode } from './client.ts';
import { refusal, settingOf } from './entry.ts';
import type { AccessState, Entry, Refusal, Way } from './entry.ts';
import { hbaGate, oneOf } from './hba-gate.ts';
import { socketFolders, socketGate, tunnelGate } from './host-gates.ts';
import { databaseGate, roleGate, tlsGate } from './login-gates.ts';
import { destinationsOf, firewallGate, listenerGate } from './network-gates.ts';

export { clientsSeen } from './client.ts';
export type { Client, SslMode } from './client.ts';
export type { AccessState, Certainty, CutOffGate, Entry, Refusal } from './entry.ts';
export { hbaContext } from './hba-gate.ts';

/** A client that gets in today and would be refused. */
export interface RefusedClient extends Refusal {
  readonly client: Client;
}

type Transport = HbaConnection['transport'];

const attempts: Readonly<Record<SslMode, readonly Transport[]>> = {
  disable: ['tcp-plain'],
  allow: ['tcp-plain', 'tls'],
  prefer: ['tls', 'tcp-plain'],
  require: ['tls'],
  offered: ['tls', 'tcp-plain'],
};

/** Everything that stands between a client and its session, one transport. */
function enterBy(
  state: AccessState,
  before: FactSet,
  client: Client,
  way: Way,
  transport: Transport,
  usedBefore: HbaRule | null,
): Entry {
  const { facts } = state;
  const blocked =
    tunnelGate(facts, client) ??
    firewallGate(facts, client.address, way.port, way.destination) ??
    listenerGate(facts, client, way) ??
    socketGate(facts, client, way) ??
    (transport === 'tls' ? tlsGate(facts, before, client) : null);
  if (blocked?.certainty === 'certain') return blocked;
  const inside =
    roleGate(facts, client, way) ??
    databaseGate(facts, client, way) ??
    hbaGate(state, client, way, transport, usedBefore);
  // What may refuse it already does not outweigh what surely does.
  return inside.verdict === 'refused' ? inside : (blocked ?? inside);
}

/** Whether a client gets in by one way: by the first of its transports that is let in. */
function enterWay(
  state: AccessState,
  before: FactSet,
  client: Client,
  way: Way,
  usedBefore: HbaRule | null,
): Entry {
  const refused: Refusal[] = [];
  const offered = settingOf(state.facts, 'ssl') === 'on' ? attempts.require : attempts.disable;
  const transports = client.sslMode === 'offered' && client.address !== null ? offered : way.transports;
  for (const transport of transports) {
    const entry = enterBy(state, before, client, way, transport, usedBefore);
    if (entry.verdict === 'allowed') return entry;
    refused.push(entry);
  }
  const observed = transports.indexOf(client.tls === true ? 'tls' : 'tcp-plain');
  const told = refused[observed] ?? refused[0] ?? refusal('hba', 'there is no way in');
  return refused.some(({ certainty }) => certainty === 'possible')
    ? { ...told, certainty: 'possible' }
    : told;
}

/** By which transports a client may try, as far as what it did tells. */
function transportsOf(
  state: AccessState,
  client: Client,
  base: Omit<Way, 'transports'>,
): (readonly Transport[])[] {
  if (client.address === null) return [['local']];
  if (client.gss === true) return [['gss'], ['gss', 'tls', 'tcp-plain']];
  if (client.sslMode !== undefined) return [attempts[client.sslMode]];
  const modes = [attempts.disable, attempts.prefer, attempts.require];
  if (client.tls === null) return modes;
  const seen: Transport = client.tls ? 'tls' : 'tcp-plain';
  const fitting = modes.filter((transports) => {
    const used = transports.find(
      (one) => enterBy(state, state.facts, client, { ...base, transports }, one, null).verdict === 'allowed',
    );
    return used === seen;
  });
  return fitting.length > 0 ? fitting : [[seen]];
}

/** Databases that replication may have named where the log does not tell; '' for physical replication. */
function targetsOf(state: AccessState, client: Client): Pick<Way, 'database' | 'replication'>[] {
  const database = client.database ?? '';
  if (!client.replication) return [{ database, replication: false }];
  if (client.database !== null) return [{ database, replication: 'logical' }];
  const physical = { database: '', replication: 'physical' } as const;
  const { databases } = state.facts;
  if (client.databaseKnown !== false || databases.state !== 'collected') return [physical];
  const open = databases.value.filter(({ allowConnections }) => allowConnections);
  return [physical, ...open.map(({ name }) => ({ database: name, replication: 'logical' as const }))];
}

/** Every way that what was seen of a client leaves open. */
function waysOf(state: AccessState, client: Client): Way[] {
  const text = settingOf(state.facts, 'port');
  const port = text === null ? null : Number(text);
  const folders = client.address === null ? socketFolders(state.facts) : [];
  const directories = folders.length === 0 ? [null] : folders;
  return targetsOf(state, client).flatMap((target) =>
    destinationsOf(state.facts, client).flatMap((destination) =>
      directories.flatMap((directory) => {
        const base = { ...target, destination, directory, port };
        return transportsOf(state, client, base).map((transports) => ({ ...base, transports }));
      }),
    ),
  );
}

/**
 * Whether a client gets in. `usedBefore` is the rule by which it got in before the change: what its method asked for
 * the client can give, so the same method lets it in again.
 */
export function enter(state: AccessState, client: Client, usedBefore: HbaRule | null): Entry {
  return oneOf(waysOf(state, client).map((way) => enterWay(state, state.facts, client, way, usedBefore)));
}

/**
 * The clients that get in before and would not get in after: by sshd, firewall, listener, socket, TLS, pg_hba, role and
 * database. A refusal is certain when no way that is left open by what was seen gets in after the change.
 */
export function refusedClients(
  before: AccessState,
  after: AccessState,
  clients: readonly Client[],
): readonly RefusedClient[] {
  return clients.flatMap((client) => {
    const refused = refusedAfter(before, after, client);
    return refused === null ? [] : [{ client, ...refused }];
  });
}

/** One way of a client, before and after. */
interface JudgedWay {
  readonly was: Entry;
  readonly is: Entry;
}

function judgeWays(before: AccessState, after: AccessState, client: Client): readonly JudgedWay[] {
  return waysOf(before, client).map((way) => {
    const was = enterWay(before, before.facts, client, way, null);
    const used = was.verdict === 'allowed' ? was.rule : null;
    return { was, is: enterWay(after, before.facts, client, way, used) };
  });
}

/**
 * The refusal of a session that is open for sure, whatever the facts say of today; null unless each of its ways is
 * refused for certain, and for another reason than before.
 */
export function refusalOfSession(before: AccessState, after: AccessState, client: Client): Refusal | null {
  const refused = judgeWays(before, after, client).map(({ was, is }) =>
    is.verdict === 'refused' && is.certainty === 'certain' && !isSame(was, is) ? is : null,
  );
  return refused.includes(null) ? null : (refused[0] ?? null);
}

function refusedAfter(before: AccessState, after: AccessState, client: Client): Refusal | null {
  const judged = judgeWays(before, after, client);
  // By a way that is closed today it did not come.
  const open = judged.filter(({ was }) => was.verdict === 'allowed' || was.certainty === 'possible');
  const changed = open.flatMap(({ was, is }) =>
    is.verdict === 'refused' && !isSame(was, is) ? [{ was, is }] : [],
  );
  const told = changed.find(({ is }) => is.certainty === 'certain') ?? changed[0];
  if (told === undefined) return null;
  const certain =
    changed.length === open.length &&
    changed.every(
      ({ was, is }) => is.certainty === 'certain' && (was.verdict === 'allowed' || client.sessionsNow > 0),
    );
  return { ...told.is, certainty: certain ? 'certain' : 'possible' };
}

/** Refused for the same reason before: the change has no part in it. Edits may move a line. */
function isSame(was: Entry, is: Refusal): boolean {
  const reason = ({ because }: Refusal): string => because.replace(/:\d+ /, ' ');
  return (
    was.verdict === 'refused' && was.gate === is.gate && was.rule === is.rule && reason(was) === reason(is)
  );
}
