import { z } from 'zod';
import type { FileStatus, UnixSocket } from '../../facts/files.ts';
import { defineCheck } from '../define-check.ts';
import { worldTraversable } from '../support/accounts.ts';
import { presentEvidence, rightsEvidence } from '../support/evidence.ts';
import { readHba, ruleReach } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, listEntries, settingEvidence, settingValue } from '../support/settings.ts';
import { countOf, listOf } from '../support/words.ts';

/** The outermost folder that keeps other accounts away from what is in it. */
function closedFolder(socket: UnixSocket): FileStatus | undefined {
  return socket.folders.find((folder) => folder.type === 'directory' && !worldTraversable(folder));
}

/** On Linux write permission on the socket file decides who may connect, once the folders let through. */
function openToAll(socket: UnixSocket): boolean {
  return (socket.socket.mode & 0o002) !== 0 && closedFolder(socket) === undefined;
}

function noteOf(socket: UnixSocket): string {
  if (socket.socket.type !== 'socket') return 'no socket here';
  if (openToAll(socket)) return 'every account may connect';
  const folder = closedFolder(socket);
  if ((socket.socket.mode & 0o002) !== 0 && folder !== undefined) return `kept apart by ${folder.path}`;
  return (socket.socket.mode & 0o020) === 0 ? 'its owner only' : `group ${socket.socket.group} may connect`;
}

export const udsPermissions = defineCheck({
  id: 'uds-permissions',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'The Unix socket is closed to other accounts of the host',
    fail: 'Every account of the host may connect to the Unix socket',
    topic: 'Permissions of the Unix socket',
  },
  why: 'The Unix socket is the door for programs on the same machine. Its file permissions decide which accounts may knock at all, before pg_hba.conf is read. PostgreSQL opens it to everybody unless told otherwise.',
  misuse: [
    'A break-in into any service of the host, such as a web server, gives an account without rights.',
    'From it, the socket is in reach: passwords can be tried there, and no firewall stands in between.',
    'Where a local rule trusts or a role name equals an account name, the attacker is in at once.',
  ],
  byHand: [
    'Choose a group for the accounts that need the socket: usermod -aG postgres deploy',
    "As a superuser: ALTER SYSTEM SET unix_socket_permissions = '0770';",
    "When it is not the server's own group: ALTER SYSTEM SET unix_socket_group = 'dbclients';",
    'Restart PostgreSQL, then look: ls -l /var/run/postgresql/.s.PGSQL.5432',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [
      postgresPage('runtime-config-connection.html', 'Connection settings, unix_socket_permissions'),
    ],
  },
  needs: ['unixSockets', 'settings', 'cluster'],
  uses: ['configurationFiles'],
  parameters: z.object({}),
  judge({ unixSockets, settings, cluster }, _context, { configurationFiles }) {
    const directories = listEntries({
      name: 'unix_socket_directories',
      value: settingValue(settings, 'unix_socket_directories') ?? '',
    });
    if (directories.length === 0 && unixSockets.length === 0) {
      return { status: 'not-applicable', summary: 'The server opens no Unix socket.' };
    }
    const setting = findSetting(settings, 'unix_socket_permissions');
    const evidence = presentEvidence(
      setting && settingEvidence(setting, '0770 or 0700'),
      rightsEvidence(unixSockets.map((socket) => ({ status: socket.socket, note: noteOf(socket) }))),
    );
    const abstract = directories.filter((directory) => directory.startsWith('@'));
    const files = unixSockets.filter(({ socket }) => socket.type === 'socket');
    const open = files.filter(openToAll);
    if (abstract.length > 0 || open.length > 0) {
      const names = [...abstract, ...open.map(({ socket }) => socket.path)];
      const hba =
        configurationFiles.state === 'collected' ? readHba(configurationFiles.value, cluster.major) : null;
      const asksAll =
        hba?.ok === true &&
        hba.view.rules.every((rule) => ruleReach(rule) !== 'socket' || rule.method !== 'trust');
      return {
        status: 'fail',
        summary: `Any account of the host may connect to ${listOf(names)}.`,
        evidence,
        subjects: names.map((name) => ({ kind: 'socket', name })),
        // With peer or a password behind it, an open socket is a lost layer and not an open door.
        severity: asksAll ? 'medium' : 'high',
        ...(names.length > 1
          ? { title: `${countOf(names.length, 'Unix socket')} are open to every account` }
          : {}),
      };
    }
    if (files.length === 0) {
      return {
        status: 'not-assessed',
        summary: `No socket file was found in ${listOf(directories)}.`,
        evidence,
      };
    }
    return {
      status: 'pass',
      summary: `${listOf(files.map((socket) => `${socket.socket.path}: ${noteOf(socket)}`))}.`,
      evidence,
    };
  },
});
