import type { HbaConflict, HbaEdit } from './edit.ts';
import { scanAuthFile } from './tokens.ts';
import type { ScannedLine } from './tokens.ts';

/**
 * A line as it is written: its text without the line ending; or a line of the file, named by its number, with the bytes
 * that it has there, or with its comment sign set (`off`) or taken away (`on`). So a line that holds a password can
 * be moved by an edit that does not hold it.
 */
export type HbaNewLine = string | { readonly line: number; readonly as: 'is' | 'off' | 'on' };

/** The line with a comment sign before it, on each physical line that it has. */
export function commentedOut(text: string): string {
  return text.replace(/[^\n]*\n|[^\n]+$/g, (physical) => `# ${physical}`);
}

/** The line without the comment signs that commentedOut sets, or one that stands there without a blank. */
export function commentedIn(text: string): string {
  return text.replace(/(^|\n)[ \t]*#[ \t]?/g, '$1');
}

/** The text that lines written by hand have, each with its line ending; a conflict where they would run together. */
export function writtenText(
  by: readonly HbaNewLine[],
  lines: readonly ScannedLine[],
  lineEnd: string,
  major: number,
): { readonly text: string } | { readonly conflict: HbaConflict } {
  let text = '';
  for (const one of by) {
    if (typeof one === 'string') {
      text += one.replace(/\r?\n/g, lineEnd) + lineEnd;
      continue;
    }
    const line = lines.find((candidate) => candidate.line === one.line);
    if (line === undefined) return { conflict: { line: one.line, reason: 'no line begins there' } };
    const whole = line.text.endsWith('\n') ? line.text : line.text + lineEnd;
    text += one.as === 'is' ? whole : one.as === 'off' ? commentedOut(whole) : commentedIn(whole);
  }
  const scanned = scanAuthFile(`${text}x`, major);
  if (scanned.length === by.length + 1 && scanned.at(-1)?.text === 'x') return { text };
  return { conflict: { line: null, reason: 'a line written by hand would run into the one after it' } };
}

/** Lines that somebody wrote by hand cannot be edited by anything else as well: the first that is. */
export function overlapOf(edits: readonly HbaEdit[]): HbaConflict | null {
  for (const written of edits) {
    if (written.kind !== 'replace') continue;
    const { file, line, count } = written;
    const inside = (at: number): boolean => line <= at && at < line + count;
    for (const edit of edits) {
      if (edit === written || edit.file !== file) continue;
      const at = edit.kind === 'insert' ? edit.before : edit.line;
      if (typeof at !== 'number') continue;
      // What is inserted may stand right before them.
      const isHit =
        edit.kind === 'insert' || (edit.kind === 'replace' && edit.count === 0) ? at > line : true;
      const isSamePlace = edit.kind === 'replace' && count === 0 && edit.count === 0 && at === line;
      if ((isHit && inside(at)) || isSamePlace)
        return {
          line: at,
          reason: 'this line was edited by hand, and something else changes it too; leave out one of the two',
        };
    }
  }
  return null;
}
