import type { Accounts } from '../../facts/system.ts';
import type { FileStatus } from '../../facts/files.ts';

/** OS accounts of a group: its members and those whose primary group it is. Empty when there is no such group. */
export function groupMembers(accounts: Accounts, group: string): readonly string[] {
  const found = accounts.groups.find(({ name }) => name === group);
  if (found === undefined) return [];
  const primary = accounts.users.filter(({ gid }) => gid === found.gid).map(({ name }) => name);
  return [...new Set([...primary, ...found.members])].sort();
}

/** Accounts of a group apart from root and the ones named: those who gain something by its rights. */
export function otherMembers(
  accounts: Accounts,
  group: string,
  except: readonly string[],
): readonly string[] {
  return groupMembers(accounts, group).filter((name) => name !== 'root' && !except.includes(name));
}

export const worldWritable = ({ mode }: FileStatus): boolean => (mode & 0o002) !== 0;
export const groupWritable = ({ mode }: FileStatus): boolean => (mode & 0o020) !== 0;
export const isSticky = ({ mode }: FileStatus): boolean => (mode & 0o1000) !== 0;
/** A folder that accounts without a right of their own can pass through. */
export const worldTraversable = ({ mode }: FileStatus): boolean => (mode & 0o001) !== 0;
export const worldReadable = ({ mode }: FileStatus): boolean => (mode & 0o004) !== 0;
