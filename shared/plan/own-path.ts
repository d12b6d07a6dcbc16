import { refusalOfSession } from '../access/cut-off.ts';
import type { AccessState, Client, Refusal } from '../access/cut-off.ts';
import { sshLoginGate } from '../access/host-gates.ts';
import { firewallGate } from '../access/network-gates.ts';
import type { FactSet } from '../facts/facts.ts';
import type { AccessChange } from './cut-off.ts';

/** How this program came in. */
export interface OwnWay {
  /** The address from which the ssh login came, as the host sees it; null where there is none. */
  readonly clientAddress: string | null;
  /** The port of sshd that it used; null where it is not known. */
  readonly sshPort: number | null;
}

/** The session with PostgreSQL that the plan is applied with. */
function ownSession(facts: FactSet, sshd: boolean): Client | null {
  const { server, system, cluster } = facts;
  if (server.state !== 'collected') return null;
  const { role, connection } = server.value;
  const loginUser = system.state === 'collected' ? system.value.loginUser : undefined;
  const owner = cluster.state === 'collected' ? cluster.value.owner : undefined;
  const practice = cluster.state === 'collected' && cluster.value.origin === 'practice';
  const account =
    connection === 'sudo-bridge' ? owner : connection === 'socket' && !practice ? loginUser : undefined;
  return {
    role,
    database: 'postgres',
    address: connection === 'tcp' ? '127.0.0.1' : null,
    tls: connection === 'tcp' ? null : false,
    // See withTls.
    ...(connection === 'tcp' ? { sslMode: 'offered' as const } : {}),
    // Over ssh a session by TCP needs a tunnel; one by the socket has another way in without.
    ...(connection === 'tcp' && sshd ? { program: 'sshd' } : {}),
    ...(account === undefined ? {} : { account }),
    replication: false,
    sessionsNow: 1,
    logins: 0,
    lastAt: null,
  };
}

/** Where the own session asks for a password, it has it: only a certain refusal counts. */
function sessionRefusal(before: AccessState, after: AccessState, way: OwnWay): Refusal | null {
  const own = ownSession(before.facts, way.clientAddress !== null);
  return own === null ? null : refusalOfSession(before, after, own);
}

function sshRefusal(before: FactSet, after: FactSet, way: OwnWay): Refusal | null {
  if (way.clientAddress === null || before.system.state !== 'collected') return null;
  const { loginUser, loggedInWith } = before.system.value;
  const login = { account: loginUser, with: loggedInWith ?? null };
  const ports = before.sshd.state === 'collected' ? before.sshd.value.ports : [];
  const port = way.sshPort ?? ports[0] ?? 22;
  const blocked = (facts: FactSet) => firewallGate(facts, way.clientAddress, port);
  const refused = (facts: FactSet) => portGate(facts, port) ?? sshLoginGate(facts, login);
  const firewall = blocked(after);
  if (firewall?.certainty === 'certain' && blocked(before)?.certainty !== 'certain') return firewall;
  const later = refused(after);
  return later !== null && refused(before) === null ? later : null;
}

function portGate({ sshd }: FactSet, port: number): Refusal | null {
  if (sshd.state !== 'collected') return null;
  const ports = sshd.value.settings['port'] ?? [];
  if (ports.length === 0 || ports.map(Number).includes(port)) return null;
  return {
    verdict: 'refused',
    certainty: 'certain',
    gate: 'sshd',
    because: `sshd listens on port ${ports.join(', ')}, no longer on ${port}`,
    rule: `Port ${ports.join(' ')}`,
    file: null,
    line: null,
  };
}

/** What would shut this program out: its ssh login or its session with PostgreSQL. Empty when nothing does. */
export function ownPathRefusals(change: AccessChange, way: OwnWay): readonly string[] {
  const states = [change.after, ...(change.later === null ? [] : [change.later])];
  const role = change.before.facts.server.state === 'collected' ? change.before.facts.server.value.role : '';
  const texts = states.flatMap((after) => {
    const session = sessionRefusal(change.before, after, way);
    const ssh = sshRefusal(change.before.facts, after.facts, way);
    return [
      session === null
        ? null
        : `This plan would refuse Portcullis itself (role ${role}): ${session.because}.`,
      ssh === null
        ? null
        : `This plan would refuse your own SSH login from ${way.clientAddress ?? ''}: ${ssh.because}.`,
    ].filter((text) => text !== null);
  });
  return [...new Set(texts)];
}
