import { randomBytes } from 'node:crypto';
import type { Prompt, PromptAnswer } from '../../shared/contract/prompts.ts';
import type { SudoMode } from '../../shared/contract/target.ts';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { Secret } from '../../shared/lib/secret.ts';
import { unlessAborted } from './abort.ts';
import { HostError } from './host.ts';
import { scriptInvocation, type Access } from './invocation.ts';
import { runScript, type RunningProcess } from './process.ts';

/** Starts a command; each transport brings its own. */
export type Launch = (argv: readonly string[], signal: AbortSignal) => Promise<RunningProcess>;

/** Who the login is and what it may become, as one script found it. */
export interface Login {
  readonly access: Access;
  /** The words for the progress line: `sudo, with password`. */
  readonly detail: string;
  /** The two ends of the ssh connection as the host sees them; null when local. */
  readonly clientAddress: string | null;
  readonly serverAddress: string | null;
}

export interface LoginQuestion {
  readonly mode: SudoMode;
  /** The host as shown in the question. */
  readonly host: string;
  readonly timeoutMs: number;
  /** The password of an earlier login; then nothing is asked. */
  readonly knownPassword: Secret | null;
  /** Whether pkexec's own dialog may be used where sudo is missing (this machine only). */
  readonly mayUsePkexec: boolean;
  readonly ask: (prompt: Prompt) => Promise<PromptAnswer>;
}

const passwordAttempts = 3;

// `sudo -k` with a command looks at no cached password and leaves the cache as it is.
const script = (trySudo: boolean): string => `
echo "uid=$(id -u)"
echo "user=$(id -un)"
echo "connection=$SSH_CONNECTION"
command -v runuser >/dev/null 2>&1 && echo runuser=yes
command -v pkexec >/dev/null 2>&1 && echo pkexec=yes
command -v sudo >/dev/null 2>&1 && echo sudo=yes
if ${trySudo ? 'true' : 'false'} && command -v sudo >/dev/null 2>&1 && [ "$(id -u)" != 0 ]; then
  if said=$(sudo -n -k -- sh -c : 2>&1); then echo free=yes; else echo "said=$(echo "$said" | head -n 1)"; fi
fi
`;

function readValues(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line): (readonly [string, string])[] => {
      const position = line.indexOf('=');
      return position < 0 ? [] : [[line.slice(0, position), printable(line.slice(position + 1))]];
    }),
  );
}

type Verdict = { readonly kind: 'right' } | { readonly kind: 'wrong' | 'refused'; readonly said: string };

/** Tries a password. Standard input ends after it, so that a wrong one costs exactly one failed attempt. */
async function tryPassword(
  launch: Launch,
  password: Secret,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const marker = randomBytes(12).toString('hex');
  const process = await launch(
    ['env', 'LC_ALL=C', 'sudo', '-k', '-S', '-p', '', '--', 'sh', '-c', `echo ${marker}`],
    signal,
  );
  return new Promise((resolve, reject) => {
    let said = '';
    let stdout = '';
    const stop = (error: HostError): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      process.kill();
      reject(error);
    };
    const abort = (): void => stop(new HostError('cancelled', 'Cancelled.', 'Connect again when you like.'));
    const timer = setTimeout(
      () => stop(new HostError('timeout', 'sudo did not answer in time.', 'Check sudo on the host.')),
      timeoutMs,
    );
    signal.addEventListener('abort', abort, { once: true });
    process.stdout.on('data', (chunk: Buffer) => (stdout = (stdout + chunk.toString()).slice(-4_096)));
    process.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_096)));
    process.stdin.on('error', () => undefined);
    process.ended.then(
      () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        const words = shorten(printable(said.trim()), 300);
        if (stdout.includes(marker)) resolve({ kind: 'right' });
        else if (/not in the sudoers|not allowed|may not run|must have a tty|I'm sorry/i.test(said))
          resolve({ kind: 'refused', said: words });
        else resolve({ kind: 'wrong', said: words });
      },
      (error: unknown) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
    if (signal.aborted) abort();
    else process.stdin.end(`${password.reveal()}\n`);
  });
}

/**
 * Finds out in one script who the login is and whether sudo asks for a password, and asks for it where wanted; a
 * password is accepted only after sudo has accepted it.
 * Rejects with HostError: no-shell, sudo-refused (three wrong passwords, or a known one that is no longer right),
 * timeout, cancelled, link-lost.
 */
export async function findLogin(
  launch: Launch,
  question: LoginQuestion,
  signal: AbortSignal,
): Promise<Login> {
  const base: Access = {
    loginUser: '',
    privilege: 'none',
    sudoPassword: null,
    sudoAllowed: false,
    hasRunuser: false,
  };
  const invocation = scriptInvocation(script(question.mode !== 'none'), { kind: 'login' }, base);
  const { timeoutMs } = question;
  const result = await runScript(await launch(invocation.argv, signal), invocation, { timeoutMs }, signal);
  const values = readValues(result.stdout.toString('utf8'));
  const loginUser = values.get('user') ?? '';
  const [clientAddress, , serverAddress] = (values.get('connection') ?? '').split(' ');
  const known = { ...base, loginUser, hasRunuser: values.get('runuser') === 'yes' };
  const login = (access: Partial<Access>, detail: string): Login => ({
    access: { ...known, ...access },
    detail,
    clientAddress: clientAddress === undefined || clientAddress === '' ? null : clientAddress,
    serverAddress: serverAddress ?? null,
  });
  if (values.get('uid') === '0') return login({ privilege: 'root' }, 'root');
  if (question.mode === 'none') return login({}, 'none, as chosen');
  if (values.get('sudo') !== 'yes') {
    if (question.mode === 'ask' && question.mayUsePkexec && values.get('pkexec') === 'yes')
      return login({ privilege: 'pkexec' }, 'pkexec, asks when needed');
    return login({}, 'none: sudo is not installed');
  }
  if (values.get('free') === 'yes')
    return login({ privilege: 'sudo-without-password', sudoAllowed: true }, 'sudo, without a password');
  const said = values.get('said') ?? '';
  if (/must have a tty/i.test(said)) return login({}, `none: ${said}`);
  const withPassword = (password: Secret): Login =>
    login(
      { privilege: 'sudo-with-password', sudoPassword: password, sudoAllowed: true },
      'sudo, with a password',
    );
  if (question.knownPassword !== null) {
    const verdict = await tryPassword(launch, question.knownPassword, timeoutMs, signal);
    if (verdict.kind === 'right') return withPassword(question.knownPassword);
    throw new HostError(
      'sudo-refused',
      `sudo no longer accepts the password of ${loginUser}: ${verdict.said}`,
      'Connect again and give the new one.',
    );
  }
  if (question.mode === 'auto') return login({ sudoAllowed: true }, 'none: sudo asks for a password');
  for (let attempt = 1; attempt <= passwordAttempts; attempt += 1) {
    const { host } = question;
    const answer = await unlessAborted(signal, () =>
      question.ask({ kind: 'sudo-password', user: loginUser, host, attempt }),
    );
    const value = answer.kind === 'secrets' ? answer.values[0] : undefined;
    if (value === undefined) return login({ sudoAllowed: true }, 'none: continued without sudo');
    // A line break would end the password early and what follows would be read as the next one.
    const password = new Secret(value.replace(/[\r\n\0].*$/s, ''));
    const verdict = await tryPassword(launch, password, timeoutMs, signal);
    if (verdict.kind === 'right') return withPassword(password);
    if (verdict.kind === 'refused') return login({}, `none: ${verdict.said}`);
  }
  throw new HostError(
    'sudo-refused',
    `sudo refused the password of ${loginUser} ${passwordAttempts} times.`,
    'Check the password, or connect again and continue without sudo.',
  );
}
