import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect, Socket } from 'node:net';
import { networkInterfaces, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConnectionOptions } from 'node:tls';
import type pg from 'pg';
import { collectFacts } from '../../main/collect/collect-facts.ts';
import { HostError } from '../../main/host/host.ts';
import type { Host } from '../../main/host/host.ts';
import type { Client } from '../../shared/access/cut-off.ts';
import type { ConfigurationFile } from '../../shared/facts/files.ts';
import { collected } from '../../shared/facts/fact.ts';
import type { FactSet, FactsFile } from '../../shared/facts/facts.ts';
import { startEmbedded } from '../servers/embedded.ts';
import type { EmbeddedServer } from '../servers/embedded.ts';

/** The account that the test runs as: whom peer sees. */
export const account = userInfo().username;
const interfaces = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
  (list ?? []).map(({ address, cidr }) => ({ name, address, prefix: Number(cidr?.split('/')[1] ?? 0) })),
);
export const hasIpv6 = interfaces.some(({ address }) => address === '::1');

const passwordOf = (role: string): string => `the password of ${role}`;
/** Roles with LOGIN and databases that clients ask for; some are not there. */
export const roles = ['ann', 'bob', 'Ann', 'all', 'rep', 'boss', 'zoë', 'guest', 'gone'];
export const databases = ['shop', 'ann', 'staff', 'all', 'replication', 'closed', 'gone'];

function statements(major: number): readonly string[] {
  const quote = (text: string) => text.replaceAll("'", "''");
  const login = (role: string, more = '') =>
    `CREATE ROLE "${role}" LOGIN PASSWORD '${quote(passwordOf(role))}' ${more}`;
  return [
    'CREATE ROLE admins; CREATE ROLE staff IN ROLE admins',
    "SET password_encryption = 'scram-sha-256'",
    ...[login('ann', 'IN ROLE staff'), login('Ann'), login('rep', 'REPLICATION'), login('boss', 'SUPERUSER')],
    login('zoë', 'IN ROLE admins'),
    'CREATE ROLE "all" LOGIN; CREATE ROLE guest LOGIN NOINHERIT IN ROLE admins',
    "SET password_encryption = 'md5'",
    login('bob', `IN ROLE admins${major < 18 ? ' NOINHERIT' : ''}`),
    ...(['postgres', 'ann'].includes(account) ? [] : [`CREATE ROLE "${account}" LOGIN`]),
    ...['shop', 'ann', 'staff', '"all"', 'replication', 'closed'].map((name) => `CREATE DATABASE ${name}`),
    'REVOKE CONNECT ON DATABASE staff FROM PUBLIC; GRANT CONNECT ON DATABASE staff TO admins',
    'ALTER DATABASE closed ALLOW_CONNECTIONS false',
  ];
}

export interface PredictionServer {
  readonly server: EmbeddedServer;
  readonly major: number;
  /** A session of the superuser that stays open. */
  readonly admin: () => pg.Client;
  readonly restart: () => Promise<void>;
  /** The facts of the server as a scan collects them, with these files of the data folder (one character a byte). */
  readonly facts: (files: Readonly<Record<string, string>>) => Promise<FactSet>;
  /** Really logs in as the client does, by one transport after the other; true when one of them is let in. */
  readonly login: (client: Client) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

/** A host on which nothing but the server's socket can be reached. */
function socketOnly(): Host {
  const refuse = () => Promise.reject(new HostError('denied', 'no shell here', ''));
  return {
    description: {
      kind: 'local',
      key: 'local',
      label: 'test',
      loginUser: 'postgres',
      privilege: 'none',
      address: null,
      clientAddress: null,
      port: null,
    },
    run: refuse,
    openSocket: (path) =>
      new Promise((resolve, reject) => {
        const socket = connect(path, () => resolve(socket)).once('error', reject);
      }),
    openTcp: refuse,
    openProgram: refuse,
    loginAgain: refuse,
    onLost: () => () => undefined,
    close: () => Promise.resolve(),
  };
}

/** A server certificate, and an authority with a certificate for ann. */
async function makeCertificates(server: EmbeddedServer): Promise<ConnectionOptions> {
  const folder = server.socketDirectory;
  const openssl = (...words: readonly string[]) =>
    promisify(execFile)('openssl', words, { cwd: folder, timeout: 30_000 });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-keyout',
    's.key',
    '-out',
    's.crt',
  );
  await openssl('req', ...key, '-subj', '/CN=ann', '-keyout', 'c.key', '-out', 'c.csr');
  const signer = ['-CA', 's.crt', '-CAkey', 's.key', '-CAcreateserial'];
  await openssl('x509', '-req', '-in', 'c.csr', ...signer, '-days', '2', '-out', 'c.crt');
  const read = (name: string) => readFile(join(folder, name));
  await server.write('server.key', await read('s.key'));
  await server.write('server.crt', await read('s.crt'));
  await server.write('ca.crt', await read('s.crt'));
  return { key: await read('c.key'), cert: await read('c.crt') };
}

/** A server with the roles and databases, TLS, and maps for peer and certificates. */
export async function startPredictionServer(major: number): Promise<PredictionServer> {
  const server = await startEmbedded({
    major,
    settings: {
      listen_addresses: hasIpv6 ? '127.0.0.1,::1' : '127.0.0.1',
      ssl_ca_file: 'ca.crt',
      max_connections: '60',
    },
  });
  const clientKey = await makeCertificates(server);
  let admin = await server.connect();
  for (const statement of statements(major)) await admin.query(statement);

  const text = (role: ConfigurationFile['role'], name: string, content: string): ConfigurationFile => ({
    role,
    path: join(server.dataDirectory, name),
    status: {
      ...{
        path: join(server.dataDirectory, name),
        type: 'file',
        mode: 0o600,
        owner: 'postgres',
        group: 'postgres',
      },
      ...{ sizeBytes: content.length, modifiedAt: 0, hasAcl: false, target: null },
    },
    text: content,
    sha256: null,
    problem: null,
  });
  // Each change is taken back, so that one scan tells what is there before each of them.
  let scan: FactsFile | null = null;
  const facts = async (files: Readonly<Record<string, string>>): Promise<FactSet> => {
    const cluster = {
      ...{ id: 'test', name: 'test', major, port: server.port, dataDirectory: server.dataDirectory },
      ...{ owner: 'postgres', running: true, socketDirectories: [server.socketDirectory], configFile: '' },
      ...{ hbaFile: '', identFile: '', binDirectory: '', psql: null, managedBy: null },
      service: { kind: 'pg_ctl' as const },
      origin: 'process' as const,
    };
    scan ??= await collectFacts(socketOnly(), { known: [cluster] }, new AbortController().signal);
    const roleOf = (name: string) =>
      name === 'pg_hba.conf' || name === 'pg_ident.conf' ? name : ('include' as const);
    return {
      ...scan.facts,
      configurationFiles: collected(
        Object.entries(files).map(([name, content]) => text(roleOf(name), name, content)),
      ),
      interfaces: collected(interfaces),
      system: collected({
        ...{ hostname: '', kernel: '', architecture: '', distribution: '', distributionLike: [] },
        ...{ distributionVersion: '', prettyName: '', loginUser: account, ranAsRoot: false, systemd: false },
        ...{ time: new Date().toISOString(), container: null },
      }),
    };
  };

  const attempt = async (client: Client, tls: boolean): Promise<boolean> => {
    const { address, role, database, replication, password, certificate, tlsVersion } = client;
    const socket = new Socket();
    if (address !== null) {
      const dial = socket.connect.bind(socket) as (options: object) => Socket;
      const host = client.serverAddress ?? address;
      socket.connect = () => dial({ port: server.port, host, localAddress: address });
    }
    const config: pg.ClientConfig & { replication?: string } = {
      host: address === null ? server.socketDirectory : '127.0.0.1',
      user: role,
      database: database ?? 'postgres',
      password: password === true ? passwordOf(role) : 'wrong',
      stream: () => socket,
      ssl: tls
        ? {
            rejectUnauthorized: false,
            ...(certificate === null ? {} : clientKey),
            ...(tlsVersion === 'TLSv1.2' ? { maxVersion: 'TLSv1.2' as const } : {}),
          }
        : false,
      ...(replication ? { replication: database === null ? 'true' : 'database' } : {}),
    };
    try {
      await (await server.connect(config)).end();
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  };
  const login = async (client: Client): Promise<boolean> => {
    if (client.address === null) return attempt(client, false);
    const order = {
      disable: [false],
      allow: [false, true],
      prefer: [true, false],
      require: [true],
      offered: [true],
    };
    for (const tls of order[client.sslMode ?? 'disable']) if (await attempt(client, tls)) return true;
    return false;
  };
  return {
    server,
    major,
    admin: () => admin,
    restart: async () => {
      await admin.end();
      await server.restart();
      admin = await server.connect();
    },
    facts,
    login,
    stop: async () => {
      await admin.end().catch(() => undefined);
      await server.stop();
    },
  };
}
