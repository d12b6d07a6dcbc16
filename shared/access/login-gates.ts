import type { Role } from '../facts/catalog.ts';
import type { FactSet } from '../facts/facts.ts';
import { createRoleGraph } from '../roles/role-graph.ts';
import type { Client } from './client.ts';
import { refusal, settingOf } from './entry.ts';
import type { Refusal, Way } from './entry.ts';

/** The role of a client; undefined when there is none, null when the roles are not known. */
export function roleOf({ roles }: FactSet, name: string): Role | undefined | null {
  if (roles.state !== 'collected') return null;
  return roles.value.find((role) => role.name === name);
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Whether the server still speaks TLS as the client does. */
export function tlsGate(facts: FactSet, before: FactSet, client: Client): Refusal | null {
  if (settingOf(facts, 'ssl') === 'off') return refusal('tls', 'TLS would be off', 'certain', 'ssl = off');
  const minimum = settingOf(facts, 'ssl_min_protocol_version') ?? '';
  const used = versions.indexOf(client.tlsVersion ?? '');
  if (used >= 0 && versions.indexOf(minimum) > used) {
    // A client takes the newest version that both know: it knows no newer one, unless the server kept it from it.
    const maximum = settingOf(before, 'ssl_max_protocol_version') ?? '';
    const held = maximum !== '' && versions.indexOf(maximum) <= used;
    return refusal(
      'tls',
      `TLS would begin at ${minimum}, and the client speaks ${client.tlsVersion ?? ''}`,
      held ? 'possible' : 'certain',
      `ssl_min_protocol_version = '${minimum}'`,
    );
  }
  const ceiling = settingOf(facts, 'ssl_max_protocol_version') ?? '';
  if (used >= 0 && ceiling !== '' && versions.indexOf(ceiling) < used) {
    return refusal(
      'tls',
      `TLS would end at ${ceiling}`,
      'possible',
      `ssl_max_protocol_version = '${ceiling}'`,
    );
  }
  return cipherGate(facts, before, client);
}

/** Of TLS 1.3 the list decides nothing; a list of plain names says which ciphers are left. */
function cipherGate(facts: FactSet, before: FactSet, client: Client): Refusal | null {
  const ciphers = settingOf(facts, 'ssl_ciphers');
  const cipher = client.tlsCipher;
  if (cipher === undefined || client.tlsVersion === 'TLSv1.3' || ciphers === null) return null;
  if (ciphers === settingOf(before, 'ssl_ciphers') || ciphers.split(/[:, ]/).includes(cipher)) return null;
  return refusal(
    'tls',
    `the ciphers of TLS would change, and the client uses ${cipher}`,
    'possible',
    'ssl_ciphers',
  );
}

/** Whether the role may log in, and may replicate where it does. */
export function roleGate(facts: FactSet, client: Client, way: Way): Refusal | null {
  const role = roleOf(facts, client.role);
  if (role === null) return null;
  if (role === undefined) return refusal('role', `there is no role ${client.role}`);
  if (!role.login) return refusal('role', `the role ${role.name} may not log in`, 'certain', 'NOLOGIN');
  if (way.replication !== false && !role.superuser && !role.replication)
    return refusal('role', `the role ${role.name} may not replicate`, 'certain', 'NOREPLICATION');
  if (way.replication !== false && settingOf(facts, 'max_wal_senders') === '0')
    return refusal('role', 'no replication is allowed', 'certain', 'max_wal_senders = 0');
  if (role.connectionLimit === 0 && !role.superuser) return limitRefusal(facts, role.name, way);
  return null;
}

/** Replication does not count since 17, and with later releases of older majors. */
function limitRefusal(facts: FactSet, name: string, way: Way): Refusal | null {
  const major = facts.server.state === 'collected' ? facts.server.value.major : 0;
  if (way.replication !== false && major >= 17) return null;
  const certainty = way.replication === false ? 'certain' : 'possible';
  return refusal('role', `the role ${name} has a connection limit of 0`, certainty, 'CONNECTION LIMIT 0');
}

/** Whether the password of a role counts; methods without a password do not ask. */
export function passwordExpired(facts: FactSet, { validUntil }: Role): boolean {
  if (validUntil === null || facts.system.state !== 'collected') return false;
  if (validUntil === '-infinity') return true;
  return Date.parse(validUntil) < Date.parse(facts.system.value.time);
}

/** Whether the database lets the role in. Physical replication connects to none. */
export function databaseGate(facts: FactSet, client: Client, way: Way): Refusal | null {
  if (way.replication === 'physical' || facts.databases.state !== 'collected') return null;
  const database = facts.databases.value.find(({ name }) => name === way.database);
  const role = roleOf(facts, client.role);
  if (database === undefined) return refusal('database', `there is no database ${way.database}`);
  if (!database.allowConnections)
    return refusal(
      'database',
      `the database ${database.name} allows no connections`,
      'certain',
      'ALLOW_CONNECTIONS false',
    );
  if (role === null || role === undefined || role.superuser) return null;
  if (database.connectionLimit === 0 && way.replication === false)
    return refusal(
      'database',
      `the database ${database.name} has a connection limit of 0`,
      'certain',
      'CONNECTION LIMIT 0',
    );
  const memberships = facts.memberships.state === 'collected' ? facts.memberships.value : [];
  const graph = createRoleGraph([role], memberships);
  const mayConnect = database.grants.some(
    ({ grantee, privilege }) =>
      privilege === 'CONNECT' && (grantee === null || graph.memberOf(role.name, grantee, 'inherit')),
  );
  return mayConnect
    ? null
    : refusal(
        'database',
        `${role.name} has no CONNECT on the database ${database.name}`,
        'certain',
        'CONNECT',
      );
}
