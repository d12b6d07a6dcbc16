import { z } from 'zod';
import type { FileStatus, UnixSocket } from '../../facts/files.ts';
import type { Accounts } from '../../facts/system.ts';
import type { Severity } from '../../findings/finding.ts';
import { severities } from '../../findings/finding.ts';
import { defineCheck } from '../define-check.ts';
import { groupWritable, isSticky, otherMembers, worldWritable } from '../support/accounts.ts';
import { rightsEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

interface Weakness {
  readonly status: FileStatus;
  readonly severity: Severity;
  readonly note: string;
}

/** Who could put another socket in the place of the server's, folder by folder. */
function weaknessesOf(socket: UnixSocket, owner: string, accounts: Accounts | null): readonly Weakness[] {
  const folders = socket.folders.filter(({ type }) => type === 'directory');
  return folders.flatMap((status, index): readonly Weakness[] => {
    const innermost = index === folders.length - 1;
    const weakness = (severity: Severity, note: string): Weakness => ({ status, severity, note });
    if (worldWritable(status) && !isSticky(status))
      return [weakness('high', 'every account may replace what is in it')];
    if (worldWritable(status)) {
      return [
        innermost
          ? weakness('high', 'every account may create a socket here while the server is down')
          : weakness('medium', 'every account may create the folder below when it is missing'),
      ];
    }
    if (status.owner !== owner && status.owner !== 'root') {
      return [weakness('high', `account ${status.owner} may replace what is in it`)];
    }
    if (!groupWritable(status) || status.group === 'root' || accounts === null) return [];
    const others = otherMembers(accounts, status.group, [owner]);
    return others.length === 0
      ? []
      : [weakness('medium', `members of group ${status.group} may replace what is in it: ${listOf(others)}`)];
  });
}

export const udsDirectoryPerms = defineCheck({
  id: 'uds-directory-perms',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'Nobody else can put up a false socket',
    fail: 'Other accounts can put up a false socket',
    topic: 'Folder of the Unix socket',
  },
  why: 'Programs on the host find the server by a path. Whoever may write to that folder can put a socket of his own there. Clients then send their passwords and queries to him, and notice nothing.',
  misuse: [
    'An account of the host waits until the server is stopped, or removes its socket where it may.',
    'It starts a program that listens under the same name, such as /tmp/.s.PGSQL.5432.',
    'Clients connect to it, and a request for a clear password collects their passwords.',
  ],
  byHand: [
    'Make a folder that only the server may write to: install -d -o postgres -g postgres -m 2775 /run/postgresql',
    'Let it come back after a reboot: echo "d /run/postgresql 2775 postgres postgres -" > /etc/tmpfiles.d/postgresql.conf',
    "As a superuser: ALTER SYSTEM SET unix_socket_directories = '/run/postgresql';",
    'Restart PostgreSQL and give clients the new path: psql -h /run/postgresql',
  ],
  references: {
    cis: ['8.3 (12, 14-17)'],
    stig: ['CD12-00-003300', 'CD16-00-002800'],
    documentation: [postgresPage('preventing-server-spoofing.html', 'Preventing server spoofing')],
  },
  needs: ['unixSockets', 'cluster'],
  uses: ['accounts'],
  parameters: z.object({}),
  judge({ unixSockets, cluster }, _context, { accounts }) {
    if (unixSockets.length === 0) {
      return { status: 'not-applicable', summary: 'The server opens no Unix socket in a folder.' };
    }
    const unseen = unixSockets.filter(({ folders }) => folders.every(({ type }) => type === 'missing'));
    if (unseen.length > 0) {
      const names = listOf(unseen.map(({ directory }) => directory));
      return { status: 'not-assessed', summary: `The folder ${names} could not be seen.` };
    }
    const known = accounts.state === 'collected' ? accounts.value : null;
    const weak = unixSockets.flatMap((socket) => weaknessesOf(socket, cluster.owner, known));
    const found = weak.filter(
      ({ status }, index) => weak.findIndex((one) => one.status.path === status.path) === index,
    );
    if (found.length > 0) {
      return {
        status: 'fail',
        summary: `${listOf(
          found.map(({ status, note }) => `${status.path}: ${note}`),
          3,
        )}.`,
        evidence: [rightsEvidence(found)],
        subjects: found.map(({ status }) => ({ kind: 'folder', name: status.path })),
        severity: severities.find((one) => found.some(({ severity }) => severity === one)) ?? 'high',
      };
    }
    const innermost = unixSockets.flatMap(({ folders }) => folders.at(-1) ?? []);
    return {
      status: 'pass',
      summary: `Only ${cluster.owner} and root may write to ${listOf(innermost.map(({ path }) => path))}.`,
      evidence: [rightsEvidence(innermost.map((status) => ({ status, note: '' })))],
    };
  },
});
