import type { FactSet } from '../facts/facts.ts';
import { parseIdent, resolveIdent } from '../hba/ident.ts';
import type { IdentMapping } from '../hba/ident.ts';
import { resolveIncludes } from '../hba/includes.ts';
import type { HbaResolution } from '../hba/includes.ts';
import { parseHba } from '../hba/parse.ts';
import type { HbaRule } from '../hba/types.ts';
import { textOfBytes } from '../lib/text-bytes.ts';

/** The rules in force once pg_hba.conf, as it stands in the facts, is loaded; null when it was not readable. */
export function hbaRules(facts: FactSet, major: number): readonly HbaRule[] | null {
  return hbaResolution(facts, major)?.rules ?? null;
}

/** The same with the lines that the server refuses: with one of them it loads none of the file. */
export function hbaResolution(facts: FactSet, major: number): HbaResolution | null {
  const files = facts.configurationFiles.state === 'collected' ? facts.configurationFiles.value : null;
  if (files === null) return null;
  // Each fix is planned and held against the clients by itself: a long file is read once for all of them.
  const known = resolutions.get(files) ?? new Map<number, HbaResolution | null>();
  resolutions.set(files, known);
  const resolution = known.has(major) ? (known.get(major) ?? null) : resolveFiles(facts, major);
  known.set(major, resolution);
  return resolution;
}

const resolutions = new WeakMap<object, Map<number, HbaResolution | null>>();

function resolveFiles(facts: FactSet, major: number): HbaResolution | null {
  const main = configurationText(facts, 'pg_hba.conf');
  if (main === null) return null;
  const { getFile, listDirectory } = collectedFiles(facts);
  return resolveIncludes(parseHba(main.text, { path: main.path, major }), getFile, listDirectory);
}

/** The mappings of pg_ident.conf; null when it was not readable, or when the server refuses it. */
export function identMappings(facts: FactSet, major: number): readonly IdentMapping[] | null {
  const main = configurationText(facts, 'pg_ident.conf');
  if (main === null) return null;
  const { getFile, listDirectory } = collectedFiles(facts);
  const resolution = resolveIdent(parseIdent(main.text, { path: main.path, major }), getFile, listDirectory);
  return resolution.problems.length > 0 ? null : resolution.mappings;
}

/** Names in the files are compared with names that the server sent as text. */
function configurationText(
  { configurationFiles }: FactSet,
  role: 'pg_hba.conf' | 'pg_ident.conf',
): { readonly path: string; readonly text: string } | null {
  if (configurationFiles.state !== 'collected') return null;
  const file = configurationFiles.value.find((one) => one.role === role);
  return file === undefined || file.text === null ? null : { path: file.path, text: textOfBytes(file.text) };
}

function collectedFiles({ configurationFiles }: FactSet): {
  readonly getFile: (path: string) => string | null;
  readonly listDirectory: (directory: string) => string[];
} {
  const files = configurationFiles.state === 'collected' ? configurationFiles.value : [];
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return {
    getFile: (path) => {
      const text = texts.get(path) ?? null;
      return text === null ? null : textOfBytes(text);
    },
    listDirectory: (directory) => {
      const prefix = directory.endsWith('/') ? directory : `${directory}/`;
      return [...texts.keys()]
        .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
        .map((path) => path.slice(prefix.length));
    },
  };
}
