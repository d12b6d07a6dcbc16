import { diffArrays } from 'diff';
import { printable } from '../../lib/hostile-text.ts';
import { bytesOfText, textOfBytes } from '../../lib/text-bytes.ts';
import type { HbaEdit } from '../edit.ts';
import { scanAuthFile } from '../tokens.ts';
import type { HbaParseOptions } from '../types.ts';
import { commentedIn, commentedOut } from '../written-lines.ts';
import type { HbaNewLine } from '../written-lines.ts';
import { holdsSecret, secretMask, shownLines } from './shown.ts';
import type { ShownLine } from './shown.ts';

/** The edits that make one text of another; or why a line cannot be written, with its number in the new text. */
export type TextEdits =
  | { readonly ok: true; readonly edits: readonly HbaEdit[] }
  | { readonly ok: false; readonly problems: readonly { readonly line: number; readonly message: string }[] };

interface Hunk {
  /** Places in the lines of the file and in those of the new text; `to` is behind the last. */
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

const mostEdits = 2000;

function hunksOf(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  const parts = diffArrays([...before], [...after], { maxEditLength: mostEdits });
  if (parts === undefined) return [wholeHunk(before, after)];
  const hunks: Hunk[] = [];
  let [from, newFrom] = [0, 0];
  let open: Hunk | null = null;
  for (const part of parts) {
    const length = part.value.length;
    if (part.added || part.removed) {
      open ??= { from, to: from, newFrom, newTo: newFrom };
      if (part.removed) from += length;
      else newFrom += length;
      open = { ...open, to: from, newTo: newFrom };
    } else {
      if (open !== null) hunks.push(open);
      open = null;
      from += length;
      newFrom += length;
    }
  }
  return open === null ? hunks : [...hunks, open];
}

/** Texts that have hardly anything in common: all between their first and last common lines. */
function wholeHunk(before: readonly string[], after: readonly string[]): Hunk {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { from: start, to: before.length - end, newFrom: start, newTo: after.length - end };
}

/**
 * How a line is written: by its text; or by the line of the file that has it, where that has bytes of its `own`: a part
 * that is not shown, another line ending.
 */
function newLine(
  body: string,
  lines: readonly { readonly line: ShownLine; readonly own: boolean }[],
  encode: (text: string) => string | null,
  major: number,
): HbaNewLine | { readonly problem: string } {
  const ways = [
    ['is', (shown: string) => shown],
    ['off', commentedOut],
    ['on', commentedIn],
  ] as const;
  for (const [as, way] of ways) {
    const found = lines.filter(({ own, line }) => own && way(line.body) === body).map(({ line }) => line);
    if (new Set(found.map(({ bytes }) => bytes.replace(/\r*\n$|\r+$/, ''))).size > 1)
      return { problem: 'several lines of the file look like this one, so it cannot be told which is meant' };
    if (found[0] !== undefined) return { line: found[0].line, as };
  }
  if (body.includes(secretMask))
    return {
      problem:
        'the password in this line is not shown, so the line can be moved, commented out or removed, but not changed; change it in the file on the host',
    };
  if (holdsSecret(body, major))
    return {
      problem:
        'a password would be kept in the records of the run; write this line into the file on the host itself',
    };
  if (printable(body) !== body) return { problem: 'it has a character that cannot be seen; take it out' };
  return (
    encode(body) ?? { problem: 'the file is not written in UTF-8, and this line has letters beyond Latin-1' }
  );
}

/**
 * The edits that give a file the lines of a text that was made from its shown text. What is not touched keeps its
 * bytes, and applyHbaEdits with these edits gives exactly the lines of the text, with the file's line endings. `bytes`
 * is the file as it was collected, one character a byte.
 */
export function editsFromText(bytes: string, text: string, { path, major }: HbaParseOptions): TextEdits {
  const lines = shownLines(bytes, major);
  const wanted = scanAuthFile(text.replace(/\r\n?/g, '\n'), major);
  const bodies = wanted.map((line) => line.text.replace(/\n$/, ''));
  const isUtf8 = !/[\u0080-\u00ff]/.test(bytes) || textOfBytes(bytes) !== bytes;
  // eslint-disable-next-line no-control-regex -- Latin-1 is what one byte can say
  const encode = (one: string) => (isUtf8 ? bytesOfText(one) : /^[\u0000-\u00ff]*$/.test(one) ? one : null);
  const lineEnd = /\r?\n/.exec(bytes)?.[0] ?? '\n';
  const known = lines.map((line) => ({
    line,
    own: line.veiled || line.bytes !== `${(encode(line.body) ?? '').replaceAll('\n', lineEnd)}${lineEnd}`,
  }));
  const problems: { line: number; message: string }[] = [];
  const hunks = hunksOf(
    lines.map(({ body }) => body),
    bodies,
  );
  const end = (lines.at(-1)?.line ?? 1) + (lines.at(-1)?.lineCount ?? 0);
  const lineAt = (place: number): number => lines[place]?.line ?? end;
  const edits = hunks.map(({ from, to, newFrom, newTo }): HbaEdit => {
    const by = bodies.slice(newFrom, newTo).flatMap((body, index): readonly HbaNewLine[] => {
      const written = newLine(body, known, encode, major);
      if (typeof written === 'string' || 'line' in written) return [written];
      problems.push({ line: wanted[newFrom + index]?.line ?? 1, message: written.problem });
      return [];
    });
    return { kind: 'replace', file: path, line: lineAt(from), count: lineAt(to) - lineAt(from), by };
  });
  return problems.length === 0 ? { ok: true, edits } : { ok: false, problems };
}
