import { expect, it } from 'vitest';
import {
  databaseCount,
  parseClusters,
  socketPaths,
  splitList,
} from '../../../main/postgres/parse-clusters.ts';

const record = (fields: Record<string, string>) =>
  `cluster\n${Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\nend\n`;

it('reads a Debian cluster as another account sees it', () => {
  const text = `${record({
    name: '15/main',
    data: '/var/lib/postgresql/15/main',
    config: '/etc/postgresql/15/main/postgresql.conf',
    hba: '/etc/postgresql/15/main/pg_hba.conf',
    ident: '/etc/postgresql/15/main/pg_ident.conf',
    port: '5432',
    sockets: '/var/run/postgresql',
    first: '',
    pid: '51',
    owner: 'postgres',
    unit: 'postgresql@15-main.service',
    origin: 'process',
    version: '',
    bin: '/usr/lib/postgresql/15/bin',
    psql: '/usr/lib/postgresql/15/bin/psql',
  })}socket=/run/postgresql/.s.PGSQL.5432\n`;
  expect(parseClusters(text)).toEqual([
    {
      id: '15/main',
      name: '15/main',
      major: 15,
      port: 5432,
      dataDirectory: '/var/lib/postgresql/15/main',
      owner: 'postgres',
      running: true,
      socketDirectories: ['/var/run/postgresql'],
      configFile: '/etc/postgresql/15/main/postgresql.conf',
      hbaFile: '/etc/postgresql/15/main/pg_hba.conf',
      identFile: '/etc/postgresql/15/main/pg_ident.conf',
      binDirectory: '/usr/lib/postgresql/15/bin',
      psql: '/usr/lib/postgresql/15/bin/psql',
      service: { kind: 'systemd', unit: 'postgresql@15-main.service' },
      origin: 'pg_lsclusters',
      managedBy: null,
    },
  ]);
});

it('reads a red-hat layout, a process in a login session, and a socket without a process', () => {
  const text = [
    record({
      data: '/var/lib/pgsql/16/data',
      port: '5432',
      owner: 'postgres',
      unit: 'postgresql-16.service',
      version: '16',
      origin: 'layout',
      managed: 'Patroni',
    }),
    record({
      data: '/home/me/db',
      port: '5500',
      pid: '7',
      owner: 'me',
      unit: 'user@1000.service',
      exe: '/opt/pgsql-17/bin/postgres',
      first: '/tmp',
      sockets: '/run/x',
    }),
    'socket=/tmp/.s.PGSQL.5500\nsocket=/srv/sockets/.s.PGSQL.6000\n',
  ].join('');
  const clusters = parseClusters(text);
  expect(
    clusters.map((one) => [one.id, one.origin, one.major, one.running, one.service, one.managedBy]),
  ).toEqual([
    ['/home/me/db', 'process', 17, true, { kind: 'pg_ctl' }, null],
    ['/srv/sockets/.s.PGSQL.6000', 'socket', 0, true, { kind: 'pg_ctl' }, null],
    [
      '/var/lib/pgsql/16/data',
      'layout',
      16,
      false,
      { kind: 'systemd', unit: 'postgresql-16.service' },
      'Patroni',
    ],
  ]);
  expect(socketPaths(clusters[0] ?? raise())).toEqual(['/tmp/.s.PGSQL.5500']);
  expect(socketPaths(clusters[1] ?? raise())).toEqual(['/srv/sockets/.s.PGSQL.6000']);
});

it('leaves out what is not whole or not sane', () => {
  const text = [
    record({ data: 'relative', port: '1' }),
    record({ data: '/x', port: '99999' }),
    record({ data: '/y', port: '5432; reboot' }),
    record({ data: '/twice', port: '1' }),
    record({ data: '/twice', port: '2' }),
    record({ data: '/unit', port: '3', unit: 'x.service; reboot' }),
    'cluster\ndata=/half\nport=1\n',
  ].join('');
  expect(parseClusters(text).map((one) => [one.id, one.service.kind])).toEqual([
    ['/twice', 'pg_ctl'],
    ['/unit', 'pg_ctl'],
  ]);
});

it('counts the databases of a cluster', () => {
  const text =
    record({ name: '', databases: '3', data: '/a', port: '1' }) +
    record({ name: '', databases: '7', data: '/b', port: '2' });
  expect([databaseCount(text, '/a'), databaseCount(text, '/b'), databaseCount(text, '/c')]).toEqual([
    3, 7, 0,
  ]);
});

it('splits lists with quotes', () => {
  expect(splitList(`/run/postgresql, "/tmp/a, b" ,"/x""y",`)).toEqual([
    '/run/postgresql',
    '/tmp/a, b',
    '/x"y',
  ]);
});

function raise(): never {
  throw new Error('missing');
}
