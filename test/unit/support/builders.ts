import type { Membership, Role } from '../../../shared/facts/catalog.ts';
import type { Session, Setting } from '../../../shared/facts/cluster.ts';
import type { FileStatus, UnixSocket } from '../../../shared/facts/files.ts';
import type { Firewall, Listener } from '../../../shared/facts/network.ts';
import type { Certificate } from '../../../shared/facts/tls.ts';

/** One row of a fact with sound values; a test names only what matters to it. */

export function fileStatus(path: string, parts: Partial<FileStatus> = {}): FileStatus {
  return {
    path,
    type: 'file',
    mode: 0o640,
    owner: 'postgres',
    group: 'postgres',
    sizeBytes: 4096,
    modifiedAt: 1_795_000_000,
    hasAcl: false,
    target: null,
    ...parts,
  };
}

export function folder(path: string, parts: Partial<FileStatus> = {}): FileStatus {
  return fileStatus(path, { type: 'directory', mode: 0o755, owner: 'root', group: 'root', ...parts });
}

/** A socket in /run/postgresql as Debian makes it, but closed to accounts outside the group. */
export function unixSocket(parts: Partial<UnixSocket> = {}): UnixSocket {
  const directory = parts.directory ?? '/var/run/postgresql';
  return {
    directory,
    socket: fileStatus(`${directory}/.s.PGSQL.5432`, { type: 'socket', mode: 0o770, sizeBytes: 0 }),
    folders: [
      folder('/'),
      folder('/run'),
      folder('/run/postgresql', { mode: 0o2775, owner: 'postgres', group: 'postgres' }),
    ],
    ...parts,
  };
}

export function setting(name: string, value: string, parts: Partial<Setting> = {}): Setting {
  return {
    name,
    value,
    unit: null,
    type: value === 'on' || value === 'off' ? 'bool' : 'string',
    context: 'sighup',
    source: 'configuration file',
    sourceFile: '/etc/postgresql/15/main/postgresql.conf',
    sourceLine: 100,
    bootValue: null,
    enumValues: null,
    pendingRestart: false,
    ...parts,
  };
}

export function role(name: string, parts: Partial<Role> = {}): Role {
  return {
    name,
    superuser: false,
    inherit: true,
    createRole: false,
    createDatabase: false,
    login: true,
    replication: false,
    bypassRls: false,
    connectionLimit: -1,
    validUntil: null,
    verifier: 'scram-sha-256',
    settings: [],
    predefined: false,
    bootstrap: false,
    ...parts,
  };
}

/** The role that initdb made: superuser, without a password. */
export function bootstrapRole(name = 'postgres'): Role {
  return role(name, {
    superuser: true,
    createRole: true,
    createDatabase: true,
    replication: true,
    bypassRls: true,
    verifier: 'none',
    bootstrap: true,
  });
}

export function membership(member: string, group: string, parts: Partial<Membership> = {}): Membership {
  return { role: group, member, grantor: 'postgres', admin: false, inherit: true, set: true, ...parts };
}

/** An encrypted session of shop_app from the application network. */
export function session(parts: Partial<Session> = {}): Session {
  return {
    database: 'shop',
    role: 'shop_app',
    address: '10.20.30.11',
    application: 'shop',
    tls: true,
    tlsVersion: 'TLSv1.3',
    tlsCipher: 'TLS_AES_256_GCM_SHA384',
    gss: false,
    replication: false,
    startedAt: '2026-11-22T09:12:00.000Z',
    ...parts,
  };
}

export function listener(address: string, port: number, process: string | null): Listener {
  return { address, port, process, pid: process === null ? null : 700 + (port % 97) };
}

export function certificate(parts: Partial<Certificate> = {}): Certificate {
  return {
    subject: 'CN=db1.example.internal',
    issuer: 'CN=Example Internal CA',
    serialNumber: '4FA2',
    notBefore: '2026-06-01T00:00:00.000Z',
    notAfter: '2027-06-01T00:00:00.000Z',
    subjectAlternativeNames: ['DNS:db1.example.internal'],
    keyType: 'EC',
    keyBits: 256,
    signatureAlgorithm: 'ecdsa-with-SHA256',
    selfSigned: false,
    publicKeySha256: 'a1'.repeat(32),
    fingerprintSha256: 'b2'.repeat(32),
    ...parts,
  };
}

/** A host without any packet filter: nothing installed but the nft program, with an empty rule set. */
export function emptyFirewall(parts: Partial<Firewall> = {}): Firewall {
  return {
    nftRulesetJson: '{"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}}]}',
    nftRuleset: '',
    iptablesSave: null,
    ip6tablesSave: null,
    iptablesLegacySave: null,
    ipsetSave: null,
    ufw: null,
    firewalld: null,
    units: [{ name: 'nftables', active: false, enabled: false }],
    files: [],
    installed: ['nft'],
    ...parts,
  };
}
