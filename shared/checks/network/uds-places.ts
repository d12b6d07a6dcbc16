import { z } from 'zod';
import type { FileStatus } from '../../facts/files.ts';
import type { AnyCheck } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { groupMembers, isSticky, worldWritable } from '../support/accounts.ts';
import { presentEvidence, rightsEvidence, tableEvidence, textEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import {
  findSetting,
  listEntries,
  settingEvidence,
  settingMissing,
  settingSubject,
  settingValue,
} from '../support/settings.ts';
import { listOf, unique } from '../support/words.ts';

/** Where the Unix sockets are, and who of the host gets to each. */

const socketPage = (title: string) => [
  postgresPage('runtime-config-connection.html', `Connection settings, ${title}`),
];

const directoriesOf = (settings: Parameters<typeof settingValue>[0]): readonly string[] =>
  listEntries({
    name: 'unix_socket_directories',
    value: settingValue(settings, 'unix_socket_directories') ?? '',
  });

const udsAbstract = defineCheck({
  id: 'uds-abstract',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'Every Unix socket is a file with permissions',
    fail: 'A Unix socket has no permissions at all',
    topic: 'Sockets in the abstract namespace',
  },
  why: 'A socket whose name begins with @ is no file, so it has no owner, group or mode: every account of the host may connect. Once the server is down any of them may take the name and answer in its place.',
  misuse: [
    'A service that was broken into connects, whatever unix_socket_permissions says.',
    'While the server restarts, another program takes the name and collects the passwords of its clients.',
  ],
  byHand: [
    "As a superuser: ALTER SYSTEM SET unix_socket_directories = '/var/run/postgresql';",
    'Restart PostgreSQL and give clients the new path: psql -h /var/run/postgresql',
  ],
  references: { cis: [], stig: [], documentation: socketPage('unix_socket_directories') },
  needs: ['settings'],
  uses: ['socketFiles'],
  parameters: z.object({}),
  judge({ settings }, _context, { socketFiles }) {
    const setting = findSetting(settings, 'unix_socket_directories');
    if (setting === undefined) return settingMissing('unix_socket_directories');
    const port = settingValue(settings, 'port') ?? '5432';
    const configured = directoriesOf(settings).filter((directory) => directory.startsWith('@'));
    const seen =
      socketFiles.state === 'collected'
        ? socketFiles.value.abstract.filter((name) => name.endsWith(`.s.PGSQL.${port}`))
        : [];
    const evidence = [settingEvidence(setting, null)];
    const found = unique([...configured, ...(configured.length > 0 ? [] : seen)]);
    if (found.length === 0)
      return { status: 'pass', summary: 'No socket of this server is without a file.', evidence };
    return {
      status: 'fail',
      summary: `${listOf(found)} has no permissions: every account of the host may connect.`,
      evidence: [
        settingEvidence(setting, 'folders, without @'),
        ...(seen.length === 0 ? [] : [textEvidence(`Listening: ${listOf(seen)}.`)]),
      ],
      subjects: found.map((name) => ({ kind: 'socket', name })),
    };
  },
});

/** Folders in which every account may make files of its own. */
const isShared = (status: FileStatus): boolean => worldWritable(status) || isSticky(status);

const udsTmpSpoof = defineCheck({
  id: 'uds-tmp-spoof',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'The sockets are in folders of their own',
    fail: 'A socket is in a folder that every account uses',
    topic: 'Sockets in shared folders',
  },
  why: 'In /tmp every account may make files. While the server is down any of them may put a socket of that name there, and clients that look in /tmp talk to it. The mark that protects files of others there does not protect a name that is free.',
  misuse: [
    'An account of the host waits for a restart and makes /tmp/.s.PGSQL.5432 first.',
    'The server then does not start there, and clients hand their passwords to a stranger.',
  ],
  byHand: [
    "As a superuser: ALTER SYSTEM SET unix_socket_directories = '/var/run/postgresql';",
    'Restart PostgreSQL and give clients the new path: psql -h /var/run/postgresql',
    'Let clients check whom they talk to: requirepeer=postgres in their connection string.',
  ],
  references: {
    cis: ['8.3 (12, 14-17)'],
    stig: [],
    documentation: [postgresPage('preventing-server-spoofing.html', 'Preventing server spoofing')],
  },
  needs: ['settings', 'unixSockets'],
  parameters: z.object({}),
  judge({ settings, unixSockets }) {
    const setting = findSetting(settings, 'unix_socket_directories');
    if (setting === undefined) return settingMissing('unix_socket_directories');
    const folders = unixSockets.flatMap((socket) => {
      const innermost = socket.folders.findLast(({ type }) => type === 'directory');
      return innermost === undefined ? [] : [{ directory: socket.directory, status: innermost }];
    });
    const shared = folders.filter(
      ({ directory, status }) => isShared(status) || /^(\/var)?\/tmp(\/|$)|^\/dev\/shm(\/|$)/.test(directory),
    );
    if (unixSockets.length === 0)
      return { status: 'not-applicable', summary: 'The server opens no Unix socket in a folder.' };
    if (folders.length < unixSockets.length)
      return { status: 'not-assessed', summary: 'The folder of a socket could not be seen.' };
    const evidence = [
      settingEvidence(setting, null),
      rightsEvidence(folders.map(({ status }) => ({ status, note: isShared(status) ? 'shared' : '' }))),
    ];
    if (shared.length === 0)
      return {
        status: 'pass',
        summary: `The sockets are in ${listOf(folders.map(({ directory }) => directory))}.`,
        evidence,
      };
    const names = unique(shared.map(({ directory }) => directory));
    return {
      status: 'fail',
      summary: `${listOf(names)} is shared by all accounts of the host.`,
      evidence,
      subjects: names.map((name) => ({ kind: 'folder', name })),
    };
  },
});

const udsGroup = defineCheck({
  id: 'uds-group',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'The group of the socket is one that is meant to use it',
    fail: 'The group of the socket is one by chance',
    topic: 'Group of the Unix socket',
  },
  why: 'When the mode of the socket lets its group in, the group is the list of who may connect. Without unix_socket_group it is the main group of the server, in which accounts are for other reasons: to read certificates, logs or backups.',
  misuse: [
    'The account of a backup program is put into the group postgres, to read files.',
    'With that it may connect to the socket, too, which nobody intended.',
  ],
  byHand: [
    'Make a group: groupadd pgclients; put the server and the clients in: usermod -aG pgclients postgres',
    "As a superuser: ALTER SYSTEM SET unix_socket_group = 'pgclients';",
    'Restart PostgreSQL.',
  ],
  references: { cis: [], stig: [], documentation: socketPage('unix_socket_group') },
  needs: ['settings', 'unixSockets', 'accounts', 'cluster'],
  parameters: z.object({}),
  judge({ settings, unixSockets, accounts, cluster }) {
    const setting = findSetting(settings, 'unix_socket_group');
    if (setting === undefined) return settingMissing('unix_socket_group');
    const sockets = unixSockets.filter(({ socket }) => socket.type === 'socket');
    if (sockets.length === 0)
      return { status: 'not-applicable', summary: 'The server has no socket with a group.' };
    const byGroup = sockets.filter(({ socket }) => (socket.mode & 0o022) === 0o020);
    const members = unique(byGroup.flatMap(({ socket }) => groupMembers(accounts, socket.group))).filter(
      (name) => name !== 'root' && name !== cluster.owner,
    );
    const evidence = presentEvidence(
      settingEvidence(setting, null),
      byGroup.length === 0
        ? null
        : tableEvidence(
            ['Socket', 'Group', 'Members'],
            byGroup.map(({ socket }) => [
              socket.path,
              socket.group,
              listOf(groupMembers(accounts, socket.group), 20),
            ]),
          ),
    );
    if (byGroup.length === 0)
      return { status: 'pass', summary: 'The mode of the sockets is not about their group.', evidence };
    if (setting.value !== '')
      return {
        status: 'pass',
        summary: `Group ${setting.value} may connect: ${listOf(members) || 'nobody is in it'}.`,
        evidence,
      };
    if (members.length === 0)
      return {
        status: 'pass',
        summary: 'Nobody but the server is in the group of the socket.',
        evidence,
      };
    return {
      status: 'fail',
      summary: `unix_socket_group is not set, and ${listOf(members)} ${members.length === 1 ? 'is' : 'are'} in group ${byGroup[0]?.socket.group ?? ''}.`,
      evidence,
      subjects: [settingSubject('unix_socket_group')],
    };
  },
});

/** Checks of the places of sockets, in the order in which they are shown. */
export const udsPlaceChecks: readonly AnyCheck[] = [udsAbstract, udsTmpSpoof, udsGroup];
