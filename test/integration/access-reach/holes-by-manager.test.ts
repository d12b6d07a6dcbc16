import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notInspected } from '../../../shared/access/exposure.ts';
import type { ExposureReport } from '../../../shared/access/exposure.ts';
import { pictureOf } from '../../../shared/access/picture.ts';
import { formatAddress, parseNetwork } from '../../../shared/lib/cidr.ts';
import type { Network } from '../../../shared/lib/cidr.ts';
import { merge } from '../../../shared/lib/network-set.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import { answers, inspect, remote } from './inspected.ts';

const index = 148;
const hba = '/etc/postgresql/17/main/pg_hba.conf';
const [client, stranger] = [`10.231.${index}.10`, `10.231.${index}.20`];
const [host4, here6, host6] = [`10.231.${index}.2`, `fd99:231:${index}::1`, `fd99:231:${index}::2`];
const offices = `10.231.${index}.16/28`;

const closedLines = `local all postgres peer
host shop app ${client}/32 scram-sha-256
`;
/** A wide line before the narrow one, and one for IPv6. */
const wideLines = `local all postgres peer
host all +pg_monitor,app 10.0.0.0/8 trust
host shop app ${client}/32 scram-sha-256
host shop app ::/0 scram-sha-256
`;

/** A container as Docker publishes it: a network of its own, a rule that leads a port there and one that lets it pass. */
const container = `ip netns add box; ip link add docker0 type veth peer name eth0 netns box
ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up
ip -n box addr add 172.17.0.2/16 dev eth0; ip -n box link set eth0 up; ip -n box link set lo up
ip -n box route add default via 172.17.0.1
sysctl -qw net.ipv4.ip_forward=1
cat > /root/box.pl <<'END'
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalPort => 5432, Listen => 5, ReuseAddr => 1) or die;
while (my $peer = $server->accept) { sysread $peer, my $request, 8; syswrite $peer, 'N'; close $peer }
END
systemd-run -q --unit=box ip netns exec box perl /root/box.pl`;
const published = `iptables -t nat -N DOCKER
iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A DOCKER ! -i docker0 -p tcp --dport 5439 -j DNAT --to-destination 172.17.0.2:5432
iptables -I FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp --dport 5432 -j ACCEPT
iptables -I FORWARD -i docker0 ! -o docker0 -j ACCEPT`;
const ipset = `ipset create offices hash:net; ipset add offices ${offices}`;

interface Manager {
  readonly name: string;
  /** Shell lines: only SSH, and PostgreSQL for one client. */
  readonly close: string;
  /** A set with more in it, IPv6, the port of the second cluster. */
  readonly dig: string;
}

const nftRules = `table inet filter {
 set clients { type ipv4_addr; flags interval; elements = { ${client} } }
 chain input { type filter hook input priority 0; policy drop;
  iif lo accept
  ct state established,related accept
  meta l4proto ipv6-icmp accept
  tcp dport 22 accept
  ip saddr @clients tcp dport 5432 accept
 }
}`;
const iptablesRules = (program: string): string =>
  `*filter
:INPUT DROP
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A INPUT -p ${program === 'ip6tables' ? 'ipv6-icmp' : 'icmp'} -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT`;

const managers: readonly Manager[] = [
  {
    name: 'nft',
    close: `nft -f - <<'END'\n${nftRules}\nEND`,
    dig: `nft add element inet filter clients '{ ${offices} }'
nft add rule inet filter input meta nfproto ipv6 tcp dport 5432 accept
nft add rule inet filter input tcp dport 5433-5440 accept`,
  },
  {
    name: 'iptables',
    close: ['iptables', 'ip6tables']
      .map((program) => `${program}-restore <<'END'\n${iptablesRules(program)}\nEND`)
      .concat(`iptables -A INPUT -s ${client} -p tcp --dport 5432 -j ACCEPT`)
      .join('\n'),
    dig: `${ipset}
iptables -A INPUT -p tcp --dport 5432 -m set --match-set offices src -j ACCEPT
ip6tables -P INPUT ACCEPT
iptables -A INPUT -p tcp -m multiport --dports 5433,6432 -j ACCEPT`,
  },
  {
    name: 'ufw',
    close: `ufw --force reset >/dev/null; ufw default deny incoming; ufw allow 22/tcp
ufw allow proto tcp from ${client} to any port 5432; ufw --force enable`,
    dig: `${ipset}
sed -i 's/^COMMIT/-A ufw-before-input -p tcp --dport 5432 -m set --match-set offices src -j ACCEPT\\nCOMMIT/' /etc/ufw/before.rules
ufw allow proto tcp from ::/0 to any port 5432
ufw allow 5433:5440/tcp; ufw reload`,
  },
  {
    name: 'firewalld',
    close: `ufw --force disable >/dev/null; systemctl start firewalld
firewall-cmd --permanent --new-ipset=offices --type=hash:net; firewall-cmd --reload
firewall-cmd --add-rich-rule='rule family=ipv4 source address=${client} port port=5432 protocol=tcp accept'`,
    dig: `firewall-cmd --ipset=offices --add-entry=${offices}; firewall-cmd --zone=trusted --add-source=ipset:offices
firewall-cmd --add-rich-rule='rule family=ipv6 port port=5432 protocol=tcp accept'
firewall-cmd --add-port=5433-5440/tcp`,
  },
];

/** From where, by what can be reached and by which line. */
function openings(report: ExposureReport): Readonly<Record<string, readonly string[]>> {
  const from = new Map<string, Network[]>();
  for (const { to, method, hba: line, redirectedTo, from: networks } of remote(report)) {
    const led = redirectedTo === null ? '' : ` led on to ${redirectedTo.port}`;
    const name = `port ${to.port}${led}, ${method}${line === null ? '' : ` by line ${line.line}`}`;
    from.set(name, [...(from.get(name) ?? []), ...networks.flatMap((text) => parseNetwork(text) ?? [])]);
  }
  const text = ({ prefix, ...address }: Network): string => `${formatAddress(address)}/${prefix}`;
  return Object.fromEntries([...from].map(([name, networks]) => [name, merge(networks).map(text)]));
}

describe.skipIf(hostsAvailable() !== null)('holes under each firewall manager', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startHost({ suite: 'trixie', name: 'holes', index, running: true });
    await host.run(`set -e; systemctl stop nftables firewalld || true; ${container}
pg_createcluster 17 other -p 5433 >/dev/null
for f in main other; do echo "listen_addresses = '*'" >> /etc/postgresql/17/$f/postgresql.conf; done
systemctl restart postgresql@17-main; pg_ctlcluster 17 other start`);
    await host.psql("create role app login password 'x'; create database shop");
  });
  afterAll(async () => {
    await host.stop();
  });

  /** Who answers whom, really. */
  const tried = async (): Promise<readonly string[]> => {
    const ways = [
      ['the client', client, host4, 5432],
      ['a stranger in the set', stranger, host4, 5432],
      ['over IPv6', here6, host6, 5432],
      ['the second cluster', stranger, host4, 5433],
      ['a container', stranger, host4, 5439],
    ] as const;
    const open = await Promise.all(ways.map(([, from, to, port]) => answers(from, to, port)));
    return ways.flatMap(([name], at) => (open[at] === true ? [name] : []));
  };

  it.each(managers.map((one) => [one.name, one] as const))('%s', async (_, { close, dig }) => {
    await host.run(`nft flush ruleset; ipset destroy 2>/dev/null; ${close}`);
    await host.writeFile(hba, closedLines);
    await host.psql('select pg_reload_conf()');
    const before = await inspect(host, '17/main');
    expect(await tried()).toEqual(['the client']);
    expect(before.report.unknown).toEqual([]);
    const open = new Set(remote(before.report).map(({ from, to }) => `${from.join()} to ${to.port}`));
    expect([...open]).toEqual([`${client} to 5432`]);
    expect(pictureOf(before.ground, before.report).verdict.text).toMatch(/^Nothing is open to everyone/);

    await host.run(`${dig}\n${published}`);
    await host.writeFile(hba, wideLines);
    await host.psql('select pg_reload_conf()');
    const after = await inspect(host, '17/main');
    expect(await tried()).toHaveLength(5);
    // Each with the line that lets them in, and nothing else.
    expect(openings(after.report)).toEqual({
      'port 5432, scram-sha-256 by line 4': ['::/0'],
      'port 5432, trust by line 2': [`${client}/32`, offices],
      [`port 5433, ${notInspected}`]: ['0.0.0.0/0', '::/0'],
      [`port 5439 led on to 5432, ${notInspected}`]: ['0.0.0.0/0'],
    });
    const { lanes, verdict } = pictureOf(after.ground, after.report);
    expect(verdict.tone).toBe('critical');
    const others = lanes.flatMap(({ entries }) => entries.flatMap(({ port }) => port ?? []));
    expect([...new Set(others)].sort()).toEqual([5433, 5439]);
  });
});
