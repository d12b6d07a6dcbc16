import { applyHbaEdits } from '../edit.ts';
import type { HbaFields } from '../edit.ts';
import type { HbaParseOptions, HbaRuleDraft } from '../types.ts';
import { formatRule } from '../write.ts';
import { parseHba } from '../parse.ts';
import { commentedIn, commentedOut } from '../written-lines.ts';
import { isActive, readRows } from './rows.ts';
import type { EditorRow } from './rows.ts';

/** The text after an operation and the row that it was about; or why it cannot be done. */
export type Edited =
  | { readonly ok: true; readonly text: string; readonly index: number }
  | { readonly ok: false; readonly reason: string };

const refused = (reason: string): Edited => ({ ok: false, reason });

/** Puts bodies together as lines. The text is refused when lines would run into each other (a backslash at an end). */
function joined(bodies: readonly string[], index: number, text: string, options: HbaParseOptions): Edited {
  const next = bodies.join('\n') + (bodies.length > 0 && (text === '' || text.endsWith('\n')) ? '\n' : '');
  const rows = readRows(next, options);
  const same = rows.length === bodies.length && rows.every(({ body }, place) => body === bodies[place]);
  // An empty last body is no line when no newline follows it.
  return same || bodies.at(-1) === ''
    ? { ok: true, text: next, index }
    : refused('A line ends in a backslash, so it would run into the one behind it.');
}

const bodiesOf = (rows: readonly EditorRow[]): readonly string[] => rows.map(({ body }) => body);

/** Writes the text of one row anew, as it was typed. It may become several rows. */
export function rewriteRow(text: string, options: HbaParseOptions, index: number, body: string): Edited {
  const rows = readRows(text, options);
  if (rows[index] === undefined) return refused('There is no such line.');
  const bodies = bodiesOf(rows).with(index, body.replace(/\r\n?/g, '\n').replace(/\n+$/, ''));
  const next = bodies.join('\n') + (text.endsWith('\n') ? '\n' : '');
  return { ok: true, text: next, index };
}

/** Changes some fields of a rule; the rest of its line stays as it is written. A rule that is commented out stays so. */
export function changeRule(text: string, options: HbaParseOptions, index: number, fields: HbaFields): Edited {
  const rows = readRows(text, options);
  const row = rows[index];
  if (row === undefined || row.rule === null) return refused('There is no rule in this line.');
  const isOff = row.kind === 'off';
  const line = isOff ? commentedIn(row.body) : row.body;
  const result = applyHbaEdits(line, [{ kind: 'change', file: options.path, line: 1, fields }], options);
  if (!result.ok) return refused(`${result.conflict.reason}.`);
  const body = isOff ? commentedOut(result.text) : result.text;
  return joined(bodiesOf(rows).with(index, body), index, text, options);
}

/** Comments a line out, or takes the comment sign of a line that is commented out. */
export function switchRow(text: string, options: HbaParseOptions, index: number): Edited {
  const rows = readRows(text, options);
  const row = rows[index];
  if (row === undefined || !isActive(row)) return refused('There is nothing to comment out in this line.');
  const body = row.kind === 'off' ? commentedIn(row.body) : commentedOut(row.body);
  return joined(bodiesOf(rows).with(index, body), index, text, options);
}

/** Takes a line away; comments above it stay. */
export function removeRow(text: string, options: HbaParseOptions, index: number): Edited {
  const rows = readRows(text, options);
  if (rows[index] === undefined) return refused('There is no such line.');
  const bodies = bodiesOf(rows).toSpliced(index, 1);
  return joined(bodies, Math.max(0, Math.min(index, bodies.length - 1)), text, options);
}

/** Adds rules before a row (behind the last for its number of rows), with a comment line above unless it is empty. */
export function addRules(
  text: string,
  options: HbaParseOptions,
  before: number,
  drafts: readonly HbaRuleDraft[],
  note: string,
): Edited {
  const rows = readRows(text, options);
  const lines: string[] = [];
  for (const draft of drafts) {
    let line;
    try {
      line = formatRule(draft, options.major);
    } catch (error) {
      return refused(error instanceof Error ? error.message : String(error));
    }
    const [parsed] = parseHba(line, options).lines;
    if (parsed?.kind === 'error') return refused(`The server would refuse the new line: ${parsed.message}.`);
    lines.push(line);
  }
  const words = note
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[\s\\]+$/, '')
    .trim();
  const comment = words === '' ? [] : [`# ${words}`];
  const index = before + comment.length;
  return joined(bodiesOf(rows).toSpliced(before, 0, ...comment, ...lines), index, text, options);
}

/** A line with the comments right above it, which belong to it; `to` is behind it. */
interface Block {
  readonly from: number;
  readonly to: number;
}

/** What moves as one: each active line with the comments that stand right above it. Between blocks stand blanks. */
function blocksOf(rows: readonly EditorRow[]): readonly Block[] {
  return rows.filter(isActive).map(({ index }) => {
    let from = index;
    while (rows[from - 1]?.kind === 'comment') from -= 1;
    return { from, to: index + 1 };
  });
}

/** Whether a line can be moved up or down: there is another one before or behind it. */
export function canMove(rows: readonly EditorRow[], index: number, way: 'up' | 'down'): boolean {
  const active = rows.filter(isActive);
  const place = active.findIndex((row) => row.index === index);
  return place >= 0 && active[way === 'up' ? place - 1 : place + 1] !== undefined;
}

/**
 * Changes places with the line before or behind it, comments right above a line going with it. Moving back gives the
 * same text.
 */
export function moveRow(text: string, options: HbaParseOptions, index: number, way: 'up' | 'down'): Edited {
  const rows = readRows(text, options);
  const blocks = blocksOf(rows);
  const place = blocks.findIndex(({ to }) => to === index + 1);
  const [first, second] =
    way === 'up' ? [blocks[place - 1], blocks[place]] : [blocks[place], blocks[place + 1]];
  if (place < 0 || first === undefined || second === undefined)
    return refused(`There is no line ${way === 'up' ? 'above' : 'below'} it.`);
  const bodies = bodiesOf(rows);
  const part = (from: number, to: number) => bodies.slice(from, to);
  const next = [
    ...part(0, first.from),
    ...part(second.from, second.to),
    ...part(first.to, second.from),
    ...part(first.from, first.to),
    ...part(second.to, bodies.length),
  ];
  const moved = way === 'up' ? first.from + (second.to - second.from) - 1 : second.to - 1;
  return joined(next, moved, text, options);
}
