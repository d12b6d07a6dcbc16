import { parseConfig, settingKey } from './parse.ts';
import { absoluteLocation, includedFiles, maxIncludeDepth } from './paths.ts';
import type { ConfigEntry, ConfigFile, ConfigLine, ConfigProblem } from './types.ts';

/** A setting as the files leave it: the last entry wins, the others are without effect. */
export interface ResolvedSetting extends ConfigEntry {
  /** The name in small letters. */
  readonly key: string;
  /** Earlier entries, in the order of reading. */
  readonly overridden: readonly ConfigEntry[];
}

/** What all files say together. */
export interface ConfigResolution {
  /** By key. What the running server uses may differ: command line, not yet reloaded, refused value. */
  readonly settings: ReadonlyMap<string, ResolvedSetting>;
  /** Every entry in the order of reading. */
  readonly entries: readonly ConfigEntry[];
  /** Not empty: the server takes over nothing of all this. */
  readonly problems: readonly ConfigProblem[];
  /** Each file that was read. */
  readonly files: readonly ConfigFile[];
}

/** The text of a file by its full path, or null when it does not exist or could not be read. */
export type GetConfigFile = (path: string) => string | null;
/** The names of the files (not folders) in a folder, or null when it could not be read. */
export type ListConfigDirectory = (path: string) => readonly string[] | null;

class Walk {
  readonly entries: ConfigEntry[] = [];
  readonly problems: ConfigProblem[] = [];
  readonly files: ConfigFile[] = [];
  readonly #getFile: GetConfigFile;
  readonly #listDirectory: ListConfigDirectory;

  constructor(getFile: GetConfigFile, listDirectory: ListConfigDirectory) {
    this.#getFile = getFile;
    this.#listDirectory = listDirectory;
  }

  /** False when something in the file, or in what it includes, is refused. */
  file(file: ConfigFile, depth: number): boolean {
    this.files.push(file);
    let sound = true;
    for (const line of file.lines) {
      if (line.kind === 'setting') {
        this.entries.push({ name: line.name, value: line.value, file: file.path, line: line.line });
      } else if (line.kind === 'include') sound = this.#include(line, file.path, depth) && sound;
      else if (line.kind === 'error') sound = this.#problem(file.path, line.line, line.message);
    }
    return sound;
  }

  #problem(file: string, line: number, message: string): false {
    this.problems.push({ file, line, message });
    return false;
  }

  #include(
    { directive, target, line }: Extract<ConfigLine, { kind: 'include' }>,
    from: string,
    depth: number,
  ): boolean {
    if (directive !== 'include_dir') {
      return this.#one(target, from, line, depth + 1, directive === 'include_if_exists');
    }
    if (/^[ \t\r\n]*$/.test(target)) return this.#problem(from, line, 'empty configuration directory name');
    const folder = absoluteLocation(target, from);
    const names = this.#listDirectory(folder);
    if (names === null) return this.#problem(from, line, `could not open directory "${folder}"`);
    // The first file that is refused ends the folder.
    return includedFiles(folder, names).every((path) => this.#one(path, from, line, depth + 1, false));
  }

  #one(target: string, from: string, line: number, depth: number, optional: boolean): boolean {
    if (/^[ \t\r\n]*$/.test(target)) return this.#problem(from, line, 'empty configuration file name');
    if (depth > maxIncludeDepth) return this.#problem(from, line, 'nesting depth exceeded');
    const path = absoluteLocation(target, from);
    if (path === from) return this.#problem(from, line, 'configuration file recursion');
    const text = this.#getFile(path);
    if (text !== null) return this.file(parseConfig(text, path), depth);
    return optional || this.#problem(from, line, `could not open file "${path}"`);
  }
}

/**
 * Follows the includes of postgresql.conf and puts postgresql.auto.conf last, as the server does (guc-file.l). The
 * last entry of a name wins. `auto` is null when the file does not exist.
 */
export function resolveConfig(
  main: ConfigFile,
  auto: ConfigFile | null,
  getFile: GetConfigFile = () => null,
  listDirectory: ListConfigDirectory = () => null,
): ConfigResolution {
  const walk = new Walk(getFile, listDirectory);
  walk.file(main, 0);
  if (auto !== null) walk.file(auto, 0);
  const { entries, problems, files } = walk;
  const settings = new Map<string, ResolvedSetting>();
  for (const entry of entries) {
    const key = settingKey(entry.name);
    const before = settings.get(key);
    const overridden =
      before === undefined
        ? []
        : [
            ...before.overridden,
            { name: before.name, value: before.value, file: before.file, line: before.line },
          ];
    settings.set(key, { ...entry, key, overridden });
  }
  return { settings, entries, problems, files };
}
