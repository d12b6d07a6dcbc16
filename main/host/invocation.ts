import { randomBytes } from 'node:crypto';
import { quoteShell } from '../../shared/lib/quoting.ts';
import type { Secret } from '../../shared/lib/secret.ts';
import { HostError, type Privilege, type RunAs } from './host.ts';

/** How the login may become another account. */
export interface Access {
  readonly loginUser: string;
  readonly privilege: Privilege;
  readonly sudoPassword: Secret | null;
  /** Whether sudo may be tried for single accounts although it does not lead to root. */
  readonly sudoAllowed: boolean;
  /** From root to another account: `runuser` where there is one (util-linux), else `su`. */
  readonly hasRunuser: boolean;
}

/** A command line and what goes to its standard input; the marker tells where the clean output starts. */
export interface Invocation {
  readonly argv: readonly string[];
  readonly input: Buffer;
  readonly marker: string;
}

const rootPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const loginPath = `$PATH:/usr/local/sbin:/usr/sbin:/sbin`;

// These lines are an argument to the login shell, which may be fish or csh: one line, without single quotes,
// backslashes and exclamation marks, is read alike by all of them.
//
// The first loop drops everything up to the marker: a sudo that needs no password this time leaves the password line
// unread, and it must never be taken for a part of the script.
const skipToMarker = (marker: string): string =>
  `while IFS= read -r l; do case $l in ${marker}) break;; esac; done;`;

const settle = (path: string, marker: string): string =>
  `PATH="${path}"; LC_ALL=C; export PATH LC_ALL; cd /; unset l; echo ${marker}; echo $$ ${marker} >&2;`;

// A script that was cut off on its way (link lost) lacks its last line and is not run.
const runScript = (path: string, marker: string): string =>
  `${skipToMarker(marker)} s=$(cat); case $s in *"#${marker}") ;; *) exit 125;; esac; ${settle(path, marker)} eval "$s" </dev/null`;

// Read line by line up to the second marker, because what follows belongs to the program. `n` is a line break.
const runProgram = (path: string, marker: string): string =>
  `${skipToMarker(marker)} n=$(echo _; echo _); n=\${n#_}; n=\${n%_}; s=; k=; while IFS= read -r l; do case $l in ${marker}) k=1; break;; esac; s=$s$l$n; done; case $k in 1) ;; *) exit 125;; esac; ${settle(path, marker)} eval "$s"`;

function denied(message: string): HostError {
  return new HostError(
    'denied',
    message,
    'Connect with an account that may use sudo (or as root), and allow sudo when asked.',
  );
}

/** The command that becomes the account, and whether it reads the password line. Throws HostError 'denied'. */
function becoming(
  as: RunAs,
  access: Access,
): { readonly prefix: readonly string[]; readonly password: boolean } {
  const direct = { prefix: [], password: false };
  if (as.kind === 'login') return direct;
  if (as.kind === 'user') {
    if (as.name === access.loginUser) return direct;
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(as.name))
      throw denied(`${JSON.stringify(as.name)} is no name of an account.`);
  }
  const user = as.kind === 'user' ? ['-u', as.name] : [];
  // sudo's own messages in English, so that they can be told apart.
  const sudo = ['env', 'LC_ALL=C', 'sudo'];
  switch (access.privilege) {
    case 'root':
      if (as.kind === 'root') return direct;
      if (access.hasRunuser) return { prefix: ['runuser', ...user, '--'], password: false };
      return { prefix: ['su', '-s', '/bin/sh', as.name, '-c'], password: false };
    case 'sudo-without-password':
      return { prefix: [...sudo, '-n', ...user, '--'], password: false };
    case 'sudo-with-password':
      // -k: the password is read each time, so that what stands on standard input is the same each time.
      return { prefix: [...sudo, '-k', '-S', '-p', '', ...user, '--'], password: true };
    case 'pkexec':
      return { prefix: ['pkexec', ...(as.kind === 'user' ? ['--user', as.name] : [])], password: false };
    case 'none':
      // An account may be allowed to become the database's owner without being allowed to become root.
      if (access.sudoAllowed && as.kind === 'user')
        return { prefix: [...sudo, '-n', ...user, '--'], password: false };
      throw denied(
        as.kind === 'root'
          ? `${access.loginUser} cannot become root here.`
          : `${access.loginUser} cannot become ${as.name} here.`,
      );
  }
}

function build(
  as: RunAs,
  access: Access,
  script: (path: string, marker: string) => string,
  body: (marker: string) => string,
): Invocation {
  const { prefix, password } = becoming(as, access);
  const marker = randomBytes(12).toString('hex');
  const isLogin = prefix.length === 0 && access.privilege !== 'root';
  const line = script(isLogin ? loginPath : rootPath, marker);
  const shell = prefix[0] === 'su' ? [line] : [prefix[0] === 'pkexec' ? '/bin/sh' : 'sh', '-c', line];
  const secret = password ? `${access.sudoPassword?.reveal() ?? ''}\n` : '';
  return { argv: [...prefix, ...shell], input: Buffer.from(`${secret}${marker}\n${body(marker)}`), marker };
}

/**
 * The script that ends another one, with all that it started, by the number of its shell. An account cannot signal a
 * script that it runs through sudo, so this one runs as the same account as the other.
 */
export function stopScript(pid: number, marker: string): string {
  return `t() { echo "$1"; for c in $(pgrep -P "$1"); do t "$c"; done; }
case $(tr '\\0' ' ' </proc/${pid}/cmdline) in *${marker}*) kill -TERM $(t ${pid}) ;; esac`;
}

/** A script to be run as an account. Throws HostError 'denied' when the account cannot be reached. */
export function scriptInvocation(script: string, as: RunAs, access: Access): Invocation {
  if (script.includes('\0')) throw new Error('A script cannot hold a NUL character');
  return build(as, access, runScript, (marker) => `${script}\n#${marker}\n`);
}

/** A program whose standard input and output are to be used as a stream. Throws HostError 'denied'. */
export function programInvocation(argv: readonly string[], as: RunAs, access: Access): Invocation {
  return build(as, access, runProgram, (marker) => `exec ${argv.map(quoteShell).join(' ')}\n${marker}\n`);
}

/** The invocation as one line for the shell of an ssh login. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quoteShell).join(' ');
}
