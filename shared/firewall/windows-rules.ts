import { printable } from '../lib/hostile-text.ts';
import type { Json, JsonObject } from './json.ts';
import { asList, asObject, asObjects, asText, parseJson } from './json.ts';
import type { WindowsAddress } from './windows-words.ts';

/**
 * What the PowerShell script brings of Windows Defender Firewall: the effective rules (`-PolicyStore ActiveStore`) with
 * their filters in one object each. Windows PowerShell writes enumerations as numbers, later ones or a cast as words:
 * both are read. Names of the properties are those of the cmdlets of the module NetSecurity.
 */

export type WindowsAction = 'allow' | 'bypass' | 'block' | 'unknown';
export type WindowsProfileName = 'Domain' | 'Private' | 'Public';
export const windowsProfiles: readonly WindowsProfileName[] = ['Domain', 'Private', 'Public'];

/** A rule for incoming connections that is enabled. */
export interface WindowsRule {
  /** What Set-NetFirewallRule takes as -Name. */
  readonly name: string;
  readonly displayName: string;
  readonly action: WindowsAction;
  readonly profiles: readonly WindowsProfileName[];
  readonly protocol: string;
  readonly localPort: readonly string[];
  readonly remotePort: readonly string[];
  readonly localAddress: readonly string[];
  readonly remoteAddress: readonly string[];
  readonly program: string;
  readonly service: string;
  readonly interfaceAlias: readonly string[];
  readonly interfaceType: string;
  /** `Local`, `GroupPolicy`, …: only local ones can be changed on the host. */
  readonly source: string;
  /** Conditions that this program does not follow, as `Encryption Required`. */
  readonly others: readonly string[];
}

export interface WindowsProfile {
  readonly name: WindowsProfileName;
  readonly enabled: boolean;
  readonly defaultInbound: 'allow' | 'block';
  /** False: everything is blocked, whatever rules allow. */
  readonly allowsInbound: boolean;
  /** False where group policy ignores rules of the host itself. */
  readonly localRules: boolean;
  /** Interfaces on which this profile filters nothing. */
  readonly unfiltered: readonly string[];
}

export interface WindowsListener {
  readonly address: string;
  readonly port: number;
  /** The path of the program; empty when it could not be seen. */
  readonly program: string;
}

export interface WindowsFirewall {
  readonly profiles: readonly WindowsProfile[];
  /** Which profile each interface has; an interface that is not in the list may have any. */
  readonly networks: readonly { readonly interface: string; readonly profile: WindowsProfileName }[];
  readonly addresses: readonly WindowsAddress[];
  /** null when they could not be asked for. */
  readonly listeners: readonly WindowsListener[] | null;
  readonly rules: readonly WindowsRule[];
}

const word = (value: Json | undefined): string =>
  typeof value === 'boolean' ? String(value) : printable(asText(value)).trim();
const words = (value: Json | undefined): readonly string[] =>
  asList(value).flatMap((one) =>
    word(one)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

/** Names of interfaces, which may hold commas. */
const aliases = (value: Json | undefined): readonly string[] =>
  asList(value)
    .map(word)
    .filter((name) => name !== '');

/** GpoBoolean: False 0, True 1, NotConfigured 2; of a rule Enabled is True 1, False 2. */
const isTrue = (value: Json | undefined, fallback: boolean): boolean => {
  const text = word(value).toLowerCase();
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : fallback;
};

function actionOf(value: Json | undefined): WindowsAction {
  switch (word(value).toLowerCase()) {
    case 'allow':
    case '2':
      return 'allow';
    case 'allowbypass':
    case '3':
      return 'bypass';
    case 'block':
    case '4':
      return 'block';
    default:
      return 'unknown';
  }
}

/** `Any`, `Domain, Private`, or a number whose bits are Domain 1, Private 2, Public 4; 0 stands for all. */
function profilesOf(value: Json | undefined): readonly WindowsProfileName[] {
  const texts = words(value);
  const bits = texts.length === 1 && /^\d+$/.test(texts[0] ?? '') ? Number(texts[0]) : null;
  if (bits !== null) {
    const named = windowsProfiles.filter((_, index) => (bits & (1 << index)) !== 0);
    return named.length === 0 ? windowsProfiles : named;
  }
  const named = windowsProfiles.filter((name) =>
    texts.some((text) => text.toLowerCase() === name.toLowerCase()),
  );
  return named.length === 0 ? windowsProfiles : named;
}

/** NetworkCategory of Get-NetConnectionProfile: Public 0, Private 1, DomainAuthenticated 2. */
function categoryOf(value: Json | undefined): WindowsProfileName | null {
  const text = word(value).toLowerCase();
  if (text === 'public' || text === '0') return 'Public';
  if (text === 'private' || text === '1') return 'Private';
  return text === 'domainauthenticated' || text === 'domain' || text === '2' ? 'Domain' : null;
}

const nothing = /^(any|none|notrequired|notconfigured|0|)$/i;

function ruleOf(raw: JsonObject): WindowsRule {
  const others = (
    [
      'Package',
      'Authentication',
      'Encryption',
      'LocalUser',
      'RemoteUser',
      'RemoteMachine',
      'DynamicTarget',
    ] as const
  ).flatMap((name) => {
    const value = words(raw[name]).join(', ');
    return nothing.test(value) ? [] : [`${name} ${value}`];
  });
  // The cmdlets say Any where nothing is asked: an empty filter was not read, and may ask for anything.
  const missing = (
    ['Protocol', 'LocalPort', 'RemotePort', 'LocalAddress', 'RemoteAddress', 'Program'] as const
  ).flatMap((name) => (words(raw[name]).length === 0 ? [`${name} that was not read`] : []));
  const dynamic = words(raw['RemoteDynamicKeywordAddresses']).join(', ');
  const bypass = isTrue(raw['OverrideBlockRules'], false);
  const action = actionOf(raw['Action']);
  return {
    name: word(raw['Name']),
    displayName: word(raw['DisplayName']) || word(raw['Name']),
    action: action === 'allow' && bypass ? 'bypass' : action,
    profiles: profilesOf(raw['Profile']),
    protocol: word(raw['Protocol']),
    localPort: words(raw['LocalPort']),
    remotePort: words(raw['RemotePort']),
    localAddress: words(raw['LocalAddress']),
    remoteAddress: words(raw['RemoteAddress']),
    program: word(raw['Program']),
    service: word(raw['Service']),
    interfaceAlias: aliases(raw['InterfaceAlias']),
    interfaceType: word(raw['InterfaceType']),
    source: word(raw['PolicyStoreSourceType']),
    others: [...others, ...missing, ...(dynamic === '' ? [] : [`RemoteDynamicKeywordAddresses ${dynamic}`])],
  };
}

/** Reads what the script wrote. Hostile text: what is not understood becomes a condition that may hold, or a problem. */
export function parseWindowsFirewall(
  text: string,
): { readonly ok: true; readonly value: WindowsFirewall } | { readonly ok: false; readonly problem: string } {
  const root = asObject(parseJson(text));
  if (root === null) return { ok: false, problem: 'the rules of Windows Defender Firewall are not readable' };
  const profiles = asObjects(root['Profiles']).flatMap((raw): readonly WindowsProfile[] => {
    const name = windowsProfiles.find((one) => one.toLowerCase() === word(raw['Name']).toLowerCase());
    if (name === undefined) return [];
    // NotConfigured is the default, which blocks.
    const action = actionOf(raw['DefaultInboundAction']);
    return [
      {
        name,
        enabled: isTrue(raw['Enabled'], true),
        defaultInbound: action === 'allow' ? 'allow' : 'block',
        allowsInbound: isTrue(raw['AllowInboundRules'], true),
        localRules: isTrue(raw['AllowLocalFirewallRules'], true),
        unfiltered: aliases(raw['DisabledInterfaceAliases']).filter((name) => !/^NotConfigured$/i.test(name)),
      },
    ];
  });
  if (profiles.length !== windowsProfiles.length)
    return { ok: false, problem: 'the three profiles of Windows Defender Firewall were not read' };
  if (!Array.isArray(root['Rules']) && asObject(root['Rules']) === null)
    return { ok: false, problem: 'no list of rules of Windows Defender Firewall was read' };
  return {
    ok: true,
    value: {
      profiles,
      networks: asObjects(root['Networks']).flatMap((raw) => {
        const profile = categoryOf(raw['NetworkCategory']);
        return profile === null ? [] : [{ interface: word(raw['InterfaceAlias']), profile }];
      }),
      addresses: asObjects(root['Addresses']).map((raw) => ({
        interface: word(raw['InterfaceAlias']),
        address: word(raw['IPAddress']).replace(/%.*$/, ''),
        prefix: Number(word(raw['PrefixLength'])),
      })),
      listeners:
        root['Listeners'] === undefined || root['Listeners'] === null
          ? null
          : asObjects(root['Listeners']).map((raw) => ({
              address: word(raw['LocalAddress']).replace(/%.*$/, ''),
              port: Number(word(raw['LocalPort'])),
              program: word(raw['Path']),
            })),
      rules: asObjects(root['Rules'])
        .filter((raw) => isEnabled(raw['Enabled']) && isInbound(raw['Direction']))
        .map(ruleOf),
    },
  };
}

const isEnabled = (value: Json | undefined): boolean => !/^(false|2)$/i.test(word(value));
const isInbound = (value: Json | undefined): boolean => !/^(outbound|2)$/i.test(word(value));

/** The profiles that some interface has, or may have where that is not known. */
export function profilesInUse({ profiles, networks, addresses }: WindowsFirewall): readonly WindowsProfile[] {
  const known = networks.map((one) => one.interface);
  const others = addresses.some((one) => !known.includes(one.interface) && !isLoopbackText(one.address));
  return known.length === 0 || others
    ? profiles
    : profiles.filter(({ name }) => networks.some((one) => one.profile === name));
}

const isLoopbackText = (address: string): boolean => /^(127\.|::1$)/.test(address);

/** Where connections come in without any rule that allows them, in words; empty when each needs one. */
export const withoutRules = (firewall: WindowsFirewall): readonly string[] =>
  profilesInUse(firewall).flatMap(({ name, enabled, allowsInbound, defaultInbound, unfiltered }) => {
    if (!enabled) return [`the firewall is off for the profile ${name}`];
    if (!allowsInbound) return [];
    if (defaultInbound === 'allow') return [`the profile ${name} allows by default`];
    return unfiltered.length === 0 ? [] : [`the profile ${name} does not filter ${unfiltered.join(', ')}`];
  });
