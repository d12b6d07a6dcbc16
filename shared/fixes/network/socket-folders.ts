import { groupMembers, isSticky, worldWritable } from '../../checks/support/accounts.ts';
import { findSetting, listEntries } from '../../checks/support/settings.ts';
import { joinList } from '../../config/lists.ts';
import type { FactValue } from '../../facts/facts.ts';
import type { UnixSocket } from '../../facts/files.ts';
import { quoteShell } from '../../lib/quoting.ts';
import type { Operation } from '../../plan/operation.ts';
import { defineFix } from '../define-fix.ts';
import { allOffered, notOffered, offered, settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';
import { ticked } from '../support/sql.ts';

/** Read before the files of the distribution, and of two lines for one folder the first counts. */
const tmpfiles = '/etc/tmpfiles.d/portcullis-postgresql.conf';

const usual = '/run/postgresql';

interface Folder {
  readonly path: string;
  readonly mode: string;
  readonly group: string;
}

/** Names that can stand in a path and in a line of tmpfiles.d as they are. */
const plain = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** The folder of the administrator's socket: the first one that is not shared, else the usual one. */
function mainFolder(sockets: readonly UnixSocket[], directories: readonly string[]): string {
  const sound = directories.find((directory) => {
    const socket = sockets.find((one) => one.directory === directory);
    const innermost = socket?.folders.findLast(({ type }) => type === 'directory');
    return (
      /^\/[\w./-]+$/.test(directory) &&
      !/^(\/var)?\/tmp(\/|$)|^\/dev\/shm(\/|$)/.test(directory) &&
      innermost !== undefined &&
      !isSticky(innermost) &&
      !worldWritable(innermost)
    );
  });
  return sound ?? usual;
}

/** Groups with somebody in them whom a socket of their own would separate from others. */
function audiences(
  accounts: FactValue<'accounts'>,
  owner: string,
): readonly { name: string; members: readonly string[] }[] {
  return accounts.groups
    .map(({ name }) => ({
      name,
      members: groupMembers(accounts, name).filter((member) => member !== 'root' && member !== owner),
    }))
    .filter(
      ({ name, members }) =>
        plain.test(name) &&
        name !== owner &&
        members.some((member) => (accounts.users.find((user) => user.name === member)?.uid ?? 0) >= 1000),
    );
}

/** Makes the folders, and takes them away again once the file that asks for them is gone: both by one line. */
function activation(folders: readonly Folder[]): string {
  const remove = folders
    .filter(({ path }) => path !== usual)
    .map(({ path }) => {
      const folder = quoteShell(path);
      return `if [ -d ${folder} ]; then rm -f -- ${folder}/.s.PGSQL.*; rmdir -- ${folder} || :; fi`;
    });
  return `if [ -e ${tmpfiles} ]; then systemd-tmpfiles --create ${tmpfiles}; else :; ${remove.join('; ')}${remove.length > 0 ? '; ' : ''}fi`;
}

export const socketFolders = defineFix({
  id: 'socket-folders',
  resolves: ['uds-tmp-spoof', 'uds-abstract', 'uds-multiple-sockets'],
  title: 'Give each audience a socket in a folder of its own',
  description: `The server keeps one socket for its own account and group, in a folder that is its own. Each group that you choose gets one more, in a folder that only it may enter. The folders come back after a reboot (${tmpfiles}). Programs that use another path today, such as /tmp, have to be given the new one. Takes effect with a restart.`,
  effect: 'restart',
  reversible: true,
  cutsOff: true,
  // Which path the programs of the host use cannot be seen.
  safe: false,
  needs: ['unixSockets', 'settings', 'cluster', 'accounts', 'system'],
  offer: ({ settings, system, accounts, cluster }) =>
    allOffered(
      settable(settings, ['unix_socket_directories', 'unix_socket_permissions']),
      system.systemd
        ? offered
        : notOffered('Without systemd nothing makes the folders again after a reboot. Do it by hand.'),
      accounts.users.some(({ name }) => name === cluster.owner) && plain.test(cluster.owner)
        ? offered
        : notOffered('The account of the server could not be found on the host.'),
    ),
  choices: ({ accounts, cluster }) => {
    const groups = audiences(accounts, cluster.owner);
    return groups.length === 0
      ? []
      : [
          {
            kind: 'many',
            key: 'groups',
            label: 'Which groups get a socket of their own?',
            options: groups.map(({ name, members }) => ({
              value: name,
              label: `Group ${name}: ${usual}-${name}`,
              seen: members.join(', '),
              chosen: false,
            })),
          },
        ];
  },
  plan({ unixSockets, settings, cluster, accounts }, _finding, answers, preferences, all) {
    const known = audiences(accounts, cluster.owner).map(({ name }) => name);
    const groups = ticked(answers, 'groups', known);
    const present = findSetting(settings, 'unix_socket_directories');
    const directories = present === undefined ? [] : listEntries(present);
    const first = mainFolder(unixSockets, directories);
    const mainSocket = unixSockets.find(({ directory }) => directory === first);
    const folderOfMain = mainSocket?.folders.findLast(({ type }) => type === 'directory');
    const primary = accounts.users.find(({ name }) => name === cluster.owner)?.gid;
    const ownGroup = accounts.groups.find(({ gid }) => gid === primary)?.name ?? cluster.owner;
    const path = folderOfMain?.path ?? first;
    // With a folder for each audience the sockets themselves are open: their mode is one for all of them.
    const closed = groups.length > 0;
    const folders: readonly Folder[] = [
      ...(closed || folderOfMain === undefined
        ? [{ path, mode: closed ? '2750' : '2775', group: ownGroup }]
        : []),
      ...groups.map((group) => ({ path: `${usual}-${group}`, mode: '0750', group })),
    ];
    const place = { settings, cluster, preferences };
    const file: Operation[] =
      folders.length === 0
        ? []
        : [
            {
              kind: 'file',
              path: tmpfiles,
              content: `# Written by Portcullis: folders of the sockets of PostgreSQL.\n${folders
                .map((folder) => `d ${folder.path} ${folder.mode} ${cluster.owner} ${folder.group} -`)
                .join('\n')}\n`,
              mode: 0o644,
              owner: 'root',
              group: 'root',
              previousSha256: null,
              validate: null,
              activate: activation(folders.filter((folder) => folder.path !== folderOfMain?.path)),
              expects: [
                'uds-tmp-spoof',
                'uds-abstract',
                'uds-multiple-sockets',
                'uds-directory-perms',
                ...(closed ? ['uds-permissions', 'uds-group'] : []),
              ],
            },
          ];
    const mode: Operation[] =
      closed && folderOfMain !== undefined
        ? [
            {
              kind: 'file-mode',
              path: folderOfMain.path,
              mode: 0o2750,
              owner: null,
              group: null,
              previous: {
                mode: folderOfMain.mode,
                owner: folderOfMain.owner,
                group: folderOfMain.group,
              },
            },
          ]
        : [];
    const port = all.server.state === 'collected' ? all.server.value.connection : 'socket';
    const own = all.system.state === 'collected' ? all.system.value.loginUser : '';
    if (closed && port === 'socket' && own !== 'root' && !groupMembers(accounts, ownGroup).includes(own)) {
      return {
        ok: false,
        reason: `Portcullis itself comes in as ${own} by the socket in ${path}, which would be closed to it.`,
      };
    }
    return {
      ok: true,
      operations: [
        ...file,
        ...mode,
        setting(
          place,
          'unix_socket_directories',
          joinList([first, ...groups.map((group) => `${usual}-${group}`)], 'directories'),
        ),
        ...(closed ? [setting(place, 'unix_socket_permissions', '0777')] : []),
      ],
    };
  },
});
