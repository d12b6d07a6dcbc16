import type { ConfigFile, ConfigIncludeDirective, ConfigLine } from './types.ts';

type TokenKind =
  'id' | 'qualified-id' | 'string' | 'unquoted-string' | 'integer' | 'real' | 'equals' | 'error';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
}

// The rules of the server's scanner (guc-file.l) in its order: the longest match wins, then the first. No token holds
// a line ending, so each line stands alone. Bytes from 0x80 on are letters.
const letter = 'A-Za-z_\\u0080-\\uffff';
const id = `[${letter}][${letter}0-9]*`;
const rules: readonly (readonly [TokenKind, RegExp])[] = [
  ['id', new RegExp(id, 'y')],
  ['qualified-id', new RegExp(`${id}\\.${id}`, 'y')],
  ['string', /'(?:[^'\\]|\\[^]|'')*'/y],
  ['unquoted-string', new RegExp(`[${letter}][${letter}0-9\\-._:/]*`, 'y')],
  ['integer', /[-+]?(?:0x[0-9a-fA-F]+|[0-9]+)[a-zA-Z]*/y],
  ['real', /[-+]?[0-9]*\.[0-9]*(?:[Ee][-+]?[0-9]+)?/y],
  ['equals', /=/y],
];

function nextToken(text: string, from: number): Token | null {
  let start = from;
  while (text[start] === ' ' || text[start] === '\t' || text[start] === '\r') start += 1;
  if (start >= text.length || text[start] === '#') return null;
  let best: Token = { kind: 'error', text: text[start] ?? '', start };
  let longest = 0;
  for (const [kind, rule] of rules) {
    rule.lastIndex = start;
    const found = rule.exec(text)?.[0] ?? '';
    if (found.length <= longest) continue;
    longest = found.length;
    best = { kind, text: found, start };
  }
  return best;
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Removes the quotes of a string and collapses '' and backslash escapes (guc-file.l, DeescapeQuotedString). */
function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/''|\\([0-7]{1,3}|[^])/g, (_, escaped: string | undefined) =>
      escaped === undefined
        ? "'"
        : /^[0-7]/.test(escaped)
          ? String.fromCharCode(parseInt(escaped, 8) & 255)
          : (escapes[escaped] ?? escaped),
    );
}

const valueKinds: readonly TokenKind[] = ['id', 'string', 'integer', 'real', 'unquoted-string'];
const directives: readonly string[] = ['include', 'include_if_exists', 'include_dir'];

function isDirective(name: string): name is ConfigIncludeDirective {
  return directives.includes(name);
}

function parseLine(text: string, line: number): ConfigLine {
  const base = { line, text };
  const content = text.replace(/\n$/, '');
  const error: ConfigLine = { ...base, kind: 'error', message: 'syntax error' };
  const first = nextToken(content, 0);
  if (first === null) return { ...base, kind: /\S/.test(content) ? 'comment' : 'blank' };
  if (first.kind !== 'id' && first.kind !== 'qualified-id') return error;
  let value = nextToken(content, first.start + first.text.length);
  if (value?.kind === 'equals') value = nextToken(content, value.start + 1);
  if (value === null || !valueKinds.includes(value.kind)) return error;
  const valueEnd = value.start + value.text.length;
  if (nextToken(content, valueEnd) !== null) return error;
  const name = first.text;
  const plain = value.kind === 'string' ? unquote(value.text) : value.text;
  const directive = settingKey(name);
  if (isDirective(directive)) return { ...base, kind: 'include', directive, target: plain };
  return { ...base, kind: 'setting', name, value: plain, valueStart: value.start, valueEnd };
}

/** A name in the form in which two of them are equal for the server: ASCII letters small, old names replaced. */
export function settingKey(name: string): string {
  const key = name.replace(/[A-Z]/g, (capital) => capital.toLowerCase());
  return key === 'sort_mem' ? 'work_mem' : key === 'vacuum_mem' ? 'maintenance_work_mem' : key;
}

/** Reads one file losslessly. Never throws. */
export function parseConfig(text: string, path: string): ConfigFile {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return { path, lines: lines.map((line, index) => parseLine(line, index + 1)) };
}

/** The text that was parsed, to the byte. */
export function renderConfig(file: ConfigFile): string {
  return file.lines.map(({ text }) => text).join('');
}
