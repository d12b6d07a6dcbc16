import { parseNetwork } from '../lib/cidr.ts';
import type { Network } from '../lib/cidr.ts';

/** A rule for incoming packets from the comment lines of /etc/ufw/user.rules, which ufw itself reads its rules from. */
export interface UfwRule {
  readonly action: 'allow' | 'deny' | 'reject' | 'limit';
  readonly log: '' | 'log' | 'log-all';
  /** `any`, `tcp`, `udp`, … */
  readonly protocol: string;
  /** `any`, `5432`, `5000:6000`, `80,443`. */
  readonly port: string;
  readonly destination: string;
  readonly sourcePort: string;
  readonly source: string;
  readonly interface: string | null;
  /** Made from an application profile: ufw deletes it by the profile's name only. */
  readonly profile: boolean;
}

const tuple =
  /^### tuple ### (route:)?(allow|deny|reject|limit)(?:_(log(?:-all)?))? (\S+) (\S+) (\S+) (\S+) (\S+) (.*)$/gm;

/** Reads the rules for incoming packets, in order; rules for outgoing and forwarded ones are left out. */
export function readUfwRules(text: string): readonly UfwRule[] {
  return [...text.matchAll(tuple)].flatMap((match): readonly UfwRule[] => {
    const [
      ,
      route,
      action,
      log = '',
      protocol = '',
      port = '',
      destination = '',
      sourcePort = '',
      source = '',
      rest = '',
    ] = match;
    const words = rest.replace(/ ?comment=\S*$/, '').split(' ');
    const direction = /^in(?:_(\S+))?$/.exec(words.at(-1) ?? '');
    if (route !== undefined || direction === null) return [];
    return [
      {
        action: action as UfwRule['action'],
        log: log as UfwRule['log'],
        protocol,
        port,
        destination,
        sourcePort,
        source,
        interface: direction[1] ?? null,
        profile: words.length > 1,
      },
    ];
  });
}

/** The network that the rule is for; null when it cannot be read. */
export function ufwSource({ source }: UfwRule): Network | null {
  return parseNetwork(source);
}

/** Whether the rule speaks of a TCP port: of it alone, of it among others, or not. */
export function ufwCovers({ protocol, port }: UfwRule, wanted: number): 'alone' | 'among' | 'no' {
  if (protocol !== 'tcp' && protocol !== 'any') return 'no';
  if (port === String(wanted)) return 'alone';
  if (port === 'any') return 'among';
  const inside = port.split(',').some((part) => {
    const [first = '', last = first] = part.split(':');
    return Number(first) <= wanted && wanted <= Number(last);
  });
  return inside ? 'among' : 'no';
}

const anyOr = (text: string) => (/^(0\.0\.0\.0|::)\/0$/.test(text) ? 'any' : text);

/** The rule as the arguments of ufw, the same for both families when it is for any address. */
export function ufwArguments(rule: UfwRule): string {
  const { action, log, protocol, port, destination, sourcePort, source } = rule;
  return [
    action,
    ...(rule.interface === null ? [] : ['in on', rule.interface]),
    ...(log === '' ? [] : [log]),
    ...(protocol === 'any' ? [] : ['proto', protocol]),
    'from',
    anyOr(source),
    ...(sourcePort === 'any' ? [] : ['port', sourcePort]),
    'to',
    anyOr(destination),
    ...(port === 'any' ? [] : ['port', port]),
  ].join(' ');
}
