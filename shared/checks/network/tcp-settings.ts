import { z } from 'zod';
import type { Setting } from '../../facts/cluster.ts';
import type { AnyCheck } from '../define-check.ts';
import { postgresPage } from '../support/references.ts';
import { one, settingsCheck } from '../support/settings-check.ts';
import type { SettingsState } from '../support/settings-check.ts';
import { findSetting } from '../support/settings.ts';

/** Checks of settings of connections: rows of one rule. */

const connectionPage = (title: string) => [
  postgresPage('runtime-config-connection.html', `Connection settings, ${title}`),
];

/** What Linux does where PostgreSQL says nothing: two hours, then nine questions 75 seconds apart. */
const kernel: Readonly<Record<string, number>> = {
  tcp_keepalives_idle: 7200,
  tcp_keepalives_interval: 75,
  tcp_keepalives_count: 9,
};

/**
 * The settings of keepalive as the files have them. What pg_settings shows is that of the asking session, which is 0 on a
 * Unix socket whatever is set.
 */
function keepalive({ settings, facts }: SettingsState<unknown>): ReadonlyMap<string, Setting> | string {
  const written = facts.fileSettings.state === 'collected' ? facts.fileSettings.value : [];
  const found = new Map<string, Setting>();
  for (const name of Object.keys(kernel)) {
    const setting = findSetting(settings, name);
    if (setting === undefined) return name;
    const value = written.findLast((row) => row.name === name && row.applied)?.value ?? '0';
    found.set(name, { ...setting, value });
  }
  return found;
}

function secondsUntilDropped(found: ReadonlyMap<string, Setting>): number {
  const value = (name: string) => {
    const text = /^\d+/.exec(found.get(name)?.value ?? '')?.[0];
    // With a unit of its own ("5min") it is read as seconds when it says so, minutes otherwise.
    const unit = /^\d+\s*(min|s)?$/.exec(found.get(name)?.value.trim() ?? '')?.[1];
    const number = Number(text ?? 0) * (unit === 'min' ? 60 : 1);
    return number > 0 ? number : (kernel[name] ?? 0);
  };
  return value('tcp_keepalives_idle') + value('tcp_keepalives_interval') * value('tcp_keepalives_count');
}

const tcpKeepalive = settingsCheck({
  id: 'tcp-keepalive',
  severity: 'low',
  titles: {
    pass: 'Connections of dead clients are dropped soon',
    fail: 'Connections of dead clients stay for hours',
    topic: 'Connections of dead clients',
  },
  why: 'A client whose machine vanished cannot say goodbye. Without questions to it, which the server calls keepalive, its session stays for more than two hours, with its locks and its place among the connections.',
  misuse: [
    'A firewall between client and server is restarted, and forgets its connections.',
    'The sessions pile up until nobody else is let in; each keeps what it has locked.',
  ],
  byHand: [
    'ALTER SYSTEM SET tcp_keepalives_idle = 60;',
    'ALTER SYSTEM SET tcp_keepalives_interval = 10;',
    'ALTER SYSTEM SET tcp_keepalives_count = 6;',
    'SELECT pg_reload_conf(); it counts for sessions that begin afterwards.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-010600', 'CD16-00-004700'],
    documentation: connectionPage('tcp_keepalives_idle'),
  },
  needs: ['fileSettings'],
  remoteOnly: true,
  parameters: z.object({
    /** Seconds after which a dead client has to be dropped. */
    maximumSeconds: z.number().int().min(1).default(900),
  }),
  verdicts(state) {
    const found = keepalive(state);
    if (typeof found === 'string') return found;
    const late = secondsUntilDropped(found) > state.parameters.maximumSeconds;
    const wanted: Readonly<Record<string, string>> = {
      tcp_keepalives_idle: '60',
      tcp_keepalives_interval: '10',
      tcp_keepalives_count: '6',
    };
    return [...found.values()].map((setting) => ({
      setting,
      wanted: late ? (wanted[setting.name] ?? null) : null,
    }));
  },
  pass(state) {
    const found = keepalive(state);
    return `A dead client is dropped after ${typeof found === 'string' ? '?' : secondsUntilDropped(found)} seconds.`;
  },
  fail(state) {
    const found = keepalive(state);
    return `A dead client is dropped after ${typeof found === 'string' ? '?' : secondsUntilDropped(found)} seconds only.`;
  },
});

const tcpAuthTimeout = settingsCheck({
  id: 'tcp-auth-timeout',
  severity: 'low',
  titles: {
    pass: 'Whoever does not log in is dropped soon',
    fail: 'Whoever does not log in may stay for long',
    topic: 'Time to log in',
  },
  why: 'A connection takes a place from the first moment, before anybody proved who he is. authentication_timeout says how long it may stay so.',
  misuse: ['A program opens connections and says nothing. Soon each place is taken, and nobody gets in.'],
  byHand: ["ALTER SYSTEM SET authentication_timeout = '30s';", 'SELECT pg_reload_conf();'],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('runtime-config-connection.html', 'Authentication, authentication_timeout')],
  },
  parameters: z.object({
    /** Seconds. */
    maximum: z.number().int().min(1).default(60),
  }),
  verdicts: ({ settings, parameters }) =>
    one(
      settings,
      'authentication_timeout',
      (value) => Number(value) <= parameters.maximum,
      `${parameters.maximum} seconds at most`,
    ),
  pass: ({ settings }) =>
    `A login has ${findSetting(settings, 'authentication_timeout')?.value ?? ''} seconds.`,
  fail: ({ settings }) =>
    `A login has ${findSetting(settings, 'authentication_timeout')?.value ?? ''} seconds.`,
});

const tcpConnectionReserve = settingsCheck({
  id: 'tcp-connection-reserve',
  severity: 'low',
  titles: {
    pass: 'The administrator gets in when the server is full',
    fail: 'The administrator may not get in when the server is full',
    topic: 'Places for the administrator',
  },
  why: 'When all places are taken only superusers are let in, into the places that are kept for them. Without such places nobody can end the sessions that block the server. With a number of connections that is out of all reason the memory of the host ends first.',
  misuse: [
    'A program gone wild, or an attacker with a password, opens connections until none is left.',
    'The administrator is refused too, and only a restart helps, which ends every session.',
  ],
  byHand: [
    'ALTER SYSTEM SET superuser_reserved_connections = 3;',
    'From PostgreSQL 16 on, reserved_connections keeps places for roles in pg_use_reserved_connections: monitoring, say.',
    'Keep max_connections in the hundreds, and put a pool in front of more clients.',
    'Restart PostgreSQL.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-001200', 'CD16-00-000100'],
    documentation: connectionPage('superuser_reserved_connections'),
  },
  parameters: z.object({
    /** Places kept for superusers, at least. */
    reserved: z.number().int().min(0).default(3),
    /** Connections in all, at most. */
    connections: z.number().int().min(1).default(1000),
  }),
  verdicts({ settings, parameters }) {
    const reserved = one(
      settings,
      'superuser_reserved_connections',
      (value) => Number(value) >= parameters.reserved,
      `${parameters.reserved} or more`,
    );
    if (typeof reserved === 'string') return reserved;
    const all = one(
      settings,
      'max_connections',
      (value) => Number(value) <= parameters.connections,
      `${parameters.connections} at most`,
    );
    return typeof all === 'string' ? all : [...reserved, ...all];
  },
  pass: ({ settings }) =>
    `${findSetting(settings, 'superuser_reserved_connections')?.value ?? ''} of ${findSetting(settings, 'max_connections')?.value ?? ''} places are kept for superusers.`,
  fail: ({ settings }) =>
    `${findSetting(settings, 'superuser_reserved_connections')?.value ?? ''} of ${findSetting(settings, 'max_connections')?.value ?? ''} places are kept for superusers.`,
});

const tcpBonjour = settingsCheck({
  id: 'tcp-bonjour',
  severity: 'low',
  titles: {
    pass: 'The server does not announce itself',
    fail: 'The server announces itself in the network',
    topic: 'Announcing by Bonjour',
  },
  why: 'With bonjour the server tells every machine of the network that it is there, by name and port. A database has no reason to.',
  misuse: ['Whoever joins the network sees the server in a list, without having to search.'],
  byHand: ['ALTER SYSTEM SET bonjour = off;', 'Restart PostgreSQL.'],
  references: {
    cis: [],
    stig: ['CD12-00-004150', 'CD16-00-008000'],
    documentation: connectionPage('bonjour'),
  },
  parameters: z.object({}),
  verdicts: ({ settings }) => one(settings, 'bonjour', (value) => value === 'off', 'off'),
  pass: () => 'bonjour is off.',
  fail: () => 'bonjour is on.',
});

const tcpPortDocumented = settingsCheck({
  id: 'tcp-port-documented',
  severity: 'info',
  titles: {
    pass: 'The port is one that is meant to be used',
    fail: 'The port is not one that is meant to be used',
    topic: 'Port of the server',
  },
  why: 'Rules of firewalls, of monitoring and of audits name a port. A server on another one is missed by all of them. Another port is no protection: a scan finds it in minutes.',
  misuse: [
    'A test server is started on 5433 beside the real one.',
    'No firewall rule and no inspection knows of it, and it holds a copy of the data.',
  ],
  byHand: [
    'Agree on the port, and write it into the parameters of this check.',
    'To move the server: firewall and clients first, then ALTER SYSTEM SET port = 5432; and a restart.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000100', 'CD16-00-003500'],
    documentation: connectionPage('port'),
  },
  parameters: z.object({
    /** Ports that are meant to be used; empty when nothing was agreed. */
    ports: z.array(z.number().int().min(1).max(65_535)).default([]),
  }),
  verdicts: ({ settings, parameters }) =>
    one(
      settings,
      'port',
      (value) => parameters.ports.length === 0 || parameters.ports.includes(Number(value)),
      parameters.ports.join(' or '),
    ),
  pass: ({ settings, parameters }) =>
    `The server uses port ${findSetting(settings, 'port')?.value ?? ''}${parameters.ports.length === 0 ? '; nothing else was agreed' : ', as agreed'}.`,
  fail: ({ settings }) =>
    `The server uses port ${findSetting(settings, 'port')?.value ?? ''}, which was not agreed.`,
});

const hbaDbUserNamespace = settingsCheck({
  id: 'hba-db-user-namespace',
  severity: 'low',
  titles: {
    pass: 'Roles are the same in every database',
    fail: 'Roles belong to single databases by their name',
    topic: 'Names of roles by database',
  },
  why: 'db_user_namespace makes anna of the database shop log in as the role anna@shop. It was never finished, works with md5 and clear passwords only, and PostgreSQL 17 no longer has it.',
  misuse: ['Because of it, SCRAM cannot be used, so the weak md5 stays.'],
  byHand: [
    'Rename roles such as "anna@shop", and tell their clients.',
    'ALTER SYSTEM RESET db_user_namespace; SELECT pg_reload_conf();',
  ],
  references: { cis: [], stig: [], documentation: connectionPage('db_user_namespace') },
  parameters: z.object({}),
  unless: ({ major }) => (major >= 17 ? 'PostgreSQL 17 and newer have no db_user_namespace.' : null),
  verdicts: ({ settings }) => one(settings, 'db_user_namespace', (value) => value === 'off', 'off'),
  pass: () => 'db_user_namespace is off.',
  fail: () => 'db_user_namespace is on.',
});

/** Checks of settings of connections, in the order in which they are shown. */
export const tcpSettingChecks: readonly AnyCheck[] = [
  tcpKeepalive,
  tcpAuthTimeout,
  tcpConnectionReserve,
  tcpBonjour,
  tcpPortDocumented,
  hbaDbUserNamespace,
];
