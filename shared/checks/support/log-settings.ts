import { findSetting, isOn, listEntries } from './settings.ts';
import type { Setting } from '../../facts/cluster.ts';

/** What log_connections can report, from PostgreSQL 18 on each by itself. */
export const connectionAspects = ['receipt', 'authentication', 'authorization', 'setup_durations'] as const;
export type ConnectionAspect = (typeof connectionAspects)[number];

/** The aspects that a value of log_connections means: a boolean before 18, and still accepted as one since. */
export function loggedAspects(value: string): readonly ConnectionAspect[] {
  const words = value
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const [only = ''] = words;
  if (words.length === 1 && /^(on|t|tr|tru|true|y|ye|yes|1)$/.test(only))
    return ['receipt', 'authentication', 'authorization'];
  return connectionAspects.filter((aspect) => words.includes(aspect) || words.includes('all'));
}

/** The letters of the escapes in a log_line_prefix: `%m [%-5p] ` has m and p. */
export function prefixEscapes(prefix: string): ReadonlySet<string> {
  const letters = [...prefix.matchAll(/%(-?\d+)?([a-zA-Z%])/g)].map(([, , letter]) => letter ?? '');
  return new Set(letters.filter((letter) => letter !== '%'));
}

/** True when some log is plain text: csvlog and jsonlog carry every field whatever the prefix says. */
export function prefixMatters(settings: readonly Setting[]): boolean {
  const destination = findSetting(settings, 'log_destination');
  const entries = destination === undefined ? [] : listEntries(destination);
  // Without the collector csvlog and jsonlog fall back to plain text.
  return (
    entries.length === 0 ||
    entries.some((one) => one !== 'csvlog' && one !== 'jsonlog') ||
    !isOn(settings, 'logging_collector')
  );
}

/** The value of a file mode setting (`0640`) as a number; null when it is none. */
export function modeOfSetting(value: string): number | null {
  return /^0?[0-7]{1,4}$/.test(value) ? Number.parseInt(value, 8) : null;
}
