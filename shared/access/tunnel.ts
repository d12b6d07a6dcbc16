import { splitList } from '../config/lists.ts';
import type { Setting } from '../facts/cluster.ts';
import type { UnixSocket } from '../facts/files.ts';
import { isLoopback, networkOf, parseAddress } from '../lib/cidr.ts';

/** Where a tunnel through SSH has to lead on the host: an address that the server listens on, or its Unix socket. */
export type TunnelTarget =
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

const valueOf = (settings: readonly Setting[], name: string): string | null =>
  settings.find((setting) => setting.name === name)?.value ?? null;

/**
 * The loopback where the server listens there, else its first address, else its first socket. Without the setting the
 * loopback is taken, which is PostgreSQL's own default.
 */
export function tunnelTarget(
  settings: readonly Setting[],
  sockets: readonly UnixSocket[] | null,
): TunnelTarget {
  const port = Number(valueOf(settings, 'port') ?? 5432);
  const loopback: TunnelTarget = { kind: 'tcp', address: '127.0.0.1', port };
  const value = valueOf(settings, 'listen_addresses');
  if (value === null) return loopback;
  const entries = splitList(value, 'names') ?? [value];
  if (entries.length === 0) {
    const folder = sockets?.[0]?.directory;
    return folder === undefined ? loopback : { kind: 'socket', path: `${folder}/.s.PGSQL.${port}` };
  }
  const takesLoopback = entries.some((entry) => {
    const address = parseAddress(entry);
    if (address === null) return entry === '*' || entry.toLowerCase() === 'localhost';
    return address.value === 0n ? address.family === 'ipv4' : entry === '127.0.0.1';
  });
  if (takesLoopback) return loopback;
  // `::` alone has the loopback of IPv6.
  const first = entries.map(parseAddress).find((address) => address !== null);
  if (first === undefined || first === null) return loopback;
  const six = first.family === 'ipv6' && (first.value === 0n || isLoopback(networkOf(first)));
  return {
    kind: 'tcp',
    address: six ? '::1' : (entries[entries.findIndex((one) => parseAddress(one) !== null)] ?? ''),
    port,
  };
}

/** A name that can stand in a command and in sshd's configuration as it is: no pattern, no blank, no line break. */
export const plainAccountName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9._-]*\$?$/.test(name);

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** The far end as sshd's PermitOpen and ssh's -L take it. */
export const tunnelTargetText = (target: TunnelTarget): string =>
  target.kind === 'socket' ? target.path : `${bracketed(target.address)}:${target.port}`;

/** Who tunnels from where to what. */
export interface TunnelWay {
  /** The name or address that clients dial. */
  readonly host: string;
  readonly sshPort: number | null;
  readonly account: string;
  readonly target: TunnelTarget;
  /** Jump hosts as ssh -J takes them. */
  readonly jump?: string | null;
  /** The file of the private key. */
  readonly identityFile?: string | null;
}

/** What a person gives to the clients of a tunnel. */
export interface TunnelGuide {
  /** Lines for ~/.ssh/config. */
  readonly config: string;
  /** What opens the tunnel. */
  readonly command: string;
  readonly clients: readonly { readonly name: string; readonly text: string }[];
}

/** The port that clients dial on their own machine. */
const localPort = 5433;

/** What clients write into ~/.ssh/config, psql, pgAdmin and DBeaver. */
export function tunnelGuide({ host, sshPort, account, target, jump, identityFile }: TunnelWay): TunnelGuide {
  const alias = `${host.replaceAll(':', '-')}-postgres`;
  const config = [
    `Host ${alias}`,
    `  HostName ${host}`,
    ...(sshPort === null || sshPort === 22 ? [] : [`  Port ${sshPort}`]),
    `  User ${account}`,
    ...(identityFile === null || identityFile === undefined
      ? []
      : [`  IdentityFile ${/\s/.test(identityFile) ? `"${identityFile}"` : identityFile}`]),
    ...(jump === null || jump === undefined || jump === '' ? [] : [`  ProxyJump ${jump}`]),
    `  LocalForward ${localPort} ${tunnelTargetText(target)}`,
    '  ExitOnForwardFailure yes',
    '  RequestTTY no',
  ].join('\n');
  const own = `host ${host}, port ${sshPort ?? 22}, user ${account}, your key`;
  const beside = `host 127.0.0.1, port ${localPort}, while "ssh -N ${alias}" runs`;
  const program = (tab: string): string =>
    target.kind === 'socket'
      ? `${beside}; without a tunnel of its own, which cannot lead to a socket`
      : `host ${target.address}, port ${target.port}; in the tab ${tab}: ${own}`;
  return {
    config,
    command: `ssh -N ${alias}`,
    clients: [
      { name: 'psql', text: `psql "host=127.0.0.1 port=${localPort} dbname=DATABASE user=ROLE"` },
      { name: 'pgAdmin', text: program('SSH Tunnel') },
      { name: 'DBeaver', text: program('SSH') },
    ],
  };
}
