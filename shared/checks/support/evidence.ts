import type { ConfigurationFile, FileStatus } from '../../facts/files.ts';
import type { Evidence } from '../../findings/finding.ts';
import { shorten } from '../../lib/hostile-text.ts';
import { textOfBytes } from '../../lib/text-bytes.ts';

/** Rows beyond this are counted, not listed. */
const rowLimit = 50;
const lineLimit = 60;

export function textEvidence(text: string): Evidence {
  return { kind: 'text', text };
}

/** A table; rows beyond the limit are cut, `total` keeps their number. */
export function tableEvidence(columns: readonly string[], rows: readonly (readonly string[])[]): Evidence {
  return {
    kind: 'table',
    columns: [...columns],
    rows: rows.slice(0, rowLimit).map((row) => [...row]),
    total: rows.length,
  };
}

// Options of pg_hba.conf and parts of connection strings whose value is a secret, quoted whole, in part, or not at all.
const secretName = '(?:ldapbindpasswd|radiussecrets|password|passwd)';
const secretQuoted = new RegExp(`"(${secretName})=(?:[^"]|"")*"`, 'gi');
const secretPlain = new RegExp(
  `\\b(${secretName})(\\s*=\\s*)(?:"(?:[^"]|"")*"|''[^']*''|\\\\?'(?:[^']|'')*'|[^\\s"']+)`,
  'gi',
);

/** A line of a configuration file without the secrets that can stand in it. */
function withoutSecretValues(line: string): string {
  return line.replace(secretQuoted, '"$1=[redacted]"').replace(secretPlain, '$1$2[redacted]');
}

/**
 * Lines of a configuration file, the numbered ones marked, each with one neighbour before and after it.
 * `marked` are 1-based numbers; null when there is no text to show.
 */
export function fileEvidence(file: ConfigurationFile, marked: readonly number[]): Evidence | null {
  if (file.text === null) return null;
  const lines = file.text.split(/\r?\n/);
  const wanted = new Set(marked.slice(0, rowLimit));
  const shown = lines
    .map((line, index) => ({ number: index + 1, text: shorten(withoutSecretValues(textOfBytes(line)), 400) }))
    .filter(({ number }) => wanted.has(number) || wanted.has(number - 1) || wanted.has(number + 1))
    .filter(({ number, text }) => wanted.has(number) || text.trim() !== '')
    .slice(0, lineLimit)
    .map(({ number, text }) => ({ number, text, marked: wanted.has(number) }));
  return { kind: 'file', path: file.path, lines: shown };
}

/** Evidence without the parts that could not be made. */
export function presentEvidence(...parts: readonly (Evidence | null | undefined)[]): readonly Evidence[] {
  return parts.filter((part): part is Evidence => part !== null && part !== undefined);
}

/** Permission bits as `ls` and `chmod` write them: `0770`, `2775`. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** `2775 postgres:postgres`, with a plus when an ACL adds to it. */
export function rightsText(status: FileStatus): string {
  if (status.type === 'missing') return 'missing';
  return `${modeText(status.mode)} ${status.owner}:${status.group}${status.hasAcl ? ' + ACL' : ''}`;
}

/** A table of files with their rights; `note` says what is wrong with one. */
export function rightsEvidence(
  files: readonly { readonly status: FileStatus; readonly note: string }[],
): Evidence {
  return tableEvidence(
    ['Path', 'Mode and owner', 'Note'],
    files.map(({ status, note }) => [status.path, rightsText(status), note]),
  );
}
