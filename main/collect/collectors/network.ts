import type { Listener } from '../../../shared/facts/network.ts';
import { collected, failed } from '../../../shared/facts/fact.ts';
import { lines, sections } from '../parse/lines.ts';
import { defineCollector, shell } from '../define-collector.ts';

/** What listens, and the addresses of the host. */
export const networkCollector = defineCollector({
  subject: 'network',
  facts: ['listeners', 'interfaces'],
  probes: {
    // As root, because only root sees which process a socket belongs to.
    listeners: shell(
      'root',
      String.raw`if command -v ss >/dev/null 2>&1 && ss -H -ltn >/dev/null 2>&1; then echo '== ss'; ss -H -ltnp
else echo '== proc'; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; fi; true`,
    ),
    interfaces: shell(
      'login',
      String.raw`if command -v ip >/dev/null 2>&1; then ip -o addr show; else
awk '{ print "proc " $0 }' /proc/net/if_inet6 2>/dev/null; fi; true`,
    ),
  },
  read({ listeners, interfaces }, context) {
    const own = (list: Listener[]) =>
      context.host.kind === 'practice' ? list.filter((one) => one.port === context.cluster?.port) : list;
    const parts = listeners.state === 'collected' ? sections(listeners.value.text) : null;
    return {
      listeners:
        listeners.state !== 'collected'
          ? listeners
          : parts === null || parts.size === 0
            ? failed('neither ss nor /proc/net/tcp could be read')
            : collected(
                own([...parseSs(parts.get('ss') ?? ''), ...parseProcNetTcp(parts.get('proc') ?? '')]),
              ),
      interfaces:
        interfaces.state === 'collected' ? collected(parseIpAddr(interfaces.value.text)) : interfaces,
    };
  },
});

/** `ss -H -ltnp`: `LISTEN 0 244 127.0.0.1:5432 0.0.0.0:* users:(("postgres",pid=51,fd=5))`. */
export function parseSs(text: string): Listener[] {
  return lines(text).flatMap((line): Listener[] => {
    const [state, , , local = '', , ...rest] = line.trim().split(/\s+/);
    const colon = local.lastIndexOf(':');
    const port = Number(local.slice(colon + 1));
    if (state !== 'LISTEN' || colon < 0 || !Number.isInteger(port)) return [];
    const user = /\(\("([^"]*)",pid=(\d+)/.exec(rest.join(' '));
    const address = plainAddress(local.slice(0, colon));
    return [{ address, port, process: user?.[1] ?? null, pid: user === null ? null : Number(user[2]) }];
  });
}

/** The kernel's own table: addresses in hex, each 32-bit word in the byte order of the machine (little endian). */
export function parseProcNetTcp(text: string): Listener[] {
  return lines(text).flatMap((line): Listener[] => {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return [];
    const address = match[1].length === 8 ? ipv4OfHex(match[1]) : ipv6OfHex(match[1]);
    return [{ address, port: Number.parseInt(match[2], 16), process: null, pid: null }];
  });
}

/** `ip -o addr show`: `2: eth0    inet 10.0.0.2/24 scope global eth0`. */
export function parseIpAddr(text: string) {
  return lines(text).flatMap((line) => {
    const match = /^\d+:\s+(\S+)\s+inet6?\s+([0-9a-fA-F.:]+)(?:\s+peer\s+\S+?)?\/(\d+)/.exec(line);
    if (match?.[1] !== undefined)
      return [{ name: match[1].replace(/@.*$/, ''), address: match[2] ?? '', prefix: Number(match[3]) }];
    const proc = /^proc ([0-9a-f]{32}) \S+ ([0-9a-f]{2}) \S+ \S+\s+(\S+)/.exec(line);
    if (proc?.[1] === undefined) return [];
    const address = (proc[1].match(/.{4}/g) ?? []).join(':');
    return [{ name: proc[3] ?? '', address, prefix: Number.parseInt(proc[2] ?? '0', 16) }];
  });
}

function plainAddress(text: string): string {
  const bare = text.replace(/%[^\]]*/, '').replace(/^\[|\]$/g, '');
  return bare === '*' ? '::' : bare;
}

function ipv4OfHex(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

function ipv6OfHex(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join(''));
  const groups = (words.join('').match(/.{4}/g) ?? []).map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
  const text = groups.join(':');
  return text === '0:0:0:0:0:0:0:0' ? '::' : text === '0:0:0:0:0:0:0:1' ? '::1' : text;
}
