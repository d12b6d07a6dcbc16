import { parseConfig, renderConfig, settingKey } from './parse.ts';
import type { ConfigLine } from './types.ts';

type SettingLine = Extract<ConfigLine, { kind: 'setting' }>;

/** Quotes a value for postgresql.conf. Throws on NUL, which no value can hold. */
export function quoteSettingValue(value: string): string {
  if (value.includes('\0')) throw new Error('A setting cannot hold a NUL character');
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    // The server's scanner ends a string at a line break.
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `'${escaped}'`;
}

function readsAs(written: string, value: string): boolean {
  const [line] = parseConfig(`x = ${written}`, '').lines;
  return line?.kind === 'setting' && line.value === value;
}

function formatValue(value: string, keepQuotes: boolean): string {
  return !keepQuotes && /^[A-Za-z0-9_.+-]+$/.test(value) && readsAs(value, value)
    ? value
    : quoteSettingValue(value);
}

function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** A note as one comment line. */
function noteLine(note: string, lineEnd: string): string {
  return `# Portcullis: ${note.replace(/\p{Cc}+/gu, ' ').trim()}${lineEnd}`;
}

function isFor(line: ConfigLine, name: string): line is SettingLine {
  return line.kind === 'setting' && settingKey(line.name) === settingKey(name);
}

function checkName(name: string): void {
  const [line] = parseConfig(`${name} = x`, '').lines;
  if (line?.kind !== 'setting' || line.name !== name)
    throw new Error(`"${name}" cannot be the name of a setting`);
}

/**
 * The text with a new value for a setting. The last active line of it keeps its place, its comment and its spelling;
 * without one a line is appended. Earlier lines of the same setting stay: they have no effect. `note` becomes a comment
 * above the line. Nothing changes when the value is already that. Throws when the name or value cannot be written.
 */
export function setSetting(text: string, name: string, value: string, note?: string): string {
  checkName(name);
  const lineEnd = lineEndOf(text);
  const comment = note === undefined || note === '' ? '' : noteLine(note, lineEnd);
  const { lines } = parseConfig(text, '');
  const index = lines.findLastIndex((line) => isFor(line, name));
  const line = lines[index];
  if (line?.kind === 'setting') {
    if (line.value === value) return text;
    const quoted = line.text[line.valueStart] === "'";
    const changed =
      line.text.slice(0, line.valueStart) + formatValue(value, quoted) + line.text.slice(line.valueEnd);
    const above = lines[index - 1]?.text === comment ? '' : comment;
    return lines.map((one) => (one === line ? above + changed : one.text)).join('');
  }
  const open = text === '' || text.endsWith('\n') ? '' : lineEnd;
  return `${text}${open}${comment}${name} = ${formatValue(value, false)}${lineEnd}`;
}

/** The text with every active line of a setting commented out, so that the default or another file decides. */
export function removeSetting(text: string, name: string, note?: string): string {
  const file = parseConfig(text, '');
  const comment = note === undefined || note === '' ? '' : noteLine(note, lineEndOf(text));
  const lines = file.lines.map((line): ConfigLine =>
    isFor(line, name) ? { ...line, kind: 'comment', text: `${comment}#${line.text}` } : line,
  );
  return renderConfig({ ...file, lines });
}
