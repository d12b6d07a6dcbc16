import type { SudoMode } from '../../shared/contract/target.ts';
import type { Secret } from '../../shared/lib/secret.ts';
import { findLogin, type Login } from '../host/access.ts';
import { HostError, type Host, type HostDescription } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';
import { launchOn, SshHost } from '../host/ssh.ts';
import { Stages } from '../host/stages.ts';
import { openChain, resolveRoutes, type Chain, type ChainOptions, type Routes } from './chain.ts';
import { parseDestination } from './destination.ts';
import { cancelledError } from '../host/abort.ts';
import type { LinkRequest } from './link.ts';
import { limits } from './limits.ts';
import { Remembered } from './remembered.ts';
import { defaultHome, type SshRoute } from './ssh-config.ts';

export interface ConnectSshOptions extends ChainOptions {
  /** `user@host:port`, `ssh://…`, `[IPv6]:port`, or an alias of the ssh config. */
  readonly destination: string;
  /** Jump hosts in place of the config's, as `ssh -J` takes them. */
  readonly jump: string | null;
  readonly sudo: SudoMode;
  /** The folder that holds `.ssh`; the home folder where not given. */
  readonly home?: string;
}

interface Recipe {
  readonly routes: Routes;
  readonly options: ConnectSshOptions;
  readonly remembered: Remembered;
  readonly prompter: Prompter;
}

function keyOf(route: SshRoute): string {
  if (route.port === 22) return `${route.user}@${route.alias}`;
  return `${route.user}@${route.alias.includes(':') ? `[${route.alias}]` : route.alias}:${route.port}`;
}

function describe(route: SshRoute, chain: Chain, login: Login, remembered: Remembered): HostDescription {
  const account = `${route.user}@${route.hostName}:${route.port}`;
  const byKey = remembered.keyUsed.has(account) && !remembered.passwords.has(account);
  return {
    kind: 'ssh',
    key: keyOf(route),
    label: route.alias,
    loginUser: login.access.loginUser,
    loggedInWith: byKey ? 'key' : 'password',
    privilege: login.access.privilege,
    address: chain.target.address ?? login.serverAddress,
    clientAddress: login.clientAddress,
    port: route.port,
  };
}

async function logIn(
  recipe: Recipe,
  stages: Stages,
  knownPassword: Secret | null,
  signal: AbortSignal,
): Promise<SshHost> {
  const { routes, options, remembered, prompter } = recipe;
  const route = routes.at(-1) ?? routes[0];
  const open = (report: LinkRequest['report'], within: AbortSignal): Promise<Chain> =>
    openChain(routes, options, remembered, prompter, report, within);
  const via = routes.slice(0, -1).map(({ alias }) => alias);
  const chain = await open((stage, state, detail) => {
    const more = stage === 'tcp' && state === 'done' && via.length > 0 ? `, via ${via.join(', ')}` : '';
    stages.report(stage, state, `${detail}${more}`);
  }, signal);
  try {
    stages.report('privilege', 'running', '');
    const login = await findLogin(
      (argv, within) => launchOn(chain, argv, within),
      {
        mode: options.sudo,
        host: route.alias,
        timeoutMs: limits.privilegeMs,
        knownPassword,
        mayUsePkexec: false,
        ask: (prompt) => prompter.ask(prompt, signal),
      },
      signal,
    );
    if (chain.lost !== null) throw chain.lost;
    stages.report('privilege', 'done', login.detail);
    // Who chose to go on without a password is not asked again by a second login.
    const sudo = options.sudo === 'ask' && login.access.sudoPassword === null ? 'auto' : options.sudo;
    const silent = new Stages({ ask: prompter.ask.bind(prompter), progress: () => undefined });
    return new SshHost(describe(route, chain, login, remembered), chain, login, {
      chain: (within) => open(() => undefined, within),
      host: (within) =>
        logIn({ ...recipe, options: { ...options, sudo } }, silent, login.access.sudoPassword, within),
    });
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/**
 * Connects to a host over ssh: config, jump hosts, host key, login, privilege; each stage is told to the prompter.
 * Rejects with HostError; on failure and on cancel nothing stays open.
 */
export async function connectSsh(
  options: ConnectSshOptions,
  prompter: Prompter,
  signal: AbortSignal,
): Promise<Host> {
  const stages = new Stages(prompter);
  try {
    if (signal.aborted) throw cancelledError();
    stages.report('name', 'running', '');
    const routes = await resolveRoutes(
      parseDestination(options.destination),
      options.jump,
      options.home ?? defaultHome(),
      signal,
    );
    const named = routes.map((route) => `${route.user}@${route.hostName}:${route.port}`);
    stages.report('name', 'done', named.reverse().join(', via '));
    return await logIn({ routes, options, remembered: new Remembered(), prompter }, stages, null, signal);
  } catch (error) {
    const reason =
      signal.aborted && !(error instanceof HostError && error.code === 'cancelled')
        ? cancelledError()
        : error;
    stages.fail(reason);
    throw reason;
  }
}
