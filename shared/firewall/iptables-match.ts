import { parseAddress, parseNetwork } from '../lib/cidr.ts';
import type { AddressFamily } from '../lib/cidr.ts';
import { networkSet, rangeSet } from '../lib/network-set.ts';
import type { RuleOption } from './iptables-words.ts';
import { setCondition } from './ipset-save.ts';
import type { IpSets } from './ipset-save.ts';
import type { Condition, PortRange } from './model.ts';

type Reader = (
  option: RuleOption,
  module: string,
  context: { family: AddressFamily; sets: IpSets },
) => Condition | null;

const fixed = (holds: boolean): Condition => ({ kind: 'fixed', holds });
const first = ({ values }: RuleOption) => values[0] ?? '';

function address(end: 'source' | 'destination'): Reader {
  return (option, _module, { family }) => {
    const networks = first(option).split(',').map(parseNetwork);
    if (!networks.every((network) => network !== null)) return null;
    return { kind: 'address', end, set: networkSet(networks), negated: option.negated, family };
  };
}

function addressRange(end: 'source' | 'destination'): Reader {
  return (option, _module, { family }) => {
    const [low, high] = first(option).split('-').map(parseAddress);
    if (!low || !high) return null;
    return { kind: 'address', end, set: rangeSet(low, high), negated: option.negated, family };
  };
}

/** `22`, `1000:2000`, `:1023`, `60000:`, several with commas. */
function ranges(text: string): readonly PortRange[] | null {
  const result = text.split(',').map((one): PortRange | null => {
    const match = /^(\d*)(:?)(\d*)$/.exec(one);
    if (match === null || one === '' || one === ':') return null;
    const [, low = '', colon, high = ''] = match;
    return colon === '' ? [Number(low), Number(low)] : [Number(low || '0'), Number(high || '65535')];
  });
  return result.every((range) => range !== null) ? result : null;
}

function ports(...ends: readonly ('source' | 'destination')[]): Reader {
  return (option) => {
    const wanted = ranges(first(option));
    if (wanted === null) return null;
    const conditions = ends.map((end): Condition => ({ kind: 'port', end, ranges: wanted, negated: false }));
    return {
      kind: 'any-of',
      alternatives: conditions.map((condition) => [condition]),
      negated: option.negated,
    };
  };
}

function interfaces(direction: 'in' | 'out'): Reader {
  // `eth+` is every name that begins with eth.
  return (option) => ({
    kind: 'interface',
    direction,
    names: [first(option).replace(/\+$/, '*')],
    negated: option.negated,
  });
}

const states: Reader = (option) => ({
  kind: 'state',
  states: first(option).toLowerCase().split(','),
  negated: option.negated,
});

const flagNames = (text: string) =>
  text === 'NONE'
    ? []
    : text === 'ALL'
      ? ['fin', 'syn', 'rst', 'psh', 'ack', 'urg']
      : text.toLowerCase().split(',');

/** Counters of a first connection are at zero: below every limit. */
const below: Reader = () => ({ kind: 'rate', holds: true });
const above: Reader = ({ negated }) => ({ kind: 'rate', holds: negated });
const always: Reader = () => fixed(true);

const readers: Readonly<Record<string, Reader>> = {
  '-s': address('source'),
  '-d': address('destination'),
  '-i': interfaces('in'),
  '-o': interfaces('out'),
  '-p': (option) => {
    const names: Readonly<Record<string, string>> = {
      6: 'tcp',
      17: 'udp',
      1: 'icmp',
      58: 'ipv6-icmp',
      icmpv6: 'ipv6-icmp',
    };
    const name = first(option);
    if (name === 'all' || name === '0') return fixed(!option.negated);
    return { kind: 'protocol', names: [names[name] ?? name], negated: option.negated };
  },
  '-f': ({ negated }) => fixed(negated),
  '--sport': ports('source'),
  '--dport': ports('destination'),
  '--sports': ports('source'),
  '--dports': ports('destination'),
  '--ports': ports('source', 'destination'),
  '--tcp-flags': (option) => ({
    kind: 'tcp-flags',
    mask: flagNames(first(option)),
    value: flagNames(option.values[1] ?? ''),
    negated: option.negated,
  }),
  '--syn': ({ negated }) => ({
    kind: 'tcp-flags',
    mask: ['fin', 'syn', 'rst', 'ack'],
    value: ['syn'],
    negated,
  }),
  '--ctstate': states,
  '--state': states,
  '--ctdir': (option) =>
    first(option) === 'ORIGINAL' ? { kind: 'state', states: ['new'], negated: option.negated } : null,
  '--ctstatus': (option) =>
    first(option) === 'DNAT' ? { kind: 'translated', negated: option.negated } : null,
  '--ctorigdstport': (option) => {
    const wanted = ranges(first(option));
    return (
      wanted && {
        kind: 'port',
        end: 'destination',
        ranges: wanted,
        negated: option.negated,
        original: true,
      }
    );
  },
  '--match-set': (option, _module, { sets }) =>
    setCondition(sets, first(option), option.values[1] ?? '', option.negated),
  '--src-range': addressRange('source'),
  '--dst-range': addressRange('destination'),
  '--dst-type': (option) => fixed(/LOCAL|UNICAST/.test(first(option)) !== option.negated),
  '--src-type': (option) =>
    /^(BROADCAST|MULTICAST|ANYCAST)$/.test(first(option)) ? fixed(option.negated) : null,
  '--pkt-type': (option) => fixed((first(option) === 'unicast') !== option.negated),
  '--invert': (_option, module) => (module === 'rpfilter' ? fixed(false) : null),
  '--limit': below,
  '--limit-burst': always,
  '--hashlimit-upto': below,
  '--hashlimit': below,
  '--hashlimit-above': above,
  '--connlimit-upto': below,
  '--connlimit-above': above,
  '--set': always,
  '--remove': above,
  '--rcheck': above,
  '--update': above,
  '--every': () => null,
  '--comment': always,
};

/** Options that only tune the one before, or belong to the target. */
const tuning =
  /^--(seconds|hitcount|rttl|name|mask|rsource|rdest|reap|hashlimit-.*|connlimit-(mask|saddr|daddr)|validmark|loose|accept-local|limit-iface-in|log-.*|nflog-.*|reject-with|set-.*|add-set|del-set|exist|timeout|notrack|zone.*|to-.*|ulog-.*|save-mark|restore-mark|nfmask|ctmask|clamp-mss-to-pmtu|checksum-fill|random.*|persistent)$/;

/** Modules whose whole question is whether the packet is of another protocol. */
const otherProtocol = new Set([
  'udp',
  'icmp',
  'icmp6',
  'sctp',
  'dccp',
  'udplite',
  'ah',
  'esp',
  'rt',
  'hbh',
  'dst',
  'frag',
  'mh',
]);
/** Modules that hold by themselves, without an option. */
const bareModules = new Set(['rpfilter']);

/** Conditions of one rule of iptables-save; the target options `-j`, `-g` must be taken out before. */
export function iptablesConditions(
  options: readonly RuleOption[],
  family: AddressFamily,
  sets: IpSets,
): readonly Condition[] {
  const conditions: Condition[] = [];
  let module = '';
  for (const [index, option] of options.entries()) {
    if (option.name === '-m') {
      module = first(option);
      const next = options[index + 1]?.name;
      if (bareModules.has(module) && next !== '--invert') conditions.push(fixed(true));
      if (otherProtocol.has(module)) conditions.push(fixed(false));
      if (
        /^(udp|tcp|comment|conntrack|state|multiport|set|iprange|limit|hashlimit|connlimit|recent|addrtype|pkttype|rpfilter)$/.test(
          module,
        )
      )
        continue;
      if (!otherProtocol.has(module)) conditions.push({ kind: 'unknown', text: `-m ${module}` });
      continue;
    }
    if (otherProtocol.has(module) && option.name.startsWith('--')) continue;
    if (tuning.test(option.name)) continue;
    const condition = readers[option.name]?.(option, module, { family, sets }) ?? null;
    conditions.push(
      condition ?? {
        kind: 'unknown',
        text: `${option.negated ? '! ' : ''}${option.name} ${option.values.join(' ')}`,
      },
    );
  }
  return conditions;
}
