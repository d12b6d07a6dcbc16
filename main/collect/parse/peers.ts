import type { Session } from '../../../shared/facts/cluster.ts';
import { formatAddress, parseAddress } from '../../../shared/lib/cidr.ts';
import { lines } from './lines.ts';

type Peer = Pick<Session, 'serverAddress' | 'account' | 'program'>;

/** Lines `KIND PID ADDRESS ACCOUNT PROGRAM` with tabs between, by the process of the session. */
export function readPeers(text: string): ReadonlyMap<number, Peer> {
  const peers = new Map<number, Peer>();
  for (const line of lines(text)) {
    const [kind, pid, address = '', account = '', program = ''] = line.split('\t');
    if ((kind !== 'tcp' && kind !== 'unix') || !/^\d+$/.test(pid ?? '')) continue;
    peers.set(Number(pid), {
      ...(kind === 'tcp' ? { serverAddress: plainAddress(address) } : {}),
      ...(/^(-|UNKNOWN|)$/.test(account) ? {} : { account }),
      ...(program === '' ? {} : { program }),
    });
  }
  return peers;
}

/** `[::1]`, `10.0.0.2%eth0`, and IPv4 that came in by an IPv6 socket. */
function plainAddress(text: string): string | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=\d+\.)/, '');
  const address = parseAddress(bare.replace(/%.*$/, ''));
  return address === null ? null : formatAddress(address);
}
