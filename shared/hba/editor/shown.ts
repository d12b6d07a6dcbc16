import { printable } from '../../lib/hostile-text.ts';
import { textOfBytes } from '../../lib/text-bytes.ts';
import { scanAuthFile } from '../tokens.ts';

/** A logical line as a person may see and edit it. */
export interface ShownLine {
  /** Its first physical line in the file, 1-based, and how many it has. */
  readonly line: number;
  readonly lineCount: number;
  /** Its bytes in the file, one character each, with the line ending. */
  readonly bytes: string;
  /** What is shown: text without the line ending; between the lines that it continues on stands a newline. */
  readonly body: string;
  /** Something of it is not shown (a password, control characters): it can be moved or removed, not rewritten. */
  readonly veiled: boolean;
}

/** What stands in place of a password; more than one password in a file are told apart by a number behind it. */
export const secretMask = '********';

const secretOption = /^(ldapbindpasswd|radiussecrets)=/i;
const secretAnywhere = /\b(ldapbindpasswd|radiussecrets)("?\s*=\s*)(?!\*{8})\S[^\n]*/gi;

/** Whether a line holds a password that is written out. */
export function holdsSecret(body: string, major: number): boolean {
  return hideSecrets(body, major, () => secretMask) !== body;
}

/** Passwords by what they are: the same one has the same mask in the whole file. */
function maskNumbers(): (secret: string) => string {
  const known = new Map<string, string>();
  return (secret) => {
    const mask = known.get(secret) ?? `${secretMask}${known.size === 0 ? '' : known.size + 1}`;
    known.set(secret, mask);
    return mask;
  };
}

function hideSecrets(body: string, major: number, maskOf: (secret: string) => string): string {
  if (!/ldapbindpasswd|radiussecrets/i.test(body)) return body;
  const comment = /^[ \t]*#[#\s]*/.exec(body)?.[0] ?? '';
  const rule = body.slice(comment.length);
  const [scanned] = scanAuthFile(rule, major);
  // A value may be a list, and a quote may hold the option as a whole: all tokens of the field go.
  const spans = (scanned?.fields ?? []).flatMap((field) => {
    const [first, last] = [field[0], field.at(-1)];
    const name = secretOption.exec(first?.text ?? '')?.[1];
    return first === undefined || last === undefined || name === undefined
      ? []
      : [{ start: first.start, end: last.end, name }];
  });
  let hidden = rule;
  for (const { start, end, name } of spans.reverse()) {
    const value = rule.slice(start, end);
    const shown = new RegExp(`^${name}=\\*{8}\\d*$`).test(value) ? value : `${name}=${maskOf(value)}`;
    hidden = hidden.slice(0, start) + shown + hidden.slice(end);
  }
  return (
    comment +
    hidden.replace(secretAnywhere, (all, name: string, equals: string) => name + equals + maskOf(all))
  );
}

/** The logical lines of a file for a person: decoded, without passwords and without what could disguise the rest. */
export function shownLines(bytes: string, major: number): readonly ShownLine[] {
  const maskOf = maskNumbers();
  return scanAuthFile(bytes, major).map(({ line, lineCount, text }) => {
    const plain = textOfBytes(text)
      .replace(/\r*\n$|\r+$/, '')
      .replace(/\r\n/g, '\n');
    const body = printable(hideSecrets(plain, major, maskOf));
    return { line, lineCount, bytes: text, body, veiled: body !== plain };
  });
}

/** The text of shown lines: newlines only, and one at the end unless the file lacks it. */
export function shownText(lines: readonly ShownLine[]): string {
  const text = lines.map(({ body }) => body).join('\n');
  return lines.at(-1)?.bytes.endsWith('\n') === true ? `${text}\n` : text;
}
