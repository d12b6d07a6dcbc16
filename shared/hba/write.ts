import { formatHbaAddress } from './address.ts';
import type { HbaAddress, HbaOption, HbaRuleDraft, HbaToken, HbaTokenKind } from './types.ts';

const plain = /^[^\s",#\\\p{Cc}]+$/u;

/** Whether a line of pg_hba.conf can hold a name at all. */
export const canBeNamed = (name: string): boolean => !/[\0\r\n]/.test(name);

/** Quotes a word where pg_hba.conf needs it. Throws on what no line can hold: NUL and line breaks. */
function quoteWord(text: string, always = false): string {
  if (!canBeNamed(text)) throw new Error('pg_hba.conf cannot hold a name with a line break or NUL');
  return !always && plain.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

const keywords: readonly string[] = [
  'all',
  'sameuser',
  'samerole',
  'samegroup',
  'replication',
  'samehost',
  'samenet',
];

/** A token for the role or database of this name, whatever it is called. */
export function nameToken(name: string): HbaToken {
  return { kind: 'name', text: name, quoted: needsQuotes(name) };
}

/** A token for a keyword: all; sameuser, samerole, replication in a database list. */
export function keywordToken(
  kind: Extract<HbaTokenKind, 'all' | 'sameuser' | 'samerole' | 'replication'>,
): HbaToken {
  return { kind, text: kind, quoted: false };
}

/** A token for every member of a role. */
export function groupToken(role: string): HbaToken {
  return { kind: 'group', text: `+${role}`, quoted: false };
}

function needsQuotes(name: string): boolean {
  return !plain.test(name) || keywords.includes(name) || /^[+@]/.test(name);
}

/** One entry of a list as it is written. A name that begins with a slash is written as a regular expression on 16+. */
export function formatToken({ kind, text, quoted }: HbaToken, major: number): string {
  switch (kind) {
    case 'name':
      if (major >= 16 && text.startsWith('/')) {
        return quoteWord(`/^${text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}$`, true);
      }
      return quoteWord(text, quoted || needsQuotes(text));
    case 'group':
    case 'file':
      // The sign stands before the quote: behind it, it would be part of a name.
      return `${text.slice(0, 1)}${quoteWord(text.slice(1))}`;
    case 'regex':
      return quoteWord(text, quoted);
    default:
      return text;
  }
}

/** A list of databases or users. */
export function formatTokens(tokens: readonly HbaToken[], major: number): string {
  return tokens.map((token) => formatToken(token, major)).join(',');
}

/** `name=value`, quoted whole where it must be. */
export function formatOption({ name, value }: HbaOption): string {
  return plain.test(value) ? `${quoteWord(name)}=${value}` : `${quoteWord(name)}=${quoteWord(value, true)}`;
}

/** The address field. A host name that looks like a keyword is quoted. */
export function formatAddressField(address: HbaAddress): string {
  const text = formatHbaAddress(address);
  if (address.kind === 'network')
    return text
      .split(/\s+/)
      .map((word) => quoteWord(word))
      .join(' ');
  const named = address.kind === 'host-name' || address.kind === 'host-suffix';
  return named ? quoteWord(text, keywords.includes(text) || /^@/.test(text)) : text;
}

/** A whole rule in the columns of the sample file, without a line ending. Throws on names that no line can hold. */
export function formatRule(rule: HbaRuleDraft, major: number): string {
  const columns = [
    rule.type.padEnd(7),
    formatTokens(rule.databases, major).padEnd(15),
    formatTokens(rule.users, major).padEnd(15),
    (rule.address === null ? '' : formatAddressField(rule.address)).padEnd(23),
    [rule.method, ...rule.options.map(formatOption)].join(' '),
  ];
  return columns.join(' ');
}
