import { describe, expect, it } from 'vitest';
import { fwActive } from '../../../shared/checks/network/fw-active.ts';
import { fwWindowsRule } from '../../../shared/checks/network/fw-windows-rule.ts';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import { readGround } from '../../../shared/access/ground.ts';
import { parseFacts } from '../../../main/collect/facts-file.ts';
import { windowsScript } from '../../../main/collect/windows-script.ts';
import { quotePowerShell } from '../../../shared/lib/quoting.ts';
import { judge } from '../support/facts.ts';

const program = 'C:\\Program Files\\PostgreSQL\\17\\bin\\postgres.exe';
const rule = (parts: Record<string, unknown>) => ({
  Name: "{a-'1'}",
  DisplayName: 'PostgreSQL Server',
  Enabled: 'True',
  Direction: 'Inbound',
  Action: 'Allow',
  Profile: 'Any',
  PolicyStoreSourceType: 'Local',
  Protocol: 'TCP',
  LocalPort: ['5432'],
  RemotePort: ['Any'],
  LocalAddress: ['Any'],
  RemoteAddress: ['Any'],
  Program: 'Any',
  ...parts,
});
const hba = `local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host shop app 10.20.0.0/16 scram-sha-256
host all all 0.0.0.0/0 scram-sha-256
`;
const output = (rules: readonly object[], text: string = hba, firewall: object = {}) => ({
  Mark: 'portcullis-windows-1',
  Time: '2026-11-22T10:00:00Z',
  Computer: 'DB7',
  User: 'admin',
  Architecture: 'AMD64',
  System: 'Microsoft Windows Server 2022 Standard',
  Version: '10.0.20348.0',
  Firewall: {
    Profiles: ['Domain', 'Private', 'Public'].map((Name) => ({
      Name,
      Enabled: 'True',
      DefaultInboundAction: 'Block',
    })),
    Networks: [{ InterfaceAlias: 'Ethernet', NetworkCategory: 'DomainAuthenticated' }],
    Addresses: [
      { InterfaceAlias: 'Ethernet', IPAddress: '10.20.0.7', PrefixLength: 24 },
      { InterfaceAlias: 'Loopback Pseudo-Interface 1', IPAddress: '127.0.0.1', PrefixLength: 8 },
    ],
    Listeners: [
      { LocalAddress: '0.0.0.0', LocalPort: 5432, Process: 812, Path: program },
      { LocalAddress: '::', LocalPort: 5432, Process: 812, Path: program },
    ],
    Rules: rules,
    ...firewall,
  },
  Clusters: [
    {
      Service: 'postgresql-x64-17',
      Account: 'NT AUTHORITY\\NetworkService',
      State: 'Running',
      PathName: '"C:\\Program Files\\PostgreSQL\\17\\bin\\pg_ctl.exe" runservice -N "x" -D "C:\\data 17" -w',
      Data: 'C:\\data 17',
      Version: '17',
      Hba: Buffer.from(text).toString('base64'),
    },
  ],
});
const facts = (rules: readonly object[], text?: string, firewall?: object) =>
  parseFacts(Buffer.from(`\uFEFF${JSON.stringify(output(rules, text, firewall))}`), 'facts.json').facts;

/** `fail high: …`, and the commands of the evidence. */
function outcome(rules: readonly object[], text?: string) {
  const { status, severity, summary, evidence } = judge(fwWindowsRule, facts(rules, text));
  const commands = evidence.flatMap((one) => (one.kind === 'table' ? one.rows.slice(0) : []));
  return {
    said: status === 'fail' ? `fail ${severity}: ${summary}` : status,
    commands: commands.filter(([first]) => /^(Set-|netsh)/.test(first ?? '')).map(([first]) => first),
    notes: evidence.flatMap((one) => (one.kind === 'text' ? [one.text] : [])),
  };
}

describe('a Windows host by the output of the PowerShell script', () => {
  it('has its cluster, its rules and who gets in by them', () => {
    const set = facts([rule({ RemoteAddress: ['10.0.0.0/255.0.0.0'] })]);
    expect(set.cluster).toMatchObject({
      state: 'collected',
      value: {
        id: 'C:\\data 17',
        major: 17,
        port: 5432,
        binDirectory: 'C:\\Program Files\\PostgreSQL\\17\\bin',
      },
    });
    expect(set.settings).toEqual({ state: 'absent', reason: 'it is not collected on Windows' });
    const remote = exposuresOf(readGround(set)).network.filter(({ scope }) => scope === 'remote');
    expect(
      remote.map(({ from, hba: line, firewallRule }) => [from.join(), line?.line, firewallRule]),
    ).toEqual(
      expect.arrayContaining([
        ['10.20.0.0/16', 3, expect.stringContaining('rule "PostgreSQL Server" allows')],
      ]),
    );
    // 10.0.0.0/8 comes through the firewall and no other network does.
    expect(remote.every(({ from }) => from.every((network) => network.startsWith('10.')))).toBe(true);
  });

  it('names rules that are too wide, with the commands that narrow them and those that take it back', () => {
    const { said, commands } = outcome([rule({})]);
    expect(said).toBe('fail high: "PostgreSQL Server" is for any source.');
    expect(commands).toEqual([
      'netsh advfirewall export "$env:SystemRoot\\Temp\\firewall-before-portcullis.wfw"',
      "Set-NetFirewallRule -Name '{a-''1''}' -RemoteAddress '10.20.0.0/16'",
      "Set-NetFirewallRule -Name '{a-''1''}' -RemoteAddress 'Any'",
    ]);
    expect(outcome([rule({ Profile: 'Domain' })], 'local all all peer\n').commands.slice(1)).toEqual([
      "Set-NetFirewallRule -Name '{a-''1''}' -Enabled False",
      "Set-NetFirewallRule -Name '{a-''1''}' -Enabled True",
    ]);
  });

  it.each<[what: string, rules: readonly object[], expected: string]>([
    ['for a network', [rule({ RemoteAddress: ['10.0.0.0/255.0.0.0'] })], 'pass'],
    ['for the own subnet', [rule({ RemoteAddress: 'LocalSubnet' })], 'pass'],
    ['none', [], 'pass'],
    ['of another port', [rule({ LocalPort: ['80'] })], 'pass'],
    ['a block', [rule({ Action: 'Block' })], 'pass'],
    ['of another program', [rule({ LocalPort: 'Any', Program: 'C:\\web.exe' })], 'pass'],
    [
      'of the server',
      [rule({ LocalPort: 'Any', Program: program })],
      'fail high: "PostgreSQL Server" is for any source.',
    ],
    [
      'not on public networks',
      [rule({ Profile: 'Domain, Private' })],
      'fail medium: "PostgreSQL Server" is for any source.',
    ],
    [
      'for everything',
      [rule({ LocalPort: 'Any', Protocol: 'Any', RemoteAddress: ['10.0.0.0/8'], Profile: 'Domain' })],
      'fail medium: "PostgreSQL Server" is for every port and program.',
    ],
  ])('%s', (_, rules, expected) => {
    expect(outcome(rules).said).toBe(expected);
  });

  const profiles = (parts: object) =>
    ['Domain', 'Private', 'Public'].map((Name) => ({
      ...{ Name, Enabled: 'True', DefaultInboundAction: 'Block' },
      ...(Name === 'Domain' ? parts : {}),
    }));

  it.each<[what: string, firewall: object, rules: string, active: string]>([
    [
      'a profile that is off',
      { Profiles: profiles({ Enabled: 'False' }) },
      'not-assessed: Rules do not decide alone: the firewall is off for the profile Domain.',
      'fail: Windows Defender Firewall is off for Domain networks.',
    ],
    [
      'a profile that allows by default',
      { Profiles: profiles({ DefaultInboundAction: 'Allow' }) },
      'not-assessed: Rules do not decide alone: the profile Domain allows by default.',
      'pass: Rules of Windows Defender Firewall are in force.',
    ],
    [
      'an interface that is not filtered',
      { Profiles: profiles({ DisabledInterfaceAliases: ['Ethernet'] }) },
      'not-assessed: Rules do not decide alone: the profile Domain does not filter Ethernet.',
      'pass: Rules of Windows Defender Firewall are in force.',
    ],
    [
      'a profile that is off and that no interface has',
      {
        Profiles: profiles({ Enabled: 'False' }),
        Networks: [{ InterfaceAlias: 'Ethernet', NetworkCategory: 'Public' }],
      },
      'pass: No rule lets anybody through to port 5432.',
      'pass: Rules of Windows Defender Firewall are in force.',
    ],
    [
      'a server that does not run',
      { Listeners: [] },
      'not-assessed: Which port PostgreSQL has is not known: nothing listens.',
      'pass: Rules of Windows Defender Firewall are in force.',
    ],
  ])('is not satisfied without evidence: %s', (_, firewall, rules, active) => {
    const set = facts([], undefined, firewall);
    const said = [fwWindowsRule, fwActive].map((check) => judge(check, set));
    expect(said.map(({ status, summary }) => `${status}: ${summary}`)).toEqual([rules, active]);
  });

  it('leaves to a person what the host cannot change, or what others may need', () => {
    const { commands, notes } = outcome([
      rule({ PolicyStoreSourceType: 'GroupPolicy', DisplayName: 'from above' }),
      rule({ LocalPort: 'Any', Protocol: 'Any', DisplayName: 'everything' }),
    ]);
    expect(commands).toEqual([]);
    expect(notes.join(' ')).toMatch(/from above comes from GroupPolicy.*everything opens every port/);
  });

  it('reads lists as Windows PowerShell wraps them', () => {
    const wrapped = output([rule({ RemoteAddress: { value: ['10.0.0.0/255.0.0.0'], Count: 1 } })]);
    const set = parseFacts(
      Buffer.from(JSON.stringify({ ...wrapped, Clusters: { value: wrapped.Clusters, Count: 1 } })),
      'x',
    ).facts;
    expect(set.cluster.state).toBe('collected');
    expect(judge(fwWindowsRule, set).status).toBe('pass');
  });

  it('refuses another shape, with the place', () => {
    const broken = { ...output([]), Clusters: [{}] };
    expect(() => parseFacts(Buffer.from(JSON.stringify(broken)), 'x')).toThrow(/Clusters\.0\.Data/);
  });

  it('asks for each part that the reader reads', () => {
    for (const name of Object.keys(output([]))) expect(windowsScript).toContain(name);
    for (const name of Object.keys(rule({}))) expect(windowsScript).toContain(`${name} = `);
    expect(windowsScript).not.toMatch(/Set-Net|New-Net|Remove-Net|Enable-Net|Disable-Net/);
  });

  it('quotes names for PowerShell, curved quotes too', () => {
    expect(quotePowerShell("a'b’; calc $(x) `n")).toBe("'a''b’’; calc $(x) `n'");
    expect(() => quotePowerShell('a\nb')).toThrow();
  });
});
