import { assertNever } from '../lib/assert-never.ts';

/** What pg_settings says of the type of a setting. `unit` is the base unit: kB, 8kB, MB, B, ms, s, min or none. */
export interface SettingType {
  readonly vartype: 'bool' | 'integer' | 'real' | 'enum' | 'string';
  readonly unit?: string | null;
  readonly enumvals?: readonly string[] | null;
}

/** A value as the server understands it; numbers are in the base unit. */
export type SettingValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'invalid'; readonly reason: string };

const memory: readonly (readonly [string, number])[] = [
  ['TB', 1024 ** 4],
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['kB', 1024],
  ['B', 1],
];
const time: readonly (readonly [string, number])[] = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['min', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1000],
  ['us', 1],
];

interface UnitTable {
  /** Unit → how many base units it has, the largest first. */
  readonly units: readonly (readonly [string, number])[];
}

function unitTable(unit: string | null | undefined): UnitTable | null {
  const [, count = '', name = ''] = /^(\d*)([A-Za-z]+)$/.exec(unit ?? '') ?? [];
  for (const table of [memory, time]) {
    const own = table.find(([known]) => known === name);
    if (own === undefined) continue;
    const base = own[1] * (count === '' ? 1 : Number(count));
    return { units: table.map(([known, size]) => [known, size / base]) };
  }
  return null;
}

/** Converts to base units; a fraction is rounded to the next smaller unit first (guc.c, convert_to_base_unit). */
function toBase(value: number, unit: string, table: UnitTable): number | null {
  const index = table.units.findIndex(([name]) => name === unit);
  const found = table.units[index];
  if (found === undefined) return null;
  const converted = value * found[1];
  const smaller = table.units[index + 1];
  return smaller === undefined ? converted : roundToEven(converted / smaller[1]) * smaller[1];
}

// C's rint: halves go to the even number.
function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function parseNumberText(text: string, whole: boolean): readonly [number, string] | null {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+/, '');
  const integer = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(trimmed);
  const real = /^[-+]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)/.exec(trimmed);
  // Whole numbers are read first with C's bases (0x, 0); what a point or exponent follows is read as a real number.
  if (whole && integer !== null && !/^[.eE]/.test(trimmed.slice(integer[0].length))) {
    const [all, sign = '', digits = ''] = integer;
    const octal = /^0[0-7]+$/.test(digits);
    const value = octal ? parseInt(digits, 8) : Number(digits);
    return [sign === '-' ? -value : value, trimmed.slice(all.length)];
  }
  if (real === null) return null;
  const hexadecimal = /^([-+]?)(0[xX].*)$/.exec(real[0]);
  const value =
    hexadecimal === null ? Number(real[0]) : Number(`${hexadecimal[1] ?? ''}1`) * Number(hexadecimal[2]);
  return [value, trimmed.slice(real[0].length)];
}

function parseNumber(text: string, unit: string | null | undefined, whole: boolean): SettingValue {
  const invalid = (reason: string): SettingValue => ({ kind: 'invalid', reason });
  const parsed = parseNumberText(text, whole);
  if (parsed === null) return invalid('it is not a number');
  const [value, rest] = parsed;
  const suffix = rest.replace(/^[ \t\n\v\f\r]+/, '').replace(/[ \t\n\v\f\r]+$/, '');
  let base: number | null = value;
  if (suffix !== '') {
    const table = unitTable(unit);
    if (table === null) return invalid('this setting has no unit');
    base = toBase(value, suffix, table);
    if (base === null) return invalid(`valid units are ${table.units.map(([name]) => name).join(', ')}`);
  }
  if (!whole) return { kind: 'number', value: base };
  const rounded = roundToEven(base);
  if (rounded > 2147483647 || rounded < -2147483648) return invalid('it is too large');
  return { kind: 'number', value: rounded === 0 ? 0 : rounded };
}

function parseBoolean(text: string): boolean | null {
  const word = text.toLowerCase();
  const isPrefix = (full: string, least = 1) => word.length >= least && full.startsWith(word);
  if (word === '1' || isPrefix('true') || isPrefix('yes') || isPrefix('on', 2)) return true;
  if (word === '0' || isPrefix('false') || isPrefix('no') || isPrefix('off', 2)) return false;
  return null;
}

// Words that the server takes and does not name in enumvals (guc_tables.c, hidden entries).
const hiddenWords: Readonly<Record<string, string>> = {
  ...{ true: 'on', yes: 'on', '1': 'on', false: 'off', no: 'off', '0': 'off' },
  ...{ debug: 'debug2', archive: 'replica', hot_standby: 'replica' },
};

function parseEnum(text: string, enumvals: readonly string[] | null | undefined): SettingValue {
  const word = text.toLowerCase();
  if (enumvals === null || enumvals === undefined) return { kind: 'text', value: word };
  const known = (wanted: string | undefined) => enumvals.find((value) => value.toLowerCase() === wanted);
  const value = known(word) ?? known(hiddenWords[word]);
  return value === undefined
    ? { kind: 'invalid', reason: `it is none of ${enumvals.join(', ')}` }
    : { kind: 'text', value: value.toLowerCase() };
}

/**
 * Reads the text of a setting as the server would (guc.c, parse_and_validate_value), without its own limits. Units are
 * case-sensitive; booleans may be shortened; halves round to even.
 */
export function parseSettingValue(type: SettingType, text: string): SettingValue {
  switch (type.vartype) {
    case 'bool': {
      const value = parseBoolean(text);
      return value === null
        ? { kind: 'invalid', reason: 'it is neither on nor off' }
        : { kind: 'bool', value };
    }
    case 'integer':
      return parseNumber(text, type.unit, true);
    case 'real':
      return parseNumber(text, type.unit, false);
    case 'enum':
      return parseEnum(text, type.enumvals);
    case 'string':
      return { kind: 'text', value: text };
    default:
      return assertNever(type.vartype, 'type of setting');
  }
}

/**
 * Compares two texts of one setting: below 0, 0 or above 0 as in sort(). Off is below on. Null when one is invalid, or
 * when they are different words, which have no order.
 */
export function compareSetting(type: SettingType, one: string, other: string): number | null {
  const [left, right] = [parseSettingValue(type, one), parseSettingValue(type, other)];
  if (left.kind === 'invalid' || right.kind === 'invalid') return null;
  if (left.kind === 'text' || right.kind === 'text') return left.value === right.value ? 0 : null;
  return Number(left.value) - Number(right.value);
}

/** A number of base units in the largest unit that divides it, as SHOW gives it: 131072 of 8kB is 1GB. */
export function formatSettingNumber(value: number, unit: string | null): string {
  const table = unitTable(unit);
  if (table === null || value <= 0) return `${value}`;
  for (const [name, size] of table.units) {
    const count = value / size;
    if (Number.isInteger(count)) return `${count}${name}`;
  }
  return `${value}`;
}
