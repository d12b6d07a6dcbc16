import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's top folder. */
export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** True where packages can be installed and sandboxes have to be left out. */
export const isRoot = process.getuid?.() === 0;

/** A failure whose message is all that a person needs: no stack is shown for it. */
export class SetUpError extends Error {}

/**
 * Runs a program to its end and gives back what it printed; never throws for an exit code.
 * @returns {{status: number, stdout: string, stderr: string}} status 127 when there is no such program
 */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  const status = result.status ?? (result.error?.code === 'ENOENT' ? 127 : 1);
  return { status, stdout: result.stdout ?? '', stderr: result.stderr || (result.error?.message ?? '') };
}

/**
 * Runs a program that may take minutes. Its output is kept and shown only when it fails, so that set-up stays
 * readable; standard output is left alone for the program that comes after.
 * @returns {Promise<void>} rejects with a SetUpError that ends with the last lines of the output
 */
export function runQuietly(command, args, { timeoutMs, env = process.env, cwd = projectFolder }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const fail = (reason) => {
      const tail = output.trimEnd().split('\n').slice(-25).join('\n');
      reject(new SetUpError(`${command} ${args.join(' ')}: ${reason}${tail ? `\n${tail}` : ''}`));
    };
    child.on('error', (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else
        fail(
          signal === 'SIGKILL' ? `did not end within ${timeoutMs / 1000} s` : `exit code ${code ?? signal}`,
        );
    });
  });
}

/** How npm is started from here: the same npm that runs this script, where there is one. */
export function npmCommand(...args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js') || script?.endsWith('.cjs')) return [process.execPath, [script, ...args]];
  return process.platform === 'win32' ? ['cmd.exe', ['/d', '/c', 'npm', ...args]] : ['npm', args];
}

export function sha512Base64(file) {
  return createHash('sha512').update(readFileSync(file)).digest('base64');
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Lets one process at a time do `work`: two terminals may start the program at once. The lock is a file that names
 * its owner, so one left behind by a killed process is taken over.
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + 15 * 60_000;
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let owner = 0;
    try {
      owner = Number(readFileSync(file, 'utf8'));
      // An empty file is one whose owner is about to write its number, unless it stays empty.
      if (owner === 0 && Date.now() - statSync(file).mtimeMs < 2_000) owner = process.pid;
    } catch {
      continue;
    }
    if (owner === 0 || (owner !== process.pid && !isAlive(owner))) rmSync(file, { force: true });
    else if (Date.now() > deadline) throw new SetUpError(`Another set-up (process ${owner}) holds ${file}.`);
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Where files that outlive the checkout are kept (a run-time of 250 MB is not fetched for every clone). */
export function cacheFolder(...names) {
  const { HOME, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const base = XDG_CACHE_HOME || LOCALAPPDATA || join(HOME || '/root', '.cache');
  return join(base, 'portcullis', ...names);
}
