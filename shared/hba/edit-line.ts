import { buildRule } from './parse.ts';
import { scanAuthFile } from './tokens.ts';
import type { RawToken, ScannedLine } from './tokens.ts';
import type { HbaParseOptions, HbaRuleDraft } from './types.ts';
import { formatAddressField, formatOption, formatTokens } from './write.ts';

/** Where a column of a rule stands in the text of its line; null when the rule has no such column. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Columns {
  readonly type: Span;
  readonly databases: Span;
  readonly users: Span;
  readonly address: Span | null;
  readonly method: Span;
  readonly options: Span | null;
}

type LineEdit = { readonly text: string } | { readonly problem: string };

function spanOf(fields: readonly (readonly RawToken[])[]): Span | null {
  const tokens = fields.flat();
  const [first, last] = [tokens[0], tokens.at(-1)];
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}

function columnsOf(line: ScannedLine, rule: HbaRuleDraft): Columns | null {
  const { fields } = line;
  // A netmask in a field of its own is the only address of two fields.
  const width =
    rule.address === null ? 0 : rule.address.kind === 'network' && /\s/.test(rule.address.text) ? 2 : 1;
  const type = spanOf(fields.slice(0, 1));
  const databases = spanOf(fields.slice(1, 2));
  const users = spanOf(fields.slice(2, 3));
  const method = spanOf(fields.slice(3 + width, 4 + width));
  if (type === null || databases === null || users === null || method === null) return null;
  const address = spanOf(fields.slice(3, 3 + width));
  return { type, databases, users, address, method, options: spanOf(fields.slice(4 + width)) };
}

interface Replacement extends Span {
  readonly text: string;
}

/** Replaces a span; where blanks align the next column, takes from or adds to them so that it stays in its place. */
function replaceSpan(text: string, { start, end, text: value }: Replacement): string {
  const tail = text.slice(end);
  const blanks = /^ {2,}(?=\S)/.exec(tail)?.[0].length ?? 0;
  const wanted = blanks === 0 ? 0 : Math.max(1, blanks + (end - start) - value.length);
  return text.slice(0, start) + value + ' '.repeat(wanted) + tail.slice(blanks);
}

function replacements(
  columns: Columns,
  fields: Partial<HbaRuleDraft>,
  rule: HbaRuleDraft,
  major: number,
): readonly Replacement[] {
  const list: Replacement[] = [];
  const type = fields.type ?? rule.type;
  if (fields.type !== undefined) list.push({ ...columns.type, text: fields.type });
  if (fields.databases !== undefined)
    list.push({ ...columns.databases, text: formatTokens(fields.databases, major) });
  if (fields.users !== undefined) list.push({ ...columns.users, text: formatTokens(fields.users, major) });
  if (type === 'local') {
    // Becoming local takes the address away, with the blanks up to the method.
    if (columns.address !== null)
      list.push({ start: columns.address.start, end: columns.method.start, text: '' });
  } else if (fields.address !== undefined && fields.address !== null) {
    const text = formatAddressField(fields.address);
    const { start } = columns.method;
    list.push(
      columns.address === null ? { start, end: start, text: `${text} ` } : { ...columns.address, text },
    );
  }
  if (fields.method !== undefined) list.push({ ...columns.method, text: fields.method });
  if (fields.options !== undefined) {
    const text = fields.options.map((option) => ` ${formatOption(option)}`).join('');
    list.push({ start: columns.method.end, end: columns.options?.end ?? columns.method.end, text });
  }
  return list.sort((one, other) => other.start - one.start || other.end - one.end);
}

function withoutMissing(fields: Partial<HbaRuleDraft>, rule: HbaRuleDraft): string | null {
  const type = fields.type ?? rule.type;
  const address = fields.address === undefined ? rule.address : fields.address;
  if (type !== 'local' && address === null) return `a ${type} rule needs an address`;
  if (fields.databases?.length === 0 || fields.users?.length === 0)
    return 'a rule needs a database and a user';
  return null;
}

/** The line with new values for some fields. A problem when the server would refuse the outcome. */
export function editLine(
  line: ScannedLine,
  fields: Partial<HbaRuleDraft>,
  options: HbaParseOptions,
): LineEdit {
  const { major } = options;
  if (line.fields.length === 0) return { problem: 'there is no rule in this line' };
  const before = buildRule(line.fields, line.line, options);
  if ('problem' in before) return { problem: `this line is not a valid rule: ${before.problem}` };
  const columns = columnsOf(line, before.rule);
  const missing = withoutMissing(fields, before.rule);
  if (columns === null || missing !== null) return { problem: missing ?? 'this line is not a valid rule' };
  let text = line.text;
  try {
    for (const replacement of replacements(columns, fields, before.rule, major)) {
      text = replaceSpan(text, replacement);
    }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const [scanned, ...more] = scanAuthFile(text, major);
  const after = scanned === undefined ? null : buildRule(scanned.fields, line.line, options);
  if (after === null || more.length > 0) return { problem: 'the changed line would not be one line' };
  if ('problem' in after) return { problem: `the server would refuse the changed line: ${after.problem}` };
  const kept = unchanged(before.rule, after.rule, fields);
  return kept ? { text } : { problem: 'the line is written in a way in which this cannot be changed alone' };
}

/** A quote that is not closed makes fields run into each other: then what was not to change would change. */
function unchanged(before: HbaRuleDraft, after: HbaRuleDraft, fields: Partial<HbaRuleDraft>): boolean {
  const names = ['type', 'databases', 'users', 'method', 'options'] as const;
  return (
    names.every(
      (name) =>
        fields[name] !== undefined ||
        (fields.type !== undefined && name === 'method') ||
        JSON.stringify(before[name]) === JSON.stringify(after[name]),
    ) &&
    (fields.address !== undefined ||
      fields.type !== undefined ||
      JSON.stringify(before.address) === JSON.stringify(after.address))
  );
}
