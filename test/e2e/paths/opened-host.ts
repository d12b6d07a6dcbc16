import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { buildBases, startHost, type TestHost } from '../../hosts/hosts.ts';
import { openPasswords, openUp } from '../../hosts/seed-open.ts';
import { logIn } from '../../integration/collect/login.ts';

export type Application = keyof typeof openPasswords;

/** A PostgreSQL 15 that is open in every way, with applications that log in to it, and a person's home folder. */
export interface OpenedHost {
  readonly host: TestHost;
  /** Where the person's `.ssh` is. */
  readonly home: string;
  readonly close: () => Promise<void>;
}

/** Starts a host on `10.231.INDEX.2`, opens it, and lets the application `report` log in from a neighbour. */
export async function openedHost(name: string, index: number): Promise<OpenedHost> {
  await buildBases();
  const home = await mkdtemp(join(tmpdir(), 'portcullis-person-'));
  const host = await startHost({ suite: 'bookworm', name, index, running: true });
  const close = async () => {
    await host.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const root = await logIn(host, 'root');
    await openUp(root.host);
    await root.close();
    // Making an index counts the rows of its table, and small tables are judged otherwise: counted before, nothing moves.
    await host.psql('ANALYZE', 'shop');
    await application(host, 'report', neighbour(host));
    return { host, home, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Another machine in the network of the host. */
export const neighbour = (host: TestHost): string => host.address.replace(/\d+$/, '10');

/**
 * Logs in over TCP as an application does, from this address and without TLS unless told, and gives back what it was
 * let in as. Rejects with PostgreSQL's refusal.
 */
export async function application(
  host: TestHost,
  role: Application,
  from: string,
  options: { readonly tls?: boolean } = {},
): Promise<string> {
  const stream = () => {
    const socket = new Socket();
    const connect = socket.connect.bind(socket);
    socket.connect = ((port: number, address: string) =>
      connect({ port, host: address, localAddress: from })) as typeof socket.connect;
    return socket;
  };
  const client = new pg.Client({
    host: host.address,
    port: 5432,
    user: role,
    password: openPasswords[role],
    database: 'shop',
    connectionTimeoutMillis: 10_000,
    ssl: options.tls === true ? { rejectUnauthorized: false } : false,
    stream,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_user::text AS name');
    return rows[0]?.name ?? '';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** SHA-256, mode, owner and time of every file that a fix may write: PostgreSQL's, the firewalls', sshd's, systemd's. */
export async function fileState(host: TestHost): Promise<string> {
  const folders = [
    '/etc/postgresql',
    '/etc/ssl/private',
    '/etc/nftables.conf',
    '/etc/nftables.d',
    '/etc/ufw',
    '/etc/default/ufw',
    '/etc/iptables',
    '/etc/firewalld',
    '/etc/ssh',
    '/etc/systemd/system',
  ].join(' ');
  const data = '/var/lib/postgresql/15/main';
  return host.run(`export TZ=UTC
{ find ${folders} -type f 2>/dev/null; ls ${data}/*.conf ${data}/*.key ${data}/*.crt 2>/dev/null; } | sort | while read -r file; do
  printf '%s %s\\n' "$(stat -c '%A %U:%G %y' "$file")" "$(sha256sum "$file")"
done`);
}

/** The rules that are loaded now. */
export const loadedRules = (host: TestHost): Promise<string> => host.run('nft -s list ruleset');

/** Roles, privileges, policies, functions and settings of every database, as a dump tells them, in a fixed order. */
export async function catalogState(host: TestHost): Promise<readonly string[]> {
  const dump = await host.run('pg_dumpall --schema-only', { user: 'postgres' });
  return dump
    .split('\n')
    .filter((line) => !/^\\(un)?restrict|^--/.test(line))
    .sort();
}
