import { parseHba } from '../parse.ts';
import type { HbaLine, HbaParseOptions, HbaRule } from '../types.ts';
import { commentedIn } from '../written-lines.ts';

/** One logical line of an edited file, as a row. */
export interface EditorRow {
  /** Its place among the rows, from 0. */
  readonly index: number;
  /** Its first physical line, 1-based. */
  readonly line: number;
  /** Its text without the line ending. */
  readonly body: string;
  /** `off` is a rule or an include that is commented out, `list` a rule that names files with @. */
  readonly kind: 'rule' | 'list' | 'off' | 'include' | 'error' | 'comment' | 'blank';
  /** What it says, or would say if it were not commented out; null for what is no rule. */
  readonly rule: HbaRule | null;
  /** What the server says of an `error`. */
  readonly message: string | null;
}

/** The line that a comment would be without its comment sign, where it would be one that the server takes. */
function behindComment(line: HbaLine, options: HbaParseOptions): HbaLine | null {
  const text = commentedIn(line.text);
  if (!/^\s*["h-l]/.test(text)) return null;
  const [inner, ...more] = parseHba(text, options).lines;
  if (inner === undefined || more.length > 0) return null;
  return inner.kind === 'rule' ||
    inner.kind === 'include' ||
    (inner.kind === 'unresolved' && inner.rule !== null)
    ? inner
    : null;
}

function rowOf(line: HbaLine, index: number, options: HbaParseOptions): EditorRow {
  const base = {
    index,
    line: line.line,
    body: line.text.replace(/\r*\n$|\r+$/, ''),
    rule: null,
    message: null,
  };
  switch (line.kind) {
    case 'rule':
      return { ...base, kind: 'rule', rule: line.rule };
    case 'unresolved':
      return { ...base, kind: 'list', rule: line.rule };
    case 'error':
      return { ...base, kind: 'error', message: line.message };
    case 'comment': {
      const inner = behindComment(line, options);
      if (inner === null) return { ...base, kind: 'comment' };
      const rule = inner.kind === 'rule' || inner.kind === 'unresolved' ? inner.rule : null;
      return { ...base, kind: 'off', rule: rule === null ? null : { ...rule, line: line.line } };
    }
    default:
      return { ...base, kind: line.kind };
  }
}

/** The rows of a text. Joined with newlines their bodies are the text again (rowsText). */
export function readRows(text: string, options: HbaParseOptions): readonly EditorRow[] {
  return parseHba(text, options).lines.map((line, index) => rowOf(line, index, options));
}

/** The text that rows were read from, where it has newlines only. */
export function rowsText(rows: readonly Pick<EditorRow, 'body'>[], text: string): string {
  return rows.map(({ body }) => body).join('\n') + (text.endsWith('\n') && rows.length > 0 ? '\n' : '');
}

/** Rows that do something, or did: what is neither a comment nor blank. */
export function isActive({ kind }: EditorRow): boolean {
  return kind !== 'comment' && kind !== 'blank';
}
