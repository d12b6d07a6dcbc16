import { clientsSeen, refusedClients } from '../access/cut-off.ts';
import type { AccessState, Client, RefusedClient } from '../access/cut-off.ts';
import type { FactSet } from '../facts/facts.ts';
import type { Operation } from './operation.ts';
import type { CutOff } from './plan.ts';
import { hbaResolution, identMappings } from './read-rules.ts';
import { simulate } from './simulate.ts';

/** The server before and after, with what is in force once a restart that the plan leaves for later is made. */
export interface AccessChange {
  readonly before: AccessState;
  readonly after: AccessState;
  /** null when nothing waits for a restart. */
  readonly later: AccessState | null;
}

/** True when pg_hba.conf was written after the server last read it: then nobody can see the rules in force. */
function isStale({ configurationFiles, server }: FactSet): boolean {
  if (configurationFiles.state !== 'collected' || server.state !== 'collected') return false;
  const loaded = Date.parse(server.value.loadedAt) / 1000;
  const hba = configurationFiles.value.find(({ role }) => role === 'pg_hba.conf');
  // Times of files are whole seconds.
  return hba !== undefined && hba.status.modifiedAt > Math.ceil(loaded);
}

/** True for what makes the server read its files again. */
const loads = ({ kind }: Operation): boolean => kind === 'reload' || kind === 'restart' || kind === 'hba';

/** The states that a plan lies between. `after` are the simulated facts of its operations. */
export function accessChange(facts: FactSet, after: FactSet, operations: readonly Operation[]): AccessChange {
  const major = facts.server.state === 'collected' ? facts.server.value.major : null;
  const stateOf = (state: FactSet, isLoaded: boolean): AccessState => {
    const resolution = major === null || !isLoaded ? null : hbaResolution(state, major);
    // With a line that it refuses the server keeps the rules that it has.
    const rules = resolution === null || resolution.problems.length > 0 ? null : resolution.rules;
    return { facts: state, rules, mappings: major === null ? null : identMappings(state, major) };
  };
  const stale = isStale(facts);
  const loaded = !stale || operations.some(loads);
  const waits =
    operations.some((operation) => operation.kind === 'setting' && operation.effect === 'restart') &&
    !operations.some(({ kind }) => kind === 'restart');
  return {
    before: stateOf(facts, !stale),
    after: stateOf(after, loaded),
    later: waits ? stateOf(simulate(after, [{ kind: 'restart', reasons: [] }]).facts, true) : null,
  };
}

/** Everybody seen who would be refused, each with what refuses; the certain ones first. */
export function cutOffOf({ before, after, later }: AccessChange): CutOff[] {
  const clients = clientsSeen(before.facts);
  const soon = refusedClients(before, after, clients);
  const named = new Set(soon.map(({ client }) => client));
  const rest = clients.filter((client) => !named.has(client));
  const afterRestart = later === null ? [] : refusedClients(before, later, rest);
  const all = [
    ...joinRefusals(soon).map((one) => entryOf(one, false)),
    ...joinRefusals(afterRestart).map((one) => entryOf(one, true)),
  ];
  return all.sort(
    (one, other) => Number(one.certainty === 'possible') - Number(other.certainty === 'possible'),
  );
}

/** Refusals that a person would read as the same: other TLS versions, other programs of one account. */
function joinRefusals(refused: readonly RefusedClient[]): readonly RefusedClient[] {
  const joined = new Map<string, RefusedClient>();
  for (const one of refused) {
    const { client, because, certainty, gate } = one;
    const { role, database, address, replication } = client;
    const key = JSON.stringify([
      role,
      database,
      address,
      replication,
      transportText(client),
      because,
      certainty,
      gate,
    ]);
    const present = joined.get(key)?.client;
    const sum = {
      sessionsNow: (present?.sessionsNow ?? 0) + client.sessionsNow,
      logins: (present?.logins ?? 0) + client.logins,
      lastAt: [present?.lastAt ?? '', client.lastAt ?? ''].sort().at(-1) || null,
    };
    joined.set(key, { ...one, client: { ...client, ...sum } });
  }
  return [...joined.values()];
}

function entryOf(
  { client, because, certainty, gate, rule, file, line }: RefusedClient,
  afterRestart: boolean,
): CutOff {
  const { role, database, address, replication } = client;
  return {
    role,
    database,
    address,
    transport: transportText(client),
    seen: seenText(client),
    because: afterRestart ? `${because}, from the next restart on` : because,
    certainty,
    replication,
    gate,
    rule,
    file,
    line,
    ...(afterRestart ? { afterRestart } : {}),
  };
}

function transportText({ address, tls, gss, program }: Client): string {
  if (gss === true) return 'GSSAPI';
  const tunnel = program !== undefined && /^sshd(-session)?$/.test(program) ? ' through an SSH tunnel' : '';
  if (address === null) return `Unix socket${tunnel}`;
  return (tls === null ? 'TCP' : tls ? 'TLS' : 'TCP without TLS') + tunnel;
}

function seenText(client: Client): string {
  const parts = [
    client.sessionsNow > 0
      ? `${client.sessionsNow} ${client.sessionsNow === 1 ? 'session' : 'sessions'} now`
      : '',
    client.logins > 0 ? `${client.logins} ${client.logins === 1 ? 'login' : 'logins'} in the log` : '',
    client.lastAt === null ? '' : `last ${client.lastAt.slice(0, 16).replace('T', ' ')}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** What hides clients from the prediction, in sentences; empty when all could be looked at. */
export function cutOffUnknown({ before, after }: AccessChange): string[] {
  const { sessions, logins, roles, server } = before.facts;
  const superuser = server.state === 'collected' && server.value.roleIsSuperuser;
  return [
    sessions.state === 'collected'
      ? superuser || server.state !== 'collected'
        ? null
        : 'Sessions of other roles are seen in part only: the inspection is no superuser.'
      : `Who is connected now is not known: ${sessions.reason}.`,
    logins.state === 'collected'
      ? logins.value.logins.length === 0
        ? 'The log shows no logins: clients that are not connected now are not known.'
        : null
      : `Who logged in before is not known: ${logins.reason}.`,
    after.rules === null
      ? 'The rules of pg_hba.conf are not known, so nobody can tell whom they refuse.'
      : before.rules === null
        ? 'pg_hba.conf was changed since the server last read it: everybody seen counts as let in today.'
        : null,
    roles.state === 'collected' ? null : `The roles are not known: ${roles.reason}.`,
  ].filter((text) => text !== null);
}
