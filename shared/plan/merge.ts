import { mergeHbaEdits } from '../hba/edit.ts';
import type { Operation, OperationOf } from './operation.ts';

/** An operation with the fixes that ask for it. */
export interface RequestedOperation {
  readonly operation: Operation;
  readonly fixes: readonly string[];
}

/** Two fixes that want different things of one subject. */
export interface MergeConflict {
  readonly fixes: readonly string[];
  readonly message: string;
}

export type MergeResult =
  | { readonly ok: true; readonly operations: readonly RequestedOperation[] }
  | { readonly ok: false; readonly conflicts: readonly MergeConflict[] };

type Joined = { readonly operation: Operation } | { readonly conflict: string } | 'apart';

const listSettings: readonly string[] = ['shared_preload_libraries'];

function joinSettings(one: OperationOf<'setting'>, other: OperationOf<'setting'>): Joined {
  if (one.name !== other.name) return 'apart';
  if (one.value === other.value) return { operation: one };
  if (listSettings.includes(one.name) && one.value !== null && other.value !== null) {
    const words = [...one.value.split(','), ...other.value.split(',')].map((word) => word.trim());
    return { operation: { ...one, value: [...new Set(words.filter((word) => word !== ''))].join(', ') } };
  }
  return {
    conflict: `${one.name} cannot be both ${one.value ?? 'its default'} and ${other.value ?? 'its default'}`,
  };
}

function joinModes(one: OperationOf<'file-mode'>, other: OperationOf<'file-mode'>): Joined {
  if (one.path !== other.path) return 'apart';
  const differs = <T>(a: T | null, b: T | null): boolean => a !== null && b !== null && a !== b;
  if (differs(one.owner, other.owner) || differs(one.group, other.group)) {
    return { conflict: `${one.path} cannot belong to two owners` };
  }
  // Of two modes the stricter one satisfies both: only the bits that both allow stay.
  const mode = one.mode !== null && other.mode !== null ? one.mode & other.mode : (one.mode ?? other.mode);
  return { operation: { ...one, mode, owner: one.owner ?? other.owner, group: one.group ?? other.group } };
}

function joinFirewalls(one: OperationOf<'firewall'>, other: OperationOf<'firewall'>): Joined {
  // What is in force and what comes after a reboot are two steps.
  if ((one.rulesStay ?? false) !== (other.rulesStay ?? false)) return 'apart';
  return JSON.stringify(one) === JSON.stringify(other)
    ? { operation: one }
    : { conflict: 'two fixes plan different firewall rules; choose one of them' };
}

function joinSql(one: OperationOf<'sql'>, other: OperationOf<'sql'>): Joined {
  const same = one.database === other.database && one.statements.join('\n') === other.statements.join('\n');
  return same ? { operation: one } : 'apart';
}

function join(one: Operation, other: Operation): Joined {
  switch (one.kind) {
    case 'setting':
      return other.kind === 'setting' ? joinSettings(one, other) : 'apart';
    case 'hba': {
      if (other.kind !== 'hba' || one.file !== other.file) return 'apart';
      const merged = mergeHbaEdits(one.edits, other.edits);
      return merged.ok
        ? { operation: { ...one, edits: [...merged.edits] } }
        : {
            conflict: `${one.file}${merged.conflict.line === null ? '' : `, line ${merged.conflict.line}`}: ${merged.conflict.reason}`,
          };
    }
    case 'file-mode':
      return other.kind === 'file-mode' ? joinModes(one, other) : 'apart';
    case 'firewall':
      return other.kind === 'firewall' ? joinFirewalls(one, other) : 'apart';
    case 'sql':
      return other.kind === 'sql' ? joinSql(one, other) : 'apart';
    case 'package': {
      if (other.kind !== 'package' || one.action !== other.action) return 'apart';
      const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])];
      return {
        operation: {
          ...one,
          names: union(one.names, other.names),
          expects: union(one.expects, other.expects),
        },
      };
    }
    case 'file':
    case 'certificate': {
      const path = one.kind === 'file' ? one.path : one.certificatePath;
      if (other.kind !== one.kind || path !== (other.kind === 'file' ? other.path : other.certificatePath))
        return 'apart';
      return JSON.stringify(one) === JSON.stringify(other)
        ? { operation: one }
        : { conflict: `two fixes write ${path} differently` };
    }
    case 'reload':
      return other.kind === 'reload' ? { operation: one } : 'apart';
    case 'restart':
      return other.kind === 'restart'
        ? { operation: { ...one, reasons: [...new Set([...one.reasons, ...other.reasons])] } }
        : 'apart';
  }
}

/** Joins what belongs together: one edit a file, one value a setting. Different wishes for one subject are conflicts. */
export function mergeOperations(requested: readonly RequestedOperation[]): MergeResult {
  const operations: RequestedOperation[] = [];
  const conflicts: MergeConflict[] = [];
  for (const next of requested) {
    let placed = false;
    for (const [index, present] of operations.entries()) {
      const joined = join(present.operation, next.operation);
      if (joined === 'apart') continue;
      const fixes = [...new Set([...present.fixes, ...next.fixes])];
      if ('conflict' in joined) conflicts.push({ fixes, message: joined.conflict });
      else operations[index] = { operation: joined.operation, fixes };
      placed = true;
      break;
    }
    if (!placed) operations.push(next);
  }
  return conflicts.length === 0 ? { ok: true, operations } : { ok: false, conflicts };
}
