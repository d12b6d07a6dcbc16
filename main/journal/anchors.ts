import type { ChainedEntry, ChainEnd, ReadJournal } from './chain.ts';

/** Where a journal stood when the other copy wrote a record of its own; `start` is the hash of its first record. */
export interface Anchor extends ChainEnd {
  readonly start?: string;
}

function anchorIn(entry: ChainedEntry, field: 'host' | 'here'): Anchor | null {
  const value = entry[field];
  if (typeof value !== 'object' || value === null || !('seq' in value) || !('hash' in value)) return null;
  const { seq, hash } = value;
  const start = 'start' in value && typeof value.start === 'string' ? value.start : undefined;
  if (typeof seq !== 'number' || typeof hash !== 'string' || seq < 1) return null;
  return { seq, hash, ...(start === undefined ? {} : { start }) };
}

function compare(
  journal: ReadJournal,
  { seq, hash }: Anchor,
  where: string,
  other: string,
): readonly string[] {
  const known = journal.hashes.get(seq);
  if (known === hash) return [];
  if (known !== undefined) return [`Record ${seq} ${where} is not the one that ${other} saw.`];
  return [`The record ${where} ends at ${journal.end.seq}; ${other} saw it up to ${seq}.`];
}

/**
 * What does not fit between the two copies of a run's record. Each notes now and then where the other one stood, so an
 * end that was cut off, or a whole chain that was made anew, shows in the other copy.
 */
export function compareCopies(here: ReadJournal, there: ReadJournal): readonly string[] {
  const start = here.hashes.get(1);
  return [
    ...here.entries.flatMap((entry) => {
      const anchor = anchorIn(entry, 'host');
      return anchor === null ? [] : compare(there, anchor, 'on the host', 'this machine');
    }),
    ...there.entries.flatMap((entry) => {
      const anchor = anchorIn(entry, 'here');
      // Another administrator's journal is another one.
      const isOurs = anchor?.start === start || here.entries.some(({ kind }) => kind === 'run-started');
      return anchor === null || !isOurs ? [] : compare(here, anchor, 'on this machine', 'the host');
    }),
  ].filter((problem, index, all) => all.indexOf(problem) === index);
}
