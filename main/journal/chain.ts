import { createHash } from 'node:crypto';

/** One record of a journal, before it is numbered and chained. All values are JSON. */
export interface Entry {
  readonly kind: string;
  readonly at: string;
  readonly [field: string]: unknown;
}

/** A record as it was read: its number, and the hash of the one before. */
export interface ChainedEntry extends Entry {
  readonly seq: number;
  readonly prev: string;
}

/** Where a chain ends: the next record continues from here. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

export const chainStart: ChainEnd = { seq: 0, hash: '0'.repeat(64) };

const linePattern = /^\{"hash":"([0-9a-f]{64})","entry":(\{"seq":(\d+),"prev":"([0-9a-f]{64})",.*\})\}$/s;

/** SHA-256 of the exact text of the entry, which names the hash before it: a changed record breaks all that follow. */
function hashOf(entryText: string): string {
  return createHash('sha256').update(entryText).digest('hex');
}

/** The line (without its newline) of the record that follows `end`. revert.sh writes the same form in shell. */
export function encodeLine(end: ChainEnd, entry: Entry): { readonly line: string; readonly end: ChainEnd } {
  const { kind, at, ...fields } = entry;
  const seq = end.seq + 1;
  const text = JSON.stringify({ seq, prev: end.hash, at, kind, ...fields });
  const hash = hashOf(text);
  return { line: `{"hash":"${hash}","entry":${text}}`, end: { seq, hash } };
}

export interface ReadJournal {
  readonly entries: readonly ChainedEntry[];
  readonly end: ChainEnd;
  /** False when a record before the last line is unreadable, out of order, or not what its hash says. */
  readonly intact: boolean;
  /** What exactly does not fit, as sentences; empty when intact. */
  readonly problems: readonly string[];
  /** The hash of each record by its number. */
  readonly hashes: ReadonlyMap<number, string>;
  /** The last line was cut off while it was written; it never counted. */
  readonly torn: boolean;
}

/**
 * Reads a journal. A last line without newline is a torn write and is ignored. Everything else that does not fit makes
 * the journal not intact; the records that can be read are given all the same. A line that was cut off and then
 * followed by others (the writer died, another went on) is left out: the chain shows that nothing is missing.
 */
export function readJournal(text: string): ReadJournal {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const entries: ChainedEntry[] = [];
  const hashes = new Map<number, string>();
  const changed: number[] = [];
  const problems: string[] = [];
  let end = chainStart;
  for (const line of lines) {
    const [, hash = '', entryText = ''] = linePattern.exec(line) ?? [];
    const entry = hash === hashOf(entryText) ? parseEntry(entryText) : null;
    if (entry === null) {
      // A torn line begins like a record and lacks its end; anything else was changed.
      const wasWhole = line.startsWith('{"hash":"') && line.endsWith('}}');
      if (wasWhole || (line !== '' && !'{"hash":"'.startsWith(line.slice(0, 9)))) changed.push(end.seq + 1);
      continue;
    }
    if (entry.seq <= end.seq)
      problems.push(`Record ${entry.seq} stands in another place than it was written.`);
    entries.push(entry);
    hashes.set(entry.seq, hash);
    end = { seq: entry.seq, hash };
  }
  problems.push(...[...new Set(changed)].map((seq) => `Record ${seq} was changed.`));
  const last = Math.max(0, ...hashes.keys());
  const missing = Array.from({ length: last }, (_, index) => index + 1).filter(
    (seq) => !hashes.has(seq) && !changed.includes(seq),
  );
  if (missing.length > 0) problems.push(`Missing: record ${missing.join(', ')}.`);
  for (const { seq, prev } of entries) {
    const before = seq === 1 ? chainStart.hash : hashes.get(seq - 1);
    if (before !== undefined && before !== prev)
      problems.push(`Record ${seq} does not follow the one before it.`);
  }
  return { entries, end, intact: problems.length === 0, problems, hashes, torn: rest !== '' };
}

function parseEntry(text: string): ChainedEntry | null {
  try {
    return JSON.parse(text) as ChainedEntry;
  } catch {
    return null;
  }
}
