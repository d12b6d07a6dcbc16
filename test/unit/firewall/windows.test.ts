import { describe, expect, it } from 'vitest';
import { readFirewall } from '../../../shared/firewall/read-firewall.ts';
import { sourcesAllowed } from '../../../shared/firewall/evaluate.ts';
import { formatNetwork } from '../../../shared/lib/cidr.ts';
import { setNetworks } from '../../../shared/lib/network-set.ts';
import { rawFirewall } from './firewalls.ts';

const program = 'C:\\Program Files\\PostgreSQL\\17\\bin\\postgres.exe';
const listeners = [
  { LocalAddress: '0.0.0.0', LocalPort: 5432, Path: program },
  { LocalAddress: '0.0.0.0', LocalPort: 135, Path: 'C:\\Windows\\System32\\svchost.exe' },
  { LocalAddress: '0.0.0.0', LocalPort: 9999, Path: null },
];
/** An object of the script: the shape of the filters of NetSecurity, `Any` where nothing is asked. */
const rule = (parts: Record<string, unknown>) => ({
  Name: '{1}',
  DisplayName: 'PostgreSQL',
  Enabled: 'True',
  Direction: 'Inbound',
  Action: 'Allow',
  Profile: 'Any',
  PolicyStoreSourceType: 'Local',
  Protocol: 'TCP',
  LocalPort: '5432',
  RemotePort: 'Any',
  LocalAddress: 'Any',
  RemoteAddress: 'Any',
  Program: 'Any',
  Package: null,
  Service: 'Any',
  InterfaceAlias: 'Any',
  InterfaceType: 'Any',
  Authentication: 'NotRequired',
  Encryption: 'NotRequired',
  OverrideBlockRules: false,
  LocalUser: 'Any',
  RemoteUser: 'Any',
  RemoteMachine: 'Any',
  ...parts,
});
const profile = (Name: string, parts: Record<string, unknown> = {}) => ({
  Name,
  Enabled: 'True',
  DefaultInboundAction: 'Block',
  AllowInboundRules: 'True',
  AllowLocalFirewallRules: 'True',
  DisabledInterfaceAliases: 'NotConfigured',
  ...parts,
});
interface Parts {
  readonly rules?: readonly Record<string, unknown>[];
  readonly profiles?: readonly Record<string, unknown>[];
  readonly [other: string]: unknown;
}
const json = ({ rules = [], profiles, ...others }: Parts) =>
  JSON.stringify({
    Profiles: profiles ?? [profile('Domain'), profile('Private'), profile('Public')],
    Networks: [
      { InterfaceAlias: 'Ethernet', NetworkCategory: 'Private' },
      { InterfaceAlias: 'Internet', NetworkCategory: 'Public' },
    ],
    Addresses: [
      { InterfaceAlias: 'Ethernet', IPAddress: '10.1.2.3', PrefixLength: 24 },
      { InterfaceAlias: 'Ethernet', IPAddress: 'fe80::1%4', PrefixLength: 64 },
      { InterfaceAlias: 'Internet', IPAddress: '192.0.2.7', PrefixLength: 28 },
    ],
    Listeners: listeners,
    Rules: rules.map(rule),
    ...others,
  });
const model = (parts: Parts) =>
  readFirewall(rawFirewall({ nftRulesetJson: null, installed: [], windowsJson: json(parts) }));

/** The networks that get to a port by an interface; those of which nobody can tell with the reason. */
function reach(
  parts: Parts,
  port = 5432,
  name: string | null = 'Ethernet',
  family: 'ipv4' | 'ipv6' = 'ipv4',
) {
  const { allowed, unknown } = sourcesAllowed(model(parts), { port, family, interface: name });
  const texts = setNetworks(allowed).map(formatNetwork);
  return [
    ...texts,
    ...unknown.flatMap(({ addresses, because }) =>
      setNetworks(addresses).map((one) => `? ${formatNetwork(one)}: ${because}`),
    ),
  ];
}

describe('Windows Defender Firewall', () => {
  it('lets in by rules, over the profile of the interface, and blocks the rest', () => {
    expect(model({})).toMatchObject({ manager: 'windows', defaultInbound: 'drop', problems: [] });
    expect(reach({ rules: [{ RemoteAddress: ['10.0.0.0/255.0.0.0', '192.0.2.1-192.0.2.2'] }] })).toEqual([
      '10.0.0.0/8',
      '192.0.2.1',
      '192.0.2.2',
    ]);
    const domain = { rules: [{ Profile: 'Domain, Private' }] };
    expect(reach(domain)).toEqual(['0.0.0.0/0']);
    expect(reach(domain, 5432, 'Internet')).toEqual([]);
    expect(reach(domain, 5432, 'lo')).toEqual(['0.0.0.0/0']);
    // By an interface whose profile nobody knows.
    expect(reach(domain, 5432, 'VPN').join()).toMatch(/^\? 0\.0\.0\.0\/0: .*perhaps the profile/);
  });

  it('reads enumerations as numbers too', () => {
    const numbers = {
      Enabled: 1,
      Direction: 1,
      Action: 2,
      Profile: 6,
      Protocol: '6',
      PolicyStoreSourceType: 1,
    };
    expect(reach({ rules: [numbers] })).toEqual(['0.0.0.0/0']);
    expect(reach({ rules: [{ ...numbers, Profile: 1 }] })).toEqual([]);
    expect(reach({ rules: [{ ...numbers, Enabled: 2 }] })).toEqual([]);
    expect(reach({ rules: [{ ...numbers, Direction: 2 }] })).toEqual([]);
    expect(reach({ rules: [{}, { ...numbers, Action: 4 }] })).toEqual([]);
    const off = [profile('Domain'), profile('Private', { Enabled: 0 }), profile('Public', { Enabled: 1 })];
    expect(reach({ profiles: off })).toEqual(['0.0.0.0/0']);
  });

  it('weighs a block heavier than an allow, wherever they stand', () => {
    const block = { Action: 'Block', RemoteAddress: '10.9.0.0/16' };
    const allow = { RemoteAddress: '10.8.0.0/15' };
    expect(reach({ rules: [allow, block] })).toEqual(['10.8.0.0/16']);
    expect(reach({ rules: [block, allow] })).toEqual(['10.8.0.0/16']);
  });

  it('never tells closed where a rule overrides blocks for whoever proves by IPsec who it is', () => {
    const bypass = { Action: 'AllowBypass', DisplayName: 'scanner', RemoteAddress: '10.9.0.1' };
    const override = { OverrideBlockRules: true, DisplayName: 'scanner', RemoteAddress: '10.9.0.1' };
    for (const one of [bypass, override])
      expect(reach({ rules: [{ Action: 'Block' }, one] }).join()).toMatch(/^\? 10\.9\.0\.1: .*"scanner"/);
  });

  it('takes the profile as it is set: off, open by default, closed to all, not filtering an interface', () => {
    const set = (parts: Record<string, unknown>) => [
      profile('Domain'),
      profile('Private', parts),
      profile('Public'),
    ];
    expect(reach({ profiles: set({ Enabled: 'False' }) })).toEqual(['0.0.0.0/0']);
    expect(reach({ profiles: set({ DefaultInboundAction: 'Allow' }) })).toEqual(['0.0.0.0/0']);
    expect(reach({ profiles: set({ DefaultInboundAction: 'NotConfigured' }) })).toEqual([]);
    expect(reach({ profiles: set({ AllowInboundRules: 'False' }), rules: [{}] })).toEqual([]);
    expect(reach({ profiles: set({ DisabledInterfaceAliases: ['Ethernet'] }) })).toEqual(['0.0.0.0/0']);
    expect(reach({ profiles: set({ AllowLocalFirewallRules: 'False' }), rules: [{}] }).join()).toMatch(
      /^\? .*rule "PostgreSQL" allows/,
    );
    const byPolicy = { PolicyStoreSourceType: 'GroupPolicy' };
    expect(reach({ profiles: set({ AllowLocalFirewallRules: 'False' }), rules: [byPolicy] })).toEqual([
      '0.0.0.0/0',
    ]);
  });

  it.each<[what: string, rule: Record<string, unknown>, expected: string]>([
    ['a list with a range', { LocalPort: ['80', '5000-6000'] }, '0.0.0.0/0'],
    ['another port', { LocalPort: '5433' }, ''],
    ['any port', { LocalPort: 'Any' }, '0.0.0.0/0'],
    ['a keyword for ports', { LocalPort: 'RPC' }, '? 0.0.0.0/0'],
    ['a keyword among ports', { LocalPort: ['RPC', '5432'] }, '0.0.0.0/0'],
    ['another protocol', { Protocol: 'UDP' }, ''],
    ['any protocol', { Protocol: 'Any', LocalPort: 'Any' }, '0.0.0.0/0'],
    ['a protocol that is no word', { Protocol: '47', LocalPort: 'Any' }, ''],
    ['the program that listens there', { Program: program.toLowerCase(), LocalPort: 'Any' }, '0.0.0.0/0'],
    ['a program of the same name', { Program: '%PG%\\bin\\postgres.exe' }, '? 0.0.0.0/0'],
    ['another program', { Program: 'C:\\app\\web.exe', LocalPort: 'Any' }, ''],
    ['RPC of another program', { Program: '%SystemRoot%\\system32\\svchost.exe', LocalPort: 'RPC' }, ''],
    ['a service', { Service: 'postgresql-x64-17' }, '? 0.0.0.0/0'],
    ['the own subnet', { RemoteAddress: 'LocalSubnet' }, '10.1.2.0/24'],
    ['the own subnet over IPv6 only', { RemoteAddress: 'LocalSubnet6' }, ''],
    ['the own subnet and a list', { RemoteAddress: ['LocalSubnet4', '10.7.0.1'] }, '10.1.2.0/24 10.7.0.1'],
    ['a keyword for addresses', { RemoteAddress: 'Intranet' }, '? 0.0.0.0/0'],
    ['this address of the host', { LocalAddress: '10.1.2.3' }, '? 0.0.0.0/0'],
    ['an IPv6 network', { RemoteAddress: '2001:db8::/32' }, ''],
    ['this interface', { InterfaceAlias: ['Ethernet'] }, '0.0.0.0/0'],
    ['another interface', { InterfaceAlias: ['Wi-Fi, 5 GHz'] }, ''],
    ['a kind of interface', { InterfaceType: 'Wired' }, '? 0.0.0.0/0'],
    ['encryption by IPsec', { Encryption: 'Required' }, '? 0.0.0.0/0'],
    ['certain users', { RemoteUser: 'D:(A;;CC;;;S-1-5-21-1)' }, '? 0.0.0.0/0'],
    ['an app of the store', { Package: 'S-1-15-2-1' }, '? 0.0.0.0/0'],
    ['names that are resolved while it runs', { RemoteDynamicKeywordAddresses: '{a}' }, '? 0.0.0.0/0'],
    ['an action that is not known', { Action: '9' }, '? 0.0.0.0/0'],
    ['nonsense for an address', { RemoteAddress: '10.0.0.0/255.0.255.0' }, '? 0.0.0.0/0'],
    ['a range that runs backwards', { RemoteAddress: '10.0.0.9-10.0.0.1' }, '? 0.0.0.0/0'],
  ])('%s', (_, parts, expected) => {
    const found = reach({ rules: [parts] }).map((text) => text.replace(/: .*/, ''));
    expect(found.join(' ')).toBe(expected);
  });

  it('takes a block that may hold as one that may not', () => {
    expect(reach({ rules: [{}, { Action: 'Block', RemoteAddress: 'DNS' }] }).join()).toMatch(
      /^\? 0\.0\.0\.0\/0/,
    );
  });

  it('takes a filter that was not read for one that may ask for anything', () => {
    for (const name of ['Protocol', 'LocalPort', 'RemoteAddress', 'Program'])
      expect(reach({ rules: [{}, { Action: 'Block', [name]: null }] }).join()).toMatch(/^\? 0\.0\.0\.0\/0/);
  });

  it('leaves open what a program does whose listener nobody could see', () => {
    const web = { rules: [{ Program: 'C:\\app\\web.exe', LocalPort: 'Any' }] };
    expect(reach(web, 9999).join()).toMatch(/^\? /);
    expect(reach(web, 135)).toEqual([]);
    expect(reach({ ...web, Listeners: null }).join()).toMatch(/^\? /);
  });

  it('has a problem, and nothing closed, where the text cannot be read', () => {
    for (const text of ['', '[]', '{"Profiles": [{"Name": "Domain"}], "Rules": []}', 'null'])
      expect(
        readFirewall(rawFirewall({ nftRulesetJson: null, installed: [], windowsJson: text })).problems,
      ).toHaveLength(1);
    expect(model({ Rules: 5 }).problems).toHaveLength(1);
  });
});
