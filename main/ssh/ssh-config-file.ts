import { readdir, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'ssh-config';

const includeDepth = 16;

function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

/** The files that one pattern of `Include` names; only the last part of the path may hold `*` or `?`. */
async function filesOf(pattern: string, folder: string, home: string): Promise<readonly string[]> {
  const expanded = expandHome(pattern, home);
  const path = isAbsolute(expanded) ? expanded : join(folder, expanded);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!/[*?]/.test(name)) return [path];
  const expression = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((entry) => new RegExp(`^${expression}$`).test(entry))
    .sort()
    .map((entry) => join(dirname(path), entry));
}

/** The text of a config file with the files that it includes put in place of each Include line. */
async function readWithIncludes(file: string, folder: string, home: string, depth = 0): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (depth >= includeDepth) return text;
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const include = /^\s*include[\s=]+(.+?)\s*$/i.exec(line);
    if (include?.[1] === undefined) {
      // The package would call nslookup for it.
      if (!/^\s*canonicalizehostname/i.test(line)) lines.push(line);
      continue;
    }
    for (const pattern of include[1].split(/\s+/))
      for (const path of await filesOf(pattern.replace(/^"|"$/g, ''), folder, home))
        lines.push(await readWithIncludes(path, folder, home, depth + 1));
  }
  return lines.join('\n');
}

async function readConfig(home: string): Promise<string> {
  const user = join(home, '.ssh');
  const system = '/etc/ssh';
  return [
    await readWithIncludes(join(user, 'config'), user, home),
    await readWithIncludes(join(system, 'ssh_config'), system, home),
  ].join('\nHost *\n');
}

/**
 * What the ssh config says of a host, in the form of `ssh -G` (lower-case keyword → values), for machines without an
 * ssh program. `Match exec` is not run.
 */
export async function computeFromFiles(
  host: string,
  home: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const config = parse(await readConfig(home));
  const values = config.compute({ Host: host }, { ignoreCase: true, matchExec: false });
  return new Map(
    Object.entries(values).map(([key, value]) => [key.toLowerCase(), Array.isArray(value) ? value : [value]]),
  );
}

/** A name of the ssh config, with what it stands for as far as the files tell. */
export interface SshAlias {
  readonly alias: string;
  /** `user@host:port`, as far as they differ from the defaults. */
  readonly destination: string;
  readonly via: string | null;
}

/** The names that the person's ssh config defines, without patterns, in the order of the files. */
export async function listAliases(home: string): Promise<readonly SshAlias[]> {
  const user = join(home, '.ssh');
  const text = await readWithIncludes(join(user, 'config'), user, home);
  const names = text.split('\n').flatMap((line) => {
    const match = /^\s*host[\s=]+(.+?)\s*$/i.exec(line);
    return match?.[1] === undefined ? [] : match[1].split(/\s+/).map((name) => name.replace(/^"|"$/g, ''));
  });
  const aliases = [...new Set(names)].filter((name) => name !== '' && !/^-|[*?!#]/.test(name));
  const config = parse(text);
  return aliases.map((alias) => {
    const values = config.compute({ Host: alias }, { ignoreCase: true, matchExec: false });
    const first = (key: string): string | undefined => {
      const value = values[key];
      return Array.isArray(value) ? value[0] : value;
    };
    const userName = first('user');
    const port = first('port');
    const jump = first('proxyjump');
    return {
      alias,
      destination: `${userName === undefined ? '' : `${userName}@`}${first('hostname') ?? alias}${
        port === undefined || port === '22' ? '' : `:${port}`
      }`,
      via: jump === undefined || jump === 'none' ? null : jump,
    };
  });
}
