import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderName, LocalJournal, readLocalJournals } from '../../../main/journal/local-journal.ts';
import { newRunId } from '../../../main/journal/run-id.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'portcullis-journal-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const target = 'admin@[fd99::1]:2222/../x';

test('records are kept in order, also when written at once, by runs of a target', async () => {
  const id = newRunId();
  const journal = await LocalJournal.open(home, target, id);
  await Promise.all(['a', 'b', 'c'].map((kind) => journal.append({ kind, at: '' })));
  const again = await LocalJournal.open(home, target, id);
  await again.append({ kind: 'd', at: '' });
  const [read] = await readLocalJournals(home, target);
  expect(read?.runId).toBe(id);
  expect(read?.journal.intact).toBe(true);
  expect(read?.journal.entries.map(({ kind }) => kind)).toEqual(['a', 'b', 'c', 'd']);
  expect(await readLocalJournals(home, 'another')).toEqual([]);
});

test('goes on behind a torn line', async () => {
  const id = newRunId();
  const journal = await LocalJournal.open(home, target, id);
  await journal.append({ kind: 'a', at: '' });
  await appendFile(join(home, 'runs', folderName(target), `${id}.jsonl`), '{"hash":"12');
  const again = await LocalJournal.open(home, target, id);
  await again.append({ kind: 'b', at: '' });
  const [read] = await readLocalJournals(home, target);
  expect(read?.journal).toMatchObject({ intact: true, torn: false });
  expect(read?.journal.entries.map(({ kind }) => kind)).toEqual(['a', 'b']);
});

test('a name of a run is never a path, and a key is one folder', async () => {
  await expect(LocalJournal.open(home, target, '../../etc')).rejects.toThrow('not a run');
  await LocalJournal.open(home, target, newRunId());
  expect(await readdir(join(home, 'runs'))).toEqual(['admin@=5bfd99=3a=3a1=5d=3a2222=2f=2e=2e=2fx']);
});
