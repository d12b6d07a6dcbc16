import { z } from 'zod';
import type { UnixSocket } from '../../facts/files.ts';
import type { Accounts } from '../../facts/system.ts';
import type { AnyCheck } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { groupMembers, worldTraversable } from '../support/accounts.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { listOf, unique } from '../support/words.ts';

/** Several sockets: whom each is for, and which of them nobody listens on. */

const socketPage = (title: string) => [
  postgresPage('runtime-config-connection.html', `Connection settings, ${title}`),
];

/** Accounts that get to a socket through its folders and its own mode: `null` for every account. */
function audienceOf(socket: UnixSocket, owner: string, accounts: Accounts): readonly string[] | null {
  const doors = [
    ...socket.folders
      .filter(({ type }) => type === 'directory')
      .map((status) => ({ status, world: worldTraversable(status), group: (status.mode & 0o010) !== 0 })),
    {
      status: socket.socket,
      world: (socket.socket.mode & 0o002) !== 0,
      group: (socket.socket.mode & 0o020) !== 0,
    },
  ];
  let audience: readonly string[] | null = null;
  for (const { status, world, group } of doors) {
    if (world) continue;
    const through = unique([status.owner, ...(group ? groupMembers(accounts, status.group) : [])]).filter(
      (name) => name !== 'root' && name !== owner,
    );
    audience = audience === null ? through : audience.filter((name) => through.includes(name));
  }
  return audience === null ? null : [...audience].sort();
}

const words = (audience: readonly string[] | null): string =>
  audience === null ? 'every account' : listOf(audience, 20) || 'nobody but the server';

const udsMultipleSockets = defineCheck({
  id: 'uds-multiple-sockets',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Each of several sockets has its own audience',
    fail: 'Several sockets are open to the same accounts',
    topic: 'Audiences of several sockets',
  },
  why: 'The mode and the group of the socket files are one setting for all of them. What keeps audiences apart are the folders that they stand in. Two sockets with the same audience are two doors to one room: the second one protects nothing.',
  misuse: [
    'A second socket was made so that the application uses another one than the administrators.',
    'Both are open to the same accounts, so a break-in into the application is one step from the other door.',
  ],
  byHand: [
    'One folder for each audience: install -d -o postgres -g app -m 0750 /run/postgresql-app',
    'Let it come back after a reboot: echo "d /run/postgresql-app 0750 postgres app -" > /etc/tmpfiles.d/postgresql-app.conf',
    "As a superuser: ALTER SYSTEM SET unix_socket_directories = '/var/run/postgresql, /run/postgresql-app'; and ALTER SYSTEM SET unix_socket_permissions = '0777';",
    'Restart PostgreSQL.',
  ],
  references: { cis: [], stig: [], documentation: socketPage('unix_socket_directories') },
  needs: ['unixSockets', 'accounts', 'cluster'],
  parameters: z.object({}),
  judge({ unixSockets, accounts, cluster }) {
    const sockets = unixSockets.filter(({ socket }) => socket.type === 'socket');
    if (sockets.length === 0)
      return { status: 'not-applicable', summary: 'The server has no socket in a folder.' };
    const audiences = sockets.map((socket) => ({
      path: socket.socket.path,
      audience: audienceOf(socket, cluster.owner, accounts),
    }));
    const evidence = [
      tableEvidence(
        ['Socket', 'Accounts that may connect'],
        audiences.map(({ path, audience }) => [path, words(audience)]),
      ),
    ];
    if (sockets.length === 1)
      return {
        status: 'pass',
        summary: `There is one socket, open to ${words(audiences[0]?.audience ?? null)}.`,
        evidence,
      };
    const acl = sockets.flatMap(({ folders }) => folders).find(({ hasAcl }) => hasAcl);
    if (acl !== undefined)
      return {
        status: 'manual',
        summary: `An ACL on ${acl.path} may let more accounts through: getfacl shows it.`,
        evidence,
      };
    const same = audiences.filter(
      ({ path, audience }) =>
        audience === null ||
        audiences.some(
          (other) => other.path !== path && JSON.stringify(other.audience) === JSON.stringify(audience),
        ),
    );
    if (same.length === 0)
      return {
        status: 'pass',
        summary: `${listOf(audiences.map(({ path, audience }) => `${path}: ${words(audience)}`))}.`,
        evidence,
      };
    return {
      status: 'fail',
      summary: `${listOf(same.map(({ path, audience }) => `${path}: ${words(audience)}`))}.`,
      evidence,
      subjects: same.map(({ path }) => ({ kind: 'socket', name: path })),
    };
  },
});

const udsStale = defineCheck({
  id: 'uds-stale',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'No socket is left over from another server',
    fail: 'Sockets are left over from another server',
    topic: 'Sockets that nobody listens on',
  },
  why: 'A socket file behind which no server is comes from one that was killed or removed. Clients that still use it wait for nobody, and whoever may write there can make it his own.',
  misuse: [
    'A cluster was removed after an upgrade; its socket stayed, and so did the setting of a program.',
    'Another account puts its own socket in that place, and the program logs in there.',
  ],
  byHand: [
    'See what listens: ss -Hxlp',
    'Remove a file only when nothing listens behind it: rm /tmp/.s.PGSQL.5433 /tmp/.s.PGSQL.5433.lock',
  ],
  references: { cis: [], stig: [], documentation: socketPage('unix_socket_directories') },
  needs: ['socketFiles'],
  parameters: z.object({}),
  judge({ socketFiles }) {
    const { sockets, locks } = socketFiles;
    const evidence = [
      tableEvidence(
        ['File', 'State'],
        [
          ...sockets.map(({ path, listening }) => [path, listening ? 'listening' : 'nobody listens']),
          ...locks.map(({ path, pid, running }) => [
            path,
            running ? `process ${pid ?? '?'} runs` : `process ${pid ?? '?'} is gone`,
          ]),
        ],
      ),
    ];
    const stale = [
      ...sockets.filter(({ listening }) => !listening),
      ...locks.filter(
        ({ path, running }) =>
          !running && !sockets.some((socket) => socket.listening && `${socket.path}.lock` === path),
      ),
    ];
    if (stale.length === 0)
      return {
        status: 'pass',
        summary:
          sockets.length === 0
            ? 'There is no socket file of PostgreSQL.'
            : `A server listens on ${listOf(sockets.map(({ path }) => path))}.`,
        evidence,
      };
    return {
      status: 'fail',
      summary: `Nobody listens behind ${listOf(stale.map(({ path }) => path))}.`,
      evidence,
      subjects: stale.map(({ path }) => ({ kind: 'file', name: path })),
      severity: 'low',
    };
  },
});

/** Checks of several sockets, in the order in which they are shown. */
export const udsAudienceChecks: readonly AnyCheck[] = [udsMultipleSockets, udsStale];
