import type { FactSet } from '../facts/facts.ts';
import { matchHba } from '../hba/match.ts';
import type { HbaConnection, HbaContext, HbaMatch } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import { createRoleGraph } from '../roles/role-graph.ts';
import type { Client } from './client.ts';
import { refusal } from './entry.ts';
import type { AccessState, Entry, Way } from './entry.ts';
import { roleOf } from './login-gates.ts';
import { methodGate } from './method-gate.ts';

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

const contexts = new WeakMap<FactSet, HbaContext>();

function contextOf(facts: FactSet): HbaContext {
  const context = contexts.get(facts) ?? hbaContext(facts);
  contexts.set(facts, context);
  return context;
}

/** Whom a rule is for, whatever it then asks of them. */
const whom = ({ type, databases, users, address }: HbaRule): string =>
  JSON.stringify([type, databases, users, address]);

interface Decided {
  readonly rule: HbaRule | null;
  /** False when a rule in front of it may decide instead. */
  readonly sure: boolean;
}

/**
 * The rules that may decide, the likeliest last. What cannot be told of a rule (a host name, a file that was not read)
 * is known when the log names the line that let the client in, and stays true for a rule for the same people.
 */
function candidates(match: HbaMatch, client: Client, usedBefore: HbaRule | null): readonly Decided[] {
  const known = usedBefore === null ? null : whom(usedBefore);
  const isPlace = ({ file, line }: HbaRule): boolean =>
    client.place !== undefined && client.place.line === line && client.place.file === file;
  const found: { rule: HbaRule; open: boolean }[] = [];
  let rest = match;
  while (rest.outcome === 'unknown') {
    found.push({ rule: rest.rule, open: true });
    rest = rest.otherwise;
  }
  if (rest.outcome === 'match') found.push({ rule: rest.rule, open: false });
  const told =
    known !== null && client.place !== undefined
      ? found.find(({ rule }) => whom(rule) === known)
      : usedBefore === null
        ? found.find(({ rule }) => isPlace(rule))
        : undefined;
  if (told !== undefined) return [{ rule: told.rule, sure: true }];
  const open = found.filter((one) => one.open);
  const last: Decided = { rule: rest.outcome === 'match' ? rest.rule : null, sure: open.length === 0 };
  return [...open.map(({ rule }) => ({ rule, sure: false })), last];
}

/** Which line of pg_hba.conf decides, and whether the client can give what it asks for. */
export function hbaGate(
  state: AccessState,
  client: Client,
  way: Way,
  transport: HbaConnection['transport'],
  usedBefore: HbaRule | null,
): Entry {
  if (state.rules === null) return { verdict: 'allowed', rule: null };
  const context = contextOf(state.facts);
  const connection: HbaConnection = {
    role: client.role,
    database: way.database,
    address: client.address ?? 'local',
    transport,
    replication: way.replication,
  };
  const role = roleOf(state.facts, client.role);
  const found = candidates(matchHba(state.rules, connection, context), client, usedBefore);
  const entries = found.map(({ rule }): Entry => {
    if (rule !== null) return methodGate({ state, rule, client, role, usedBefore, context });
    const how =
      transport === 'tcp-plain'
        ? ' without TLS'
        : transport === 'tls' && client.tls === false
          ? ' with TLS'
          : '';
    return refusal('hba', `no line of pg_hba.conf lets it in${how}`);
  });
  return oneOf(entries);
}

/** What holds when any of the entries may be the one: sure only where all agree. */
export function oneOf(entries: readonly Entry[]): Entry {
  const refused = entries.find((entry) => entry.verdict === 'refused');
  const last = entries.at(-1);
  if (refused?.verdict !== 'refused') return last ?? { verdict: 'allowed', rule: null };
  const sure = entries.every((entry) => entry.verdict === 'refused' && entry.certainty === 'certain');
  return sure ? refused : { ...refused, certainty: 'possible' };
}
