import type { Accounts } from '../../facts/system.ts';
import type { FileStatus } from '../../facts/files.ts';
import { otherMembers } from './accounts.ts';
import { modeText } from './evidence.ts';
import type { RightsProblem } from './file-rights.ts';

/** Groups that are there for reading logs, by the custom of distributions. */
const readingGroups: readonly string[] = ['adm', 'systemd-journal', 'root', 'wheel'];

/**
 * What is wrong with the rights on one log file: 0640 is fine for the group of the server and those that are made for
 * reading logs, and for a group without other members.
 */
export function logFileProblems(
  status: FileStatus,
  owner: string,
  accounts: Accounts | null,
): readonly RightsProblem[] {
  if (status.type !== 'file') return [];
  const mode = modeText(status.mode);
  if ((status.mode & 0o007) !== 0) {
    const may = (status.mode & 0o002) !== 0 ? 'change' : 'read';
    return [{ severity: 'high', note: `mode ${mode} lets every account ${may} it` }];
  }
  if ((status.mode & 0o020) !== 0) return [{ severity: 'high', note: `group ${status.group} may change it` }];
  const known = readingGroups.includes(status.group) || status.group === owner;
  if ((status.mode & 0o040) === 0 || known) return [];
  const readers = accounts === null ? [] : otherMembers(accounts, status.group, [owner]);
  return accounts === null || readers.length > 0
    ? [{ severity: 'medium', note: `group ${status.group} may read it` }]
    : [];
}
