import type { FileStatus } from '../../../shared/facts/files.ts';

/** What `pc_stat` and `pc_stat_up` printed. */
export interface Statuses {
  /** In the order of printing; a missing path is not among them. */
  readonly list: readonly FileStatus[];
  /** The path that `pc_stat_up` resolved, in order of the calls. */
  readonly resolved: readonly string[];
  /** Lines of stat about paths that could not be looked at: `cannot statx '/x': Permission denied`. */
  readonly errors: readonly string[];
}

const types: Readonly<Record<string, FileStatus['type']>> = {
  'regular file': 'file',
  'regular empty file': 'file',
  directory: 'directory',
  socket: 'socket',
  'symbolic link': 'link',
};

/** Reads the lines of `pc_stat`. A path with a newline in it cannot be told apart and is left out. */
export function parseStatuses(text: string): Statuses {
  const list: FileStatus[] = [];
  const resolved: string[] = [];
  const errors: string[] = [];
  const withAcl: string[] = [];
  const targets = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [kind, ...fields] = line.split('\t');
    if (kind === 'p') resolved.push(fields.join('\t'));
    else if (kind === 'e') errors.push(fields.join('\t'));
    else if (kind === 'a') withAcl.push(fields.join('\t'));
    else if (kind === 't') targets.set(fields.slice(1).join('\t'), fields[0] ?? '');
    else if (kind === 's') {
      const status = statusOf(fields);
      if (status !== null) list.push(status);
    }
  }
  return {
    list: list.map((status) => ({
      ...status,
      hasAcl: withAcl.some((line) => line.endsWith(` ${status.path}`)),
      target: status.type === 'link' ? (targets.get(status.path) ?? null) : null,
    })),
    resolved,
    errors,
  };
}

/** The status of one path; `missing` when stat said so. Null when it could not be looked at for want of rights. */
export function statusFor(path: string, statuses: Statuses): FileStatus | null {
  const found = statuses.list.find((status) => status.path === path);
  if (found !== undefined) return found;
  const refused = statuses.errors.some((line) => line.includes(path) && /permission denied/i.test(line));
  return refused ? null : missingStatus(path);
}

export function missingStatus(path: string): FileStatus {
  return {
    path,
    type: 'missing',
    mode: 0,
    owner: '',
    group: '',
    sizeBytes: 0,
    modifiedAt: 0,
    hasAcl: false,
    target: null,
  };
}

function statusOf(fields: readonly string[]): FileStatus | null {
  const [type = '', mode = '', owner = '', group = '', size = '', modified = '', ...path] = fields;
  if (!/^[0-7]{1,5}$/.test(mode) || path.length === 0) return null;
  return {
    path: path.join('\t'),
    type: types[type] ?? 'other',
    mode: Number.parseInt(mode, 8),
    owner,
    group,
    sizeBytes: Number(size) || 0,
    modifiedAt: Number(modified) || 0,
    hasAcl: false,
    target: null,
  };
}
