import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { Client } from 'pg';
import type { TestHost } from '../../hosts/hosts.ts';

export interface LoginRequest {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The last number of the address on this side that it comes from. */
  readonly from: 1 | 10 | 20;
  readonly tls: boolean;
}

/** What a login from this side gives: `version cipher` of its encryption, `plain`, or the message of the refusal. */
export async function login(
  host: TestHost,
  { user, password, database, from, tls }: LoginRequest,
): Promise<string> {
  const socket = new Socket();
  const network = host.address.replace(/\.\d+$/, '');
  const connect = socket.connect.bind(socket) as (options: object) => Socket;
  // pg calls connect with port and host only; the own address has to be chosen here.
  socket.connect = ((port: number, address: string) =>
    connect({ port, host: address, localAddress: `${network}.${from}` })) as typeof socket.connect;
  const client = new Client({
    user,
    password,
    database,
    host: host.address,
    port: 5432,
    stream: () => socket,
    ssl: tls ? { rejectUnauthorized: false } : false,
    connectionTimeoutMillis: 3000,
  });
  // The server may close a session that it refused.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ text: string }>(
      "SELECT CASE WHEN ssl THEN version || ' ' || cipher ELSE 'plain' END AS text FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    return rows[0]?.text ?? '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What `openssl s_client` on the host tells of a handshake with the server: certificate, group and cipher. */
export async function handshake(host: TestHost, options = ''): Promise<string> {
  const { stdout, stderr } = await host.exec(
    `openssl s_client -connect 127.0.0.1:5432 -starttls postgres ${options} </dev/null 2>&1 | grep -E 'subject=|Temp Key|Cipher is|alert'`,
  );
  return `${stdout}${stderr}`;
}

/** The last lines of the server's log. */
export const logOf = (host: TestHost): Promise<string> => host.run('tail -n 60 /var/log/postgresql/*.log');

/**
 * What an account gets by SSH when it asks for a tunnel to a port of the host, or with `null` for a command: `through`,
 * `no tunnel`, `no command` or `no login`.
 */
export function overSsh(host: TestHost, user: string, port: number | null): Promise<string> {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'ConnectTimeout=5',
  ];
  const way = port === null ? [] : ['-W', `127.0.0.1:${port}`];
  const command = port === null ? ['echo', 'through'] : [];
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', [
      ...options.flatMap((option) => ['-o', option]),
      ...['-F', 'none', '-i', host.key, ...way, `${user}@${host.address}`, ...command],
    ]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
    child.on('error', reject);
    child.on('close', (code) => {
      if (/Permission denied/.test(output)) resolve('no login');
      else if (/prohibited/.test(output)) resolve('no tunnel');
      else if (/account is currently not available/.test(output)) resolve('no command');
      else resolve(code === 0 ? 'through' : `code ${code ?? -1}: ${output.trim().slice(0, 200)}`);
    });
    child.stdin.end();
  });
}
