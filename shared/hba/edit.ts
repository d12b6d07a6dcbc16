import { parseHba } from './parse.ts';
import { editLine } from './edit-line.ts';
import { scanAuthFile } from './tokens.ts';
import type { ScannedLine } from './tokens.ts';
import type { HbaParseOptions, HbaRuleDraft } from './types.ts';
import { formatRule } from './write.ts';
import { commentedOut, overlapOf, writtenText } from './written-lines.ts';
import type { HbaNewLine } from './written-lines.ts';

/** The fields of a rule that a change gives a new value; the others keep their bytes. */
export type HbaFields = Partial<HbaRuleDraft>;

/**
 * One edit of a pg_hba.conf. `line` is the first physical line of a rule. `expected` is, where given, the exact text
 * of the line that the edit was made for; if the file says otherwise by now, nothing is edited.
 */
export type HbaEdit =
  | {
      readonly kind: 'change';
      readonly file: string;
      readonly line: number;
      readonly fields: HbaFields;
      /** Further lines behind it: each the changed line with these fields in place (one rule for several networks). */
      readonly copies?: readonly HbaFields[];
      readonly expected?: string;
    }
  | {
      readonly kind: 'disable';
      readonly file: string;
      readonly line: number;
      readonly note: string;
      readonly expected?: string;
    }
  | {
      readonly kind: 'insert';
      readonly file: string;
      /** Before the rule in this line, before the first rule or include, or behind the last line. */
      readonly before: number | 'first-rule' | 'end';
      readonly rule: HbaRuleDraft;
      readonly note: string;
    }
  | {
      /** Lines that a person wrote in place of others. Both are whole lines, with all that they continue on. */
      readonly kind: 'replace';
      readonly file: string;
      /** The first physical line that goes; one more than there are to write behind the last. */
      readonly line: number;
      /** How many physical lines go; 0 inserts before `line`. */
      readonly count: number;
      readonly by: readonly HbaNewLine[];
    };

/** Why edits cannot be made, in words for a person. `line` is null when no line is at fault. */
export interface HbaConflict {
  readonly line: number | null;
  readonly reason: string;
}

export type HbaEditResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly conflict: HbaConflict };

export type HbaMergeResult =
  | { readonly ok: true; readonly edits: readonly HbaEdit[] }
  | { readonly ok: false; readonly conflict: HbaConflict };

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function mergeFields(one: HbaFields, other: HbaFields): HbaFields | keyof HbaFields {
  for (const name of Object.keys(other) as (keyof HbaFields)[]) {
    if (one[name] !== undefined && other[name] !== undefined && !same(one[name], other[name])) return name;
  }
  return { ...one, ...other };
}

/** Joins two edits of one line, or two equal inserts. */
function mergeOne(before: HbaEdit, edit: HbaEdit): HbaEdit | HbaConflict {
  // Only equal ones of these come here.
  if (before.kind === 'insert' || edit.kind === 'insert') return before;
  if (before.kind === 'replace' || edit.kind === 'replace') return before;
  if (before.expected !== undefined && edit.expected !== undefined && before.expected !== edit.expected) {
    return { line: edit.line, reason: 'the edits were made for different texts of the line' };
  }
  const expected = before.expected ?? edit.expected;
  const known = expected === undefined ? {} : { expected };
  if (before.kind === 'disable' && edit.kind === 'disable') {
    const notes = [...new Set([before.note, edit.note])];
    return { ...before, ...known, note: notes.join('; ') };
  }
  if (before.kind === 'disable') return { ...before, ...known };
  if (edit.kind === 'disable') return { ...edit, ...known };
  const fields = mergeFields(before.fields, edit.fields);
  if (typeof fields === 'string') {
    return { line: edit.line, reason: `two changes want different values for the ${fieldNames[fields]}` };
  }
  const copies = [...(before.copies ?? []), ...(edit.copies ?? [])];
  const apart = copies.filter((copy, index) => copies.findIndex((one) => same(one, copy)) === index);
  return { ...before, ...known, fields, ...(apart.length === 0 ? {} : { copies: apart }) };
}

const fieldNames: Readonly<Record<keyof HbaFields, string>> = {
  type: 'record type',
  databases: 'databases',
  users: 'users',
  address: 'address',
  method: 'method',
  options: 'options',
};

/**
 * Joins two lists of edits into one in which each line is edited once: changes of different fields are joined, equal
 * ones are one, disabling wins over changing. Different values for one field are a conflict. Equal inserts are one.
 */
export function mergeHbaEdits(one: readonly HbaEdit[], other: readonly HbaEdit[]): HbaMergeResult {
  // By what an edit is about: only edits of one line, and equal inserts, have anything to do with each other.
  const edits = new Map<string, HbaEdit>();
  for (const edit of [...one, ...other]) {
    const whole = edit.kind === 'insert' || edit.kind === 'replace';
    const key = whole ? JSON.stringify(edit) : JSON.stringify([edit.file, edit.line]);
    const before = edits.get(key);
    const joined = before === undefined ? edit : mergeOne(before, edit);
    if ('reason' in joined) return { ok: false, conflict: joined };
    edits.set(key, joined);
  }
  const merged = [...edits.values()];
  const conflict = overlapOf(merged);
  return conflict === null ? { ok: true, edits: merged } : { ok: false, conflict };
}

/** A note as one comment line that cannot continue on the next: no line breaks, no backslash at its end. */
function noteLine(note: string, lineEnd: string): string {
  const words = note.replace(/\p{Cc}+/gu, ' ').trim();
  return `# Portcullis: ${words.replace(/[\s\\]+$/, '')}${lineEnd}`;
}

function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

function disabled(line: ScannedLine, note: string, lineEnd: string): string {
  return noteLine(note, lineEnd) + commentedOut(line.text);
}

class Conflict extends Error {
  readonly conflict: HbaConflict;

  constructor(line: number | null, reason: string) {
    super(reason);
    this.conflict = { line, reason };
  }
}

function replacement(line: ScannedLine, edit: HbaEdit, lineEnd: string, options: HbaParseOptions): string {
  if (edit.kind === 'insert' || edit.kind === 'replace') return line.text;
  if (edit.expected !== undefined && edit.expected !== line.text) {
    throw new Conflict(line.line, 'the line is not what it was when the change was planned');
  }
  if (edit.kind === 'disable') {
    if (line.fields.length === 0) throw new Conflict(line.line, 'there is nothing to disable in this line');
    return disabled(line, edit.note, lineEnd);
  }
  const texts = [{}, ...(edit.copies ?? [])].map((copy) => {
    const edited = editLine(line, { ...edit.fields, ...copy }, options);
    if ('problem' in edited) throw new Conflict(line.line, edited.problem);
    return edited.text;
  });
  // The last line of a file may lack its end, which those before it need.
  return texts
    .map((text, index) => (index + 1 < texts.length && !text.endsWith('\n') ? text + lineEnd : text))
    .join('');
}

function insertPoint(before: number | 'first-rule' | 'end', lines: readonly ScannedLine[]): number {
  if (before === 'end') return lines.length;
  const index =
    before === 'first-rule'
      ? lines.findIndex(({ fields }) => fields.length > 0)
      : lines.findIndex(({ line }) => line === before);
  if (index >= 0) return index;
  if (before === 'first-rule') return lines.length;
  throw new Conflict(before, 'no line begins there');
}

/** What must stand between the last line and an appended one: its line ending, and an end to its continuation. */
function closing(text: string, lineEnd: string, major: number): string {
  if (text === '') return '';
  const open = text.endsWith('\n') ? '' : lineEnd;
  const continued = scanAuthFile(`${text}${open}x`, major).at(-1)?.text !== 'x';
  return continued ? open + lineEnd : open;
}

function checkedRule(rule: HbaRuleDraft, options: HbaParseOptions): string {
  let text;
  try {
    text = formatRule(rule, options.major);
  } catch (error) {
    throw new Conflict(null, error instanceof Error ? error.message : String(error));
  }
  const [line, ...more] = parseHba(text, options).lines;
  const readable = (line?.kind === 'rule' || line?.kind === 'unresolved') && more.length === 0;
  if (!readable)
    throw new Conflict(null, line?.kind === 'error' ? line.message : 'the new rule is not readable');
  return text;
}

function editText(text: string, edits: readonly HbaEdit[], options: HbaParseOptions): string {
  const lines = scanAuthFile(text, options.major);
  const lineEnd = lineEndOf(text);
  const texts = lines.map((line) => line.text);
  const places = new Map(lines.map(({ line }, index) => [line, index] as const));
  const inserted = lines.map(() => '').concat('');
  const taken: { readonly from: number; readonly to: number }[] = [];
  for (const edit of edits) {
    if (edit.file !== options.path) throw new Conflict(null, `the edit is for ${edit.file}`);
    if (edit.kind !== 'replace') continue;
    const from = edgeOf(edit.line, lines);
    const to = edgeOf(edit.line + edit.count, lines);
    const written = writtenText(edit.by, lines, lineEnd, options.major);
    if ('conflict' in written) throw new Conflict(written.conflict.line, written.conflict.reason);
    if (to === from) inserted[from] += written.text;
    else {
      texts.fill('', from, to);
      texts[from] = written.text;
      taken.push({ from, to });
    }
  }
  for (const edit of edits) {
    if (edit.kind === 'replace') continue;
    if (edit.kind === 'insert') {
      const point = insertPoint(edit.before, lines);
      // What is to come first comes before lines that were written in place of the first rule.
      const index = taken.find(({ from, to }) => from < point && point < to)?.from ?? point;
      const rule = checkedRule(edit.rule, options);
      inserted[index] += (edit.note === '' ? '' : noteLine(edit.note, lineEnd)) + rule + lineEnd;
      continue;
    }
    const index = places.get(edit.line) ?? -1;
    const line = lines[index];
    if (line === undefined) throw new Conflict(edit.line, 'no rule begins in this line');
    texts[index] = replacement(line, edit, lineEnd, options);
  }
  let result = '';
  texts.forEach((line, index) => {
    result += (inserted[index] ?? '') + line;
  });
  const appended = inserted.at(-1) ?? '';
  return appended === '' ? result : result + closing(result, lineEnd, options.major) + appended;
}

/** The place of the line that begins with this physical line; behind the last one for the number after it. */
function edgeOf(line: number, lines: readonly ScannedLine[]): number {
  const last = lines.at(-1);
  if (line === (last === undefined ? 1 : last.line + last.lineCount)) return lines.length;
  const index = lines.findIndex((candidate) => candidate.line === line);
  if (index < 0) throw new Conflict(line, 'no line begins there');
  return index;
}

/**
 * Edits one file. Only the named lines change, and in them only the named fields; comments, spacing, line endings and
 * a missing line ending at the end stay. Every changed or new line is read again: what the server would refuse is a
 * conflict. All edits are made or none.
 */
export function applyHbaEdits(
  text: string,
  edits: readonly HbaEdit[],
  options: HbaParseOptions,
): HbaEditResult {
  const merged = mergeHbaEdits([], edits);
  if (!merged.ok) return merged;
  try {
    return { ok: true, text: editText(text, merged.edits, options) };
  } catch (error) {
    if (error instanceof Conflict) return { ok: false, conflict: error.conflict };
    throw error;
  }
}
