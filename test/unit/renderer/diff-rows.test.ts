import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countChanges, diffRows, diffText, type DiffRow } from '../../../renderer/ui/diff-rows.ts';

const textOf = (row: DiffRow) => (row.kind === 'gap' ? '' : row.pieces.map((piece) => piece.text).join(''));
const changedOf = (row: DiffRow) =>
  row.kind === 'gap' ? [] : row.pieces.filter((piece) => piece.changed).map((piece) => piece.text);

const before = '# shop\nhost    shop  app  10.0.0.0/8  md5\n# end\n';
const after = '# shop\nhostssl shop  app  10.0.0.0/8  scram-sha-256\n# end\n';

test('a changed line is a removed and an added row with the changed words marked, not the space around them', () => {
  const rows = diffRows(before, after);
  expect(rows.map((row) => row.kind)).toEqual(['same', 'removed', 'added', 'same']);
  expect(rows[1]).toMatchObject({ before: 2, after: null });
  expect(rows[2]).toMatchObject({ before: null, after: 2 });
  expect(changedOf(rows[1]!)).toEqual(['host', 'md5']);
  expect(changedOf(rows[2]!)).toEqual(['hostssl', 'scram-sha-256']);
  expect(countChanges(rows)).toEqual({ added: 1, removed: 1 });
});

test('lines that share nothing are marked whole', () => {
  const rows = diffRows('listen_addresses = *\n', 'completely other words here\n');
  expect(rows.map(changedOf)).toEqual([['listen_addresses = *'], ['completely other words here']]);
});

test('what lies between changes is a gap with its number of lines', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const rows = diffRows(lines.join('\n'), [...lines.slice(0, 30), 'new', ...lines.slice(30)].join('\n'));
  expect(rows[0]).toEqual({ kind: 'gap', skipped: 27 });
  expect(rows.find((row) => row.kind === 'added')).toMatchObject({ after: 31 });
});

test('a file without an end of line, an empty one and the same one', () => {
  expect(diffRows('a', 'a')).toEqual([]);
  expect(diffText(diffRows('', 'one\ntwo'))).toBe('+one\n+two');
  expect(diffText(diffRows('one\ntwo', ''))).toBe('-one\n-two');
});

test('with all context, the rows give both files back', () => {
  const file = fc
    .array(fc.constantFrom('a b', 'a  c', 'host all', '# x', ''), { maxLength: 12 })
    .map((lines) => lines.map((line) => `${line}\n`).join(''));
  fc.assert(
    fc.property(file, file, (one, other) => {
      fc.pre(one !== other);
      const rows = diffRows(one, other, 100);
      const side = (kind: 'removed' | 'added') =>
        rows
          .filter((row) => row.kind === 'same' || row.kind === kind)
          .map((row) => `${textOf(row)}\n`)
          .join('');
      expect(side('removed')).toBe(one);
      expect(side('added')).toBe(other);
    }),
  );
});
