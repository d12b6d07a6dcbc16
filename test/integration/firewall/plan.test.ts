import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planFirewall } from '../../../shared/firewall/plan-firewall.ts';
import type { FirewallPlan } from '../../../shared/firewall/plan-firewall.ts';
import { evaluate } from '../../../shared/firewall/evaluate.ts';
import { readFirewall } from '../../../shared/firewall/read-firewall.ts';
import type { Firewall } from '../../../shared/facts/network.ts';
import { parseAddress } from '../../../shared/lib/cidr.ts';
import type { Suite, TestHost } from '../../hosts/hosts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import { applyPlan, filesOf, restorePlan, rulesOf } from './apply.ts';
import { addressesOf, addTestAddresses, attempt, listen, prepareHost, readRaw } from './probe.ts';

const suites: readonly { suite: Suite; index: number }[] = [
  { suite: 'bookworm', index: 63 },
  { suite: 'trixie', index: 64 },
];

/** Ways in which a host can be when the plan is made. `manager` is who must be chosen. */
interface Case {
  readonly name: string;
  readonly manager: FirewallPlan['manager'];
  readonly installed: Firewall['installed'];
  readonly setUp: string;
  /** Port 7000 is a service of somebody else: open to the host with the last number 20 after the change or not. */
  readonly otherService: boolean;
  /** Reboot after applying: everything must still hold. */
  readonly reboot?: boolean;
}

const nftHead = '#!/usr/sbin/nft -f\nflush ruleset\n';
const nftFile = (text: string) =>
  `cat > /etc/nftables.conf <<'END'\n${nftHead}${text}\nEND\nnft -f /etc/nftables.conf; systemctl --quiet enable nftables`;
const cases: readonly Case[] = [
  {
    name: 'ufw, not in force, its unit not enabled',
    manager: 'ufw',
    installed: ['nft', 'iptables', 'ufw', 'firewalld'],
    setUp: 'ufw --force disable; systemctl --quiet disable ufw',
    otherService: false,
    reboot: true,
  },
  {
    name: 'ufw in force, with rules that open the port in every way',
    manager: 'ufw',
    installed: ['ufw'],
    otherService: true,
    setUp: [
      'limit 22/tcp',
      'allow 5432/tcp',
      'allow log 5432/tcp',
      'allow in on eth0 to any port 5432',
      'allow 5000:6000/tcp',
      'allow 7000/tcp',
      'deny from 10.231.INDEX.1 to any port 5432 proto tcp',
      'allow from 10.231.0.0/16 to any port 5432',
      '--force enable',
    ]
      .map((words) => `ufw ${words}`)
      .join(' && '),
  },
  {
    name: 'ufw in force, letting everything in',
    manager: 'ufw',
    installed: ['ufw'],
    setUp: 'ufw default allow incoming && ufw allow 7000/tcp && ufw --force enable',
    otherService: true,
  },
  {
    name: 'nft without rules',
    manager: 'nft',
    installed: ['nft'],
    setUp: 'systemctl --quiet disable nftables',
    otherService: false,
    reboot: true,
  },
  {
    name: 'nft with an empty configuration in force',
    manager: 'nft',
    installed: ['nft'],
    setUp: nftFile(
      'table inet filter {\n chain input { type filter hook input priority filter; }\n}\ntable ip other { chain input { type filter hook input priority 5; ip saddr 192.0.2.1 drop; }\n}',
    ),
    otherService: false,
  },
  {
    name: 'nft that refuses, with the port open to all',
    manager: 'nft',
    installed: ['nft', 'ufw'],
    otherService: true,
    reboot: true,
    setUp: nftFile(
      'table inet filter {\n set good { type ipv4_addr; elements = { 192.0.2.1 } }\n chain input { type filter hook input priority filter; policy drop; iif lo accept; ct state established,related accept; meta l4proto { icmp, ipv6-icmp } accept; tcp dport { 22, 5432 } counter accept; tcp dport 7000 accept; ip saddr @good accept; }\n}',
    ),
  },
  {
    name: 'nft in tables by family, the port closed',
    manager: 'nft',
    installed: ['nft'],
    otherService: true,
    setUp: nftFile(
      'table ip f { chain i { type filter hook input priority 0; policy drop; ct state established accept; icmp type echo-request accept; tcp dport { 22, 7000 } accept; }\n}\ntable ip6 f { chain i { type filter hook input priority 0; policy drop; ct state established accept; meta l4proto ipv6-icmp accept; tcp dport { 22, 7000 } accept; reject; }\n}',
    ),
  },
  {
    name: 'firewalld, not running',
    manager: 'firewalld',
    installed: ['firewalld', 'nft'],
    setUp: 'true',
    otherService: false,
    reboot: true,
  },
  {
    name: 'firewalld running, with the port open in two zones',
    manager: 'firewalld',
    installed: ['firewalld', 'nft'],
    otherService: true,
    setUp: [
      'systemctl start firewalld',
      ...[
        '--add-service=postgresql',
        '--add-port=5000-6000/tcp',
        '--add-port=7000/tcp',
        `--add-rich-rule='rule family="ipv4" source address="10.231.0.0/16" port port="5432" protocol="tcp" accept'`,
        '--zone=trusted --add-source=10.231.INDEX.20',
      ].flatMap((words) => [`firewall-cmd --permanent ${words}`, `firewall-cmd ${words}`]),
    ].join(' && '),
  },
  {
    name: 'firewalld with a zone that accepts, and unstored rules',
    manager: 'firewalld',
    installed: ['firewalld'],
    otherService: true,
    setUp:
      'systemctl start firewalld && firewall-cmd --permanent --zone=public --set-target=ACCEPT && firewall-cmd --reload && firewall-cmd --add-port=7000/tcp',
  },
  {
    name: 'iptables alone',
    manager: 'iptables',
    installed: ['iptables'],
    setUp:
      'iptables -A INPUT -p tcp --dport 5432 -j ACCEPT && ip6tables -A INPUT -p tcp -m multiport --dports 7000 -j ACCEPT && iptables -A INPUT -p tcp --dport 7000 -j ACCEPT',
    otherService: true,
  },
];

describe.skipIf(hostsAvailable() !== null).each(suites)(
  'a planned firewall on $suite',
  ({ suite, index }) => {
    let host: TestHost;
    let connections = 0;

    beforeAll(async () => {
      host = await startHost({ suite, name: `fw-plan-${suite}`, index, running: true });
      await prepareHost(host);
      await host.run(
        'cp -a /etc/nftables.conf /root/nftables.conf; cp -a /etc/firewalld /root/firewalld; cp -a /etc/ufw /root/ufw; cp -a /etc/default/ufw /root/ufw.default',
      );
    });
    afterAll(async () => {
      console.log(`${suite}: ${connections} connections tried`);
      await host.stop();
    });
    beforeEach(async () => {
      await host.run(
        'systemctl stop firewalld; rm -rf /etc/firewalld /etc/ufw /etc/portcullis.nft; cp -a /root/firewalld /etc/firewalld; cp -a /root/ufw /etc/ufw; cp -a /root/ufw.default /etc/default/ufw; cp -a /root/nftables.conf /etc/nftables.conf; systemctl --quiet enable ufw; systemctl --quiet disable nftables firewalld; nft flush ruleset',
      );
    });

    const raw = async (installed: Firewall['installed']) => ({
      ...(await readRaw(host, {
        ufw: installed.includes('ufw'),
        firewalld: installed.includes('firewalld'),
      })),
      installed,
    });

    /** Tries every way in that matters; `chosen` is the last number of the address that may reach PostgreSQL. */
    async function reality(chosen: string): Promise<Readonly<Record<string, string>>> {
      const model = readFirewall(await readRaw(host));
      const asked = addressesOf(host).flatMap(({ sources, destination }, family) =>
        [0, 1, 2].flatMap((at) =>
          [22, 5432, 7000].map((port) => ({ source: sources[at] ?? '', destination, port, family })),
        ),
      );
      const results = await Promise.all(
        asked.map(async ({ source, destination, port, family }) => {
          connections += 1;
          const address = parseAddress(source);
          if (address === null) throw new Error(source);
          const real = (await attempt(source, destination, port)) === 'accept';
          const { verdict, rule } = evaluate(model, {
            source: address,
            destination: parseAddress(destination),
            port,
            interface: 'eth0',
          });
          expect(verdict === 'accept', `${source} to ${port} in the model: ${verdict} by ${rule}`).toBe(real);
          const who = source.endsWith(chosen) ? 'chosen' : 'other';
          return [
            `${port} from ${port === 5432 ? `${who} ` : ''}IPv${family === 0 ? 4 : 6}`,
            real ? 'open' : 'closed',
          ] as const;
        }),
      );
      const inside = await host.exec(
        'for a in 127.0.0.1 ::1; do perl -MIO::Socket::IP -e "exit !IO::Socket::IP->new(PeerAddr => shift, PeerPort => 5432, Timeout => 2)" $a || exit 1; done',
      );
      const summary = new Map<string, string>([
        ['5432 from inside', inside.exitCode === 0 ? 'open' : 'closed'],
      ]);
      for (const [key, value] of results)
        summary.set(key, summary.get(key) === undefined || summary.get(key) === value ? value : 'mixed');
      return Object.fromEntries(summary);
    }

    const wanted = (otherService: boolean) => ({
      '22 from IPv4': 'open',
      '22 from IPv6': 'open',
      '5432 from inside': 'open',
      '5432 from chosen IPv4': 'open',
      '5432 from chosen IPv6': 'open',
      '5432 from other IPv4': 'closed',
      '5432 from other IPv6': 'closed',
      '7000 from IPv4': otherService ? 'open' : 'closed',
      '7000 from IPv6': otherService ? 'open' : 'closed',
    });

    const request = (last: string) => ({
      port: 5432,
      allowNetworks: [`10.231.${index}.${last}/32`, `fd99:231:${index}::${last}/128`],
      sshPorts: [22],
      defaultDeny: true,
      enable: true,
    });

    it.each(cases)(
      'holds and can be undone: $name',
      async ({ manager, installed, setUp, otherService, reboot }) => {
        await host.run(setUp.replaceAll('INDEX', String(index)));
        const before = { files: await filesOf(host), rules: await rulesOf(host) };
        const facts = await raw(installed);
        const plan = planFirewall(readFirewall(facts), facts, request('10'));
        if (plan === null) throw new Error('no plan');
        expect(plan.manager).toBe(manager);
        const open = addressesOf(host).map(({ sources, destination }) =>
          attempt(sources[0] ?? '', destination, 22),
        );
        expect(await Promise.all(open)).toEqual(['accept', 'accept']);

        await applyPlan(host, plan);
        expect(await reality('10'), plan.commands.join('\n')).toEqual(wanted(otherService));
        const rebooted = reboot === true && suite === 'bookworm';
        if (rebooted) {
          await host.reboot();
          addTestAddresses(host);
          await listen(host);
          expect(await reality('10')).toEqual(wanted(otherService));
        }

        await restorePlan(host, plan);
        expect(await filesOf(host)).toBe(before.files);
        // After a reboot the rules are those of the boot, without what was planned.
        if (!rebooted) expect(await rulesOf(host)).toBe(before.rules);
        else expect(await rulesOf(host)).not.toMatch(/portcullis/);
      },
    );

    it('takes the place of an earlier plan with nft', async () => {
      await host.run(cases[5]?.setUp ?? '');
      const first = await raw(['nft']);
      const plan = planFirewall(readFirewall(first), first, request('10'));
      await applyPlan(
        host,
        plan ??
          (() => {
            throw new Error('no plan');
          })(),
      );
      const between = (await filesOf(host)) + (await rulesOf(host));
      const second = await raw(['nft']);
      const again = planFirewall(readFirewall(second), second, request('20'));
      await applyPlan(
        host,
        again ??
          (() => {
            throw new Error('no plan');
          })(),
      );
      expect(await reality('20')).toEqual(wanted(true));
      expect(again?.commands.join('\n')).not.toContain(`10.231.${index}.10`);
      if (again !== null) await restorePlan(host, again);
      expect((await filesOf(host)) + (await rulesOf(host))).toBe(between);
    });
  },
);
