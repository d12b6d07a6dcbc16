import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PracticeAccount } from './account.ts';

/** The longest path of a Unix socket that Linux and macOS both take, with `/.s.PGSQL.65535`. */
const longestSocketFolder = 103 - '/.s.PGSQL.65535'.length;
const sharedFolder = '/var/lib/portcullis-practice';

const shortName = (path: string): string =>
  createHash('sha256').update(resolve(path)).digest('hex').slice(0, 8);

async function isOpenForAll(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found !== null && (found.mode & 0o001) === 0) return false;
  return dirname(path) === path || isOpenForAll(dirname(path));
}

/**
 * Where the practice server of the program's folder lives: in that folder, unless root runs the program and the server's
 * account could not pass the folders above (`/root`): then in a folder below /var/lib, always the same one.
 */
export async function practiceFolder(directory: string, account: PracticeAccount): Promise<string> {
  const wanted = resolve(directory);
  if (account.switch === null || (await isOpenForAll(dirname(wanted)))) return wanted;
  return join(sharedFolder, shortName(wanted));
}

/** Makes the folder, closed to all but the account (and root): the weaknesses inside stay inside. */
export async function makeFolder(folder: string, account: PracticeAccount): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await chmod(folder, 0o700);
  if (account.switch !== null) await chown(folder, account.switch.uid, account.switch.gid);
}

/** The socket's folder: in the practice folder, or a short one where the path would be too long. */
export function socketFolder(folder: string): string {
  const inside = join(folder, 'sockets');
  if (Buffer.byteLength(inside) <= longestSocketFolder) return inside;
  return join(tmpdir(), `portcullis-practice-${shortName(folder)}`, 'sockets');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Runs `work` while no other program on this machine works on the same practice server. Waits up to two minutes. */
export async function withLock<T>(folder: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const file = join(folder, 'lock');
  const end = Date.now() + 120_000;
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.write(String(process.pid));
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(await readFile(file, 'utf8').catch(() => ''));
      const age = Date.now() - ((await stat(file).catch(() => null))?.mtimeMs ?? 0);
      // An empty file was just made, or its maker died before it wrote.
      const stale = owner > 0 ? !isAlive(owner) : age > 5_000;
      if (stale) await rm(file, { force: true });
      else if (Date.now() > end) throw new Error('Another program is working on the practice server');
      else await sleep(100, undefined, { signal });
    }
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
