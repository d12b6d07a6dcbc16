import { diffArrays } from 'diff';

/** A stretch of the base, `start` to before `end`, that one side replaced by other lines. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** Above this many changed lines two texts count as unrelated. */
const mostChanges = 10_000;

/** The lines of a text, each with its own ending: joined they are the text. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function editsBetween(base: readonly string[], other: readonly string[]): readonly Edit[] | null {
  const parts = diffArrays([...base], [...other], { maxEditLength: mostChanges });
  if (parts === undefined) return null;
  const edits: { start: number; end: number; lines: string[] }[] = [];
  let at = 0;
  let open: { start: number; end: number; lines: string[] } | null = null;
  for (const part of parts) {
    if (!part.added && !part.removed) {
      open = null;
      at += part.value.length;
      continue;
    }
    if (open === null) {
      open = { start: at, end: at, lines: [] };
      edits.push(open);
    }
    if (part.removed) {
      at += part.value.length;
      open.end = at;
    } else open.lines.push(...part.value);
  }
  return edits;
}

const isSame = (one: Edit, other: Edit): boolean =>
  one.start === other.start &&
  one.end === other.end &&
  one.lines.length === other.lines.length &&
  one.lines.every((line, index) => line === other.lines[index]);

/** Two edits that only touch have one order; two insertions at one place do not. */
function conflict(one: Edit, other: Edit): boolean {
  if (one.start === other.start && (one.start === one.end || other.start === other.end)) {
    return one.start === one.end && other.start === other.end;
  }
  return one.start < other.end && other.start < one.end;
}

/**
 * Undoes one change of a text and keeps what was changed since, line by line: `before` and `after` are what the change
 * began with and left, `now` is what stands there. Null where both touched the same lines, so that nobody can know what
 * is meant, and where the texts are too different to be compared.
 */
export function undoWithin(before: string, after: string, now: string): string | null {
  const base = linesOf(after);
  const [undo, newer] = [editsBetween(base, linesOf(before)), editsBetween(base, linesOf(now))];
  if (undo === null || newer === null) return null;
  const pending = newer.filter((edit) => !undo.some((other) => isSame(edit, other)));
  if (pending.some((edit) => undo.some((other) => conflict(edit, other)))) return null;
  // An insertion comes before what replaces the lines behind it, and after what replaces those in front of it.
  const edits = [...undo, ...pending].sort((one, other) => one.start - other.start || one.end - other.end);
  const merged: string[] = [];
  let at = 0;
  for (const edit of edits) {
    merged.push(...base.slice(at, edit.start), ...edit.lines);
    at = edit.end;
  }
  merged.push(...base.slice(at));
  // A last line without its end would run into the line behind it.
  if (merged.slice(0, -1).some((line) => !line.endsWith('\n'))) return null;
  return merged.join('');
}
