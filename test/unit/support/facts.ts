import { createHash } from 'node:crypto';
import { runChecks } from '../../../shared/checks/run-checks.ts';
import type { AnyCheck } from '../../../shared/checks/define-check.ts';
import { collected } from '../../../shared/facts/fact.ts';
import type { FactName, FactSet, FactValue } from '../../../shared/facts/facts.ts';
import type { Setting } from '../../../shared/facts/cluster.ts';
import type { ConfigurationFile } from '../../../shared/facts/files.ts';
import type { Finding, Waiver } from '../../../shared/findings/finding.ts';
import {
  bootstrapRole,
  certificate,
  fileStatus,
  folder,
  listener,
  role,
  session,
  setting,
  unixSocket,
} from './builders.ts';
import { hardenedSettings } from './hardened-settings.ts';
import { hardenedFirewall } from './hardened-firewall.ts';

/** The time that findings are judged by, unless a test says otherwise. */
export const scanTime = '2026-11-22T10:00:00.000Z';
export const hbaPath = '/etc/postgresql/15/main/pg_hba.conf';
export const configPath = '/etc/postgresql/15/main/postgresql.conf';

export const hardenedHba = `# TYPE  DATABASE        USER            ADDRESS                 METHOD
local   all             postgres                                peer
local   all             all                                     peer
host    all             all             127.0.0.1/32            scram-sha-256
host    all             all             ::1/128                 scram-sha-256
host    all             postgres        all                     reject
hostssl shop            shop_app        10.20.30.0/24           scram-sha-256
`;

/** A configuration file with its text, hashed as the collector does. */
export function configurationFile(
  fileRole: ConfigurationFile['role'],
  path: string,
  text: string | null,
  problem: string | null = null,
): ConfigurationFile {
  return {
    role: fileRole,
    path,
    status: fileStatus(path, { sizeBytes: text?.length ?? 0 }),
    text,
    sha256: text === null ? null : createHash('sha256').update(text, 'latin1').digest('hex'),
    problem,
  };
}

function hardenedValues(): { readonly [K in FactName]: FactValue<K> } {
  const cluster: FactValue<'cluster'> = {
    id: '15/main',
    name: 'main',
    major: 15,
    port: 5432,
    dataDirectory: '/var/lib/postgresql/15/main',
    owner: 'postgres',
    running: true,
    socketDirectories: ['/var/run/postgresql'],
    configFile: configPath,
    hbaFile: hbaPath,
    identFile: '/etc/postgresql/15/main/pg_ident.conf',
    binDirectory: '/usr/lib/postgresql/15/bin',
    psql: '/usr/lib/postgresql/15/bin/psql',
    service: { kind: 'systemd', unit: 'postgresql@15-main.service' },
    origin: 'pg_lsclusters',
    managedBy: null,
  };
  return {
    system: {
      hostname: 'db1',
      kernel: '6.1.0',
      architecture: 'x86_64',
      distribution: 'debian',
      distributionLike: [],
      distributionVersion: '12',
      prettyName: 'Debian GNU/Linux 12 (bookworm)',
      loginUser: 'deploy',
      ranAsRoot: true,
      systemd: true,
      time: scanTime,
      container: null,
      sshConnection: { clientAddress: '10.20.30.40', serverAddress: '10.20.30.5', serverPort: 22 },
      banningJails: [],
    },
    accounts: {
      users: [
        { name: 'root', uid: 0, gid: 0, shell: '/bin/bash' },
        { name: 'postgres', uid: 110, gid: 118, shell: '/bin/bash' },
        { name: 'deploy', uid: 1000, gid: 1000, shell: '/bin/bash' },
      ],
      groups: [
        { name: 'root', gid: 0, members: [] },
        { name: 'postgres', gid: 118, members: [] },
        { name: 'ssl-cert', gid: 117, members: ['postgres'] },
        { name: 'deploy', gid: 1000, members: [] },
      ],
    },
    packages: {
      manager: 'apt',
      packages: [
        { name: 'postgresql-15', installed: '15.20-0+deb12u1', candidate: '15.20-0+deb12u1' },
        { name: 'postgresql-15-pgaudit', installed: '1.7.0-2', candidate: '1.7.0-2' },
      ],
      changelogCves: [],
      listsUpdatedAt: '2026-11-22T04:00:00.000Z',
    },
    clusters: [cluster],
    cluster,
    server: {
      version: '15.20 (Debian 15.20-0+deb12u1)',
      versionNumber: 150020,
      major: 15,
      inRecovery: false,
      startedAt: '2026-11-01T03:00:00.000Z',
      loadedAt: '2026-11-20T03:00:00.000Z',
      role: 'postgres',
      roleIsSuperuser: true,
      connection: 'sudo-bridge',
      systemIdentifier: '7571032456789012345',
    },
    settings: [...hardenedSettings],
    fileSettings: [
      ['tcp_keepalives_idle', '60'],
      ['tcp_keepalives_interval', '10'],
      ['tcp_keepalives_count', '6'],
    ].map(([name = '', value = ''], index) => ({
      sourceFile: configPath,
      sourceLine: 200 + index,
      name,
      value,
      applied: true,
      error: null,
    })),
    configurationFiles: [
      configurationFile('postgresql.conf', configPath, "listen_addresses = 'localhost,10.20.30.5'\n"),
      configurationFile('postgresql.auto.conf', '/var/lib/postgresql/15/main/postgresql.auto.conf', ''),
      configurationFile('pg_hba.conf', hbaPath, hardenedHba),
      configurationFile('pg_ident.conf', '/etc/postgresql/15/main/pg_ident.conf', ''),
    ],
    hbaView: [],
    identView: [],
    dataDirectory: {
      status: folder('/var/lib/postgresql/15/main', { mode: 0o700, owner: 'postgres', group: 'postgres' }),
      parents: [
        folder('/'),
        folder('/var'),
        folder('/var/lib'),
        folder('/var/lib/postgresql', { owner: 'postgres', group: 'postgres' }),
      ],
    },
    unixSockets: [unixSocket()],
    socketFiles: {
      sockets: [{ path: '/run/postgresql/.s.PGSQL.5432', listening: true }],
      locks: [{ path: '/run/postgresql/.s.PGSQL.5432.lock', pid: 700, running: true }],
      abstract: [],
    },
    ownerAccount: { name: 'postgres', shell: '/bin/bash', password: 'locked', keyFiles: [] },
    hostNames: [],
    listeners: [
      listener('127.0.0.1', 5432, 'postgres'),
      listener('::1', 5432, 'postgres'),
      listener('10.20.30.5', 5432, 'postgres'),
      listener('0.0.0.0', 22, 'sshd'),
    ],
    interfaces: [
      { name: 'lo', address: '127.0.0.1', prefix: 8 },
      { name: 'lo', address: '::1', prefix: 128 },
      { name: 'eth0', address: '10.20.30.5', prefix: 24 },
    ],
    firewall: hardenedFirewall,
    sshd: {
      settings: {
        permitrootlogin: ['no'],
        passwordauthentication: ['no'],
        kbdinteractiveauthentication: ['no'],
        pubkeyauthentication: ['yes'],
        authenticationmethods: ['any'],
        usepam: ['yes'],
        allowtcpforwarding: ['yes'],
        allowstreamlocalforwarding: ['yes'],
        disableforwarding: ['no'],
        permitopen: ['any'],
      },
      running: true,
      ports: [22],
      accountsWithKeys: ['deploy'],
      accounts: [],
    },
    tlsFiles: {
      certificate: {
        status: fileStatus('/etc/postgresql/tls/server.crt', { mode: 0o644 }),
        certificate: certificate(),
        problem: null,
      },
      key: {
        status: fileStatus('/etc/postgresql/tls/server.key', { mode: 0o600 }),
        folder: folder('/etc/postgresql/tls', { mode: 0o750, owner: 'postgres', group: 'postgres' }),
        encrypted: true,
        publicKeySha256: null,
        problem: null,
      },
      dhParameters: null,
      passphraseProgram: fileStatus('/usr/local/sbin/pg-key-passphrase', {
        mode: 0o755,
        owner: 'root',
        group: 'root',
      }),
      ciphers: [
        ['TLS_AES_256_GCM_SHA384', 'TLSv1.3', 'any', 'any', 'AESGCM(256)', 'AEAD'],
        ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3', 'any', 'any', 'CHACHA20/POLY1305(256)', 'AEAD'],
        ['TLS_AES_128_GCM_SHA256', 'TLSv1.3', 'any', 'any', 'AESGCM(128)', 'AEAD'],
        ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLSv1.2', 'ECDH', 'ECDSA', 'AESGCM(256)', 'AEAD'],
        ['ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.2', 'ECDH', 'RSA', 'AESGCM(256)', 'AEAD'],
        ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2', 'ECDH', 'ECDSA', 'AESGCM(128)', 'AEAD'],
        ['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2', 'ECDH', 'RSA', 'AESGCM(128)', 'AEAD'],
      ].map(
        ([name = '', protocol = '', keyExchange = '', authentication = '', encryption = '', mac = '']) => ({
          name,
          protocol,
          keyExchange,
          authentication,
          encryption,
          mac,
        }),
      ),
      opensslVersion: '3.0.17',
    },
    roles: [bootstrapRole(), role('shop_app')],
    memberships: [],
    databases: [
      {
        name: 'postgres',
        owner: 'postgres',
        allowConnections: true,
        template: false,
        connectionLimit: -1,
        grants: [{ grantee: 'postgres', grantor: 'postgres', privilege: 'CONNECT', grantable: false }],
        defaultAcl: false,
      },
      {
        name: 'shop',
        owner: 'postgres',
        allowConnections: true,
        template: false,
        connectionLimit: -1,
        grants: [
          { grantee: 'postgres', grantor: 'postgres', privilege: 'CONNECT', grantable: false },
          { grantee: 'shop_app', grantor: 'postgres', privilege: 'CONNECT', grantable: false },
        ],
        defaultAcl: false,
      },
    ],
    contents: ['postgres', 'shop'].map((database) => ({
      database,
      schemas: [{ name: 'public', owner: 'pg_database_owner', grants: [], defaultAcl: false }],
      publicRelations: [],
      rlsTables: [],
      policies: [],
      rlsViews: [],
      definerFunctions: [],
      extensions: [
        { name: 'plpgsql', version: '1.0', schema: 'pg_catalog' },
        { name: 'pgaudit', version: '1.7', schema: 'public' },
      ],
      languages: ['plpgsql'],
      passwordColumns: [],
    })),
    skippedDatabases: [],
    sessions: [session()],
    activity: {
      transactions: [],
      prepared: [],
      backups: [],
      standbys: [],
      wraparoundVacuums: [],
      checkpoint: { secondsAgo: 120, replayBytes: 1_048_576 },
    },
    logins: {
      logins: [
        {
          role: 'shop_app',
          database: 'shop',
          address: '10.20.30.11',
          tls: true,
          count: 812,
          lastAt: '2026-11-22T09:58:00.000Z',
        },
      ],
      since: '2026-10-23T00:00:00.000Z',
    },
    logFiles: {
      destination: 'collector',
      directory: folder('/var/log/postgresql', { mode: 0o750, owner: 'postgres', group: 'adm' }),
      files: [fileStatus('/var/log/postgresql/postgresql-2026-11-22.log', { mode: 0o600 })],
    },
    logScan: { filesRead: 3, bytesRead: 120_000, truncated: false, hits: [] },
    availableExtensions: [
      { name: 'plpgsql', version: '1.0' },
      { name: 'pgaudit', version: '1.7' },
    ],
  };
}

/**
 * Facts of a well-hardened server: Debian 12, PostgreSQL 15, TLS, nftables with default deny, keys for ssh. Every
 * check passes on it or does not apply. A test overrides the parts that it is about.
 */
export function hardenedFacts(overrides: Partial<FactSet> = {}): FactSet {
  const values = hardenedValues();
  const facts = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, collected(value)]),
  ) as FactSet;
  return { ...facts, ...overrides };
}

/** The value of a fact that is known to be there. */
export function valueOf<K extends FactName>(facts: FactSet, name: K): FactValue<K> {
  const fact = facts[name];
  if (fact.state !== 'collected') throw new Error(`${name} is not collected: ${fact.reason}`);
  return fact.value;
}

/** The facts with parts of one collected object changed: `withPart(facts, 'server', { major: 13 })`. */
export function withPart<K extends FactName>(facts: FactSet, name: K, parts: Partial<FactValue<K>>): FactSet {
  return { ...facts, [name]: collected({ ...valueOf(facts, name), ...parts }) };
}

/** The facts with a fact replaced whole: `withFact(facts, 'sessions', [])`. */
export function withFact<K extends FactName>(facts: FactSet, name: K, value: FactValue<K>): FactSet {
  return { ...facts, [name]: collected(value) };
}

/** The facts with other settings; null removes one, an object changes other columns of its row. */
export function withSettings(
  facts: FactSet,
  changes: Readonly<Record<string, string | null | Partial<Setting>>>,
): FactSet {
  const rows = new Map(valueOf(facts, 'settings').map((row) => [row.name, row]));
  for (const [name, change] of Object.entries(changes)) {
    const before = rows.get(name) ?? setting(name, '');
    if (change === null) rows.delete(name);
    else rows.set(name, { ...before, ...(typeof change === 'string' ? { value: change } : change) });
  }
  return withFact(facts, 'settings', [...rows.values()]);
}

/** The facts with another pg_hba.conf; null when it could not be read. */
export function withHba(facts: FactSet, text: string | null): FactSet {
  const files = valueOf(facts, 'configurationFiles').filter(({ role: name }) => name !== 'pg_hba.conf');
  const file = configurationFile('pg_hba.conf', hbaPath, text, text === null ? 'permission denied' : null);
  return withFact(facts, 'configurationFiles', [...files, file]);
}

/** The finding of one check on these facts. */
export function judge(
  check: AnyCheck,
  facts: FactSet,
  parameters: unknown = {},
  options: { readonly now?: string; readonly waivers?: readonly Waiver[] } = {},
): Finding {
  const [finding] = runChecks(facts, {
    checks: [check],
    parameters: { [check.id]: parameters },
    waivers: options.waivers ?? [],
    now: options.now ?? scanTime,
  });
  if (finding === undefined) throw new Error(`${check.id} gave no finding`);
  return finding;
}
