import type { Sshd } from '../facts/network.ts';
import type { OperationOf } from './operation.ts';

/** Settings of sshd of which every line counts. */
const listsOfSshd: readonly string[] = ['allowusers', 'denyusers', 'allowgroups', 'denygroups'];

type Settings = Readonly<Record<string, string[]>>;

/** Lines of sshd's configuration over the settings that are there: of one file the first value of a name counts. */
function withLines(settings: Settings, text: string): Record<string, string[]> {
  const after: Record<string, string[]> = { ...settings };
  const seen = new Set<string>();
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const name = (/^[^\s=]+/.exec(line)?.[0] ?? '').toLowerCase();
    const value = line.replace(/^[^\s=]+[\s=]+/, '');
    if (listsOfSshd.includes(name)) after[name] = [...(after[name] ?? []), value];
    else if (!seen.has(name)) after[name] = [value];
    seen.add(name);
  }
  return after;
}

/**
 * sshd with one more file: it takes the first value that it reads, and its drop-in files are read first; lists add up.
 * What stands below `Match User` is for those accounts; what stands below another Match line is for some connections only
 * and left out.
 */
export function sshdAfter(sshd: Sshd, operation: OperationOf<'file'>): Sshd {
  if (!operation.path.includes('/sshd_config') || operation.content === null) return sshd;
  const [global = '', ...blocks] = operation.content.split(/^[ \t]*match[ \t]+/im);
  const accounts = new Map((sshd.accounts ?? []).map(({ name, settings }) => [name, settings]));
  for (const block of blocks) {
    const [head = '', ...lines] = block.split('\n');
    const names = /^user[ \t]+(\S+)[ \t]*$/i.exec(head)?.[1]?.split(',') ?? [];
    for (const name of names) accounts.set(name, withLines(accounts.get(name) ?? {}, lines.join('\n')));
  }
  return {
    ...sshd,
    settings: withLines(sshd.settings, global),
    ...(sshd.accounts === undefined
      ? {}
      : { accounts: [...accounts].map(([name, settings]) => ({ name, settings })) }),
  };
}
