import { describe, expect, test } from 'vitest';
import type { AnyCheck } from '../../../../shared/checks/define-check.ts';
import { networkChecks } from '../../../../shared/checks/network/index.ts';
import { absent } from '../../../../shared/facts/fact.ts';
import type { FactSet, FactValue } from '../../../../shared/facts/facts.ts';
import {
  bootstrapRole,
  fileStatus,
  folder,
  listener,
  role,
  setting,
  unixSocket,
} from '../../support/builders.ts';
import {
  configPath,
  configurationFile,
  hardenedFacts,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';
import { nftFirewall } from '../../support/hardened-firewall.ts';

const base = hardenedFacts();
const loopbackOnly = withSettings(base, { listen_addresses: 'localhost' });

function of(id: string): AnyCheck {
  const check = networkChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(id);
  return check;
}

/** `fail medium`, or the status. */
function outcome(id: string, facts: FactSet, parameters: unknown = {}): string {
  const { status, severity } = judge(of(id), facts, parameters);
  return status === 'fail' ? `fail ${severity}` : status;
}

type Row = [id: string, what: string, facts: FactSet, expected: string, parameters?: unknown];

const fileRow = (name: string, value: string, file = configPath, applied = true) => ({
  sourceFile: file,
  sourceLine: 1,
  name,
  value,
  applied,
  error: null,
});
const withFiles = (...rows: FactValue<'fileSettings'>) => withFact(base, 'fileSettings', rows);
const auto = '/var/lib/postgresql/15/main/postgresql.auto.conf';

describe('settings of connections', () => {
  const rows: Row[] = [
    ['tcp-keepalive', 'nothing set: two hours', withFiles(), 'fail low'],
    [
      'tcp-keepalive',
      'set with a unit',
      withFiles(fileRow('tcp_keepalives_idle', '5min'), fileRow('tcp_keepalives_count', '3')),
      'pass',
    ],
    [
      'tcp-keepalive',
      'the later line counts',
      withFiles(fileRow('tcp_keepalives_idle', '60'), fileRow('tcp_keepalives_idle', '7200')),
      'fail low',
    ],
    ['tcp-keepalive', 'nobody from elsewhere', withFact(loopbackOnly, 'fileSettings', []), 'not-applicable'],
    [
      'tcp-keepalive',
      'the files were not seen',
      { ...base, fileSettings: absent('no view') },
      'not-assessed',
    ],
    ['tcp-auth-timeout', 'the default', withSettings(base, { authentication_timeout: '60' }), 'pass'],
    ['tcp-auth-timeout', 'ten minutes', withSettings(base, { authentication_timeout: '600' }), 'fail low'],
    ['tcp-auth-timeout', 'not shown', withSettings(base, { authentication_timeout: null }), 'not-assessed'],
    [
      'tcp-connection-reserve',
      'none kept',
      withSettings(base, { superuser_reserved_connections: '0' }),
      'fail low',
    ],
    ['tcp-connection-reserve', 'very many', withSettings(base, { max_connections: '5000' }), 'fail low'],
    ['tcp-bonjour', 'on', withSettings(base, { bonjour: 'on' }), 'fail low'],
    ['tcp-port-documented', 'nothing agreed', withSettings(base, { port: '6543' }), 'pass'],
    [
      'tcp-port-documented',
      'another was agreed',
      withSettings(base, { port: '6543' }),
      'fail info',
      { ports: [5432] },
    ],
    ['hba-db-user-namespace', 'on', withSettings(base, { db_user_namespace: 'on' }), 'fail low'],
    ['hba-db-user-namespace', 'gone', withPart(base, 'cluster', { major: 17 }), 'not-applicable'],
    ['tcp-auth-delay', 'nothing', withSettings(base, { shared_preload_libraries: 'pgaudit' }), 'fail medium'],
    [
      'tcp-auth-delay',
      'loaded, and waits for nothing',
      withSettings(base, { 'auth_delay.milliseconds': '0' }),
      'fail medium',
    ],
    ['tcp-auth-delay', 'credcheck', withSettings(base, { shared_preload_libraries: 'credcheck' }), 'pass'],
    [
      'tcp-auth-delay',
      'fail2ban',
      withPart(withSettings(base, { shared_preload_libraries: '' }), 'system', {
        banningJails: ['postgresql'],
      }),
      'pass',
    ],
    [
      'tcp-auth-delay',
      'loopback',
      withSettings(loopbackOnly, { shared_preload_libraries: '' }),
      'not-applicable',
    ],
    [
      'conf-overrides',
      'twice the same',
      withFiles(fileRow('ssl', 'on', configPath, false), fileRow('ssl', 'on')),
      'pass',
    ],
    [
      'conf-overrides',
      'two values',
      withFiles(fileRow('ssl', 'on', configPath, false), fileRow('ssl', 'off')),
      'fail low',
    ],
    [
      'conf-overrides',
      'ALTER SYSTEM is the way of the server',
      withFiles(fileRow('ssl', 'on', configPath, false), fileRow('ssl', 'off', auto)),
      'pass',
    ],
    [
      'conf-overrides',
      'unless it is to count',
      withFiles(fileRow('ssl', 'on', configPath, false), fileRow('ssl', 'off', auto)),
      'fail low',
      { alterSystemCounts: true },
    ],
    [
      'conf-overrides',
      'the command line',
      withSettings(withFiles(fileRow('port', '5432')), { port: { value: '5433', source: 'command line' } }),
      'fail medium',
    ],
    [
      'conf-overrides',
      'where the files are',
      withSettings(withFiles(fileRow('hba_file', 'x')), { hba_file: { source: 'command line' } }),
      'pass',
    ],
  ];
  test.each(rows)('%s: %s', (id, _, facts, expected, parameters) => {
    expect(outcome(id, facts, parameters)).toBe(expected);
  });
});

describe('whether TCP is needed', () => {
  const local = 'local all all peer\n';
  const rows: Row[] = [
    ['tcp-listen-external', 'a rule needs it', base, 'pass'],
    [
      'tcp-listen-external',
      'no rule for others',
      withHba(base, `${local}host all all 127.0.0.1/32 scram-sha-256\n`),
      'fail medium',
    ],
    [
      'tcp-listen-external',
      'a rule that is never reached',
      withHba(base, 'host all all all reject\nhost all all 10.0.0.0/8 md5\n'),
      'fail medium',
    ],
    ['tcp-listen-external', 'loopback', withHba(loopbackOnly, local), 'pass'],
    ['tcp-listen-external', 'unreadable', withHba(base, null), 'not-assessed'],
    ['uds-only', 'loopback rules', withHba(loopbackOnly, 'host all all 127.0.0.1/32 md5\n'), 'pass'],
    ['uds-only', 'no TCP rule', withHba(loopbackOnly, local), 'fail medium'],
    [
      'uds-only',
      'rules for others, and nobody listens there',
      withHba(loopbackOnly, 'host all all 10.0.0.0/8 md5\n'),
      'fail medium',
    ],
    [
      'uds-only',
      'loopback is no reason',
      withHba(loopbackOnly, 'host all all 127.0.0.1/32 md5\n'),
      'fail medium',
      { loopbackCounts: false },
    ],
    ['uds-only', 'no TCP', withSettings(base, { listen_addresses: '' }), 'pass'],
  ];
  test.each(rows)('%s: %s', (id, _, facts, expected, parameters) => {
    expect(outcome(id, facts, parameters)).toBe(expected);
  });
});

describe('files with rules', () => {
  const loadedAt = '2026-11-20T03:00:00.500Z';
  const seconds = Math.floor(Date.parse(loadedAt) / 1000);
  const changed = (modifiedAt: number) =>
    withPart(
      withFact(
        base,
        'configurationFiles',
        valueOf(base, 'configurationFiles').map((file) => ({
          ...file,
          status: { ...file.status, modifiedAt: file.role === 'pg_hba.conf' ? modifiedAt : 1_700_000_000 },
        })),
      ),
      'server',
      { loadedAt },
    );
  const included = (mode: number, owner = 'postgres') =>
    withFact(base, 'configurationFiles', [
      ...valueOf(base, 'configurationFiles'),
      {
        ...configurationFile('include', '/etc/postgresql/15/main/readers', 'app\n'),
        status: fileStatus('/etc/postgresql/15/main/readers', { mode, owner }),
      },
    ]);
  const rows: Row[] = [
    ['hba-not-reloaded', 'older', changed(seconds - 5), 'pass'],
    ['hba-not-reloaded', 'in the same second', changed(seconds), 'pass'],
    ['hba-not-reloaded', 'newer', changed(seconds + 1), 'fail medium'],
    [
      'hba-not-reloaded',
      'the server does not tell',
      withPart(base, 'server', { loadedAt: '' }),
      'not-assessed',
    ],
    ['hba-includes', 'none', base, 'pass'],
    ['hba-includes', 'protected', included(0o644), 'pass'],
    ['hba-includes', 'open', included(0o666), 'fail high'],
    ['hba-includes', 'of its group', included(0o660), 'fail medium'],
    ['hba-includes', 'of another account', included(0o640, 'deploy'), 'fail medium'],
    [
      'hba-includes',
      'parts of postgresql.conf are no rules',
      withFact(included(0o666), 'fileSettings', [fileRow('ssl', 'on', '/etc/postgresql/15/main/readers')]),
      'pass',
    ],
  ];
  test.each(rows)('%s: %s', (id, _, facts, expected) => {
    expect(outcome(id, facts)).toBe(expected);
  });
});

describe('pg_ident.conf', () => {
  const roles = withFact(base, 'roles', [bootstrapRole(), role('shop_app')]);
  const using = withHba(roles, 'local all all peer map=m\n');
  const withIdent = (text: string | null, facts = using, problem: string | null = null): FactSet =>
    withFact(
      facts,
      'configurationFiles',
      valueOf(facts, 'configurationFiles').map((file) =>
        file.role === 'pg_ident.conf' ? configurationFile('pg_ident.conf', file.path, text, problem) : file,
      ),
    );
  const on16 = withPart(using, 'cluster', { major: 16 });
  const rows: Row[] = [
    ['ident-superuser-map', 'nobody', withIdent('m deploy shop_app\n'), 'pass'],
    ['ident-superuser-map', 'the server itself', withIdent('m postgres postgres\nm root postgres\n'), 'pass'],
    ['ident-superuser-map', 'another account', withIdent('m backup postgres\n'), 'fail high'],
    ['ident-superuser-map', 'a map that no rule uses', withIdent('other backup postgres\n'), 'fail low'],
    [
      'ident-superuser-map',
      'a pattern that takes the realm off',
      withIdent('m /^(.*)@EXAMPLE$ \\1\n'),
      'fail medium',
    ],
    [
      'ident-superuser-map',
      'a pattern that a superuser does not fit',
      withIdent('m /^(app_.*)$ \\1\n'),
      'pass',
    ],
    ['ident-superuser-map', 'all', withIdent('m backup all\n', on16), 'fail high'],
    ['ident-superuser-map', 'all is a name before 16', withIdent('m backup all\n'), 'pass'],
    [
      'ident-superuser-map',
      'without the catalog',
      { ...withIdent('m a b\n'), roles: absent('no login') },
      'not-assessed',
    ],
    ['ident-catch-all', 'a narrow pattern', withIdent('m /^app[0-9]+$ shop_app\n'), 'pass'],
    ['ident-catch-all', 'everybody', withIdent('m /.* shop_app\n'), 'fail medium'],
    ['ident-catch-all', 'everybody, anchored', withIdent('m /^(.*)$ shop_app\n'), 'fail medium'],
    ['ident-catch-all', 'the same name on both sides', withIdent('m /^(.*)$ \\1\n'), 'pass'],
    ['ident-catch-all', 'every role', withIdent('m backup all\n', on16), 'fail medium'],
    ['ident-errors', 'none', withIdent('m a b\n'), 'pass'],
    [
      'ident-errors',
      'a column missing',
      { ...withIdent('m a\n'), identView: absent('before 15') },
      'fail medium',
    ],
    [
      'ident-errors',
      'what the server says counts',
      withFact(withIdent('m a b\n'), 'identView', [
        { file: null, line: 1, map: null, systemUser: null, databaseUser: null, error: 'bad' },
      ]),
      'fail medium',
    ],
    [
      'ident-errors',
      'not readable',
      { ...withIdent(null, using, 'denied'), identView: absent('before 15') },
      'not-assessed',
    ],
  ];
  test.each(rows)('%s: %s', (id, _, facts, expected) => {
    expect(outcome(id, facts)).toBe(expected);
  });
});

describe('places of sockets', () => {
  const socketIn = (directory: string, status: ReturnType<typeof folder>, mode = 0o777) =>
    unixSocket({
      directory,
      socket: fileStatus(`${directory}/.s.PGSQL.5432`, { type: 'socket', mode }),
      folders: [folder('/'), status],
    });
  const app = folder('/run/pg-app', { mode: 0o750, owner: 'postgres', group: 'deploy' });
  const dba = folder('/run/pg-dba', { mode: 0o700, owner: 'postgres', group: 'postgres' });
  const sockets = (...list: FactValue<'unixSockets'>) => withFact(base, 'unixSockets', list);
  const files = (parts: Partial<FactValue<'socketFiles'>>) => withPart(base, 'socketFiles', parts);
  const member = withPart(base, 'accounts', {
    groups: [{ name: 'postgres', gid: 118, members: ['backup'] }],
  });
  const rows: Row[] = [
    ['uds-abstract', 'a folder', base, 'pass'],
    ['uds-abstract', 'set so', withSettings(base, { unix_socket_directories: '@pg' }), 'fail high'],
    ['uds-abstract', 'listening', files({ abstract: ['@pg/.s.PGSQL.5432'] }), 'fail high'],
    ['uds-abstract', 'of another port', files({ abstract: ['@pg/.s.PGSQL.5499'] }), 'pass'],
    ['uds-tmp-spoof', 'its own folder', base, 'pass'],
    ['uds-tmp-spoof', '/tmp', sockets(socketIn('/tmp', folder('/tmp', { mode: 0o1777 }))), 'fail medium'],
    ['uds-tmp-spoof', 'no folder seen', sockets(socketIn('/x', folder('/x', { type: 'missing' }))), 'pass'],
    ['uds-tmp-spoof', 'no socket', sockets(), 'not-applicable'],
    ['uds-group', 'nobody else', base, 'pass'],
    ['uds-group', 'somebody, by chance', member, 'fail medium'],
    ['uds-group', 'somebody, as meant', withSettings(member, { unix_socket_group: 'postgres' }), 'pass'],
    ['uds-multiple-sockets', 'one', base, 'pass'],
    [
      'uds-multiple-sockets',
      'each its own',
      sockets(socketIn('/run/pg-app', app), socketIn('/run/pg-dba', dba)),
      'pass',
    ],
    [
      'uds-multiple-sockets',
      'both alike',
      sockets(socketIn('/run/pg-dba', dba), socketIn('/run/two', { ...dba, path: '/run/two' })),
      'fail medium',
    ],
    [
      'uds-multiple-sockets',
      'one open to all',
      sockets(
        socketIn('/run/pg-dba', dba),
        unixSocket({ socket: fileStatus('/run/s', { type: 'socket', mode: 0o777 }) }),
      ),
      'fail medium',
    ],
    [
      'uds-multiple-sockets',
      'an ACL',
      sockets(socketIn('/run/pg-app', { ...app, hasAcl: true }), socketIn('/run/pg-dba', dba)),
      'manual',
    ],
    ['uds-stale', 'all alive', base, 'pass'],
    [
      'uds-stale',
      'a socket without a server',
      files({ sockets: [{ path: '/tmp/.s.PGSQL.5433', listening: false }] }),
      'fail low',
    ],
    [
      'uds-stale',
      'a lock alone',
      files({ locks: [{ path: '/tmp/.s.PGSQL.5433.lock', pid: 9, running: false }] }),
      'fail low',
    ],
    ['uds-stale', 'not looked at', { ...base, socketFiles: absent('older facts') }, 'not-assessed'],
  ];
  test.each(rows)('%s: %s', (id, _, facts, expected) => {
    expect(outcome(id, facts)).toBe(expected);
  });
});

describe('the firewall around it', () => {
  const firewall = (value: FactValue<'firewall'>, facts = base) => withFact(facts, 'firewall', value);
  const open = nftFirewall({ policy: 'accept', postgres: [null] });
  const closed = nftFirewall({ policy: 'drop', postgres: ['10.20.30.0/24'] });
  const six = withFact(base, 'interfaces', [
    ...valueOf(base, 'interfaces'),
    { name: 'eth0', address: '2001:db8::5', prefix: 64 },
  ]);
  const noSsh = {
    ...closed,
    nftRulesetJson: (closed.nftRulesetJson ?? '').replaceAll('"right":22', '"right":2222'),
  };
  const ip4only = {
    ...closed,
    nftRulesetJson: (closed.nftRulesetJson ?? '').replaceAll('"family":"inet"', '"family":"ip"'),
  };
  const heard = (address: string, port: number, process: string | null, facts = base) =>
    withFact(facts, 'listeners', [...valueOf(base, 'listeners'), listener(address, port, process)]);
  const published = {
    ...closed,
    nftRuleset: `${closed.nftRuleset ?? ''} tcp dport 5432 dnat to 172.17.0.2:5432\n`,
  };
  const rows: Row[] = [
    ['fw-admin-path', 'let in', base, 'pass'],
    ['fw-admin-path', 'shut out', firewall(noSsh), 'fail critical'],
    ['fw-admin-path', 'not over SSH', withPart(base, 'system', { sshConnection: null }), 'not-applicable'],
    ['fw-admin-path', 'older facts', withPart(base, 'system', { sshConnection: undefined }), 'not-assessed'],
    ['fw-ipv6', 'no IPv6', base, 'pass'],
    ['fw-ipv6', 'alike', firewall(closed, six), 'pass'],
    ['fw-ipv6', 'rules for IPv4 only', firewall(ip4only, six), 'fail high'],
    [
      'fw-ipv6',
      'no firewall',
      firewall({ ...closed, nftRulesetJson: '{"nftables":[]}', nftRuleset: '' }, six),
      'not-applicable',
    ],
    ['fw-ipv6', 'addresses not known', { ...base, interfaces: absent('no ip') }, 'not-assessed'],
    ['fw-companions', 'none', base, 'pass'],
    ['fw-companions', 'a pooler behind the firewall', heard('0.0.0.0', 6432, 'pgbouncer'), 'pass'],
    [
      'fw-companions',
      'a pooler in the open',
      heard('0.0.0.0', 6432, 'pgbouncer', firewall(open)),
      'fail medium',
    ],
    ['fw-companions', 'Patroni in python', heard('10.20.30.5', 8008, 'python3', firewall(open)), 'fail high'],
    ['fw-companions', 'loopback', heard('127.0.0.1', 6432, 'pgbouncer', firewall(open)), 'pass'],
    [
      'fw-companions',
      'meant so',
      heard('0.0.0.0', 6432, 'pgbouncer', firewall(open)),
      'pass',
      { acceptedPorts: [6432] },
    ],
    ['fw-companions', 'another program on that port', heard('0.0.0.0', 6432, 'sshd', firewall(open)), 'pass'],
    ['fw-persistent', 'the same', base, 'pass'],
    [
      'fw-persistent',
      'other rules are stored',
      firewall({ ...closed, nftAtBootJson: open.nftRulesetJson }),
      'fail medium',
    ],
    [
      'fw-persistent',
      'not loaded',
      firewall({ ...closed, units: [{ name: 'nftables', active: true, enabled: false }] }),
      'fail medium',
    ],
    ['fw-persistent', 'not tried', firewall({ ...closed, nftAtBootJson: null }), 'not-assessed'],
    [
      'fw-persistent',
      'no rules',
      firewall({ ...closed, nftRulesetJson: '{"nftables":[]}' }),
      'not-applicable',
    ],
    ['fw-conflicts', 'one', base, 'pass'],
    [
      'fw-conflicts',
      'two at boot',
      firewall({
        ...closed,
        units: [
          { name: 'nftables', active: true, enabled: true },
          { name: 'firewalld', active: false, enabled: true },
        ],
      }),
      'fail medium',
    ],
    ['fw-conflicts', 'a container', firewall(published), 'fail medium'],
    [
      'fw-conflicts',
      'a container with another port',
      firewall(published, withSettings(base, { port: '5433' })),
      'pass',
    ],
    ['fw-egress', 'by the account', base, 'pass'],
    ['fw-egress', 'nothing', firewall(closed), 'fail low'],
    [
      'fw-egress',
      'by its number',
      firewall({ ...closed, iptablesSave: '-A OUTPUT -m owner --uid-owner 110 -j REJECT' }),
      'pass',
    ],
    [
      'fw-egress',
      'another account',
      firewall({ ...closed, iptablesSave: '-A OUTPUT -m owner --uid-owner 1100 -j REJECT' }),
      'fail low',
    ],
    [
      'fw-egress',
      'all of them',
      firewall({ ...closed, iptablesSave: '*filter\n:OUTPUT DROP [0:0]' }),
      'pass',
    ],
  ];
  test.each(rows)('%s: %s', (id, _, facts, expected, parameters) => {
    expect(outcome(id, facts, parameters)).toBe(expected);
  });
});

describe('accounts by SSH', () => {
  const sshd = (settings: Record<string, string[]>, accounts?: FactValue<'sshd'>['accounts']) =>
    withPart(base, 'sshd', {
      settings: { ...valueOf(base, 'sshd').settings, ...settings },
      ...(accounts === undefined ? {} : { accounts }),
    });
  const two = (facts: FactSet) =>
    withPart(facts, 'accounts', {
      users: [
        ...valueOf(base, 'accounts').users,
        { name: 'tunnel', uid: 1001, gid: 1001, shell: '/usr/sbin/nologin' },
      ],
    });
  const limited = {
    allowtcpforwarding: ['local'],
    permitopen: ['127.0.0.1:5432', 'localhost:5432'],
    permittty: ['no'],
  };
  const owner = (parts: Partial<FactValue<'ownerAccount'>>, facts = base) =>
    withPart(facts, 'ownerAccount', parts);
  const key = { keyFiles: [{ path: '/var/lib/postgresql/.ssh/authorized_keys', keys: 1 }] };
  const rows: Row[] = [
    ['ssh-forwarding-limited', 'the administrator alone', base, 'pass'],
    [
      'ssh-forwarding-limited',
      'another, everywhere',
      two(sshd({}, [{ name: 'tunnel', settings: {} }])),
      'fail low',
    ],
    [
      'ssh-forwarding-limited',
      'one for tunnels, everywhere',
      two(sshd({}, [{ name: 'tunnel', settings: { permittty: ['no'] } }])),
      'fail medium',
    ],
    [
      'ssh-forwarding-limited',
      'to PostgreSQL',
      two(sshd({}, [{ name: 'tunnel', settings: limited }])),
      'pass',
    ],
    [
      'ssh-forwarding-limited',
      'to another port',
      two(sshd({}, [{ name: 'tunnel', settings: { ...limited, permitopen: ['127.0.0.1:54321'] } }])),
      'fail medium',
    ],
    [
      'ssh-forwarding-limited',
      'switched off',
      two(sshd({ disableforwarding: ['yes'] }, [{ name: 'tunnel', settings: {} }])),
      'pass',
    ],
    [
      'ssh-forwarding-limited',
      'meant so',
      two(sshd({}, [{ name: 'tunnel', settings: {} }])),
      'pass',
      { administrators: ['tunnel'] },
    ],
    [
      'ssh-forwarding-limited',
      'older facts',
      withPart(base, 'sshd', { accounts: undefined }),
      'not-assessed',
    ],
    ['ssh-forwarding-limited', 'no sshd', withPart(base, 'sshd', { running: false }), 'not-applicable'],
    ['ssh-postgres-account', 'locked', base, 'pass'],
    ['ssh-postgres-account', 'a key', owner(key), 'fail medium'],
    [
      'ssh-postgres-account',
      'a key, and sshd refuses',
      owner(key, sshd({ denyusers: ['postgres'] })),
      'pass',
    ],
    [
      'ssh-postgres-account',
      'a key, and others are allowed',
      owner(key, sshd({ allowusers: ['deploy', 'adm*'] })),
      'pass',
    ],
    [
      'ssh-postgres-account',
      'a key, and it is allowed',
      owner(key, sshd({ allowusers: ['post*@10.0.0.0/8'] })),
      'fail medium',
    ],
    [
      'ssh-postgres-account',
      'a key that sshd does not take',
      owner(key, sshd({ pubkeyauthentication: ['no'] })),
      'pass',
    ],
    [
      'ssh-postgres-account',
      'a password',
      owner({ password: 'set' }, sshd({ passwordauthentication: ['yes'] })),
      'fail medium',
    ],
    ['ssh-postgres-account', 'no shell', owner({ ...key, shell: '/usr/sbin/nologin' }), 'pass'],
    ['ssh-postgres-account', 'its password was not seen', owner({ password: 'unknown' }), 'not-assessed'],
  ];
  test.each(rows)('%s: %s', (id, _, facts, expected, parameters) => {
    expect(outcome(id, facts, parameters)).toBe(expected);
  });
});

test('the setting that another is about is what the evidence shows', () => {
  const finding = judge(of('tcp-bonjour'), withSettings(base, { bonjour: setting('bonjour', 'on') }));
  expect(finding.subjects).toEqual([{ kind: 'setting', name: 'bonjour' }]);
});
