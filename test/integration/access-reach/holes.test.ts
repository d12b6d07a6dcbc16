import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notInspected } from '../../../shared/access/exposure.ts';
import { can } from '../../../shared/access/reach.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import { answers, inspect, remote, type Inspected } from './inspected.ts';

const index = 147;
const hba = '/etc/postgresql/15/main/pg_hba.conf';
const lines = [
  'local all postgres peer',
  'host all all 127.0.0.1/32 scram-sha-256',
  `host shop app 10.231.${index}.10/32 scram-sha-256`,
];

describe.skipIf(hostsAvailable() !== null)('a hole that is hidden on a host is found', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startHost({ suite: 'bookworm', name: 'rch1', index, running: true });
    await host.psql("create role app login password 'x'; create database shop");
    await host.psql("alter system set listen_addresses = '*'");
    await host.writeFile(hba, `${lines.join('\n')}\n`);
    await host.run('systemctl restart postgresql');
  });
  afterAll(async () => {
    await host.stop();
  });

  /** Sets the rules and the lines, and inspects the host as the program does. */
  async function seen(rules: {
    four?: string;
    six?: string;
    sets?: string;
    hba?: readonly string[];
  }): Promise<Inspected> {
    const table = (text: string | undefined) =>
      text ??
      '*filter\n:INPUT DROP\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -p ipv6-icmp -j ACCEPT\nCOMMIT\n';
    await host.writeFile('/root/v4', table(rules.four).replace('-A INPUT -p ipv6-icmp -j ACCEPT\n', ''));
    await host.writeFile('/root/v6', table(rules.six));
    await host.writeFile('/root/sets', rules.sets ?? '');
    await host.writeFile(hba, `${(rules.hba ?? lines).join('\n')}\n`);
    await host.run(
      'nft flush ruleset; ipset destroy; ipset restore < /root/sets; iptables-restore < /root/v4; ip6tables-restore < /root/v6',
    );
    await host.psql('select pg_reload_conf()');
    return inspect(host, '15/main');
  }

  const closed = (accept: string): string =>
    `*filter\n:INPUT DROP\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -p ipv6-icmp -j ACCEPT\n${accept}COMMIT\n`;
  const established = '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n';

  it('not where there is none', async () => {
    const four = closed(`${established}-A INPUT -s 10.231.${index}.10 -p tcp --dport 5432 -j ACCEPT\n`);
    const { report } = await seen({ four });
    expect(report.unknown).toEqual([]);
    const places = remote(report).map(({ from, roles, databases, hba: line }) => [
      from,
      roles,
      databases,
      line?.line,
    ]);
    expect(new Set(places.map((place) => JSON.stringify(place)))).toEqual(
      new Set([JSON.stringify([[`10.231.${index}.10`], ['app'], ['shop'], 3])]),
    );
    expect(await answers(`10.231.${index}.10`, host.address, 5432)).toBe(true);
    expect(await answers(`10.231.${index}.20`, host.address, 5432)).toBe(false);
  });

  it('IPv6 open while IPv4 is closed', async () => {
    const { report } = await seen({
      four: closed(established),
      six: '*filter\n:INPUT ACCEPT\nCOMMIT\n',
      hba: [...lines, 'host all all all md5'],
    });
    expect(remote(report).map(({ from }) => from.join())).toContain('::/0');
    expect(remote(report).every(({ from }) => from.every((text) => text.includes(':')))).toBe(true);
    expect(await answers(`fd99:231:${index}::1`, `fd99:231:${index}::2`, 5432)).toBe(true);
    expect(await answers(`10.231.${index}.10`, host.address, 5432)).toBe(false);
  });

  it('an earlier wide line of pg_hba.conf', async () => {
    const { ground, report } = await seen({
      four: closed(`${established}-A INPUT -p tcp --dport 5432 -j ACCEPT\n`),
      hba: ['local all postgres peer', 'host all +pg_monitor,app 10.0.0.0/8 trust', ...lines.slice(1)],
    });
    const wide = remote(report).filter(({ method }) => method === 'trust');
    expect(wide.map(({ from, hba: line }) => [from, line?.line])).toContainEqual([['10.0.0.0/8'], 2]);
    expect(report.lines.find(({ place }) => place.line === 4)?.state).toBe('shadowed');
    const question = {
      address: `10.231.${index}.20`,
      role: 'app',
      database: 'postgres',
      tls: null,
      port: null,
    };
    expect(can(ground, question)).toMatchObject({
      verdict: 'allowed',
      because: { line: 2 },
      method: 'trust',
    });
  });

  it('an ipset that holds half of the world', async () => {
    const { report } = await seen({
      sets: 'create offices hash:net family inet\nadd offices 0.0.0.0/1\nadd offices 192.168.7.0/24\n',
      four: closed(`${established}-A INPUT -p tcp --dport 5432 -m set --match-set offices src -j ACCEPT\n`),
      hba: [...lines.slice(0, 2), 'host shop app 0.0.0.0/0 scram-sha-256'],
    });
    const open = remote(report).filter(({ openToAll }) => openToAll);
    expect(open.map(({ from }) => from)).toContainEqual(['0.0.0.0/1', '192.168.7.0/24']);
    expect(open[0]?.firewallRule).toContain('--match-set offices src');
    expect(await answers(`10.231.${index}.20`, host.address, 5432)).toBe(true);
  });

  it('another port that a rule leads to the server', async () => {
    const nat =
      '*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp --dport 15432 -j REDIRECT --to-ports 5432\nCOMMIT\n';
    const { ground, report } = await seen({
      four: `${nat}${closed(`${established}-A INPUT -p tcp --dport 5432 -m conntrack --ctstate DNAT -j ACCEPT\n`)}`,
      hba: [...lines.slice(0, 2), 'host all app 0.0.0.0/0 trust'],
    });
    const found = remote(report).filter(({ to }) => to.port === 15_432);
    expect(found[0]).toMatchObject({ from: ['0.0.0.0/0'], redirectedTo: { port: 5432 }, method: 'trust' });
    expect(remote(report).filter(({ to }) => to.port === 5432)).toEqual([]);
    const question = { address: `10.231.${index}.20`, role: 'app', database: 'shop', tls: null };
    expect(can(ground, { ...question, port: 15_432 }).verdict).toBe('allowed');
    expect(can(ground, { ...question, port: 5432 })).toMatchObject({
      verdict: 'refused',
      because: { gate: 'firewall' },
    });
    expect(await answers(`10.231.${index}.20`, host.address, 15_432)).toBe(true);
    expect(await answers(`10.231.${index}.20`, host.address, 5432)).toBe(false);
  });

  it('the port of a second cluster', async () => {
    await host.run(
      'pg_createcluster 15 other -p 5433 >/dev/null && sed -i "s/^#listen_addresses.*/listen_addresses = \'*\'/" /etc/postgresql/15/other/postgresql.conf && pg_ctlcluster 15 other start',
    );
    const { report } = await seen({
      four: closed(`${established}-A INPUT -s 10.231.0.0/16 -p tcp --dport 5432:5440 -j ACCEPT\n`),
    });
    const other = report.network.filter(({ to }) => to.port === 5433);
    expect(other.map(({ from, method, process }) => [from, method, process])).toContainEqual([
      ['10.231.0.0/16'],
      notInspected,
      'postgres',
    ]);
    expect(await answers(`10.231.${index}.20`, host.address, 5433)).toBe(true);
  });
});
