import { resolveAuthFile } from './includes.ts';
import type { GetFile, ListDirectory } from './includes.ts';
import { parseRegex } from './regex-parse.ts';
import { searchRegex } from './regex.ts';
import { userTokenMatches } from './match.ts';
import type { HbaContext, Verdict } from './match.ts';
import { isFileToken } from './parse.ts';
import type { FieldToken } from './parse.ts';
import { scanAuthFile } from './tokens.ts';
import type { HbaParseOptions, HbaProblem, HbaToken } from './types.ts';

/** One line of pg_ident.conf: whom of another system a map lets log in as which role. */
export interface IdentMapping {
  readonly file: string;
  readonly line: number;
  readonly map: string;
  /** A name, or a regular expression (`regex`, since ever). */
  readonly systemUser: HbaToken;
  /** A name that may hold \1; since 16 also all, +group and a regular expression. */
  readonly databaseUser: HbaToken;
}

/** One logical line; all texts joined are the file. */
export interface IdentLine {
  readonly kind: 'blank' | 'comment' | 'mapping' | 'include' | 'unresolved' | 'error';
  readonly line: number;
  readonly lineCount: number;
  readonly text: string;
  readonly mapping?: IdentMapping;
  readonly message?: string;
}

/** pg_ident.conf, losslessly. */
export interface IdentFile {
  readonly options: HbaParseOptions;
  readonly lines: readonly IdentLine[];
}

/** All mappings of a file and of what it includes. With a problem the server keeps the mappings that it had. */
export interface IdentResolution {
  readonly mappings: readonly IdentMapping[];
  readonly problems: readonly HbaProblem[];
}

function databaseUserToken(token: FieldToken, major: number): HbaToken {
  const { text, quoted } = token;
  if (major >= 16 && !quoted && text.startsWith('+')) return { kind: 'group', text, quoted };
  if (major >= 16 && !quoted && text === 'all') return { kind: 'all', text, quoted };
  return { kind: major >= 16 && text.startsWith('/') ? 'regex' : 'name', text, quoted };
}

/** Makes a mapping of the fields of a line, with the server's messages (hba.c, parse_ident_line). */
export function buildMapping(
  fields: readonly (readonly FieldToken[])[],
  line: number,
  { path, major }: HbaParseOptions,
): { readonly mapping: IdentMapping } | { readonly problem: string } {
  const tokens: FieldToken[] = [];
  for (let column = 0; column < 3; column += 1) {
    const [token, ...more] = fields[column] ?? [];
    if (token === undefined) return { problem: 'missing entry at end of line' };
    if (more.length > 0) return { problem: 'multiple values in ident field' };
    tokens.push(token);
  }
  const [map, system, database] = tokens as [FieldToken, FieldToken, FieldToken];
  const systemUser: HbaToken = {
    kind: system.text.startsWith('/') ? 'regex' : 'name',
    text: system.text,
    quoted: system.quoted,
  };
  const databaseUser = databaseUserToken(database, major);
  for (const { kind, text } of [systemUser, databaseUser]) {
    const parsed = kind === 'regex' ? parseRegex(text.slice(1)) : null;
    if (parsed?.kind === 'invalid') {
      return { problem: `invalid regular expression "${text.slice(1)}": ${parsed.message}` };
    }
  }
  return { mapping: { file: path, line, map: map.text, systemUser, databaseUser } };
}

/** Reads one pg_ident.conf losslessly. Never throws. */
export function parseIdent(text: string, options: HbaParseOptions): IdentFile {
  const lines = scanAuthFile(text, options.major).map((scanned): IdentLine => {
    const base = { line: scanned.line, lineCount: scanned.lineCount, text: scanned.text };
    if (scanned.problem !== null) return { ...base, kind: 'error', message: scanned.problem };
    const { fields } = scanned;
    if (fields.length === 0) return { ...base, kind: scanned.hasComment ? 'comment' : 'blank' };
    if (fields.some((field) => field.some(isFileToken))) return { ...base, kind: 'unresolved' };
    const directive = fields[0]?.[0]?.text ?? '';
    const includes = options.major >= 16 && fields.length === 2;
    if (includes && ['include', 'include_if_exists', 'include_dir'].includes(directive)) {
      return { ...base, kind: 'include' };
    }
    const result = buildMapping(fields, scanned.line, options);
    return 'mapping' in result
      ? { ...base, kind: 'mapping', mapping: result.mapping }
      : { ...base, kind: 'error', message: result.problem };
  });
  return { options, lines };
}

/** The text that was parsed, to the byte. */
export function renderIdent(file: IdentFile): string {
  return file.lines.map(({ text }) => text).join('');
}

/** All mappings in the order in which the server tries them, includes followed. */
export function resolveIdent(
  main: IdentFile,
  getFile: GetFile,
  listDirectory: ListDirectory = () => null,
): IdentResolution {
  const mappings: IdentMapping[] = [];
  const problems: HbaProblem[] = [];
  for (const line of resolveAuthFile(renderIdent(main), main.options, getFile, listDirectory)) {
    const result =
      line.problem === null
        ? buildMapping(line.fields, line.line, { ...main.options, path: line.file })
        : { problem: line.problem };
    if ('mapping' in result) mappings.push(result.mapping);
    else problems.push({ file: line.file, line: line.line, message: result.problem });
  }
  return { mappings, problems };
}

function mappingVerdict(
  { systemUser, databaseUser }: IdentMapping,
  systemName: string,
  role: string,
  context: Pick<HbaContext, 'memberships'>,
): Verdict | 'stop' {
  if (systemUser.kind !== 'regex') {
    return systemUser.text === systemName && userTokenMatches(databaseUser, role, context);
  }
  const outcome = searchRegex(systemUser.text.slice(1), systemName);
  if (outcome.kind === 'no-match') return false;
  if (outcome.kind === 'unknown') {
    return {
      unknown: `the regular expression "${systemUser.text}" cannot be evaluated here: ${outcome.reason}`,
    };
  }
  // Only the first \1 is replaced, and then the name has no special meaning any more.
  if (databaseUser.kind === 'group' || databaseUser.kind === 'regex' || !databaseUser.text.includes('\\1')) {
    return userTokenMatches(databaseUser, role, context);
  }
  if (outcome.group === null) return 'stop';
  if (!outcome.groupCertain) return { unknown: `what "${systemUser.text}" finds for \\1 is not certain` };
  const { group } = outcome;
  return databaseUser.text.replace('\\1', () => group) === role;
}

/** Whether a map lets a user of the other system in as a role. After `unknown` later lines may still decide. */
export type IdentMatch =
  | { readonly outcome: 'match'; readonly mapping: IdentMapping }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unknown'; readonly mapping: IdentMapping; readonly reason: string };

/**
 * Finds the first mapping that fits (hba.c, check_usermap). Without a map the two names must be equal; that needs no
 * mapping and is not asked here. A regular expression without the group that \1 asks for ends the search.
 */
export function matchIdent(
  mappings: readonly IdentMapping[],
  request: { readonly map: string; readonly systemName: string; readonly role: string },
  context: Pick<HbaContext, 'memberships'>,
): IdentMatch {
  let unknown: IdentMatch | null = null;
  for (const mapping of mappings) {
    if (mapping.map !== request.map) continue;
    const verdict = mappingVerdict(mapping, request.systemName, request.role, context);
    if (verdict === 'stop') break;
    if (verdict === true) return unknown ?? { outcome: 'match', mapping };
    if (verdict !== false) unknown ??= { outcome: 'unknown', mapping, reason: verdict.unknown };
  }
  return unknown ?? { outcome: 'none' };
}
