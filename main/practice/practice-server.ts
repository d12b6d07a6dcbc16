import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { HostError } from '../host/host.ts';
import { practiceAccount } from './account.ts';
import { findBinaries, provideBinaries } from './binaries.ts';
import { makeFolder, practiceFolder, socketFolder, withLock } from './folder.ts';
import { infoFileName, readInfo, type PracticeInfo } from './info.ts';
import { freePort } from './port.ts';
import { lastSteps, sampleSteps, type SampleStep } from './sample-data.ts';
import { programFailed, runAsAccount, shellAsAccount, type Place } from './server-control.ts';
import { weakHba, weakSettings, withPort } from './weak-files.ts';

export interface PracticeStatus {
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason: string | null;
  readonly created: boolean;
  readonly running: boolean;
  readonly version: string | null;
  readonly directory: string | null;
}

/** A PostgreSQL server of this program's own, weak on purpose. Every method rejects with HostError. */
export interface PracticeServer {
  status(signal: AbortSignal): Promise<PracticeStatus>;
  /** Starts it, and creates it before where it is missing. */
  start(signal: AbortSignal): Promise<PracticeInfo>;
  /** Stops it; nothing happens when it does not run. */
  stop(signal: AbortSignal): Promise<void>;
  /** Deletes it and starts a fresh one. */
  reset(signal: AbortSignal): Promise<PracticeInfo>;
  /** Stops it and deletes all of its files. */
  delete(signal: AbortSignal): Promise<void>;
  /** Where it is; null while it was not created. */
  info(): Promise<PracticeInfo | null>;
}

const notHere =
  process.platform === 'win32'
    ? 'the practice server needs a POSIX shell; on Windows, connect to a host over ssh'
    : 'neither the server that comes with this program nor an installed one was found';

function control(place: Place, info: PracticeInfo, args: readonly string[], signal: AbortSignal) {
  return runAsAccount(place, [join(info.binDirectory, 'pg_ctl'), ...args, '-D', info.dataDirectory], signal);
}

async function isRunning(place: Place, info: PracticeInfo, signal: AbortSignal): Promise<boolean> {
  if (!existsSync(join(info.dataDirectory, 'postmaster.pid'))) return false;
  const result = await control(place, info, ['status'], signal);
  return result.exitCode === 0;
}

async function startServer(
  place: Place,
  info: PracticeInfo,
  signal: AbortSignal,
  more: readonly string[] = [],
): Promise<void> {
  const result = await control(
    place,
    info,
    ['start', '-l', info.startLog, '-w', '-t', '60', ...more],
    signal,
  );
  if (result.exitCode === 0) return;
  const log = await readFile(info.startLog, 'utf8').catch(() => '');
  throw programFailed('pg_ctl start', { ...result, output: `${result.output}\n${log.slice(-2_000)}` });
}

async function stopServer(place: Place, info: PracticeInfo, signal: AbortSignal): Promise<void> {
  if (!(await isRunning(place, info, signal))) return;
  const result = await control(place, info, ['stop', '-m', 'fast', '-w', '-t', '60'], signal);
  if (result.exitCode !== 0) throw programFailed('pg_ctl stop', result);
}

async function fill(info: PracticeInfo, steps: readonly SampleStep[], signal: AbortSignal): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted();
    const client = new pg.Client({
      host: info.socketDirectory,
      port: info.port,
      user: info.owner,
      database: step.database,
      connectionTimeoutMillis: 15_000,
      query_timeout: 60_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (const statement of step.statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

/** A file that says that what lies beside it may be deleted: written before anything else. */
const markName = 'made-by-portcullis';

function refuseForeign(folder: string): void {
  if (existsSync(join(folder, markName)) || !existsSync(join(folder, 'data'))) return;
  throw new HostError(
    'denied',
    `${folder} holds a data directory that this program did not make.`,
    'Choose another folder for the data of the program.',
  );
}

/** Deletes the cluster, never one that was not made here. */
async function remove(place: Place, signal: AbortSignal): Promise<void> {
  const { folder } = place;
  refuseForeign(folder);
  const names = [infoFileName, 'data', 'start.log', 'sockets', 'portcullis'].map((name) =>
    join(folder, name),
  );
  await shellAsAccount(place, 'rm -rf -- "$@"', [...names, socketFolder(folder)], signal);
}

async function writeAsAccount(
  place: Place,
  path: string,
  text: string,
  how: 'append' | 'replace',
  signal: AbortSignal,
): Promise<void> {
  const script = how === 'append' ? 'cat >> "$1"' : 'umask 022; cat > "$1.new"; mv -f -- "$1.new" "$1"';
  await shellAsAccount(place, script, [path], signal, text);
}

/** A certificate that ends in nine days, so that the pillar of transport has something to show; false without openssl. */
async function makeCertificate(place: Place, dataDirectory: string, signal: AbortSignal): Promise<boolean> {
  const script = `cd "$1" && command -v openssl >/dev/null || exit 0
openssl req -new -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=practice -keyout server.key -out server.crt >/dev/null 2>&1 || rm -f server.key server.crt
if [ -s server.key ]; then chmod 0600 server.key; fi`;
  await shellAsAccount(place, script, [dataDirectory], signal);
  return existsSync(join(dataDirectory, 'server.crt'));
}

async function create(place: Place, signal: AbortSignal): Promise<PracticeInfo> {
  const source = process.platform === 'win32' ? null : await findBinaries();
  if (source === null)
    throw new HostError('not-found', `There is no practice server: ${notHere}.`, 'Choose another target.');
  const { account, folder } = place;
  await writeAsAccount(
    place,
    join(folder, markName),
    'The practice server of Portcullis.\n',
    'replace',
    signal,
  );
  const binDirectory = await provideBinaries(source, folder);
  const program = (name: string, args: readonly string[]) =>
    runAsAccount(place, [join(binDirectory, name), ...args], signal);
  const dataDirectory = join(folder, 'data');
  // What an interrupted creation left behind has no info file and is not worth keeping; its server may still run.
  if (existsSync(join(dataDirectory, 'postmaster.pid')))
    await program('pg_ctl', ['stop', '-m', 'immediate', '-w', '-D', dataDirectory]);
  await remove(place, signal);
  const socketDirectory = socketFolder(folder);
  if (dirname(socketDirectory) !== folder) await makeFolder(dirname(socketDirectory), account);
  await shellAsAccount(place, 'mkdir -p -- "$1"; chmod 0777 -- "$1"', [socketDirectory], signal);
  const encoding = ['-E', 'UTF8', '--no-locale'];
  const initdb = await program('initdb', [
    ...['-D', dataDirectory, '-U', account.name, '-A', 'trust', '--no-sync'],
    ...encoding,
  ]);
  if (initdb.exitCode !== 0) throw programFailed('initdb', initdb);

  const port = await freePort(null);
  const hba = join(dataDirectory, 'pg_hba.conf');
  const settings = weakSettings(port, socketDirectory, await makeCertificate(place, dataDirectory, signal));
  await writeAsAccount(place, join(dataDirectory, 'postgresql.conf'), settings, 'append', signal);
  await writeAsAccount(place, hba, weakHba, 'replace', signal); // mode 0644
  const version = await program('postgres', ['--version']);
  const info: PracticeInfo = {
    kind: 'portcullis-practice',
    directory: folder,
    binDirectory,
    dataDirectory,
    socketDirectory,
    port,
    owner: account.name,
    version: /\d+(\.\d+)?/.exec(version.output)?.[0] ?? '',
    startLog: join(folder, 'start.log'),
  };
  const password = (): string => randomBytes(18).toString('base64url');
  // Without fsync while it is filled: it takes a third less time, and a crash only means to begin again.
  await startServer(place, info, signal, ['-o', '-F']);
  try {
    await fill(info, sampleSteps(info.owner, password), signal);
    await stopServer(place, info, signal);
    await startServer(place, info, signal);
    await fill(info, lastSteps, signal);
    await writeInfo(place, info, signal);
  } catch (error) {
    await stopServer(place, info, AbortSignal.timeout(60_000)).catch(() => undefined);
    throw error;
  }
  return info;
}

function writeInfo(place: Place, info: PracticeInfo, signal: AbortSignal): Promise<void> {
  const text = `${JSON.stringify(info, null, 2)}\n`;
  return writeAsAccount(place, join(place.folder, infoFileName), text, 'replace', signal);
}

/** Starts a server that was created before; on another port when its own was taken meanwhile. */
async function resume(place: Place, info: PracticeInfo, signal: AbortSignal): Promise<PracticeInfo> {
  if (await isRunning(place, info, signal)) return info;
  const port = await freePort(info.port);
  let current = info;
  if (port !== info.port) {
    const configuration = join(info.dataDirectory, 'postgresql.conf');
    // In place, so that mode and owner stay as the person made them.
    const text = withPort(await readFile(configuration, 'utf8'), port);
    await shellAsAccount(place, 'cat > "$1"', [configuration], signal, text);
    current = { ...info, port };
    await writeInfo(place, current, signal);
  }
  await startServer(place, current, signal);
  return current;
}

/**
 * The practice server of one folder. It is made at the first start, listens on the loopback address and its own socket
 * folder only, runs as an ordinary account, survives the end of this program, and is not started at boot.
 */
export function createPracticeServer(options: { readonly directory: string }): PracticeServer {
  const place = async (): Promise<Place> => {
    const account = await practiceAccount();
    return { account, folder: await practiceFolder(options.directory, account) };
  };
  const locked = async <T>(
    signal: AbortSignal,
    work: (where: Place, info: PracticeInfo | null) => Promise<T>,
  ): Promise<T> => {
    try {
      const where = await place();
      refuseForeign(where.folder);
      await makeFolder(where.folder, where.account);
      return await withLock(where.folder, signal, async () => work(where, await readInfo(where.folder)));
    } catch (error) {
      if (error instanceof HostError) throw error;
      if (signal.aborted) throw new HostError('cancelled', 'Cancelled.', 'Try again when you like.');
      throw new HostError(
        'not-found',
        `The practice server failed: ${error instanceof Error ? error.message : String(error)}`,
        'Reset the practice server.',
        { cause: error },
      );
    }
  };
  const start = (where: Place, info: PracticeInfo | null, signal: AbortSignal): Promise<PracticeInfo> =>
    info === null ? create(where, signal) : resume(where, info, signal);

  return {
    info: async () => readInfo((await place()).folder),
    status: async (signal) => {
      const where = await place();
      const info = await readInfo(where.folder);
      const available = info !== null || (process.platform !== 'win32' && (await findBinaries()) !== null);
      return {
        available,
        reason: available ? null : notHere,
        created: info !== null,
        running: info !== null && (await isRunning(where, info, signal)),
        version: info?.version ?? null,
        directory: info?.directory ?? null,
      };
    },
    start: (signal) => locked(signal, (where, info) => start(where, info, signal)),
    stop: (signal) =>
      locked(signal, async (where, info) => {
        if (info !== null) await stopServer(where, info, signal);
      }),
    reset: (signal) =>
      locked(signal, async (where, info) => {
        if (info !== null) await stopServer(where, info, signal);
        await remove(where, signal);
        return create(where, signal);
      }),
    delete: async (signal) => {
      const { folder } = await place();
      if (!existsSync(join(folder, markName))) return;
      await locked(signal, async (where, info) => {
        if (info !== null) await stopServer(where, info, signal);
        await remove(where, signal);
      });
      for (const name of await readdir(folder))
        if (name === markName || /^\.?server-/.test(name))
          await rm(join(folder, name), { recursive: true, force: true });
      // A folder with anything else in it stays.
      await rmdir(folder).catch(() => undefined);
    },
  };
}
