import { parseConfig, settingKey } from '../config/parse.ts';

const activeLines = (text: string, name: string) =>
  parseConfig(text, '').lines.filter(
    (line) => line.kind === 'setting' && settingKey(line.name) === settingKey(name),
  );

/** The value of the line that is in force in a text of settings; null when it has none. */
export function settingIn(text: string, name: string): string | null {
  const line = activeLines(text, name).at(-1);
  return line?.kind === 'setting' ? line.value : null;
}

/**
 * A text of settings in which some have the line of an earlier text again, or none where that had none. Everything
 * else stays as it is.
 */
export function restoreSettings(now: string, before: string, names: readonly string[]): string {
  return names.reduce((text, name) => restoreOne(text, before, name), now);
}

function restoreOne(text: string, before: string, name: string): string {
  const old = activeLines(before, name).at(-1);
  const { lines } = parseConfig(text, '');
  const active = new Set(activeLines(text, name).map(({ line }) => line));
  const last = Math.max(0, ...active);
  if (old === undefined) {
    return lines
      .filter(({ line }) => !active.has(line))
      .map((line) => line.text)
      .join('');
  }
  const restored = old.text.endsWith('\n') ? old.text : `${old.text}\n`;
  if (last > 0) return lines.map((line) => (line.line === last ? restored : line.text)).join('');
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${restored}`;
}
