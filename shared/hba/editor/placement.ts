import { shorten } from '../../lib/hostile-text.ts';
import { transportsOf } from '../match.ts';
import { reachOf } from '../reach.ts';
import type { HbaRule, HbaRuleDraft } from '../types.ts';
import type { EditorGround } from './ground-schema.ts';
import { readEditor } from './reading.ts';
import type { EditorReading, Texts } from './reading.ts';
import { isActive, readRows } from './rows.ts';
import type { EditorRow } from './rows.ts';

/** Where a new line goes, and why there. */
export interface Placement {
  /** The row before which it stands; the number of rows for the end of the file. */
  readonly before: number;
  /** One or two sentences. Lines are named by their text: their numbers change with the new one. */
  readonly words: string;
}

/** Of so many lines behind a new one is it told whether it takes all from them. */
const mostBehind = 500;

/**
 * For each place of a file, before one of its rows, how many rules the server tries before it. The file is read once
 * with a line of our own at each of them, so that included files are counted where they stand.
 */
function rulesBefore(
  ground: EditorGround,
  texts: Texts,
  path: string,
  rows: readonly EditorRow[],
  places: readonly number[],
): ReadonlyMap<number, number> {
  const wanted = new Set(places);
  const placeAt = new Map<number, number>();
  const lines: string[] = [];
  const mark = (place: number): void => {
    if (!wanted.has(place)) return;
    placeAt.set(lines.length + 1, place);
    lines.push('local all all reject');
  };
  for (const { index, body } of rows) {
    mark(index);
    lines.push(...body.split('\n'));
  }
  mark(rows.length);
  const before = new Map<number, number>();
  let rules = 0;
  for (const { file, line } of readEditor(ground, { ...texts, [path]: `${lines.join('\n')}\n` }).rules) {
    const place = file === path ? placeAt.get(line) : undefined;
    if (place === undefined) rules += 1;
    else if (!before.has(place)) before.set(place, rules);
  }
  return before;
}

interface Tried {
  readonly rules: readonly HbaRule[];
  /** Everybody that the new rule is for comes to it, by each transport. */
  readonly whole: boolean;
  readonly takenBy: readonly HbaRule[];
}

function tryAt({ rules, context }: EditorReading, fresh: HbaRule, position: number): Tried {
  const tried = rules.toSpliced(position, 0, fresh);
  const { transports, takenBy } = reachOf(tried, fresh, context);
  return { rules: tried, whole: transports.length === transportsOf(fresh.type).length, takenBy };
}

/** The lines to which nobody comes any more because of the new one. */
function shadowedBy(
  { rules }: Tried,
  fresh: HbaRule,
  position: number,
  { context }: EditorReading,
): readonly HbaRule[] {
  return rules.slice(position + 1, position + 1 + mostBehind).filter((later) => {
    const { transports, takenBy } = reachOf(rules, later, context);
    return transports.length === 0 && takenBy.includes(fresh);
  });
}

/**
 * The last place at which a new rule still decides on everybody that it is for: behind it a line stands that would
 * take all of one transport from it. At the end of the file when there is none.
 */
export function placeFor(ground: EditorGround, texts: Texts, path: string, draft: HbaRuleDraft): Placement {
  const rows = readRows(texts[path] ?? '', { path, major: ground.major });
  const active = rows.filter((row) => isActive(row) && row.kind !== 'off' && row.kind !== 'error');
  const places = [...active.map(({ index }) => index), rows.length];
  const before = rulesBefore(ground, texts, path, rows, places);
  const reading = readEditor(ground, texts);
  const fresh: HbaRule = { ...draft, file: path, line: 0 };
  const positionOf = (at: number): number => before.get(places[at] ?? rows.length) ?? reading.rules.length;
  // The further down, the more lines stand before it: once something is taken it stays taken.
  let [low, high] = [0, places.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (tryAt(reading, fresh, positionOf(middle)).whole) low = middle;
    else high = middle - 1;
  }
  const position = positionOf(low);
  const tried = tryAt(reading, fresh, position);
  const taken = shadowedBy(tried, fresh, position, reading);
  const place = places[low] ?? rows.length;
  const next = rows[place];
  const part =
    tried.takenBy[0] === undefined
      ? ''
      : ` A part of its clients is still taken by ${named(tried.takenBy, rows, path)} before it.`;
  const rest = taken[0] === undefined ? '' : ` Nobody comes to ${named(taken, rows, path)} any more.`;
  const where =
    next === undefined
      ? 'It stands at the end.'
      : `It stands before ${quoted(next.body)}, which would take its clients otherwise.`;
  return { before: blockStart(rows, place), words: `${where}${part}${rest}` };
}

/** Comments right above a line belong to it: what is put before the line goes before them. */
function blockStart(rows: readonly EditorRow[], index: number): number {
  let from = index;
  if (index < rows.length) while (rows[from - 1]?.kind === 'comment') from -= 1;
  return from;
}

const quoted = (body: string): string => `\`${shorten(body.replace(/\s+/g, ' ').trim(), 80)}\``;

/** The first of some lines by its text; by its place when it is in another file. */
function named([first, ...more]: readonly HbaRule[], rows: readonly EditorRow[], path: string): string {
  if (first === undefined) return '';
  const row = first.file === path ? rows.find(({ line }) => line === first.line) : undefined;
  const name = row === undefined ? `line ${first.line} of ${first.file}` : quoted(row.body);
  return more.length === 0 ? name : `${name} and ${more.length} more`;
}
