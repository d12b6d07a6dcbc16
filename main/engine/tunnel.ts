import { tunnelGuide, tunnelTarget, tunnelTargetText } from '../../shared/access/tunnel.ts';
import type { TunnelGuide, TunnelTarget } from '../../shared/access/tunnel.ts';
import type { TunnelTest, TunnelTestStep } from '../../shared/access/tunnel-test.ts';
import type { Target } from '../../shared/contract/target.ts';
import type { FactSet } from '../../shared/facts/facts.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import { HostError, type Host } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';
import { greet, type Greeting } from '../postgres/greeting.ts';
import { openTunnelLogin, type TunnelLogin } from '../ssh/tunnel.ts';

const secondsAtMost = 20;
/** With the time to type the passphrase of a key. */
const loginSecondsAtMost = 90;

/** Where the tunnel ends on the host; a recorded host without settings has PostgreSQL's own default. */
export function targetOfFacts({ settings, unixSockets }: FactSet): TunnelTarget {
  return tunnelTarget(
    settings.state === 'collected' ? settings.value : [],
    unixSockets.state === 'collected' ? unixSockets.value : null,
  );
}

/** What the person hands on to the clients of the account. */
export function guideFor(
  target: Extract<Target, { kind: 'ssh' }>,
  host: Host,
  facts: FactSet,
  account: string,
  identityFile: string | null,
): TunnelGuide {
  const { address, label, port } = host.description;
  return tunnelGuide({
    // An alias is known to this machine only; the address is good for everybody.
    host: label.includes('.') || address === null ? label : address,
    sshPort: port,
    account,
    target: targetOfFacts(facts),
    jump: target.jump,
    identityFile,
  });
}

export interface TunnelTry {
  readonly target: Extract<Target, { kind: 'ssh' }>;
  /** The account that tunnels, with its key; null: the login of the connection, as it stands. */
  readonly as: { readonly account: string; readonly identityFile: string | null } | null;
  readonly role: string;
  readonly database: string;
  /** Asked for the passphrase of a key, and for nothing else. */
  readonly prompter: Prompter;
  /** The folder that holds `.ssh`; the home folder where not given. */
  readonly home?: string;
}

const passed = (gate: TunnelTestStep['gate'], said: string): TunnelTestStep => ({
  gate,
  state: 'passed',
  said: printable(said),
  next: null,
});
const refused = (gate: TunnelTestStep['gate'], said: string, next: string | null): TunnelTestStep => ({
  gate,
  state: 'refused',
  said: printable(said),
  next: next === null ? null : printable(next),
});

const problemOf = (
  error: unknown,
  within: AbortSignal,
): { readonly message: string; readonly next: string } =>
  within.aborted
    ? {
        message: 'No answer came in time.',
        next: 'Look whether a firewall on the way swallows the packets.',
      }
    : error instanceof HostError
      ? error
      : {
          message: error instanceof Error ? error.message : String(error),
          next: 'Try it again, and look at the log of sshd on the host.',
        };

/** What the greeting of the server means for the last gates. */
function greetingSteps(greeting: Greeting, role: string, database: string): readonly TunnelTestStep[] {
  if (greeting.kind === 'other')
    return [
      refused(
        'server',
        'Something answers there that is no PostgreSQL server.',
        'Check the port of the server.',
      ),
    ];
  const server = passed('server', `PostgreSQL answers, ${greeting.tls ? 'with' : 'without'} TLS.`);
  switch (greeting.kind) {
    case 'asks':
      return [server, passed('hba', `It asks ${role} for ${greeting.method}: a rule is for this way.`)];
    case 'in':
      return [server, passed('hba', `It lets ${role} in to ${database} without asking for a password.`)];
    case 'refused': {
      // 28000: no rule or a reject; 28P01: proof that failed. All else has passed pg_hba.conf.
      const byRule = greeting.code === '28000' || greeting.code === '28P01';
      return byRule
        ? [
            server,
            refused(
              'hba',
              greeting.message,
              'Add a rule for the loopback to pg_hba.conf, or name another role.',
            ),
          ]
        : [server, { gate: 'hba', state: 'unknown', said: printable(greeting.message), next: null }];
    }
  }
}

/** The stages of a try, the first that refuses is the last. */
async function trySteps(
  login: TunnelLogin,
  target: TunnelTarget,
  { role, database }: TunnelTry,
  signal: AbortSignal,
): Promise<readonly TunnelTestStep[]> {
  const where = tunnelTargetText(target);
  let stream;
  try {
    stream = await login.open(target, signal);
  } catch (error) {
    const { message, next } = problemOf(error, signal);
    const unreachable = error instanceof HostError && error.code !== 'forwarding-refused';
    return unreachable
      ? [passed('forwarding', `sshd lets tunnels lead to ${where}.`), refused('listener', message, next)]
      : [refused('forwarding', message, next)];
  }
  const open = [
    passed('forwarding', `sshd lets tunnels lead to ${where}.`),
    passed('listener', 'Something listens there.'),
  ];
  try {
    return [...open, ...greetingSteps(await greet(stream, role, database, signal), role, database)];
  } catch (error) {
    const { message } = problemOf(error, signal);
    return [
      ...open,
      refused('server', `No greeting came: ${message}`, 'Look whether the server runs, and at its log.'),
    ];
  }
}

/**
 * Opens the tunnel from this machine and asks PostgreSQL at its end for a greeting, without a password. Says how far it
 * came and which gate refused. Rejects only when it is cancelled.
 */
export async function testTunnel(
  host: Host,
  facts: FactSet,
  asked: TunnelTry,
  signal: AbortSignal,
): Promise<TunnelTest> {
  const logIn = AbortSignal.any([signal, AbortSignal.timeout(loginSecondsAtMost * 1000)]);
  const target = targetOfFacts(facts);
  const { as } = asked;
  const account = as?.account ?? host.description.loginUser;
  const done = (steps: readonly TunnelTestStep[]): TunnelTest => ({
    account,
    target: tunnelTargetText(target),
    works: steps.every(({ state }) => state !== 'refused'),
    steps: [...steps],
  });
  let login: TunnelLogin;
  try {
    login = as === null ? asLogin(host) : await openTunnelLogin(optionsOf(asked, as), asked.prompter, logIn);
  } catch (error) {
    signal.throwIfAborted();
    const { message, next } = problemOf(error, logIn);
    return done([refused('login', message, next)]);
  }
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(secondsAtMost * 1000)]);
    const steps = await trySteps(login, target, asked, within);
    signal.throwIfAborted();
    return done([passed('login', `${account} logs in by SSH.`), ...steps]);
  } finally {
    await login.close();
  }
}

/** The connection that stands; it is not closed with the try. */
const asLogin = (host: Host): TunnelLogin => ({
  open: (target, signal) =>
    target.kind === 'tcp'
      ? host.openTcp(target.address, target.port, signal)
      : host.openSocket(target.path, signal),
  close: async () => undefined,
});

const optionsOf = ({ target, home }: TunnelTry, as: NonNullable<TunnelTry['as']>) => ({
  destination: target.destination,
  jump: target.jump,
  knownHostsFile: target.knownHostsFile,
  // The host was met a moment ago: its key is known, and another one stops here.
  acceptNewHostKey: false,
  user: as.account,
  identityFile: as.identityFile,
  ...(home === undefined ? {} : { home }),
});
