import type { FileStatus } from '../../facts/files.ts';
import type { OperationOf } from '../../plan/operation.ts';

/** The operation that changes mode, owner or group of a file; null when all are so already. */
export function modeChange(
  { path, mode, owner, group }: FileStatus,
  change: { readonly mode: number; readonly owner?: string | null; readonly group?: string | null },
): OperationOf<'file-mode'> | null {
  const wanted = { mode: change.mode, owner: change.owner ?? null, group: change.group ?? null };
  const same = wanted.mode === mode && (wanted.owner ?? owner) === owner && (wanted.group ?? group) === group;
  return same ? null : { kind: 'file-mode', path, ...wanted, previous: { mode, owner, group } };
}
