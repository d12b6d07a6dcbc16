import { openSync, readdirSync, readFileSync } from 'node:fs';

const closedOnExec = 0o2000000;
let emptiness: number | null = null;

/** The open files of this process that a child would inherit, numbers above 2. */
function inheritable(): readonly number[] {
  return readdirSync('/proc/self/fdinfo').flatMap((name) => {
    if (Number(name) <= 2) return [];
    try {
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & closedOnExec) === 0 ? [Number(name)] : [];
    } catch {
      return []; // Closed meanwhile: the folder's own number is one of these.
    }
  });
}

/**
 * Three pipes for a child, and nothing else of this process. Chromium opens files and sockets without close-on-exec,
 * since its own way of starting processes closes them; Node's does not. A server or a guard that outlives this program
 * would hold its window, its locks and the pipes of whoever waits for its end.
 */
export function ownFilesOnly(): ['pipe', 'pipe', 'pipe'] {
  const pipes: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
  if (process.platform !== 'linux' || process.versions['electron'] === undefined) return pipes;
  emptiness ??= openSync('/dev/null', 'r+');
  // Node's types know three; the others are only filled up.
  const stdio: ('pipe' | 'ignore' | number)[] = pipes;
  // 'ignore' leaves a number above 2 as it is, so /dev/null is put over each.
  for (const number of inheritable()) {
    while (stdio.length < number) stdio.push('ignore');
    stdio[number] = emptiness;
  }
  return pipes;
}
