import { describe, expect, test } from 'vitest';
import { chainStart, encodeLine, readJournal } from '../../../main/journal/chain.ts';
import { isRunId, newRunId } from '../../../main/journal/run-id.ts';

function journal(...kinds: readonly string[]): string {
  let end = chainStart;
  let text = '';
  for (const kind of kinds) {
    const encoded = encodeLine(end, { kind, at: '2026-11-22T12:00:00Z', text: 'a "quoted"\nline, ü' });
    end = encoded.end;
    text += `${encoded.line}\n`;
  }
  return text;
}

describe('the chain of hashes', () => {
  const text = journal('one', 'two', 'three');

  test('reads what it wrote', () => {
    const read = readJournal(text);
    expect(read).toMatchObject({ intact: true, torn: false, end: { seq: 3 } });
    expect(read.entries.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 3],
    ]);
    expect(read.entries[0]?.text).toBe('a "quoted"\nline, ü');
  });

  test('a torn last line never counted, wherever it was torn', () => {
    const last = text.slice(0, -1).lastIndexOf('\n') + 1;
    for (let cut = last + 1; cut < text.length; cut += 1) {
      expect(readJournal(text.slice(0, cut))).toMatchObject({ intact: true, torn: true, end: { seq: 2 } });
    }
  });

  test('goes on after a torn line that was closed off by a newline', () => {
    const torn = `${text.slice(0, -30)}\n`;
    const { end, entries } = readJournal(torn);
    const next = `${encodeLine(end, { kind: 'next', at: '' }).line}\n`;
    expect(entries).toHaveLength(2);
    expect(readJournal(torn + next)).toMatchObject({ intact: true, end: { seq: 3 } });
  });

  test('a changed, removed or inserted record shows', () => {
    const lines = text.split('\n');
    expect(readJournal(text.replace('two', 'TWO')).intact).toBe(false);
    expect(readJournal([lines[0], lines[2], ''].join('\n')).intact).toBe(false);
    expect(readJournal([lines[0], lines[0], lines[1], ''].join('\n')).intact).toBe(false);
    expect(readJournal(`${text}nonsense\n`).intact).toBe(false);
    expect(readJournal('').intact).toBe(true);
  });
});

test('names of runs sort by time and are safe in a path', () => {
  const early = newRunId(new Date('2026-01-02T03:04:05.678Z'));
  expect(early).toMatch(/^20260102T030405Z-[0-9a-f]{8}$/);
  expect(early < newRunId()).toBe(true);
  expect(isRunId(early)).toBe(true);
  expect(['../x', `${early}/..`, '', `${early}\n`].some(isRunId)).toBe(false);
});
