import { describe, expect, it } from 'vitest';
import type { Firewall } from '../../../shared/facts/network.ts';
import { readRichRule, readZones, sameZones } from '../../../shared/firewall/firewalld-zones.ts';
import { planFirewall } from '../../../shared/firewall/plan-firewall.ts';
import type { FirewallPlan, FirewallRequest } from '../../../shared/firewall/plan-firewall.ts';
import { readFirewall } from '../../../shared/firewall/read-firewall.ts';
import { rawFirewall } from './firewalls.ts';

const request: FirewallRequest = {
  port: 5432,
  allowNetworks: ['10.0.0.0/8', '10.1.0.0/16'],
  sshPorts: [22],
  defaultDeny: true,
  enable: true,
};
function plan(raw: Partial<Firewall>, more: Partial<FirewallRequest> = {}): FirewallPlan {
  const facts = rawFirewall(raw);
  const planned = planFirewall(readFirewall(facts), facts, { ...request, ...more });
  if (planned === null) throw new Error('no plan');
  return planned;
}
const tuples = (...rules: readonly string[]) =>
  rules.map((rule) => `### tuple ### ${rule}\n-A ufw-user-input -j X\n`).join('\n');
const ufw = (userRules: string, more: Partial<NonNullable<Firewall['ufw']>> = {}) => ({
  statusVerbose: 'Status: active',
  enabled: true,
  userRules,
  user6Rules: '',
  defaults: 'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\n',
  ...more,
});

describe('planFirewall', () => {
  it('takes the program in force, then an installed one, and knows when there is none', () => {
    expect(plan({ installed: ['nft', 'iptables', 'firewalld', 'ufw'] }).manager).toBe('ufw');
    expect(plan({ installed: ['nft', 'iptables', 'firewalld'] }).manager).toBe('firewalld');
    expect(
      plan({
        installed: ['ufw', 'firewalld'],
        firewalld: {
          running: true,
          defaultZone: 'public',
          activeZones: '',
          runtimeZones: '',
          permanentZones: '',
        },
      }).manager,
    ).toBe('firewalld');
    const bare = rawFirewall({ installed: [] });
    expect(planFirewall(readFirewall(bare), bare, request)).toBeNull();
  });

  it('merges networks and refuses what is none', () => {
    expect(plan({ installed: ['nft'] }).allow).toEqual(['10.0.0.0/8']);
    expect(plan({ installed: ['nft'] }, { allowNetworks: ['10.0.0.1'] }).allow).toEqual(['10.0.0.1/32']);
    expect(() => plan({ installed: ['nft'] }, { allowNetworks: ['10.0.0.0/8; reboot'] })).toThrow(
      'Not a network',
    );
  });

  it('says how things stand and will stand', () => {
    const { before, after } = plan({ installed: ['nft'] });
    expect(before).toContain('PostgreSQL (5432/tcp, IPv6): reachable from anywhere');
    expect(after).toContain('PostgreSQL (5432/tcp): reachable from 10.0.0.0/8 and the host itself');
    expect(plan({ installed: ['nft'] }, { allowNetworks: [] }).after).toContain(
      'PostgreSQL (5432/tcp): reachable from the host itself only',
    );
  });
});

describe('with ufw', () => {
  it('deletes only what opens the port too far, and adds the chosen networks', () => {
    const { commands } = plan({
      ufw: ufw(
        tuples(
          'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
          'allow tcp 5432 0.0.0.0/0 any 0.0.0.0/0 in comment=6162',
          'allow tcp 5432 0.0.0.0/0 any 10.2.0.0/16 in',
          'allow tcp 5433 0.0.0.0/0 any 0.0.0.0/0 in',
          'route:allow tcp 5432 0.0.0.0/0 any 0.0.0.0/0 in',
        ),
      ),
    });
    expect(commands).toEqual([
      'ufw --force delete allow proto tcp from any to any port 5432',
      'ufw allow proto tcp from 10.0.0.0/8 to any port 5432',
    ]);
  });

  it('refuses above a rule that is for more than the port, keeping refusals on top', () => {
    const { commands } = plan({
      ufw: ufw(
        tuples('deny tcp 5432 0.0.0.0/0 any 10.9.9.9 in', 'allow tcp 5000:6000 0.0.0.0/0 any 0.0.0.0/0 in'),
      ),
    });
    expect(commands).toEqual([
      'ufw --force delete deny proto tcp from 10.9.9.9 to any port 5432',
      'ufw prepend deny proto tcp from any to any port 5432',
      'ufw prepend allow proto tcp from 10.0.0.0/8 to any port 5432',
      'ufw prepend deny proto tcp from 10.9.9.9 to any port 5432',
    ]);
  });

  it('opens ssh before it comes into force, at boot as well', () => {
    const state = ufw('', { statusVerbose: 'Status: inactive', enabled: false });
    const units = [{ name: 'ufw', active: false, enabled: false }];
    expect(plan({ ufw: state, units, installed: ['ufw'] }).commands).toEqual([
      'ufw allow 22/tcp',
      'ufw allow proto tcp from 10.0.0.0/8 to any port 5432',
      'ufw --force enable',
      'systemctl --quiet enable ufw.service',
    ]);
    expect(
      plan({ ufw: state, installed: ['ufw'] }, { sshFrom: ['192.168.0.0/24'], sshPorts: [2222] }).commands[0],
    ).toBe('ufw allow proto tcp from 192.168.0.0/24 to any port 2222');
    expect(plan({ ufw: state, units, installed: ['ufw'] }, { enable: false }).commands.join()).not.toContain(
      'enable',
    );
  });

  it('quotes what the host says', () => {
    const { commands } = plan({ ufw: ufw(tuples('allow tcp 5432 0.0.0.0/0 any $(reboot) in')) });
    expect(commands[0]).toBe("ufw --force delete allow proto tcp from '$(reboot)' to any port 5432");
  });
});

it('compares zones of firewalld whatever the order in which their rules are listed', () => {
  const zone = (head: string, ports: string, ...rules: readonly string[]) =>
    [
      head,
      '  services: ssh',
      `  ports: ${ports}`,
      '  rich rules: ',
      ...rules.map((rule) => `\t${rule}`),
      '',
      'work',
      '  ports: ',
    ].join('\n');
  const [one, other] = ['a', 'b'].map(
    (name) =>
      `rule family="ipv4" source address="10.0.0.${name === 'a' ? 1 : 2}" port port="8008" protocol="tcp" accept`,
  ) as [string, string];
  const now = zone('public (default, active)', '1/tcp 2/tcp', one, other);
  expect(sameZones(now, zone('public (default)', '2/tcp 1/tcp', other, one))).toBe(true);
  expect(sameZones(now, zone('public (default)', '1/tcp 2/tcp', one))).toBe(false);
  expect(sameZones(now, zone('public (default)', '1/tcp', one, other))).toBe(false);
  expect(sameZones(now, zone('public (default)', '1/tcp 2/tcp', one, other.replace('accept', 'drop')))).toBe(
    false,
  );
});

it('reads zones of firewalld and their rich rul', () => {
  const [zone] = readZones(
    'public (default, active)\n  target: default\n  interfaces: eth0\n  sources: \n  services: dhcpv6-client ssh\n  ports: 5000-6000/tcp 53/udp\n  protocols: \n  source-ports: \n  rich rules: \n\trule family="ipv4" source address="10.0.0.0/8" port port="5432" protocol="tcp" accept\n',
  );
  expect(zone).toMatchObject({
    name: 'public',
    active: true,
    target: 'default',
    services: ['dhcpv6-client', 'ssh'],
    ports: ['5000-6000/tcp', '53/udp'],
  });
  expect(readRichRule(zone?.richRules[0] ?? '')).toMatchObject({
    accepts: true,
    subject: '5432/tcp',
    anySource: false,
  });
  expect(readRichRule('rule family="ipv4" source NOT address="10.0.0.0/8" accept').source).toBeNull();
});
