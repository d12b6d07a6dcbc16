/** A token as the server's scanner gives it, with where it stands. */
export interface RawToken {
  /** Without the quotes. */
  readonly text: string;
  /** A quote stood before its first character. */
  readonly quoted: boolean;
  /** Where it stands in the text of the logical line, line endings and continuations counted. */
  readonly start: number;
  readonly end: number;
}

/** A logical line before its meaning is known. A field is a comma list of tokens; it is never empty. */
export interface ScannedLine {
  /** 1-based. */
  readonly line: number;
  readonly lineCount: number;
  readonly text: string;
  readonly fields: readonly (readonly RawToken[])[];
  readonly hasComment: boolean;
  readonly problem: string | null;
}

interface LogicalLine {
  readonly line: number;
  readonly lineCount: number;
  readonly text: string;
  /** What the server scans: continuations joined, line endings gone. */
  readonly content: string;
  /** For each character of `content` its place in `text`. */
  readonly places: readonly number[];
}

// PostgreSQL 13 reads lines into a buffer of 20480 bytes; up to 15 a token has 10240 (minor releases of August 2023).
const lineLimitOf13 = 20479;
const tokenLimitUpTo15 = 10239;

function stripLineEnd(content: string): number {
  let length = content.length;
  while (length > 0 && (content[length - 1] === '\n' || content[length - 1] === '\r')) length -= 1;
  return length;
}

/** Splits a file into logical lines as tokenize_auth_file does. Their texts joined are the file. */
function logicalLines(text: string, major: number): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  let position = 0;
  let number = 1;
  while (position < text.length) {
    const start = position;
    const line = number;
    let content = '';
    let places: number[] = [];
    let lastContinuation = 0;
    for (;;) {
      const newline = text.indexOf('\n', position);
      const end = newline < 0 ? text.length : newline + 1;
      for (let index = position; index < end; index += 1) places.push(index - start);
      content += text.slice(position, end);
      position = end;
      number += 1;
      const length = stripLineEnd(content);
      content = content.slice(0, length);
      places = places.slice(0, length);
      // The backslash must stand behind the last continuation: two of them followed by two line ends are one only.
      if (major < 14 || length <= lastContinuation || content[length - 1] !== '\\') break;
      content = content.slice(0, -1);
      places.pop();
      lastContinuation = content.length;
      if (position >= text.length) break;
    }
    lines.push({ line, lineCount: number - line, text: text.slice(start, position), content, places });
  }
  return lines;
}

function isBlank(character: string, major: number): boolean {
  // Since 19 a carriage return inside a line is an ordinary character.
  return character === ' ' || character === '\t' || (character === '\r' && major < 19);
}

interface Scan {
  readonly token: RawToken | null;
  readonly next: number;
  readonly comma: boolean;
  readonly comment: boolean;
  readonly tooLong: boolean;
}

/** The server's next_token: doubled quotes, quotes in the middle of a word, comments that end a word. */
function nextToken({ content, places }: LogicalLine, from: number, major: number): Scan {
  let index = from;
  while (index < content.length && (isBlank(content[index] ?? '', major) || content[index] === ','))
    index += 1;
  const start = index;
  let text = '';
  let [inQuote, wasQuote, sawQuote, initialQuote] = [false, false, false, false];
  let [comma, comment, tooLong] = [false, false, false];
  for (; index < content.length; index += 1) {
    const character = content[index] ?? '';
    if (isBlank(character, major) && !inQuote) break;
    if (character === '#' && !inQuote) {
      comment = true;
      break;
    }
    if (major <= 15 && text.length >= tokenLimitUpTo15) {
      tooLong = true;
      break;
    }
    if (character === ',' && !inQuote) {
      comma = true;
      break;
    }
    if (character !== '"' || wasQuote) text += character;
    wasQuote = inQuote && character === '"' ? !wasQuote : false;
    if (character === '"') {
      inQuote = !inQuote;
      sawQuote = true;
      if (text.length === 0) initialQuote = true;
    }
  }
  const place = (at: number): number => places[at] ?? (places.at(-1) ?? -1) + 1;
  const found = !tooLong && (sawQuote || text.length > 0);
  return {
    token: found ? { text, quoted: initialQuote, start: place(start), end: place(index - 1) + 1 } : null,
    next: comment || tooLong ? content.length : index,
    comma,
    comment,
    tooLong,
  };
}

function scanLine(logical: LogicalLine, major: number): ScannedLine {
  const { line, lineCount, text } = logical;
  const fields: RawToken[][] = [];
  let hasComment = false;
  const result = (problem: string | null): ScannedLine => ({
    line,
    lineCount,
    text,
    fields,
    hasComment,
    problem,
  });
  // The server reads lines as C strings, so what it makes of such a file is an accident.
  if (text.includes('\0')) return result('the line has a NUL character');
  if (major < 14 && text.length >= lineLimitOf13) return result('authentication file line too long');
  for (let position = 0; position < logical.content.length;) {
    const field: RawToken[] = [];
    for (;;) {
      const scan = nextToken(logical, position, major);
      position = scan.next;
      hasComment ||= scan.comment;
      if (scan.tooLong) return result('authentication file token too long');
      if (scan.token === null) break;
      field.push(scan.token);
      if (!scan.comma) break;
    }
    if (field.length > 0) fields.push(field);
  }
  return result(null);
}

/** Scans pg_hba.conf, pg_ident.conf or a file named with @ into logical lines (hba.c, tokenize_auth_file). */
export function scanAuthFile(text: string, major: number): readonly ScannedLine[] {
  return logicalLines(text, major).map((logical) => scanLine(logical, major));
}
