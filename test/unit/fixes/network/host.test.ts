import { describe, expect, test } from 'vitest';
import { closeFirewall } from '../../../../shared/fixes/network/firewall.ts';
import { listenOnChosen } from '../../../../shared/fixes/network/listen.ts';
import { restartNow } from '../../../../shared/fixes/network/restart.ts';
import { socketFolder, socketForGroup } from '../../../../shared/fixes/network/sockets.ts';
import { sshKeysOnly } from '../../../../shared/fixes/network/ssh-keys-only.ts';
import { denied } from '../../../../shared/facts/fact.ts';
import { emptyFirewall, fileStatus, folder, listener, session, unixSocket } from '../../support/builders.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';
import {
  hardenedFacts,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';
import { fwActive } from '../../../../shared/checks/network/fw-active.ts';
import { fwDefaultDeny } from '../../../../shared/checks/network/fw-default-deny.ts';
import { fwPgPortAny } from '../../../../shared/checks/network/fw-pg-port-any.ts';
import { fwVsHba } from '../../../../shared/checks/network/fw-vs-hba.ts';
import { udsDirectoryPerms } from '../../../../shared/checks/network/uds-directory-perms.ts';
import { udsPermissions } from '../../../../shared/checks/network/uds-permissions.ts';
import { tcpListenAny } from '../../../../shared/checks/network/tcp-listen-any.ts';
import { sshRootPassword } from '../../../../shared/checks/network/ssh-root-password.ts';

const base = hardenedFacts();

describe('socket-for-group', () => {
  const path = '/var/run/postgresql/.s.PGSQL.5432';
  const open = withFact(base, 'unixSockets', [
    unixSocket({ socket: fileStatus(path, { type: 'socket', mode: 0o777 }) }),
  ]);

  test('closes the socket with a restart, for the group of the server at first', () => {
    const tried = tryFix(socketForGroup, open);
    expect(tried.safe).toBe(false);
    const operations = operationsOf(tried.plan());
    expect(operations).toMatchObject([{ name: 'unix_socket_permissions', value: '0770', effect: 'restart' }]);
    expect(judge(udsPermissions, afterOperations(open, operations)).status).toBe('pass');
  });

  test('offers only groups that the server can give it to, and says whether you are in them', () => {
    const [choice] = tryFix(socketForGroup, open).choices;
    expect(choice).toMatchObject({
      options: [
        { value: 'postgres', seen: 'postgres; not you, deploy', chosen: true },
        { value: 'ssl-cert', chosen: false },
        { value: 'owner-only', chosen: false },
      ],
    });
  });

  test('another group, the owner alone, and a group that cannot be', () => {
    const tried = tryFix(socketForGroup, open);
    expect(operationsOf(tried.plan({ group: 'ssl-cert' }))).toMatchObject([
      { name: 'unix_socket_permissions', value: '0770' },
      { name: 'unix_socket_group', value: 'ssl-cert' },
    ]);
    expect(operationsOf(tried.plan({ group: 'owner-only' }))).toMatchObject([{ value: '0700' }]);
    expect(tried.plan({ group: 'deploy' }).ok).toBe(false);
  });
});

describe('socket-folder', () => {
  const inFolder = (status: ReturnType<typeof folder>) =>
    withFact(base, 'unixSockets', [unixSocket({ folders: [folder('/'), status] })]);

  test('takes the right to write from others', () => {
    const facts = inFolder(folder('/srv/pg', { mode: 0o777, owner: 'postgres', group: 'postgres' }));
    const operations = operationsOf(tryFix(socketFolder, facts).plan());
    expect(operations).toMatchObject([{ path: '/srv/pg', mode: 0o775, previous: { mode: 0o777 } }]);
    expect(judge(udsDirectoryPerms, afterOperations(facts, operations)).status).toBe('pass');
  });

  test('leaves /tmp alone', () => {
    expect(tryFix(socketFolder, inFolder(folder('/tmp', { mode: 0o1777 }))).refused).toContain(
      'shared by all',
    );
  });
});

describe('listen-on-chosen', () => {
  const open = withSettings(base, { listen_addresses: '*' });

  test('proposes loopback and the addresses that clients use', () => {
    const facts = withFact(open, 'interfaces', [
      ...valueOf(open, 'interfaces'),
      { name: 'eth1', address: '192.168.9.5', prefix: 24 },
      { name: 'eth0', address: 'fe80::1', prefix: 64 },
    ]);
    const tried = tryFix(listenOnChosen, facts);
    expect(tried.choices[0]).toMatchObject({
      options: [
        { value: 'localhost', chosen: true },
        { value: '10.20.30.5', chosen: true },
        { value: '192.168.9.5', chosen: false },
      ],
    });
    const operations = operationsOf(tried.plan());
    expect(operations).toMatchObject([
      { value: 'localhost, 10.20.30.5', effect: 'restart', via: 'alter-system' },
    ]);
    expect(judge(tcpListenAny, afterOperations(facts, operations)).status).toBe('pass');
  });

  test('clients behind a router may use any address of their family', () => {
    const facts = withFact(open, 'sessions', [session({ address: '172.16.0.9' })]);
    expect(operationsOf(tryFix(listenOnChosen, facts).plan())).toMatchObject([
      { value: 'localhost, 10.20.30.5' },
    ]);
  });

  test('refuses what would shut it out', () => {
    expect(tryFix(listenOnChosen, open).plan({ addresses: '10.99.99.99' }).ok).toBe(false);
    const tunnelled = withPart(open, 'server', { connection: 'tcp' });
    expect(tryFix(listenOnChosen, tunnelled).plan({ addresses: '10.20.30.5' }).ok).toBe(false);
  });

  test('a value of ALTER SYSTEM is changed there, one in a file in the file, one of the command line not at all', () => {
    const inFile = { settingsVia: 'file' } as const;
    const auto = withSettings(open, { listen_addresses: { sourceFile: '/data/postgresql.auto.conf' } });
    expect(operationsOf(tryFix(listenOnChosen, auto).plan({}, inFile))).toMatchObject([
      { via: 'alter-system', file: null },
    ]);
    expect(operationsOf(tryFix(listenOnChosen, open).plan({}, inFile))).toMatchObject([
      { via: 'file', file: '/etc/postgresql/15/main/postgresql.conf' },
    ]);
    const fixed = withSettings(open, { listen_addresses: { source: 'command line' } });
    expect(tryFix(listenOnChosen, fixed).refused).toContain('command line');
    const forbidden = withSettings(auto, { allow_alter_system: 'off' });
    expect(operationsOf(tryFix(listenOnChosen, forbidden).plan())).toMatchObject([
      { via: 'file', file: '/data/postgresql.auto.conf' },
    ]);
  });
});

describe('restart-now', () => {
  test('names what waits', () => {
    const facts = withSettings(base, { shared_buffers: { pendingRestart: true } });
    const tried = tryFix(restartNow, facts);
    expect([tried.safe, operationsOf(tried.plan())]).toEqual([
      false,
      [{ kind: 'restart', reasons: ['shared_buffers'] }],
    ]);
  });
});

describe('ssh-keys-only', () => {
  const sshd = valueOf(base, 'sshd');
  const open = withPart(base, 'sshd', {
    settings: { ...sshd.settings, passwordauthentication: ['yes'], permitrootlogin: ['yes'] },
  });

  test('writes a checked drop-in for what was found', () => {
    const tried = tryFix(sshKeysOnly, open);
    expect([tried.safe, tried.choices]).toEqual([false, []]);
    const operations = operationsOf(tried.plan());
    expect(operations).toMatchObject([
      {
        kind: 'file',
        path: '/etc/ssh/sshd_config.d/00-portcullis.conf',
        content: '# Written by Portcullis.\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n',
        validate: 'sshd -t',
        previousSha256: null,
      },
    ]);
    expect(judge(sshRootPassword, afterOperations(open, operations)).status).toBe('pass');
  });

  test('needs a key of the login account, and a release that reads the folder', () => {
    const facts = withPart(open, 'sshd', { accountsWithKeys: ['root'] });
    expect(tryFix(sshKeysOnly, facts).refused).toBe(
      'Account deploy has no key on the host. Put one there first: ssh-copy-id.',
    );
    expect(tryFix(sshKeysOnly, withPart(open, 'system', { distributionVersion: '10' })).refused).toContain(
      'by hand',
    );
    expect(tryFix(sshKeysOnly, withPart(open, 'system', { distribution: 'arch' })).refused).toContain(
      'by hand',
    );
  });

  test('asks before it refuses accounts without a key', () => {
    const facts = withPart(open, 'accounts', {
      users: [...valueOf(open, 'accounts').users, { name: 'anna', uid: 1001, gid: 1001, shell: '/bin/bash' }],
    });
    const tried = tryFix(sshKeysOnly, facts);
    expect(tried.plan()).toMatchObject({ ok: false, reason: expect.stringContaining('anna') as string });
    expect(tried.plan({ 'without-key': 'refuse' }).ok).toBe(true);
  });
});

describe('firewall-chosen-networks', () => {
  const none = withFact(base, 'firewall', emptyFirewall());

  test('keeps the networks of rules and of clients, and ssh', () => {
    const facts = withFact(none, 'sessions', [session(), session({ address: '10.9.9.9', role: 'etl' })]);
    const tried = tryFix(closeFirewall, facts);
    expect(tried.safe).toBe(true);
    expect(tried.choices).toMatchObject([
      {
        kind: 'networks',
        options: [
          { value: '10.20.30.0/24', label: 'pg_hba.conf, line 7', chosen: true },
          { value: '10.9.9.9', seen: 'etl: 1 session now', chosen: true },
        ],
      },
    ]);
    const [operation] = operationsOf(tried.plan());
    expect(operation).toMatchObject({
      kind: 'firewall',
      manager: 'nft',
      port: 5432,
      allow: ['10.9.9.9/32', '10.20.30.0/24'],
      sshPorts: [22],
      expects: [
        'fw-pg-port-any',
        'fw-active',
        'fw-default-deny',
        'fw-ipv6',
        'fw-companions',
        'fw-persistent',
      ],
    });
  });

  test('foretells whether the firewall will agree with pg_hba.conf', () => {
    const after = (networks: string) =>
      afterOperations(none, operationsOf(tryFix(closeFirewall, none).plan({ networks })));
    const named = after('10.20.30.0/24');
    for (const check of [fwActive, fwDefaultDeny, fwPgPortAny, fwVsHba])
      expect(judge(check, named)).toMatchObject({ status: 'pass' });
    // A rule names more than was chosen.
    expect(judge(fwVsHba, after('10.9.9.9')).status).toBe('fail');
  });

  test('other services of the host stay open unless they are unticked', () => {
    const facts = withFact(none, 'listeners', [
      ...valueOf(none, 'listeners'),
      listener('0.0.0.0', 443, 'nginx'),
      listener('127.0.0.1', 6379, 'redis'),
    ]);
    const tried = tryFix(closeFirewall, facts);
    expect(tried.choices[1]).toMatchObject({
      key: 'ports',
      options: [{ value: '443', seen: 'nginx', chosen: true }],
    });
    const commandsOf = (answers: Record<string, string>) => JSON.stringify(operationsOf(tried.plan(answers)));
    expect(commandsOf({})).toContain('tcp dport 443 accept');
    expect(commandsOf({ ports: '' })).not.toContain('443');
    expect(tried.plan({ ports: '443,8080' }).ok).toBe(false);
  });

  test('asks who may reach a pooler, and is not safe with one', () => {
    const facts = withFact(none, 'listeners', [
      ...valueOf(none, 'listeners'),
      listener('0.0.0.0', 6432, 'pgbouncer'),
    ]);
    const tried = tryFix(closeFirewall, facts);
    expect(tried.safe).toBe(false);
    expect(tried.choices.map(({ key }) => key)).toEqual(['networks', 'companions']);
    const commands = JSON.stringify(operationsOf(tried.plan({ companions: '10.20.30.77' })));
    expect(commands).toContain('ip saddr 10.20.30.77 tcp dport 6432 accept');
    expect(commands).toContain('tcp dport 6432 drop');
    expect(tried.plan({ companions: 'nonsense' }).ok).toBe(false);
  });

  test.each(['nonsense', '0.0.0.0/0'])('refuses %s', (networks) => {
    expect(tryFix(closeFirewall, none).plan({ networks }).ok).toBe(false);
  });

  test('is not safe without a log of logins, and not offered without a program', () => {
    const blind = { ...none, logins: denied('no rights') };
    expect(tryFix(closeFirewall, blind).safe).toBe(false);
    const bare = withFact(none, 'firewall', emptyFirewall({ installed: [] }));
    expect(tryFix(closeFirewall, bare).refused).toContain('No firewall program is installed');
  });

  test('rules for any address name no network', () => {
    const facts = withHba(none, 'hostssl all all 0.0.0.0/0 scram-sha-256\n');
    const [choice] = tryFix(closeFirewall, facts).choices;
    expect(JSON.stringify(choice)).not.toContain('0.0.0.0/0');
  });
});
