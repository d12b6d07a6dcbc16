import { diffWordsWithSpace, structuredPatch } from 'diff';

export type DiffPiece = { readonly text: string; readonly changed: boolean };

/** One row of a unified diff: line numbers before and after, null where the side has no such line. */
export type DiffRow =
  | {
      readonly kind: 'same' | 'added' | 'removed';
      readonly before: number | null;
      readonly after: number | null;
      readonly pieces: readonly DiffPiece[];
    }
  | { readonly kind: 'gap'; readonly skipped: number };

/**
 * The rows of a unified diff with `context` lines around each change. A removed line that is followed by an added one
 * is taken as changed: the words that differ are marked. Texts that are equal give no rows.
 */
export function diffRows(before: string, after: string, context = 3): readonly DiffRow[] {
  return rowsOfHunks(structuredPatch('', '', before, after, undefined, undefined, { context }).hunks);
}

/** A part of a unified diff; the lines have their sign in front. */
export type DiffHunk = {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly lines: readonly string[];
};

/** The rows of a unified diff that was made elsewhere. */
export function rowsOfHunks(hunks: readonly DiffHunk[]): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  let nextBefore = 1;
  for (const hunk of hunks) {
    if (hunk.oldStart > nextBefore) rows.push({ kind: 'gap', skipped: hunk.oldStart - nextBefore });
    rows.push(...hunkRows(hunk.lines, hunk.oldStart, hunk.newStart));
    nextBefore = hunk.oldStart + hunk.oldLines;
  }
  return rows;
}

function hunkRows(lines: readonly string[], oldStart: number, newStart: number): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  let before = oldStart;
  let after = newStart;
  let index = 0;
  while (index < lines.length) {
    const line = lines[index] ?? '';
    if (line.startsWith('\\')) {
      index += 1;
    } else if (line.startsWith(' ')) {
      rows.push({ kind: 'same', before, after, pieces: [{ text: line.slice(1), changed: false }] });
      before += 1;
      after += 1;
      index += 1;
    } else {
      const removed = takeWhile(lines, index, '-');
      const added = takeWhile(lines, removed.next, '+');
      rows.push(...changedRows(removed.texts, added.texts, before, after));
      before += removed.texts.length;
      after += added.texts.length;
      index = added.next;
    }
  }
  return rows;
}

function takeWhile(lines: readonly string[], from: number, sign: string) {
  const texts: string[] = [];
  let next = from;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    if (line.startsWith('\\')) continue;
    if (!line.startsWith(sign)) break;
    texts.push(line.slice(1));
  }
  return { texts, next };
}

/** Pairs removed and added lines in order, so that each change stands beside what it replaces. */
function changedRows(
  removed: readonly string[],
  added: readonly string[],
  before: number,
  after: number,
): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
    const from = removed[index];
    const to = added[index];
    const pieces =
      from !== undefined && to !== undefined
        ? changedWords(from, to)
        : { from: [whole(from)], to: [whole(to)] };
    if (from !== undefined)
      rows.push({ kind: 'removed', before: before + index, after: null, pieces: pieces.from });
    if (to !== undefined) rows.push({ kind: 'added', before: null, after: after + index, pieces: pieces.to });
  }
  return rows;
}

function whole(text: string | undefined): DiffPiece {
  return { text: text ?? '', changed: true };
}

function changedWords(from: string, to: string) {
  const changes = diffWordsWithSpace(from, to);
  const kept = changes.reduce(
    (sum, part) => sum + (part.added || part.removed ? 0 : part.value.trim().length),
    0,
  );
  // Lines that share next to nothing are two lines, not one that changed.
  if (kept * 4 < Math.max(from.trim().length, to.trim().length))
    return { from: [whole(from)], to: [whole(to)] };
  return {
    from: changes.filter((part) => !part.added).flatMap((part) => piecesOf(part.value, part.removed)),
    to: changes.filter((part) => !part.removed).flatMap((part) => piecesOf(part.value, part.added)),
  };
}

/** A part of a line; the space around a changed word moves along with it and is not marked. */
function piecesOf(text: string, changed: boolean): readonly DiffPiece[] {
  if (!changed || text.trim() === '') return [{ text, changed }];
  const [, lead = '', word = '', trail = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? [];
  return [
    { text: lead, changed: false },
    { text: word, changed: true },
    { text: trail, changed: false },
  ].filter((piece) => piece.text !== '');
}

/** How many lines were added and removed. */
export function countChanges(rows: readonly DiffRow[]): { readonly added: number; readonly removed: number } {
  return {
    added: rows.filter((row) => row.kind === 'added').length,
    removed: rows.filter((row) => row.kind === 'removed').length,
  };
}

/** The rows as text, one line each with its sign, for the clipboard. */
export function diffText(rows: readonly DiffRow[]): string {
  return rows
    .map((row) => {
      if (row.kind === 'gap') return `@@ ${row.skipped} lines the same @@`;
      const sign = row.kind === 'added' ? '+' : row.kind === 'removed' ? '-' : ' ';
      return sign + row.pieces.map((piece) => piece.text).join('');
    })
    .join('\n');
}
