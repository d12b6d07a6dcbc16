import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commandLine,
  programInvocation,
  scriptInvocation,
  type Access,
  type Invocation,
} from '../../../main/host/invocation.ts';
import { MarkedOutput } from '../../../main/host/marked-output.ts';
import { Secret } from '../../../shared/lib/secret.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';

const access: Access = {
  loginUser: 'me',
  privilege: 'none',
  sudoPassword: null,
  sudoAllowed: false,
  hasRunuser: true,
};
const login = { kind: 'login' } as const;
const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '\n', '$', '`', '!', '*', ' ', '~', '-', 'a', '\t', 'é'),
    maxLength: 12,
  }),
);
// A lone surrogate has no UTF-8 form, and no argument holds NUL.
const argument = word.filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);

function run(
  invocation: Invocation,
  input = invocation.input,
): { exitCode: number | null; stdout: Buffer; started: boolean } {
  // As sshd does it: the login shell gets one line.
  const result = spawnSync('/bin/sh', ['-c', commandLine(invocation.argv)], { input });
  const output = new MarkedOutput(invocation.marker, 1 << 20);
  output.push(result.stdout);
  return { exitCode: result.status, stdout: output.bytes, started: output.started };
}

describe('words for the shell', () => {
  it('reach a command as they are', () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 8 }), (words) => {
        const { stdout } = spawnSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(quoteShell).join(' ')}`]);
        expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 200 },
    );
  });

  it('reach a program over standard input as they are', () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 4 }), (words) => {
        const { stdout } = run(programInvocation(['printf', '%s\\0', ...words], login, access));
        expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a script', () => {
  const script = "cat <<'END'\nit's \"$HOME\" \\ `x` !\nEND\ncat; exit 7";
  const expected = 'it\'s "$HOME" \\ `x` !\n';

  it('is one line that every login shell reads alike', () => {
    for (const invocation of [
      scriptInvocation(
        script,
        { kind: 'root' },
        { ...access, privilege: 'sudo-with-password', sudoPassword: new Secret('x') },
      ),
      programInvocation(["it's", '!\n\\'], login, access),
    ])
      expect(invocation.argv.at(-1)).not.toMatch(/['\\!\n]/);
  });

  it('runs whole or not at all', () => {
    const invocation = scriptInvocation(script, login, access);
    expect(run(invocation)).toEqual({ exitCode: 7, stdout: Buffer.from(expected), started: true });
    for (let length = 0; length < invocation.input.length - 1; length += 1) {
      const cut = run(invocation, invocation.input.subarray(0, length));
      expect(cut, `cut at ${length}`).toMatchObject({ exitCode: 125, started: false });
    }
  });

  it('is not mixed with a password line that nobody read', () => {
    fc.assert(
      fc.property(argument, (password) => {
        const invocation = scriptInvocation(script, login, access);
        const line = Buffer.from(`${password.replace(/[\r\n]/g, '')}\n`);
        expect(run(invocation, Buffer.concat([line, invocation.input])).stdout.toString()).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('cannot name an account that is an option', () => {
    for (const name of ['-u', '#0', 'a b', "a'b", '', 'a\nb'])
      expect(() =>
        scriptInvocation('id', { kind: 'user', name }, { ...access, privilege: 'root' }),
      ).toThrow();
  });
});
