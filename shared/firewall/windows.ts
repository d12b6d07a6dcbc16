import type { Chain, Condition, Rule } from './model.ts';
import {
  addressConditions,
  holdsForAll,
  isAnyWord,
  portConditions,
  unknownCondition,
} from './windows-words.ts';
import { parseWindowsFirewall, windowsProfiles } from './windows-rules.ts';
import type { WindowsFirewall, WindowsListener, WindowsProfile, WindowsRule } from './windows-rules.ts';

/**
 * Windows Defender Firewall as chains: one for each profile, in the order in which Windows weighs its rules: those that
 * override blocks, then blocks, then allows, then the default of the profile. The base chain leads each interface to the
 * chain of its profile.
 */

const table = { family: 'inet', table: 'windows', origin: 'windows' } as const;
const chainOf = (name: string, rules: readonly Rule[], base: Chain['base'] = null): Chain => ({
  ...table,
  name,
  base,
  rules,
});
const rule = (text: string, conditions: readonly Condition[], action: Rule['action']): Rule => ({
  text,
  handle: null,
  conditions,
  action,
});

const baseName = (path: string): string => (path.split(/[\\/]/).at(-1) ?? '').toLowerCase();
const onPort = ({ port }: WindowsListener): Condition => ({
  kind: 'port',
  end: 'destination',
  ranges: [[port, port]],
  negated: false,
});

/**
 * A rule for one program holds for the ports on which that program listens. Paths may hold %variables%, so a program of
 * the same name in another folder is perhaps the one that is meant; so is one whose path could not be seen.
 */
function programConditions(
  { program }: WindowsRule,
  listeners: readonly WindowsListener[] | null,
): readonly Condition[] {
  if (isAnyWord(program)) return [];
  if (listeners === null) return [unknownCondition(`program ${program}`)];
  const alternatives = listeners.flatMap((one): readonly (readonly Condition[])[] => {
    if (one.program.toLowerCase() === program.toLowerCase()) return [[onPort(one)]];
    const perhaps = one.program === '' || baseName(one.program) === baseName(program);
    return perhaps ? [[onPort(one), unknownCondition(`program ${program}`)]] : [];
  });
  return [{ kind: 'any-of', alternatives, negated: false }];
}

const protocols: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6' };

function protocolConditions({ protocol }: WindowsRule): readonly Condition[] {
  if (isAnyWord(protocol)) return [];
  const text = protocol.toLowerCase();
  return [{ kind: 'protocol', names: [protocols[text] ?? text], negated: false }];
}

/** All conditions of a rule; those that decide for most packets first. */
function conditionsOf(one: WindowsRule, { addresses, listeners }: WindowsFirewall): readonly Condition[] {
  return [
    ...protocolConditions(one),
    ...portConditions('destination', one.localPort),
    ...programConditions(one, listeners),
    ...portConditions('source', one.remotePort),
    ...(holdsForAll(one.interfaceAlias)
      ? []
      : [{ kind: 'interface', direction: 'in', names: one.interfaceAlias, negated: false } as const]),
    ...addressConditions('destination', one.localAddress, addresses),
    ...addressConditions('source', one.remoteAddress, addresses),
    ...(isAnyWord(one.interfaceType) || one.interfaceType === '0'
      ? []
      : [unknownCondition(`interface type ${one.interfaceType}`)]),
    ...(isAnyWord(one.service) ? [] : [unknownCondition(`service ${one.service}`)]),
    ...one.others.map(unknownCondition),
  ];
}

/** `rule "PostgreSQL Server" allows`: how people find it in the console. */
export const windowsRuleText = ({ displayName, action }: WindowsRule): string =>
  `rule "${displayName}" ${action === 'block' ? 'blocks' : 'allows'}`;

function profileRules(profile: WindowsProfile, firewall: WindowsFirewall): readonly Rule[] {
  if (!profile.enabled)
    return [rule(`the firewall is off for the profile ${profile.name}`, [], { kind: 'accept' })];
  if (!profile.allowsInbound)
    return [rule(`the profile ${profile.name} blocks all incoming connections`, [], { kind: 'drop' })];
  const rules = firewall.rules
    .filter(({ profiles }) => profiles.includes(profile.name))
    .map((one) => {
      const local = /^(local|1|)$/i.test(one.source);
      const ignored: readonly Condition[] =
        local && !profile.localRules
          ? [unknownCondition('a rule of the host itself, which group policy may ignore')]
          : [];
      return { one, conditions: [...conditionsOf(one, firewall), ...ignored] };
    });
  const of = (...actions: readonly WindowsRule['action'][]) =>
    rules.filter(({ one }) => actions.includes(one.action));
  const unfiltered: readonly Rule[] =
    profile.unfiltered.length === 0
      ? []
      : [
          rule(
            `the firewall does not filter ${profile.unfiltered.join(', ')}`,
            [{ kind: 'interface', direction: 'in', names: profile.unfiltered, negated: false }],
            { kind: 'accept' },
          ),
        ];
  return [
    ...unfiltered,
    // Whether the other side proves by IPsec who it is cannot be known; neither what an unknown action does.
    ...of('bypass', 'unknown').map(({ one, conditions }) =>
      rule(windowsRuleText(one), [...conditions, unknownCondition('authenticated by IPsec')], {
        kind: 'accept',
      }),
    ),
    ...of('block').map(({ one, conditions }) => rule(windowsRuleText(one), conditions, { kind: 'drop' })),
    ...of('allow').map(({ one, conditions }) => rule(windowsRuleText(one), conditions, { kind: 'accept' })),
    profile.defaultInbound === 'allow'
      ? rule(`the profile ${profile.name} allows by default`, [], { kind: 'accept' })
      : rule(`the profile ${profile.name} blocks by default`, [], { kind: 'drop' }),
  ];
}

/** The chains of the rules in force, and what could not be read. */
export function readWindowsFirewall(text: string): {
  readonly chains: readonly Chain[];
  readonly problems: readonly string[];
} {
  const parsed = parseWindowsFirewall(text);
  if (!parsed.ok) return { chains: [], problems: [parsed.problem] };
  const firewall = parsed.value;
  const known = firewall.networks.map((one) => one.interface);
  const byInterface = firewall.networks.map((one) =>
    rule(
      `the interface ${one.interface} has the profile ${one.profile}`,
      [{ kind: 'interface', direction: 'in', names: [one.interface], negated: false }],
      { kind: 'goto', chain: one.profile },
    ),
  );
  const others: readonly Condition[] =
    known.length === 0 ? [] : [{ kind: 'interface', direction: 'in', names: known, negated: true }];
  const first: readonly Rule[] = [
    rule(
      'connections within the host',
      [{ kind: 'interface', direction: 'in', names: ['lo'], negated: false }],
      {
        kind: 'accept',
      },
    ),
    rule(
      'what belongs to a connection',
      [{ kind: 'state', states: ['established', 'related'], negated: false }],
      {
        kind: 'accept',
      },
    ),
  ];
  const doubtful = windowsProfiles.map((name) =>
    rule(`perhaps the profile ${name}`, [...others, unknownCondition('the profile of the interface')], {
      kind: 'goto',
      chain: name,
    }),
  );
  return {
    chains: [
      chainOf('input', [...first, ...byInterface, ...doubtful], {
        type: 'filter',
        hook: 'input',
        priority: 0,
        policy: 'drop',
        device: null,
      }),
      ...firewall.profiles.map((profile) => chainOf(profile.name, profileRules(profile, firewall))),
    ],
    problems: [],
  };
}
