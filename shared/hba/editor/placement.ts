import { transportsOf } from '../match.ts';
import { reachOf } from '../reach.ts';
import type { HbaParseOptions, HbaRule, HbaRuleDraft } from '../types.ts';
import type { EditorGround } from './ground-schema.ts';
import { addRules } from './operations.ts';
import { placeKey, readEditor } from './reading.ts';
import type { EditorReading, Texts } from './reading.ts';
import { isActive, readRows } from './rows.ts';

/** Where a new line goes, and why there. */
export interface Placement {
  /** The row before which it stands; the number of rows for the end of the file. */
  readonly before: number;
  /** One or two sentences. */
  readonly words: string;
}

interface Tried {
  readonly whole: boolean;
  readonly takenBy: readonly HbaRule[];
  /** The rule there, and all with it; null when it cannot be written. */
  readonly stands: { readonly rule: HbaRule; readonly reading: EditorReading } | null;
}

const nowhere: Tried = { whole: false, takenBy: [], stands: null };
/** Of so many lines behind a new one is it told whether it takes all from them. */
const mostBehind = 500;

/** What a rule would still decide at a place: everything that it is for, or not. */
function tryAt(
  ground: EditorGround,
  texts: Texts,
  options: HbaParseOptions,
  before: number,
  draft: HbaRuleDraft,
): Tried {
  const text = texts[options.path] ?? '';
  const added = addRules(text, options, before, [draft], '');
  if (!added.ok) return nowhere;
  const reading = readEditor(ground, { ...texts, [options.path]: added.text });
  const { rules, context } = reading;
  const line = readRows(added.text, options)[added.index]?.line;
  const rule = rules.find((one) => one.file === options.path && one.line === line);
  if (rule === undefined) return nowhere;
  const reach = reachOf(rules, rule, context);
  const whole = reach.transports.length === transportsOf(rule.type).length;
  return { whole, takenBy: reach.takenBy, stands: { rule, reading } };
}

/** The lines to which nobody comes any more because of the new one. */
function shadowedBy({ stands }: Tried): readonly HbaRule[] {
  if (stands === null) return [];
  const { rule, reading } = stands;
  const { rules, context } = reading;
  return rules.slice(rules.indexOf(rule) + 1, rules.indexOf(rule) + 1 + mostBehind).filter((later) => {
    const { transports, takenBy } = reachOf(rules, later, context);
    return transports.length === 0 && takenBy.includes(rule);
  });
}

/**
 * The last place at which a new rule still decides on everybody that it is for: behind it a line stands that would
 * take all of one transport from it. At the end of the file when there is none.
 */
export function placeFor(ground: EditorGround, texts: Texts, path: string, draft: HbaRuleDraft): Placement {
  const options = { path, major: ground.major };
  const rows = readRows(texts[path] ?? '', options);
  const places = [
    ...rows.filter((row) => isActive(row) && row.kind !== 'off').map(({ index }) => index),
    rows.length,
  ];
  const tried = new Map<number, Tried>();
  const at = (place: number): Tried => {
    const before = places[place] ?? rows.length;
    const known = tried.get(place) ?? tryAt(ground, texts, options, before, draft);
    tried.set(place, known);
    return known;
  };
  // The further down, the more lines stand before it: once something is taken it stays taken.
  let [low, high] = [0, places.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(middle).whole) low = middle;
    else high = middle - 1;
  }
  const before = blockStart(rows, places[low] ?? rows.length);
  const { takenBy } = at(low);
  const takes = shadowedBy(at(low));
  const next = rows[places[low] ?? rows.length];
  const rest = takes[0] === undefined ? '' : ` Nobody comes to ${lineWords(takes, path)} any more.`;
  const part =
    takenBy[0] === undefined ? '' : ` ${firstUpper(lineWords(takenBy, path))} before it still takes a part.`;
  if (next === undefined) return { before, words: `It stands at the end.${part}` };
  return {
    before,
    words: `It stands before line ${next.line}, which would take its clients otherwise.${part}${rest}`,
  };
}

/** Comments right above a line belong to it: what is put before the line goes before them. */
function blockStart(rows: readonly { readonly kind: string }[], index: number): number {
  let from = index;
  if (index < rows.length) while (rows[from - 1]?.kind === 'comment') from -= 1;
  return from;
}

const firstUpper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function lineWords(rules: readonly HbaRule[], path: string): string {
  const words = rules.slice(0, 3).map((rule) => (rule.file === path ? String(rule.line) : placeKey(rule)));
  return `${words.length === 1 ? 'line' : 'lines'} ${words.join(', ')}${rules.length > 3 ? ' and others' : ''}`;
}
