import { describe, expect, test } from 'vitest';
import { networkChecks } from '../../../../shared/checks/network/index.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { AnyFix, Answers } from '../../../../shared/fixes/define-fix.ts';
import { firewallAtBoot } from '../../../../shared/fixes/network/firewall-at-boot.ts';
import {
  disableBrokenMaps,
  noCatchAllMaps,
  noSuperuserMaps,
} from '../../../../shared/fixes/network/ident-maps.ts';
import { limitTunnels, refuseServerAccount } from '../../../../shared/fixes/network/ssh-accounts.ts';
import { listenOnChosen } from '../../../../shared/fixes/network/listen.ts';
import { socketFolders } from '../../../../shared/fixes/network/socket-folders.ts';
import { socketForGroup } from '../../../../shared/fixes/network/sockets.ts';
import {
  delayGuessing,
  dropDeadClients,
  reloadNow,
  reservePlaces,
  shortLoginTime,
} from '../../../../shared/fixes/network/tcp-settings.ts';
import { absent } from '../../../../shared/facts/fact.ts';
import { fileStatus, folder, unixSocket } from '../../support/builders.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';
import {
  configurationFile,
  hardenedFacts,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';

const base = hardenedFacts();

/** What the first check of a fix says once its operations ran. */
function settled(fix: AnyFix, facts: FactSet, answers: Answers = {}): string {
  const tried = tryFix(fix, facts, networkChecks);
  const after = afterOperations(facts, operationsOf(tried.plan(answers)));
  const check = networkChecks.find(({ id }) => id === tried.finding.check);
  return check === undefined ? 'no check' : judge(check, after).status;
}

function withIdent(text: string): FactSet {
  const using = withHba(base, 'local all all peer map=m\n');
  return withFact(
    using,
    'configurationFiles',
    valueOf(using, 'configurationFiles').map((file) =>
      file.role === 'pg_ident.conf' ? configurationFile('pg_ident.conf', file.path, text) : file,
    ),
  );
}

const cases: [string, AnyFix, FactSet, Answers?][] = [
  ['dead clients', dropDeadClients, withFact(base, 'fileSettings', [])],
  ['the time to log in', shortLoginTime, withSettings(base, { authentication_timeout: '600' })],
  [
    'places for superusers',
    reservePlaces,
    withSettings(base, { superuser_reserved_connections: { value: '0', context: 'postmaster' } }),
  ],
  [
    'guessing',
    delayGuessing,
    withFact(
      withSettings(base, { shared_preload_libraries: 'pgaudit', 'auth_delay.milliseconds': null }),
      'availableExtensions',
      [{ name: 'dblink', version: '1.2' }],
    ),
  ],
  ['a file that was not loaded', reloadNow, withPart(base, 'server', { loadedAt: '2020-01-01T00:00:00Z' })],
  ['a map to a superuser', noSuperuserMaps, withIdent('m backup postgres\n')],
  ['a map for everybody', noCatchAllMaps, withIdent('m /.* shop_app\n')],
  ['a broken map', disableBrokenMaps, { ...withIdent('m a\n'), identView: absent('before 15') }],
  [
    'a map that the server itself finds broken',
    disableBrokenMaps,
    withFact(withIdent('m a\n'), 'identView', [
      { file: null, line: 1, map: null, systemUser: null, databaseUser: null, error: 'missing entry' },
    ]),
  ],
  [
    'listening for nobody',
    listenOnChosen,
    withHba(base, 'local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n'),
  ],
  [
    'a group by chance',
    socketForGroup,
    withPart(base, 'accounts', {
      groups: [
        { name: 'postgres', gid: 118, members: ['backup'] },
        { name: 'ssl-cert', gid: 117, members: ['postgres'] },
      ],
    }),
    { group: 'postgres' },
  ],
];

test.each(cases)('%s', (_, fix, facts, answers) => {
  expect(settled(fix, facts, answers)).toBe('pass');
});

describe('what they leave alone', () => {
  test('other libraries stay loaded', () => {
    const facts = withFact(
      withSettings(base, { shared_preload_libraries: 'pgaudit', 'auth_delay.milliseconds': null }),
      'availableExtensions',
      [{ name: 'dblink', version: '1.2' }],
    );
    expect(operationsOf(tryFix(delayGuessing, facts, networkChecks).plan())[0]).toMatchObject({
      name: 'shared_preload_libraries',
      value: 'pgaudit, auth_delay',
    });
    const without = withFact(facts, 'availableExtensions', []);
    expect(tryFix(delayGuessing, without, networkChecks).refused).toContain('not installed');
  });

  test('the number of connections is for a person to say', () => {
    const many = withSettings(base, { max_connections: '5000' });
    expect(tryFix(reservePlaces, many, networkChecks).refused).toContain('only you can tell');
  });

  test('the only way in for nobody: no TCP at all', () => {
    const local = withHba(withSettings(base, { listen_addresses: 'localhost' }), 'local all all peer\n');
    const tried = tryFix(listenOnChosen, local, networkChecks);
    expect(tried.finding.check).toBe('uds-only');
    expect(operationsOf(tried.plan())).toMatchObject([{ name: 'listen_addresses', value: '' }]);
  });

  test('other maps', () => {
    const facts = withIdent('m deploy shop_app\nm backup postgres\n');
    expect(operationsOf(tryFix(noSuperuserMaps, facts, networkChecks).plan())).toMatchObject([
      { kind: 'hba', file: '/etc/postgresql/15/main/pg_ident.conf', edits: [{ kind: 'disable', line: 2 }] },
    ]);
  });
});

describe('accounts by SSH', () => {
  const people = withPart(base, 'accounts', {
    users: [
      ...valueOf(base, 'accounts').users,
      { name: 'tunnel', uid: 1001, gid: 1001, shell: '/usr/sbin/nologin' },
      { name: 'anna', uid: 1002, gid: 1002, shell: '/bin/bash' },
    ],
  });
  const keys = withPart(people, 'sshd', { accountsWithKeys: ['deploy', 'tunnel', 'anna'] });
  const content = (facts: FactSet, answers: Answers = {}): string => {
    const [operation] = operationsOf(tryFix(limitTunnels, facts, networkChecks).plan(answers));
    return operation?.kind === 'file' ? (operation.content ?? '') : '';
  };

  test('an account for tunnels, and what its clients write', () => {
    expect(settled(limitTunnels, keys)).toBe('pass');
    const text = content(keys);
    expect(text).toContain(
      'Match User tunnel\n  AllowTcpForwarding local\n  PermitOpen 127.0.0.1:5432 localhost:5432',
    );
    expect(text).toMatch(/Match User tunnel\n(  .*\n)*  PermitTTY no\n  ForceCommand \/usr\/sbin\/nologin/);
    expect(text).toMatch(/Match User anna\n(  .*\n)*Match all\n$/);
    expect(text.split('Match User anna')[1]).not.toContain('PermitTTY');
    for (const hint of ['LocalForward 5433 127.0.0.1:5432', 'ssh -N db1-postgres', 'pgAdmin', 'DBeaver'])
      expect(text).toContain(hint);
    expect(text).not.toMatch(/^Match User .*(deploy|root)/m);
  });

  test('a server without TCP is reached by its socket', () => {
    const text = content(withSettings(keys, { listen_addresses: '' }));
    expect(text).toContain('AllowStreamLocalForwarding local');
    expect(text).toContain('LocalForward 5433 /var/run/postgresql/.s.PGSQL.5432');
    expect(text).not.toContain('PermitOpen');
  });

  test('hostile names reach neither a line nor a comment', () => {
    const odd = withPart(keys, 'system', { hostname: 'db1\nPermitRootLogin yes' });
    expect(content(odd)).not.toContain('PermitRootLogin');
    const named = withPart(keys, 'accounts', {
      users: [...valueOf(keys, 'accounts').users, { name: 'a,*', uid: 1003, gid: 1003, shell: '/bin/sh' }],
    });
    expect(tryFix(limitTunnels, named, networkChecks).refused).toContain('cannot be written');
  });

  test('the account of the server, unless it is your own', () => {
    const facts = withPart(base, 'ownerAccount', { password: 'locked', keyFiles: [{ path: '/k', keys: 1 }] });
    expect(settled(refuseServerAccount, facts)).toBe('pass');
    const own = withPart(facts, 'system', { loginUser: 'postgres' });
    expect(tryFix(refuseServerAccount, own, networkChecks).refused).toContain('logged in as this account');
  });
});

describe('socket-folders', () => {
  const inTmp = unixSocket({
    directory: '/tmp',
    socket: fileStatus('/tmp/.s.PGSQL.5432', { type: 'socket', mode: 0o777 }),
    folders: [folder('/'), folder('/tmp', { mode: 0o1777 })],
  });
  const both = withFact(
    withSettings(base, {
      unix_socket_directories: { value: '/var/run/postgresql, /tmp', context: 'postmaster' },
      unix_socket_permissions: { value: '0777', context: 'postmaster' },
    }),
    'unixSockets',
    [unixSocket(), inTmp],
  );

  test('leaves the folder that every account uses', () => {
    const tried = tryFix(socketFolders, both, networkChecks);
    expect(tried.finding.check).toBe('uds-tmp-spoof');
    expect(operationsOf(tried.plan())).toMatchObject([
      { kind: 'setting', name: 'unix_socket_directories', value: '/var/run/postgresql' },
    ]);
    expect(settled(socketFolders, both)).toBe('pass');
  });

  test('makes a folder for a group, closed to all others, and closes that of the administrator', () => {
    const tried = tryFix(socketFolders, both, networkChecks);
    expect(tried.choices).toMatchObject([{ key: 'groups', options: [{ value: 'deploy', chosen: false }] }]);
    const operations = operationsOf(tried.plan({ groups: 'deploy' }));
    const [file] = operations;
    expect(file?.kind === 'file' && file.content).toContain(
      'd /run/postgresql 2750 postgres postgres -\nd /run/postgresql-deploy 0750 postgres deploy -\n',
    );
    expect(operations.slice(1)).toMatchObject([
      { kind: 'file-mode', path: '/run/postgresql', mode: 0o2750 },
      { name: 'unix_socket_directories', value: '/var/run/postgresql, /run/postgresql-deploy' },
      { name: 'unix_socket_permissions', value: '0777' },
    ]);
    expect(tried.safe).toBe(false);
  });

  test('from /tmp alone, or from no folder at all, to the usual one', () => {
    const tmp = withFact(both, 'unixSockets', [inTmp]);
    const alone = withSettings(tmp, { unix_socket_directories: '/tmp' });
    const abstract = withSettings(withFact(both, 'unixSockets', []), { unix_socket_directories: '@pg' });
    for (const facts of [alone, abstract]) {
      expect(operationsOf(tryFix(socketFolders, facts, networkChecks).plan())).toMatchObject([
        { kind: 'file', content: expect.stringContaining('d /run/postgresql 2775') as string },
        { name: 'unix_socket_directories', value: '/run/postgresql' },
      ]);
    }
  });

  test('does not close its own way in', () => {
    const own = withPart(both, 'server', { connection: 'socket' });
    expect(tryFix(socketFolders, own, networkChecks).plan({ groups: 'deploy' })).toMatchObject({ ok: false });
    const bare = withPart(both, 'system', { systemd: false });
    expect(tryFix(socketFolders, bare, networkChecks).refused).toContain('Without systemd');
  });
});

describe('firewall-at-boot', () => {
  const off = { nftables: false, ufw: false, firewalld: false, 'netfilter-persistent': false };
  const units = Object.entries(off).map(([name, enabled]) => ({ name, active: true, enabled }));
  const nft = withPart(base, 'firewall', { units });

  test('stores what is in force and changes nothing of it', () => {
    const tried = tryFix(firewallAtBoot, nft, networkChecks);
    expect(tried.safe).toBe(true);
    const [operation] = operationsOf(tried.plan());
    expect(operation).toMatchObject({
      manager: 'nft',
      rulesStay: true,
      files: ['/etc/nftables.conf'],
      expects: ['fw-persistent'],
    });
    expect(valueOf(afterOperations(nft, operation === undefined ? [] : [operation]), 'firewall')).toEqual(
      valueOf(nft, 'firewall'),
    );
  });

  test('is not offered where nothing would load it', () => {
    const iptables = withPart(nft, 'firewall', {
      nftRulesetJson: null,
      nftAtBootJson: null,
      installed: ['iptables'],
      iptablesSave:
        '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT',
      ip6tablesSave: '',
    });
    expect(tryFix(firewallAtBoot, iptables, networkChecks).refused).toContain('iptables-persistent');
    const services = (names: readonly string[]) =>
      withPart(iptables, 'firewall', {
        units: names.map((name) => ({ name, active: false, enabled: false })),
      });
    // Both units of iptables-services, as on Red Hat; the one without the other loads half of the rules.
    expect(
      operationsOf(tryFix(firewallAtBoot, services(['iptables', 'ip6tables']), networkChecks).plan()),
    ).toMatchObject([
      {
        manager: 'iptables',
        commands: [
          'mkdir -p /etc/sysconfig',
          'iptables-save > /etc/sysconfig/iptables',
          'ip6tables-save > /etc/sysconfig/ip6tables',
          'systemctl --quiet enable iptables.service',
          'systemctl --quiet enable ip6tables.service',
        ],
        files: ['/etc/sysconfig/iptables', '/etc/sysconfig/ip6tables'],
      },
    ]);
    expect(tryFix(firewallAtBoot, services(['iptables']), networkChecks).refused).toContain(
      'iptables-services',
    );
    const mixed = withPart(nft, 'firewall', { nftRuleset: 'xt match "conntrack"' });
    expect(tryFix(firewallAtBoot, mixed, networkChecks).refused).toContain('by hand');
  });
});
