import { groupMembers, otherMembers } from '../../checks/support/accounts.ts';
import type { Cluster } from '../../facts/cluster.ts';
import type { FactSet } from '../../facts/facts.ts';
import type { ConfigurationFile, FileStatus } from '../../facts/files.ts';
import type { Finding } from '../../findings/finding.ts';
import type { OperationOf } from '../../plan/operation.ts';
import { defineFix } from '../define-fix.ts';
import { modeChange } from '../support/modes.ts';
import { notOffered, offered } from '../support/offers.ts';

const nothingToDo = 'Owner, folders above it or an ACL let others in. Decide by hand, see "By hand".';

/** 0700, or 0750 where accounts other than the server read it by its group and may go on doing so. */
function dataDirectoryMode(
  status: FileStatus,
  { owner }: Cluster,
  all: FactSet,
): OperationOf<'file-mode'> | null {
  if (status.type !== 'directory' || status.owner !== owner) return null;
  const readers =
    all.accounts.state === 'collected' ? otherMembers(all.accounts.value, status.group, [owner]) : [];
  const keepGroup = (status.mode & 0o027) !== 0 && (status.mode & 0o050) === 0o050 && readers.length > 0;
  return modeChange(status, { mode: status.mode & (keepGroup && status.group === owner ? 0o750 : 0o700) });
}

export const privateDataDirectory = defineFix({
  id: 'private-data-directory',
  resolves: ['os-pgdata'],
  title: 'Close the data folder to other accounts',
  description:
    'The data folder gets mode 0700. Members of the group of the server keep reading it where they do so today. The server notices nothing.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['dataDirectory', 'cluster'],
  offer: ({ dataDirectory, cluster }, _finding, all) =>
    dataDirectoryMode(dataDirectory.status, cluster, all) === null ? notOffered(nothingToDo) : offered,
  choices: () => [],
  plan({ dataDirectory, cluster }, _finding, _answers, _preferences, all) {
    const operation = dataDirectoryMode(dataDirectory.status, cluster, all);
    return operation === null ? { ok: false, reason: nothingToDo } : { ok: true, operations: [operation] };
  },
});

const nothingHere =
  'What lets others in is an ACL, or a file in another folder. Decide by hand, see "By hand".';

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/**
 * Mode 0640 for pg_hba.conf and pg_ident.conf, nobody but the owner writes to files that they read in. A file of root
 * that the server reads by the rights of everybody is given to its group first: else the next reload would fail.
 */
function hbaRights(
  files: readonly ConfigurationFile[],
  finding: Finding,
  { owner }: Cluster,
  all: FactSet,
): readonly OperationOf<'file-mode'>[] {
  const named = new Set(finding.subjects.map(({ name }) => name));
  const accounts = all.accounts.state === 'collected' ? all.accounts.value : null;
  const primary = accounts?.users.find(({ name }) => name === owner)?.gid;
  const group = accounts?.groups.find(({ gid }) => gid === primary)?.name ?? owner;
  const homes = files.flatMap(({ role, path }) => (role === 'include' ? [] : [folderOf(path)]));
  const operations = files
    .filter(({ path, status }) => named.has(path) && status.type === 'file')
    // A file that is read in from elsewhere may be there for others too.
    .filter(
      ({ role, path }) =>
        role !== 'include' || (!path.includes('/../') && homes.some((home) => path.startsWith(home))),
    )
    .map(({ role, status }) => {
      const foreign = status.owner !== 'root' && status.owner !== owner;
      const mode = role === 'include' ? status.mode & ~0o022 : status.mode & 0o640;
      const readsByGroup =
        (status.mode & 0o040) !== 0 &&
        (accounts === null ? status.group === owner : groupMembers(accounts, status.group).includes(owner));
      const handOver = status.owner === 'root' && !readsByGroup && role !== 'include';
      return modeChange(status, {
        mode: handOver ? mode | 0o040 : mode,
        owner: foreign ? owner : null,
        group: handOver ? group : null,
      });
    });
  return operations.filter((operation) => operation !== null);
}

export const privateHbaFiles = defineFix({
  id: 'private-hba-files',
  resolves: ['os-hba-perms', 'hba-includes'],
  title: 'Make pg_hba.conf and pg_ident.conf private',
  description:
    'The files get mode 0640 at most and belong to the server or to root. Accounts that only read them, such as a monitoring program, can do so no longer unless they are in the group. Files beside them that they read in, such as lists of roles, can still be read, but only the server or root may change them: a program that keeps such a list up to date under another account has to be moved first.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['configurationFiles', 'cluster'],
  // Who keeps a list up to date that others may write to cannot be seen.
  safeFor: ({ configurationFiles, cluster }, finding, all) => {
    const lists = configurationFiles.filter(({ role }) => role === 'include').map(({ path }) => path);
    return !hbaRights(configurationFiles, finding, cluster, all).some(({ path }) => lists.includes(path));
  },
  offer: ({ configurationFiles, cluster }, finding, all) =>
    hbaRights(configurationFiles, finding, cluster, all).length > 0 ? offered : notOffered(nothingHere),
  choices: () => [],
  plan({ configurationFiles, cluster }, finding, _answers, _preferences, all) {
    const operations = hbaRights(configurationFiles, finding, cluster, all);
    return operations.length > 0 ? { ok: true, operations } : { ok: false, reason: nothingHere };
  },
});
