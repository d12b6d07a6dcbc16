import { connect } from 'node:net';
import type { TestHost } from '../../hosts/hosts.ts';

/** Ports of programs beside PostgreSQL, under the names that these have in the list of processes. */
const companions = [
  { port: 6432, process: 'pgbouncer' },
  // Patroni is seen as its interpreter: it is known by its port.
  { port: 8008, process: 'python3' },
  { port: 2379, process: 'etcd' },
  { port: 9187, process: 'postgres_exporter' },
] as const;

/** A unit for each that listens on every address, and tells its name to whoever comes. */
export const startCompanions = `cat > /root/companion.pl <<'PROGRAM'
use IO::Socket::IP;
my ($port, $name) = @ARGV;
$0 = $name;
my $socket = IO::Socket::IP->new(LocalHost => '::', LocalPort => $port, V6Only => 0, Listen => 16, ReuseAddr => 1) or die;
while (my $client = $socket->accept) { print $client "$name\n"; close $client }
PROGRAM
${companions.map(({ port, process }) => `systemd-run -q --collect --unit companion-${port} perl /root/companion.pl ${port} ${process}`).join('\n')}
for port in ${companions.map(({ port }) => port).join(' ')}; do
  for try in 1 2 3 4 5 6 7 8 9 10; do if ss -Hltn "sport = :$port" | grep -q .; then break; fi; sleep 0.1; done
done`;

export const stopCompanions = companions.map(({ port }) => `systemctl stop companion-${port}`).join('\n');

/** What a port tells somebody who comes from an address of this side: its program, or `shut`. */
function greeting(host: TestHost, port: number, from: 10 | 20): Promise<string> {
  const network = host.address.replace(/\.\d+$/, '');
  return new Promise((resolve) => {
    const socket = connect({ host: host.address, port, localAddress: `${network}.${from}`, timeout: 1500 });
    const end = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (data: Buffer) => end(data.toString('latin1').trim()));
    socket.on('timeout', () => end('shut'));
    socket.on('error', () => end('shut'));
    socket.on('close', () => end('nothing'));
  });
}

async function greetings(host: TestHost, from: 10 | 20): Promise<string> {
  const told = await Promise.all(companions.map(({ port }) => greeting(host, port, from)));
  return told.join(' ');
}

/** What the companions tell the addresses .10 and .20 of this side. */
export const companionsSeen = async (host: TestHost): Promise<Record<string, string>> => ({
  'beside PostgreSQL from .10': await greetings(host, 10),
  'beside PostgreSQL from .20': await greetings(host, 20),
});

/** That while a firewall lets only .10 through to them. */
export const companionsClosed = {
  'beside PostgreSQL from .10': companions.map(({ process }) => process).join(' '),
  'beside PostgreSQL from .20': companions.map(() => 'shut').join(' '),
} as const;
