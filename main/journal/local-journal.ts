import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Anchor } from './anchors.ts';
import { chainStart, encodeLine, readJournal } from './chain.ts';
import type { ChainEnd, Entry, ReadJournal } from './chain.ts';
import { isRunId } from './run-id.ts';

/** A file name for a target's key: every byte that is not plain is written as `=XX`. */
export function folderName(targetKey: string): string {
  const name = [...Buffer.from(targetKey)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9@_-]/.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
  return name === '' ? '=' : name.slice(0, 200);
}

/** The journal of one run on this machine: append only, each record on disk before append() returns. */
export class LocalJournal {
  readonly #path: string;
  #end: ChainEnd = chainStart;
  #start: string | null;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, end: ChainEnd, start: string | null) {
    this.#path = path;
    this.#end = end;
    this.#start = start;
  }

  /** Where it stands, for the record of the other copy; null before its first record. */
  get anchor(): Anchor | null {
    return this.#start === null ? null : { start: this.#start, ...this.#end };
  }

  /** Opens the journal of a run, making it if it is new. A torn last line is closed off by a newline. */
  static async open(home: string, targetKey: string, runId: string): Promise<LocalJournal> {
    if (!isRunId(runId)) throw new Error(`not a run: ${runId}`);
    const folder = join(home, 'runs', folderName(targetKey));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${runId}.jsonl`);
    const file = await open(path, 'a+', 0o600);
    try {
      const known = readJournal(await readFile(path, 'utf8'));
      if (known.torn) await file.appendFile('\n');
      await file.sync();
      return new LocalJournal(path, known.end, known.hashes.get(1) ?? null);
    } finally {
      await file.close();
      await syncFolder(folder);
    }
  }

  /** Adds a record and waits until it is on disk. Calls are queued in order. */
  append(entry: Entry): Promise<void> {
    const next = this.#last.then(async () => {
      const { line, end } = encodeLine(this.#end, entry);
      const file = await open(this.#path, 'a', 0o600);
      try {
        await file.appendFile(`${line}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
      this.#end = end;
      this.#start ??= end.hash;
    });
    this.#last = next.catch(() => undefined);
    return next;
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Every run of a target that this machine knows, oldest first. Files that are no journals are left out. */
export async function readLocalJournals(
  home: string,
  targetKey: string,
): Promise<readonly { readonly runId: string; readonly journal: ReadJournal; readonly text: string }[]> {
  const folder = join(home, 'runs', folderName(targetKey));
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const ids = names
    .filter((name) => name.endsWith('.jsonl') && isRunId(name.slice(0, -'.jsonl'.length)))
    .map((name) => name.slice(0, -'.jsonl'.length))
    .sort();
  return Promise.all(
    ids.map(async (runId) => {
      const text = await readFile(join(folder, `${runId}.jsonl`), 'utf8');
      return { runId, text, journal: readJournal(text) };
    }),
  );
}
