import { absoluteLocation, includedFiles, maxIncludeDepth } from '../config/paths.ts';
import { buildRule, includeDirective, isFileToken, parseHba, renderHba } from './parse.ts';
import type { FieldToken } from './parse.ts';
import { scanAuthFile } from './tokens.ts';
import type { ScannedLine } from './tokens.ts';
import type { HbaFile, HbaParseOptions, HbaProblem, HbaRule } from './types.ts';

/** The text of a file by its full path, or null when it does not exist or could not be read. A folder is empty text. */
export type GetFile = (path: string) => string | null;
/** The names of the files (not folders) in a folder, or null when it could not be read. */
export type ListDirectory = (path: string) => readonly string[] | null;

/** Every rule in the order in which the server tries them, with the file and line that it comes from. */
export interface HbaResolution {
  readonly rules: readonly HbaRule[];
  /** Not empty: the server refuses to load all of it and keeps, on reload, the rules that it had. */
  readonly problems: readonly HbaProblem[];
  /** Each file that was read, the main one first; those named with @ are not among them. */
  readonly files: readonly HbaFile[];
}

/** A line with its @files replaced by what they hold. */
export interface ResolvedLine {
  readonly file: string;
  readonly line: number;
  readonly fields: readonly (readonly FieldToken[])[];
  readonly problem: string | null;
}

interface Walk {
  readonly major: number;
  readonly getFile: GetFile;
  readonly listDirectory: ListDirectory;
  readonly onFile: (path: string, text: string) => void;
}

function openFile(
  walk: Walk,
  path: string,
  depth: number,
): { readonly text: string } | { readonly problem: string } {
  if (depth > maxIncludeDepth) {
    return { problem: `could not open file "${path}": maximum nesting depth exceeded` };
  }
  const text = walk.getFile(path);
  return text === null ? { problem: `could not open file "${path}": No such file or directory` } : { text };
}

function expandFileToken(
  walk: Walk,
  token: FieldToken,
  file: string,
  depth: number,
): readonly FieldToken[] | string {
  const name = token.text.slice(1);
  const path = absoluteLocation(name, file);
  const opened = openFile(walk, path, depth + 1);
  if ('problem' in opened) {
    return walk.major >= 16
      ? opened.problem
      : `could not open secondary authentication file "@${name}" as "${path}": No such file or directory`;
  }
  const tokens: FieldToken[] = [];
  for (const line of resolveText(walk, path, opened.text, depth + 1)) {
    if (line.problem !== null) return line.problem;
    tokens.push(...line.fields.flat());
  }
  return tokens;
}

function expandFields(walk: Walk, scanned: ScannedLine, file: string, depth: number): ResolvedLine {
  const base = { file, line: scanned.line };
  const fields: FieldToken[][] = [];
  for (const field of scanned.fields) {
    const tokens: FieldToken[] = [];
    for (const token of field) {
      const expanded = isFileToken(token) ? expandFileToken(walk, token, file, depth) : [token];
      if (typeof expanded === 'string') return { ...base, fields: [], problem: expanded };
      tokens.push(...expanded);
    }
    // An empty file leaves nothing behind, so the fields after it move up.
    if (tokens.length > 0) fields.push(tokens);
  }
  return { ...base, fields, problem: scanned.problem };
}

function includeFile(
  walk: Walk,
  path: string,
  depth: number,
  optional: boolean,
): readonly ResolvedLine[] | string {
  if (optional && depth <= maxIncludeDepth && walk.getFile(path) === null) return [];
  const opened = openFile(walk, path, depth);
  if ('problem' in opened) return opened.problem;
  walk.onFile(path, opened.text);
  return resolveText(walk, path, opened.text, depth);
}

function includeLines(walk: Walk, line: ResolvedLine, depth: number): readonly ResolvedLine[] | null {
  const include = includeDirective(line.fields, walk.major);
  if (include === null) return null;
  const failed = (problem: string): ResolvedLine => ({ ...line, problem });
  const path = absoluteLocation(include.target, line.file);
  if (include.directive !== 'include_dir') {
    const included = includeFile(walk, path, depth + 1, include.directive === 'include_if_exists');
    return typeof included === 'string' ? [failed(included)] : included;
  }
  if (include.target.trim() === '') return [failed('empty configuration directory name')];
  const names = walk.listDirectory(path);
  if (names === null) return [failed(`could not open directory "${path}"`)];
  const problems: string[] = [];
  const lines = includedFiles(path, names).flatMap((file) => {
    const included = includeFile(walk, file, depth + 1, false);
    if (typeof included !== 'string') return included;
    problems.push(included);
    return [];
  });
  return problems.length > 0 ? [...lines, failed(problems.join('\n'))] : lines;
}

function resolveText(walk: Walk, file: string, text: string, depth: number): readonly ResolvedLine[] {
  return scanAuthFile(text, walk.major).flatMap((scanned) => {
    const line = expandFields(walk, scanned, file, depth);
    if (line.problem !== null) return [line];
    if (line.fields.length === 0) return [];
    return includeLines(walk, line, depth) ?? [line];
  });
}

/** Follows @files and include directives of a pg_hba.conf or pg_ident.conf; lines come in the server's order. */
export function resolveAuthFile(
  text: string,
  options: HbaParseOptions,
  getFile: GetFile,
  listDirectory: ListDirectory,
  onFile: (path: string, text: string) => void = () => undefined,
): readonly ResolvedLine[] {
  return resolveText({ major: options.major, getFile, listDirectory, onFile }, options.path, text, 0);
}

/**
 * All rules of a pg_hba.conf and of what it includes, in the order in which the server tries them.
 * `getFile` and `listDirectory` are asked for full paths; they get what was collected, so this stays pure.
 */
export function resolveIncludes(
  main: HbaFile,
  getFile: GetFile,
  listDirectory: ListDirectory = () => null,
): HbaResolution {
  const { options } = main;
  const files = new Map([[options.path, main]]);
  const rules: HbaRule[] = [];
  const problems: HbaProblem[] = [];
  const onFile = (path: string, text: string): void => {
    if (!files.has(path)) files.set(path, parseHba(text, { ...options, path }));
  };
  for (const line of resolveAuthFile(renderHba(main), options, getFile, listDirectory, onFile)) {
    const { file, line: number } = line;
    const result =
      line.problem === null
        ? buildRule(line.fields, number, { ...options, path: file })
        : { problem: line.problem };
    if ('rule' in result) rules.push(result.rule);
    else problems.push({ file, line: number, message: result.problem });
  }
  return { rules, problems, files: [...files.values()] };
}
