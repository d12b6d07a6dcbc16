/**
 * Who else writes a configuration file, told by the marks that such programs leave in comments. `always` rewrites at
 * once (its file is only a copy of what it holds elsewhere); `at-next-run` when it runs the next time, and only what is
 * its own.
 */
export interface Manager {
  readonly name: string;
  readonly rewrites: 'always' | 'at-next-run';
}

const managers: readonly Manager[] = [
  { name: 'Patroni', rewrites: 'always' },
  { name: 'CloudNativePG', rewrites: 'always' },
  { name: 'Ansible', rewrites: 'at-next-run' },
  { name: 'Puppet', rewrites: 'at-next-run' },
  { name: 'Chef', rewrites: 'at-next-run' },
  { name: 'Salt', rewrites: 'at-next-run' },
  { name: 'CFEngine', rewrites: 'at-next-run' },
];

/** A manager by its name; one that is not known here is taken for one that rewrites at once. */
export function managerNamed(name: string): Manager {
  return managers.find((manager) => manager.name === name) ?? { name, rewrites: 'always' };
}

/** Sentences for the head of a file, as the programs' own templates have them; compared in small letters. */
const headMarks: readonly (readonly [string, RegExp])[] = [
  ['Patroni', /overwritten by patroni/],
  ['CloudNativePG', /cloudnativepg/],
  [
    'Ansible',
    /ansible[ _-]managed|(managed|generated|created|deployed|maintained|controlled) (by|with|via|using) ansible/,
  ],
  ['Puppet', /(managed|generated|maintained|controlled) (by|with|via|using) puppet|puppet[ _-]managed/],
  ['Chef', /(managed|generated|maintained|controlled) (by|with|via|using) chef|chef[ _-]managed|chef infra/],
  ['Salt', /(managed|generated|maintained|controlled) (by|with|via|using) salt/],
  ['CFEngine', /(managed|generated|maintained|controlled) (by|with|via|using) cfengine/],
];

const blockStart = /^\s*#.*\bBEGIN ANSIBLE MANAGED\b/;
const blockEnd = /^\s*#.*\bEND ANSIBLE MANAGED\b/;
const headLines = 30;

/** A file as its manager sees it: which of its lines are the manager's own. */
export interface ManagedText {
  readonly manager: Manager;
  /** True where only marked blocks of the file are managed. */
  readonly blocksOnly: boolean;
  /** The text that must stay as it is: the whole, or the blocks. */
  readonly own: string;
}

/** Who manages a file, by its text; null when nobody left a mark. */
export function managedText(text: string): ManagedText | null {
  const lines = text.split('\n');
  const head = lines
    .slice(0, headLines)
    .filter((line) => line.trimStart().startsWith('#') && !blockStart.test(line) && !blockEnd.test(line))
    .join('\n')
    .toLowerCase();
  const found = headMarks.find(([, mark]) => mark.test(head));
  if (found !== undefined) return { manager: managerNamed(found[0]), blocksOnly: false, own: text };
  const own: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (!inside && blockStart.test(line)) inside = true;
    if (inside) own.push(line);
    if (inside && blockEnd.test(line)) inside = false;
  }
  return own.length === 0
    ? null
    : { manager: managerNamed('Ansible'), blocksOnly: true, own: own.join('\n') };
}

/** Who would take back a change of a file; null when the change leaves alone what is managed. */
export function managerHit(before: string, after: string): Manager | null {
  const managed = managedText(before);
  if (managed === null || before === after) return null;
  if (!managed.blocksOnly) return managed.manager;
  return managedText(after)?.own === managed.own ? null : managed.manager;
}
