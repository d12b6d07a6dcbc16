import { assertNever } from '../lib/assert-never.ts';
import { canonicalPath } from './paths.ts';

/**
 * How the server splits a list setting (varlena.c): `identifiers` folds unquoted words to small letters
 * (SplitIdentifierString), `names` keeps them (SplitGUCList), `directories` allows blanks inside and cleans paths
 * (SplitDirectoriesString).
 */
export type ListKind = 'identifiers' | 'names' | 'directories';

const kinds: Readonly<Record<string, ListKind>> = {
  listen_addresses: 'names',
  unix_socket_directories: 'directories',
  shared_preload_libraries: 'directories',
  session_preload_libraries: 'directories',
  local_preload_libraries: 'directories',
  search_path: 'identifiers',
  temp_tablespaces: 'identifiers',
  log_destination: 'identifiers',
  wal_consistency_checking: 'identifiers',
  createrole_self_grant: 'identifiers',
  restrict_nonsystem_relation_kind: 'identifiers',
  synchronized_standby_slots: 'identifiers',
  oauth_validator_libraries: 'directories',
  'pgaudit.log': 'identifiers',
};

/** How a setting is split, or null when it is no list. */
export function listKindOf(name: string): ListKind | null {
  return kinds[name.toLowerCase()] ?? null;
}

const isSpace = (character: string | undefined): boolean =>
  character !== undefined && ' \t\n\r\f\v'.includes(character) && character !== '';
const longestPath = 1023;
const longestIdentifier = 63;

function finish(word: string, quoted: boolean, kind: ListKind): string {
  switch (kind) {
    case 'identifiers': {
      const folded = quoted ? word : word.replace(/[A-Z]/g, (capital) => capital.toLowerCase());
      return folded.slice(0, longestIdentifier);
    }
    case 'names':
      return word;
    case 'directories':
      return word === '' ? '' : canonicalPath(word.slice(0, longestPath));
    default:
      return assertNever(kind, 'kind of list');
  }
}

function quotedEnd(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] !== '"') continue;
    if (text[index + 1] !== '"') return index;
    index += 1;
  }
  return -1;
}

/** The elements of a list setting, or null when the server would call it a syntax error. An empty text is no element. */
export function splitList(text: string, kind: ListKind): readonly string[] | null {
  const words: string[] = [];
  let position = 0;
  const skipSpace = (): void => {
    while (isSpace(text[position])) position += 1;
  };
  skipSpace();
  if (position >= text.length) return [];
  for (;;) {
    const start = position;
    if (text[start] === '"') {
      const end = quotedEnd(text, start + 1);
      if (end < 0) return null;
      words.push(finish(text.slice(start + 1, end).replaceAll('""', '"'), true, kind));
      position = end + 1;
    } else {
      while (
        position < text.length &&
        text[position] !== ',' &&
        (kind === 'directories' || !isSpace(text[position]))
      ) {
        position += 1;
      }
      const word =
        kind === 'directories' ? text.slice(start, position).trimEnd() : text.slice(start, position);
      if (word === '') return null;
      words.push(finish(word, false, kind));
    }
    skipSpace();
    if (position >= text.length) return words;
    if (text[position] !== ',') return null;
    position += 1;
    skipSpace();
  }
}

function needsQuotes(word: string, kind: ListKind): boolean {
  if (word === '' || /[",]/.test(word)) return true;
  switch (kind) {
    case 'identifiers':
      return !/^[a-z_\u0080-\uffff][a-z0-9_$\u0080-\uffff]*$/.test(word);
    case 'names':
      return /\s/.test(word);
    case 'directories':
      return word !== word.trim();
    default:
      return assertNever(kind, 'kind of list');
  }
}

/** The text of a list setting with these elements: splitList gives them back. */
export function joinList(words: readonly string[], kind: ListKind): string {
  return words.map((word) => (needsQuotes(word, kind) ? `"${word.replaceAll('"', '""')}"` : word)).join(', ');
}
