/**
 * Quotes one word for a POSIX shell. Throws on NUL, which no argument of a process can hold.
 * Single quotes switch off every expansion (POSIX 2.2.2); a single quote itself is written `'\''`.
 */
export function quoteShell(word: string): string {
  if (word.includes('\0')) throw new Error('A shell word cannot hold a NUL character');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Quotes one word for PowerShell. Single quotes switch off every expansion; PowerShell takes the curved ones for single
 * quotes too, and each is written twice. Throws on NUL and line breaks, which no name of a rule holds.
 */
export function quotePowerShell(word: string): string {
  if (/[\0\r\n]/.test(word)) throw new Error('A PowerShell word cannot hold a NUL character or a line break');
  return `'${word.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

/** Quotes an SQL identifier, always with double quotes. Throws on NUL, which PostgreSQL refuses. */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new Error('An SQL identifier cannot hold a NUL character');
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes an SQL string literal so that it is read alike with standard_conforming_strings on and off. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new Error('An SQL literal cannot hold a NUL character');
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}

/** `schema.name`, each part quoted. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
