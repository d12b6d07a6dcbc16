import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import type { Firewall } from '../../../shared/facts/network.ts';
import type { TestHost } from '../../hosts/hosts.ts';

/** What a real attempt to connect came to: no answer is a drop, any error a reject. */
export type Attempt = 'accept' | 'drop' | 'reject';

/** Ports that listen on a prepared host, on IPv4 and IPv6. */
export const ports = [5432, 5433, 7000] as const;

/** The addresses that the test side connects from, and the host's own, by family. */
export function addressesOf(host: TestHost): { sources: string[]; destination: string }[] {
  const index = host.address.split('.')[2] ?? '';
  return [
    { sources: ['1', '10', '20'].map((last) => `10.231.${index}.${last}`), destination: host.address },
    {
      sources: ['1', '10', '20'].map((last) => `fd99:231:${index}::${last}`),
      destination: `fd99:231:${index}::2`,
    },
  ];
}

const listener = `use Socket; $SIG{PIPE} = 'IGNORE'; my @all; for my $port (@ARGV) {
  socket(my $s, AF_INET6, SOCK_STREAM, 0) or die; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
  until (bind($s, pack_sockaddr_in6($port, Socket::IN6ADDR_ANY))) { die "$port $!" if $tries++ > 100; select(undef, undef, undef, 0.1); } listen($s, 128) or die; push @all, $s; }
while (1) { my $r = ''; vec($r, fileno($_), 1) = 1 for @all; select($r, undef, undef, undef);
  for (@all) { if (vec($r, fileno($_), 1) && accept(my $c, $_)) { syswrite($c, 'x'); } } }`;

/** Starts the listeners, in place of PostgreSQL; again after each reboot. */
export async function listen(host: TestHost): Promise<void> {
  await host.run('systemctl stop postgresql');
  await host.writeFile('/root/listen.pl', listener);
  await host.run(`systemd-run --quiet --unit=test-listeners perl /root/listen.pl ${ports.join(' ')}`);
  // PostgreSQL gives its port back a moment after it was stopped.
  const ready = ports.map((port) => `ss -Hltn | grep -q ':${port} '`).join(' && ');
  await host.run(`for try in $(seq 150); do { ${ready}; } && exit 0; sleep 0.1; done; exit 1`);
}

/** Gives the host listeners that answer on every port, and the test side its further IPv6 addresses. */
export async function prepareHost(host: TestHost): Promise<void> {
  await host.run('systemctl stop ufw nftables firewalld; nft flush ruleset');
  await listen(host);
  addTestAddresses(host);
}

/** The host's boot makes its network anew and has only the first of them. */
export function addTestAddresses(host: TestHost): void {
  for (const source of addressesOf(host)[1]?.sources ?? []) {
    if (!source.endsWith('::1'))
      execFileSync('ip', ['addr', 'replace', `${source}/64`, 'dev', host.link, 'nodad']);
  }
}

/**
 * Tries to connect once and waits for a byte from the server: that it answered the first packet is not enough. No
 * answer in time counts as dropped (an answer takes less than a millisecond).
 */
export function attempt(
  source: string,
  destination: string,
  port: number,
  milliseconds = 400,
): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = connect({ host: destination, port, localAddress: source });
    const end = (result: Attempt): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end('drop'), milliseconds);
    socket.once('data', () => end('accept'));
    socket.once('error', () => end('reject'));
  });
}

/** What to read besides the kernel's rules: programs in Python that take half a second each. */
export interface Wanted {
  readonly ufw?: boolean;
  readonly firewalld?: boolean;
}

/** Reads what the collector would: the state of the firewall. */
export async function readRaw(host: TestHost, wanted: Wanted = {}): Promise<Firewall> {
  const unless = (want: boolean | undefined, command: string) => (want === true ? command : 'true');
  const marker = '=====';
  const commands = [
    'nft -j list ruleset',
    'nft list ruleset',
    'iptables-save',
    'ip6tables-save',
    unless(wanted.ufw, 'ufw status verbose'),
    '. /etc/ufw/ufw.conf; echo $ENABLED',
    'cat /etc/ufw/user.rules',
    'cat /etc/ufw/user6.rules',
    'cat /etc/default/ufw',
    unless(wanted.firewalld, 'firewall-cmd --state'),
    unless(wanted.firewalld, 'firewall-cmd --get-default-zone'),
    unless(wanted.firewalld, 'firewall-cmd --get-active-zones'),
    unless(wanted.firewalld, 'firewall-cmd --list-all-zones'),
    unless(wanted.firewalld, 'firewall-cmd --permanent --list-all-zones'),
    'for u in ufw nftables firewalld netfilter-persistent iptables; do echo $u $(systemctl is-active $u) $(systemctl is-enabled $u); done',
    'cat /etc/nftables.conf',
    'ipset save',
  ];
  const output = await host.run(
    commands.map((command) => `{ ${command}; } 2>/dev/null; echo '${marker}'`).join('\n'),
  );
  const texts = output.split(`${marker}\n`).map((text) => text.replace(new RegExp(`\n?${marker}$`), ''));
  const text = (index: number) => texts[index] ?? '';
  const running = text(9).trim() === 'running';
  return {
    nftRulesetJson: text(0),
    nftRuleset: text(1),
    iptablesSave: text(2),
    ip6tablesSave: text(3),
    iptablesLegacySave: null,
    ipsetSave: text(16),
    ufw: {
      statusVerbose: text(4),
      enabled: text(5).trim() === 'yes',
      userRules: text(6),
      user6Rules: text(7),
      defaults: text(8),
    },
    firewalld: {
      running,
      defaultZone: text(10).trim(),
      activeZones: text(11),
      runtimeZones: text(12),
      permanentZones: text(13),
    },
    units: text(14)
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', active, enabled] = line.split(' ');
        return { name, active: active === 'active', enabled: enabled === 'enabled' };
      }),
    files: [{ path: '/etc/nftables.conf', text: text(15) }],
    installed: ['nft', 'iptables', 'ufw', 'firewalld'],
  };
}
