import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HostError } from '../host/host.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Destination } from './destination.ts';
import { limits } from './limits.ts';
import { computeFromFiles } from './ssh-config-file.ts';

/** Everything that the ssh config decides about reaching one host. */
export interface SshRoute {
  /** As the person named it; shown, and used for the jump's own name in questions. */
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** In the order in which they are tried; those that do not exist are passed over. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Socket of the agent, null for none. */
  readonly agentSocket: string | null;
  /** As `ssh -J` takes it; null for none. */
  readonly proxyJump: string | null;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly hashKnownHosts: boolean;
  readonly hostKeyAlias: string | null;
  readonly keepaliveMs: number;
  readonly connectTimeoutMs: number;
}

type Settings = ReadonlyMap<string, readonly string[]>;

const manyWords = new Set(['userknownhostsfile', 'globalknownhostsfile']);
const defaultIdentities = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];

/** Runs `ssh -G`; null when there is no ssh program. Rejects with HostError when ssh refuses the config or the name. */
async function askSsh(destination: Destination, home: string, signal: AbortSignal): Promise<Settings | null> {
  const own = join(home, '.ssh', 'config');
  // ssh takes the home folder from the account, not from the environment: another one has to be named.
  const file = home === userInfo().homedir ? [] : ['-F', existsSync(own) ? own : 'none'];
  const port = destination.port === null ? [] : ['-p', String(destination.port)];
  const user = destination.user === null ? [] : ['-l', destination.user];
  return new Promise((resolve, reject) => {
    execFile(
      'ssh',
      ['-G', ...file, ...port, ...user, '--', destination.host],
      { signal, timeout: limits.configMs, maxBuffer: 1 << 20, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        if (error === null) {
          const settings = new Map<string, string[]>();
          for (const line of stdout.split(/\r?\n/)) {
            const space = line.indexOf(' ');
            if (space < 0) continue;
            const key = line.slice(0, space);
            const value = line.slice(space + 1);
            const values = manyWords.has(key) ? value.split(' ') : [value];
            settings.set(key, [...(settings.get(key) ?? []), ...values]);
          }
          resolve(settings);
        } else if (error.code === 'ENOENT') resolve(null);
        else if (signal.aborted) reject(new HostError('cancelled', 'Cancelled.', 'Connect again.'));
        else {
          const complaint = printable(stderr)
            .split('\n')
            .filter((line) => line.trim() !== '' && !line.startsWith('Pseudo-terminal'))
            .join(' ');
          reject(
            new HostError(
              'not-found',
              `ssh cannot resolve "${destination.host}": ${complaint === '' ? error.message : complaint}`,
              'Check the name and your ssh config (~/.ssh/config).',
            ),
          );
        }
      },
    );
  });
}

function expandPath(path: string, home: string, tokens: ReadonlyMap<string, string>): string {
  const expanded = path.replace(/%([%a-zA-Z])/g, (whole, token: string) => tokens.get(token) ?? whole);
  if (expanded === '~' || expanded.startsWith('~/')) return join(home, expanded.slice(1));
  const ownHome = userInfo().homedir;
  // ssh -G has already put the account's home folder in place of `~`.
  if (home !== ownHome && expanded.startsWith(`${ownHome}/.ssh/`))
    return join(home, expanded.slice(ownHome.length));
  return expanded;
}

function seconds(value: string | undefined, fallbackMs: number): number {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number * 1000 : fallbackMs;
}

function agentSocketOf(value: string | undefined, expand: (path: string) => string): string | null {
  if (value === 'none') return null;
  if (value === undefined || value === 'SSH_AUTH_SOCK') {
    const fallback = process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : null;
    return process.env['SSH_AUTH_SOCK'] ?? fallback;
  }
  return value.startsWith('$') ? (process.env[value.slice(1)] ?? null) : expand(value);
}

/**
 * Resolves a destination through the person's ssh config: `ssh -G` where ssh is installed, so that Include, Match and
 * tokens mean what they mean to ssh; else an own reading of the files. `jumpChosen` says that a jump was given in place
 * of the config's. Rejects with HostError 'not-found', also for ProxyCommand, which is not supported.
 */
export async function resolveRoute(
  destination: Destination,
  options: { readonly home: string; readonly jumpChosen: boolean },
  signal: AbortSignal,
): Promise<SshRoute> {
  const { home } = options;
  const settings =
    (await askSsh(destination, home, signal)) ?? (await computeFromFiles(destination.host, home));
  const first = (key: string): string | undefined => settings.get(key)?.[0];
  const hostName = (first('hostname') ?? destination.host).replaceAll('%h', destination.host);
  const user = destination.user ?? first('user') ?? userInfo().username;
  const port = destination.port ?? Number(first('port') ?? 22);
  const proxyJump = first('proxyjump');
  const hasJump = proxyJump !== undefined && proxyJump !== 'none';
  const proxyCommand = first('proxycommand');
  if (!options.jumpChosen && !hasJump && proxyCommand !== undefined && proxyCommand !== 'none')
    throw new HostError(
      'not-found',
      `The ssh config reaches ${destination.host} by a ProxyCommand, which is not supported.`,
      'Use ProxyJump in the ssh config, or name the jump host here.',
    );
  const tokens = new Map([
    ['%', '%'],
    ['d', home],
    ['h', hostName],
    ['n', destination.host],
    ['p', String(port)],
    ['r', user],
    ['u', userInfo().username],
    ['k', first('hostkeyalias') ?? hostName],
  ]);
  const expand = (path: string): string => expandPath(path, home, tokens);
  const files = (key: string, fallback: readonly string[]): readonly string[] =>
    (settings.get(key) ?? fallback).filter((path) => path !== 'none').map(expand);
  return {
    alias: destination.host,
    hostName,
    port,
    user,
    identityFiles: [...new Set(files('identityfile', defaultIdentities))],
    identitiesOnly: first('identitiesonly') === 'yes',
    agentSocket: agentSocketOf(first('identityagent'), expand),
    proxyJump: hasJump ? proxyJump : null,
    userKnownHostsFiles: files('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
    globalKnownHostsFiles: files('globalknownhostsfile', [
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ]),
    hashKnownHosts: first('hashknownhosts') === 'yes',
    hostKeyAlias: first('hostkeyalias') ?? null,
    keepaliveMs: seconds(first('serveraliveinterval'), limits.keepaliveMs),
    connectTimeoutMs: seconds(first('connecttimeout'), limits.tcpMs),
  };
}

/** The folder that holds `.ssh`, where the caller names none. */
export function defaultHome(): string {
  return homedir();
}
