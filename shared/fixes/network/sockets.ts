import type { FileStatus, UnixSocket } from '../../facts/files.ts';
import { groupMembers, groupWritable, isSticky, worldWritable } from '../../checks/support/accounts.ts';
import { unique } from '../../checks/support/words.ts';
import type { Operation } from '../../plan/operation.ts';
import { defineFix } from '../define-fix.ts';
import { notOffered, offered, settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';

const ownerOnly = 'owner-only';

export const socketForGroup = defineFix({
  id: 'socket-for-group',
  resolves: ['uds-permissions', 'uds-group'],
  title: 'Close the Unix socket to other accounts',
  description:
    'Only the account of the server, or members of a group, may connect to the socket. Accounts of the host that use it today and are not in the group would be refused. Takes effect with a restart.',
  effect: 'restart',
  reversible: true,
  cutsOff: true,
  // Which account of the host stands behind a session on the socket cannot be seen.
  safe: false,
  needs: ['unixSockets', 'settings', 'cluster', 'accounts'],
  offer: ({ settings }, finding) =>
    finding.subjects.some(({ name }) => name.startsWith('@'))
      ? notOffered('An abstract socket has no permissions. Move it to a folder with unix_socket_directories.')
      : settable(settings, ['unix_socket_permissions', 'unix_socket_group']),
  choices: ({ accounts, cluster }, _finding, all) => {
    const login = all.system.state === 'collected' ? all.system.value.loginUser : null;
    // The server can give the socket only to groups that its own account is in.
    const groups = accounts.groups.filter(({ name }) => groupMembers(accounts, name).includes(cluster.owner));
    const primary = accounts.users.find(({ name }) => name === cluster.owner)?.gid;
    return [
      {
        kind: 'one',
        key: 'group',
        label: 'Who on the host may connect to the socket?',
        options: [
          ...groups.map(({ name, gid }) => {
            const members = groupMembers(accounts, name);
            const you = login !== null && login !== 'root' && !members.includes(login);
            return {
              value: name,
              label: `Members of group ${name}`,
              seen: `${members.join(', ')}${you ? `; not you, ${login}` : ''}`,
              chosen: gid === primary,
            };
          }),
          {
            value: ownerOnly,
            label: `Account ${cluster.owner} only`,
            seen: cluster.owner,
            chosen: !groups.some(({ gid }) => gid === primary),
          },
        ],
      },
    ];
  },
  plan({ unixSockets, settings, cluster, accounts }, finding, answers, preferences) {
    const place = { settings, cluster, preferences };
    const group = answers['group'] ?? cluster.owner;
    if (group === ownerOnly)
      return { ok: true, operations: [setting(place, 'unix_socket_permissions', '0700')] };
    if (!groupMembers(accounts, group).includes(cluster.owner)) {
      return {
        ok: false,
        reason: `Account ${cluster.owner} is not in group ${group}, so it cannot give it the socket.`,
      };
    }
    // By chance or on purpose: a group that is named stays, whatever else the account of the server is put into.
    const present =
      finding.check !== 'uds-group' && unixSockets.every(({ socket }) => socket.group === group);
    return {
      ok: true,
      operations: [
        setting(place, 'unix_socket_permissions', '0770'),
        ...(present ? [] : [setting(place, 'unix_socket_group', group)]),
      ],
    };
  },
});

/** Folders that every account may write to by design. */
const sharedFolders = /^(\/|\/tmp|\/var\/tmp|\/dev\/shm|\/run|\/var|\/var\/run|\/home)$/;

/** The folders of a finding whose rights can be taken back without harm: those that are for the server alone. */
function ownFolders(sockets: readonly UnixSocket[], names: readonly string[]): readonly FileStatus[] {
  const folders = sockets.flatMap((socket) => socket.folders).filter(({ path }) => names.includes(path));
  return folders.filter(
    (status, index) =>
      folders.findIndex(({ path }) => path === status.path) === index &&
      !sharedFolders.test(status.path) &&
      !isSticky(status) &&
      (worldWritable(status) || groupWritable(status)),
  );
}

const inShared =
  'The folder is shared by all accounts. Move the socket with unix_socket_directories, see "By hand".';

export const socketFolder = defineFix({
  id: 'socket-folder',
  resolves: ['uds-directory-perms'],
  title: 'Let only the server write to the folder of its socket',
  description:
    'The right to write is taken from other accounts. Connecting needs no such right, so nobody notices.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['unixSockets'],
  offer: ({ unixSockets }, finding) =>
    ownFolders(
      unixSockets,
      finding.subjects.map(({ name }) => name),
    ).length > 0
      ? offered
      : notOffered(inShared),
  choices: () => [],
  plan({ unixSockets }, finding) {
    const names = unique(finding.subjects.map(({ name }) => name));
    const operations = ownFolders(unixSockets, names).map(({ path, mode, owner, group }): Operation => ({
      kind: 'file-mode',
      path,
      // Others are in the group, or the finding would not name the folder for its group alone.
      mode: mode & ~(worldWritable({ mode } as FileStatus) ? 0o002 : 0o020),
      owner: null,
      group: null,
      previous: { mode, owner, group },
    }));
    return operations.length > 0 ? { ok: true, operations } : { ok: false, reason: inShared };
  },
});
