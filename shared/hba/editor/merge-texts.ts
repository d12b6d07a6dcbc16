import { diffArrays } from 'diff';

interface Change {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

function changesOf(base: readonly string[], other: readonly string[]): readonly Change[] | null {
  const parts = diffArrays([...base], [...other], { maxEditLength: 2000 });
  if (parts === undefined) return null;
  const changes: Change[] = [];
  let from = 0;
  for (const { value, added, removed } of parts) {
    const last = changes.at(-1);
    const joins = last !== undefined && last.to === from;
    if (removed) {
      if (joins) changes[changes.length - 1] = { ...last, to: from + value.length };
      else changes.push({ from, to: from + value.length, lines: [] });
    } else if (added) {
      if (joins) changes[changes.length - 1] = { ...last, lines: [...last.lines, ...value] };
      else changes.push({ from, to: from, lines: value });
    }
    if (!added) from += value.length;
  }
  return changes;
}

const touches = (one: Change, other: Change): boolean => one.from <= other.to && other.from <= one.to;

/**
 * Both changes of a text, line by line; null where they touch each other, so that somebody has to say which holds.
 */
export function mergeTexts(base: string, mine: string, theirs: string): string | null {
  const lines = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const before = lines(base);
  const [ours, others] = [changesOf(before, lines(mine)), changesOf(before, lines(theirs))];
  if (ours === null || others === null) return null;
  if (ours.some((one) => others.some((other) => touches(one, other)))) return null;
  const all = [...ours, ...others].sort((one, other) => one.from - other.from);
  let place = 0;
  const merged: string[] = [];
  for (const { from, to, lines: fresh } of all) {
    merged.push(...before.slice(place, from), ...fresh);
    place = to;
  }
  return [...merged, ...before.slice(place)].join('');
}
