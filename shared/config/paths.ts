/**
 * Paths on a target, as the server joins them (conffiles.c, path.c). The target may be another system than this one, so
 * Node's path module has no say here.
 */

/** True for a full path of Windows: `C:\x`, `C:/x`, `\\server\x`. On other systems a backslash is a letter. */
function isWindowsPath(path: string): boolean {
  return /^(?:[A-Za-z]:[/\\]|\\\\)/.test(path);
}

/** Removes `.`, `..`, doubled and trailing slashes. Windows paths come out with forward slashes, as in the server. */
export function canonicalPath(path: string): string {
  const slashes = isWindowsPath(path) ? path.replaceAll('\\', '/') : path;
  const [, root = '', rest = ''] = /^([A-Za-z]:\/|\/\/(?=[^/])|\/)?(.*)$/s.exec(slashes) ?? [];
  const parts: string[] = [];
  for (const part of rest.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (root === '') parts.push(part);
  }
  return root + parts.join('/') || '.';
}

/** The folder of a file. */
export function parentFolder(path: string): string {
  const canonical = canonicalPath(path);
  const slash = canonical.lastIndexOf('/');
  if (slash < 0) return '.';
  return canonical.slice(0, slash) || '/';
}

/** Where a location in a configuration file leads: relative ones start from the folder of the file that names them. */
export function absoluteLocation(location: string, callingFile: string): string {
  const windows = isWindowsPath(callingFile);
  const absolute =
    location.startsWith('/') || (windows && (isWindowsPath(location) || location.startsWith('\\')));
  return canonicalPath(absolute ? location : `${parentFolder(callingFile)}/${location}`);
}

/**
 * The files of a folder that include_dir reads, as full paths in the server's order: names that end in `.conf`, do not
 * begin with a dot and have something before the ending, sorted by bytes (conffiles.c, GetConfFilesInDir).
 */
export function includedFiles(folder: string, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.length >= 6 && !name.startsWith('.') && name.endsWith('.conf'))
    .map((name) => canonicalPath(`${folder}/${name}`))
    .sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
}

/** Includes nested deeper than this are an error in the server (conffiles.h). */
export const maxIncludeDepth = 10;
