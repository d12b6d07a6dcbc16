import { PassThrough, Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseFrames } from '../../../main/collect/parse-frames.ts';
import { shellFact } from '../../../main/collect/parse-frames.ts';
import { scriptInvocation } from '../../../main/host/invocation.ts';
import { startProcess } from '../../../main/host/local.ts';
import { runScript, type RunningProcess } from '../../../main/host/process.ts';
import { openSession } from '../../../main/postgres/session.ts';
import { Secret } from '../../../shared/lib/secret.ts';

const access = {
  loginUser: 'me',
  privilege: 'none',
  sudoPassword: null,
  sudoAllowed: false,
  hasRunuser: false,
} as const;
const never = new AbortController().signal;
const mebibyte = 1024 * 1024;

/** A shell whose start-up files print `noise`, and which then runs the script (or nothing at all). */
async function run(
  script: string,
  options: { noise?: string; timeoutMs?: number; maxOutputBytes?: number } = {},
) {
  const invocation = scriptInvocation(script, { kind: 'login' }, access);
  const [program = 'sh', flag = '-c', line = ''] = invocation.argv;
  const started = await startProcess([program, flag, `${options.noise ?? ''}\n${line}`]);
  const { timeoutMs = 10_000, maxOutputBytes } = options;
  return runScript(
    started,
    invocation,
    maxOutputBytes === undefined ? { timeoutMs } : { timeoutMs, maxOutputBytes },
    never,
  );
}

/** A process of which only the outputs are real. */
function processOf(
  stdout: Readable,
  stderr: Readable = new PassThrough(),
): RunningProcess & { killed: () => boolean } {
  let killed = false;
  return {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout,
    stderr,
    ended: new Promise(() => undefined),
    kill: () => {
      killed = true;
      stdout.destroy();
      stderr.destroy();
    },
    killed: () => killed,
  };
}

/** An output without an end, which counts what was taken of it. */
function endless(chunk: Buffer): { stream: Readable; takenBytes: () => number } {
  let taken = 0;
  const stream = new Readable({
    read() {
      taken += chunk.length;
      this.push(chunk);
    },
  });
  return { stream, takenBytes: () => taken };
}

describe('a script on a hostile host', () => {
  test('what start-up files print is no output, whatever it looks like', async () => {
    const noise = `printf 'PC00 plain\\n\\nPC00 + system.facts\\nlies\\nPC00 - \\n0\\n\\033[2J'; echo 00000000000000000000aaaa; echo 12 00000000000000000000aaaa >&2`;
    const { stdout, stderr } = await run('echo true', { noise });
    expect(stdout.toString()).toBe('true\n');
    expect(stderr).toBe('');
  });

  test('output above the limit is dropped, and the script still ends', async () => {
    const { stdout, truncated, exitCode } = await run('head -c 3000000 /dev/zero; exit 3', {
      maxOutputBytes: 1000,
    });
    expect([stdout.length, truncated, exitCode]).toEqual([1000, true, 3]);
  });

  test('output that never ends is cut and the script ended', async () => {
    const { stdout, truncated } = await run('cat /dev/zero', { maxOutputBytes: mebibyte });
    expect([stdout.length, truncated]).toEqual([mebibyte, true]);
  });

  test('errors that never end, or noise before the script that never ends, are cut too', async () => {
    const { stderr } = await run('cat /dev/zero >&2');
    expect(stderr.length).toBeLessThanOrEqual(64 * 1024);
    await expect(run('echo', { noise: 'cat /dev/zero' })).rejects.toMatchObject({ code: 'no-shell' });
  });

  test('output that never comes, or drop by drop, ends with the time limit', async () => {
    await expect(run('sleep 60', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'timeout' });
    const drops = new PassThrough();
    const timer = setInterval(() => drops.write('x'), 20);
    const fake = processOf(drops);
    const invocation = scriptInvocation('echo', { kind: 'login' }, access);
    await expect(runScript(fake, invocation, { timeoutMs: 200 }, never)).rejects.toMatchObject({
      code: 'timeout',
    });
    clearInterval(timer);
    expect(fake.killed()).toBe(true);
  });

  test('of gigabytes no more is taken than patience allows', async () => {
    const output = endless(Buffer.alloc(mebibyte, 65));
    const fake = processOf(output.stream);
    const invocation = scriptInvocation('echo', { kind: 'login' }, access);
    await expect(runScript(fake, invocation, { timeoutMs: 10_000 }, never)).rejects.toThrow();
    expect(fake.killed()).toBe(true);
    expect(output.takenBytes()).toBeLessThan(70 * mebibyte);
  });
});

describe('frames of a hostile host', () => {
  const boundary = `PC${'ab'.repeat(16)}`;

  test('a compressed answer that unpacks to gigabytes is refused', () => {
    const bomb = gzipSync(Buffer.alloc(140 * mebibyte), { level: 1 });
    const output = Buffer.concat([Buffer.from(`${boundary} gzip\n`), bomb]);
    expect(() => parseFrames(output, boundary)).toThrow();
  });

  test('a mark that was guessed wrong, binary garbage a frame without an exit code and half a frame are no facts', () => {
    const text = `${boundary} plain\n\nPC${'cd'.repeat(16)} + a.b\n\n${boundary} + a.b\n\u0000\u001b[31m\xff\n${boundary} + e.f\nx\n${boundary} - \n\n${boundary} + c.d\nhalf`;
    const frames = parseFrames(Buffer.from(text, 'latin1'), boundary);
    const expected = { as: 'login', capBytes: 1000, seconds: 1 } as const;
    const rights = { root: true, whyNotRoot: '' };
    for (const name of ['a.b', 'c.d', 'e.f'])
      expect(shellFact(frames?.get(name), expected, rights)).toEqual({
        state: 'failed',
        reason: 'interrupted',
      });
  });
});

describe('a server that is none', () => {
  const options = {
    role: 'postgres',
    database: 'postgres',
    purpose: 'inspect',
    how: 'socket',
    tls: false,
    password: () => Promise.resolve(new Secret('x')),
  } as const;

  test('one that sends for ever is cut off after what a scan could need at most', async () => {
    // The head of a message of 1 GiB, and then no end of it.
    const head = Buffer.from([0x44, 0x3f, 0xff, 0xff, 0xff]);
    const part = Buffer.alloc(mebibyte);
    let sent = 0;
    const hostile = new Duplex({
      read() {
        const chunk = sent === 0 ? head : part;
        sent += chunk.length;
        this.push(chunk);
      },
      write: (_chunk, _encoding, done) => done(),
    });
    await expect(openSession(hostile, options, never)).rejects.toThrow(/far more than was asked/);
    expect(hostile.destroyed).toBe(true);
    expect(sent).toBeLessThan(140 * mebibyte);
  });

  test('garbage in place of an answer is an error, and ends', async () => {
    const hostile = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    hostile.push(Buffer.from('SSH-2.0-OpenSSH\r\n\u0000\u0000\u0000\u0000garbage'));
    const limited = AbortSignal.timeout(300);
    await expect(openSession(hostile, options, limited)).rejects.toThrow();
  });
});
