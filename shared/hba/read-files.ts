import type { ConfigurationFile } from '../facts/files.ts';
import { textOfBytes } from '../lib/text-bytes.ts';
import { resolveIdent, parseIdent } from './ident.ts';
import type { IdentResolution } from './ident.ts';
import { resolveIncludes } from './includes.ts';
import type { GetFile, ListDirectory } from './includes.ts';
import { parseHba } from './parse.ts';
import type { HbaProblem, HbaRule } from './types.ts';

/** pg_hba.conf with its includes as it stands on disk, read with the server's rules. */
export interface HbaView {
  readonly path: string;
  readonly major: number;
  /** In the order in which the server tries them. */
  readonly rules: readonly HbaRule[];
  /** Lines that the server refuses. With one of them it loads none of the file. */
  readonly problems: readonly HbaProblem[];
  readonly files: readonly ConfigurationFile[];
}

export type HbaReading =
  { readonly ok: true; readonly view: HbaView } | { readonly ok: false; readonly reason: string };

function unreadable(files: readonly ConfigurationFile[], paths: readonly string[]): string | null {
  const file = files.find(
    ({ path, text, status }) => paths.includes(path) && text === null && status.type !== 'missing',
  );
  return file === undefined ? null : `${file.path} could not be read: ${file.problem ?? 'no reason known'}`;
}

/** The collected files as a tree to read from; every path that is asked for is added to `asked`. */
function collectedFiles(
  files: readonly ConfigurationFile[],
  asked: string[],
): { readonly getFile: GetFile; readonly listDirectory: ListDirectory } {
  return {
    getFile: (path) => {
      asked.push(path);
      const text = files.find((file) => file.path === path)?.text ?? null;
      return text === null ? null : textOfBytes(text);
    },
    listDirectory: (folder) => {
      const prefix = folder.endsWith('/') ? folder : `${folder}/`;
      return files
        .filter(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
        .map(({ path }) => path.slice(prefix.length));
    },
  };
}

const readings = new WeakMap<readonly ConfigurationFile[], Map<number, HbaReading>>();

/**
 * Reads pg_hba.conf from the collected files. Not ok when it, or a file that it includes, could not be read. The same
 * files give the same answer, so a file of thousands of lines is read once for all checks.
 */
export function readHba(files: readonly ConfigurationFile[], major: number): HbaReading {
  const known = readings.get(files) ?? new Map<number, HbaReading>();
  readings.set(files, known);
  const reading = known.get(major) ?? readHbaFiles(files, major);
  known.set(major, reading);
  return reading;
}

function readHbaFiles(files: readonly ConfigurationFile[], major: number): HbaReading {
  const main = files.find(({ role }) => role === 'pg_hba.conf');
  if (main === undefined) return { ok: false, reason: 'pg_hba.conf was not found.' };
  if (main.text === null) {
    return { ok: false, reason: `${main.path} could not be read: ${main.problem ?? 'no reason known'}` };
  }
  const asked: string[] = [];
  const { getFile, listDirectory } = collectedFiles(files, asked);
  const resolution = resolveIncludes(
    parseHba(textOfBytes(main.text), { path: main.path, major }),
    getFile,
    listDirectory,
  );
  const reason = unreadable(files, asked);
  if (reason !== null) return { ok: false, reason };
  const { rules, problems } = resolution;
  return { ok: true, view: { path: main.path, major, rules, problems, files } };
}

/** Reads pg_ident.conf from the collected files; null when it, or a file that it includes, could not be read. */
export function readIdent(files: readonly ConfigurationFile[], major: number): IdentResolution | null {
  const main = files.find(({ role }) => role === 'pg_ident.conf');
  if (main === undefined || main.text === null) return null;
  const asked: string[] = [];
  const { getFile, listDirectory } = collectedFiles(files, asked);
  const resolution = resolveIdent(
    parseIdent(textOfBytes(main.text), { path: main.path, major }),
    getFile,
    listDirectory,
  );
  return unreadable(files, asked) === null ? resolution : null;
}
