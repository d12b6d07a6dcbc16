import { describe, expect, test } from 'vitest';
import { confFileErrors } from '../../../../shared/checks/network/conf-file-errors.ts';
import { confPendingRestart } from '../../../../shared/checks/network/conf-pending-restart.ts';
import { sshRootPassword } from '../../../../shared/checks/network/ssh-root-password.ts';
import { sshTunnelPath } from '../../../../shared/checks/network/ssh-tunnel-path.ts';
import { tcpActualListeners } from '../../../../shared/checks/network/tcp-actual-listeners.ts';
import { tcpListenAny } from '../../../../shared/checks/network/tcp-listen-any.ts';
import { udsDirectoryPerms } from '../../../../shared/checks/network/uds-directory-perms.ts';
import { udsPermissions } from '../../../../shared/checks/network/uds-permissions.ts';
import type { FileStatus } from '../../../../shared/facts/files.ts';
import type { FactValue } from '../../../../shared/facts/facts.ts';
import { fileStatus, folder, listener, setting, unixSocket } from '../../support/builders.ts';
import {
  configPath,
  hardenedFacts,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';

const base = hardenedFacts();
const outcomeOf = ({ status, severity }: { status: string; severity: string }) =>
  status === 'fail' ? `fail ${severity}` : status;

describe('uds-permissions', () => {
  const socket = (mode: number, folders?: FileStatus[]) =>
    unixSocket({
      socket: fileStatus('/var/run/postgresql/.s.PGSQL.5432', { type: 'socket', mode }),
      ...(folders === undefined ? {} : { folders }),
    });
  const privateFolder = [folder('/'), folder('/srv/private', { mode: 0o750, owner: 'postgres' })];
  const trusting = withHba(base, 'local all all trust\n');

  test.each([
    ['the group only', base, [socket(0o770)], 'pass'],
    ['the owner only', base, [socket(0o700)], 'pass'],
    ['everybody, who must prove who they are', base, [socket(0o777)], 'fail medium'],
    ['everybody, without any proof', trusting, [socket(0o777)], 'fail high'],
    ['everybody by mode, but not through the folder', base, [socket(0o777, privateFolder)], 'pass'],
    ['one of two', base, [socket(0o777, privateFolder), socket(0o777)], 'fail medium'],
    ['no file', base, [unixSocket({ socket: fileStatus('/x', { type: 'missing' }) })], 'not-assessed'],
    ['no socket at all', withSettings(base, { unix_socket_directories: '' }), [], 'not-applicable'],
    ['an abstract socket', withSettings(base, { unix_socket_directories: '@pg' }), [], 'fail medium'],
  ])('%s', (_, facts, sockets, expected) => {
    expect(outcomeOf(judge(udsPermissions, withFact(facts, 'unixSockets', sockets)))).toBe(expected);
  });
});

describe('uds-directory-perms', () => {
  const inFolders = (...folders: FileStatus[]) =>
    withFact(base, 'unixSockets', [unixSocket({ folders: [folder('/'), ...folders] })]);
  const shared = withPart(
    inFolders(folder('/run/postgresql', { mode: 0o2775, owner: 'postgres', group: 'postgres' })),
    'accounts',
    { groups: [{ name: 'postgres', gid: 118, members: ['deploy'] }] },
  );

  test.each([
    ["Debian's default", base, 'pass'],
    ['its group has members', shared, 'fail medium'],
    ['/tmp', inFolders(folder('/tmp', { mode: 0o1777 })), 'fail high'],
    ['writable by all', inFolders(folder('/srv/sock', { mode: 0o777, owner: 'postgres' })), 'fail high'],
    [
      'below /tmp',
      inFolders(folder('/tmp', { mode: 0o1777 }), folder('/tmp/pg', { mode: 0o755, owner: 'postgres' })),
      'fail medium',
    ],
    ['of another account', inFolders(folder('/srv/sock', { owner: 'deploy' })), 'fail high'],
    [
      'a link on the way has mode 777',
      inFolders(
        folder('/var/run', { type: 'link', mode: 0o777 }),
        folder('/run/postgresql', { owner: 'postgres' }),
      ),
      'pass',
    ],
    [
      'not seen',
      withFact(base, 'unixSockets', [unixSocket({ folders: [folder('/x', { type: 'missing' })] })]),
      'not-assessed',
    ],
    ['no socket', withFact(base, 'unixSockets', []), 'not-applicable'],
  ])('%s', (_, facts, expected) => {
    expect(outcomeOf(judge(udsDirectoryPerms, facts))).toBe(expected);
  });
});

describe('tcp-listen-any', () => {
  test.each([
    ['localhost, 10.20.30.5', 'pass'],
    ['', 'pass'],
    ['*', 'fail high'],
    ['0.0.0.0', 'fail high'],
    ['localhost,::', 'fail high'],
    ['0:0::0', 'fail high'],
    ['db1.example', 'pass'],
  ])('%j: %s', (value, expected) => {
    expect(outcomeOf(judge(tcpListenAny, withSettings(base, { listen_addresses: value })))).toBe(expected);
  });
});

describe('tcp-actual-listeners', () => {
  const own = [listener('127.0.0.1', 5432, 'postgres'), listener('10.20.30.5', 5432, 'postgres')];
  const rows: [string, string, FactValue<'listeners'>, string][] = [
    ['as configured', 'localhost,10.20.30.5', own, ''],
    ['any', '*', [listener('0.0.0.0', 5432, 'postgres'), listener('::', 5432, 'postgres')], ''],
    ['more than configured', 'localhost', own, '10.20.30.5:5432'],
    ['less than configured', 'localhost,10.20.30.5', own.slice(0, 1), '10.20.30.5:5432'],
    ['another program', 'localhost,10.20.30.5', [...own, listener('0.0.0.0', 22, 'sshd')], ''],
    ['a pooler', 'localhost,10.20.30.5', [...own, listener('0.0.0.0', 6432, 'pgbouncer')], '0.0.0.0:6432'],
    ['a pooler on loopback', 'localhost,10.20.30.5', [...own, listener('127.0.0.1', 6432, 'pgbouncer')], ''],
    [
      'a control port, process not visible',
      'localhost,10.20.30.5',
      [...own, listener('::', 8008, null)],
      ':::8008',
    ],
    [
      'another server',
      'localhost,10.20.30.5',
      [...own, listener('10.20.30.5', 5433, 'postgres')],
      '10.20.30.5:5433',
    ],
  ];
  test.each(rows)('%s', (_, addresses, listeners, expected) => {
    const facts = withFact(withSettings(base, { listen_addresses: addresses }), 'listeners', listeners);
    const finding = judge(tcpActualListeners, facts);
    expect(finding.subjects.map(({ name }) => name).join()).toBe(expected);
    expect(finding.status).toBe(expected === '' ? 'pass' : 'fail');
  });

  test('a profile can accept a port', () => {
    const facts = withFact(base, 'listeners', [
      ...valueOf(base, 'listeners'),
      listener('0.0.0.0', 9187, 'postgres_exporter'),
    ]);
    expect(judge(tcpActualListeners, facts).status).toBe('fail');
    expect(judge(tcpActualListeners, facts, { acceptedPorts: [9187] }).status).toBe('pass');
  });
});

describe('conf-pending-restart', () => {
  test.each([
    ['listen_addresses', 'fail high'],
    ['max_connections', 'fail high'],
    ['shared_buffers', 'fail medium'],
  ])('%s: %s', (name, expected) => {
    const facts = withSettings(base, { [name]: { pendingRestart: true } });
    const finding = judge(confPendingRestart, facts);
    expect(outcomeOf(finding)).toBe(expected);
    expect(finding.subjects).toEqual([{ kind: 'setting', name }]);
    expect(finding.title).toBe('One changed setting waits for a restart');
  });
});

describe('conf-file-errors', () => {
  const row = { sourceFile: configPath, sourceLine: 1, name: 'port', value: '5433', applied: false };
  const waits = { ...row, error: 'setting could not be applied' };

  test.each([
    ['an overridden duplicate', { ...row, error: null }, {}, 'pass'],
    ['a value that waits for a restart', waits, { port: { pendingRestart: true } }, 'pass'],
    ['a value that is refused', waits, {}, 'fail medium'],
    ['a syntax error', { ...row, name: null, value: null, error: 'syntax error' }, {}, 'fail medium'],
  ])('%s', (_, fileSetting, settings, expected) => {
    const finding = judge(
      confFileErrors,
      withFact(withSettings(base, settings), 'fileSettings', [fileSetting]),
    );
    expect(outcomeOf(finding)).toBe(expected);
    if (expected !== 'pass')
      expect(finding.subjects).toEqual([{ kind: 'file-line', name: `${configPath}:1` }]);
  });
});

describe('ssh-root-password', () => {
  const sshd = (settings: Record<string, string[]>) =>
    withPart(base, 'sshd', { settings: { ...valueOf(base, 'sshd').settings, ...settings } });

  test.each([
    ['keys only', sshd({}), ''],
    ['root with a key', sshd({ permitrootlogin: ['without-password'] }), ''],
    ['root', sshd({ permitrootlogin: ['yes'] }), 'permitrootlogin'],
    ['passwords', sshd({ passwordauthentication: ['yes'] }), 'passwordauthentication'],
    [
      'passwords behind a key',
      sshd({ passwordauthentication: ['yes'], authenticationmethods: ['publickey,password'] }),
      '',
    ],
    [
      'passwords beside a key',
      sshd({ passwordauthentication: ['yes'], authenticationmethods: ['publickey password'] }),
      'passwordauthentication',
    ],
    ['PAM', sshd({ kbdinteractiveauthentication: ['yes'] }), 'kbdinteractiveauthentication'],
    [
      'PAM, by the old name',
      sshd({ challengeresponseauthentication: ['yes'] }),
      'challengeresponseauthentication',
    ],
    ['keyboard-interactive without PAM', sshd({ kbdinteractiveauthentication: ['yes'], usepam: ['no'] }), ''],
  ])('%s', (_, facts, expected) => {
    const finding = judge(sshRootPassword, facts);
    expect(finding.subjects.map(({ name }) => name).join()).toBe(expected);
    expect(finding.status).toBe(expected === '' ? 'pass' : 'fail');
  });

  test('a profile can forbid keys of root, and a host without sshd is not judged', () => {
    const facts = sshd({ permitrootlogin: ['prohibit-password'] });
    expect(judge(sshRootPassword, facts, { rootWithKey: false }).status).toBe('fail');
    expect(judge(sshRootPassword, withPart(base, 'sshd', { running: false })).status).toBe('not-applicable');
    expect(judge(sshRootPassword, withPart(base, 'sshd', { settings: {} })).status).toBe('not-assessed');
  });
});

describe('ssh-tunnel-path', () => {
  const open = withHba(base, 'host all all 10.0.0.0/8 scram-sha-256\n');

  test('fails where a superuser comes over the network, and shows the way', () => {
    const finding = judge(sshTunnelPath, open);
    expect(outcomeOf(finding)).toBe('fail medium');
    const shown = JSON.stringify(finding.evidence);
    expect(shown).toContain('ssh -N -L 5433:127.0.0.1:5432 deploy@db1');
    expect(shown).toContain('ssh -N -L 5433:/var/run/postgresql/.s.PGSQL.5432 deploy@db1');
  });

  test('passes where superusers are refused, and on loopback', () => {
    expect(judge(sshTunnelPath, base).status).toBe('pass');
    expect(judge(sshTunnelPath, withSettings(open, { listen_addresses: 'localhost' })).status).toBe('pass');
  });

  test.each([
    ['DisableForwarding', { disableforwarding: ['yes'] }, 0],
    ['AllowTcpForwarding no', { allowtcpforwarding: ['no'] }, 1],
    ['AllowStreamLocalForwarding no', { allowstreamlocalforwarding: ['no'] }, 1],
    ['PermitOpen of another port', { permitopen: ['127.0.0.1:80'] }, 0],
    ['PermitOpen of the port', { permitopen: ['127.0.0.1:5432'] }, 1],
  ])('%s leaves %#', (_, settings, tunnels) => {
    const facts = withPart(base, 'sshd', { settings: { ...valueOf(base, 'sshd').settings, ...settings } });
    expect(JSON.stringify(judge(sshTunnelPath, facts).evidence).split(' -L ')).toHaveLength(tunnels + 1);
  });
});

test('a setting that the server does not show is not assessed', () => {
  expect(judge(tcpListenAny, withSettings(base, { listen_addresses: null })).summary).toBe(
    'The server shows no setting listen_addresses.',
  );
  expect(setting('a', 'on').type).toBe('bool');
});
