import fc from 'fast-check';
import { expect, test } from 'vitest';
import { removeSetting, setSetting } from '../../../shared/config/edit.ts';
import { joinList, splitList } from '../../../shared/config/lists.ts';
import { parseConfig, renderConfig } from '../../../shared/config/parse.ts';

const word = fc.constantFrom(
  ...[
    'ssl',
    'SSL',
    'port',
    'a.b',
    '=',
    ' ',
    '\t',
    "'",
    "''",
    '\\',
    '#',
    'on',
    '5432',
    '1.5',
    'x-y',
    'é',
    '\r',
    '\n',
    '\r\n',
    '\0',
  ],
);
const hostile = fc.oneof(
  fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
  fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
  fc.string({ unit: 'binary', maxLength: 80 }),
);
const value = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('\0'));

test('render(parse(x)) === x', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(renderConfig(parseConfig(text, '/c'))).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test('setSetting: the last entry has the value, every other line is as before', () => {
  fc.assert(
    fc.property(hostile, value, fc.option(fc.string(), { nil: undefined }), (text, wanted, note) => {
      const result = setSetting(text, 'ssl', wanted, note);
      const settings = (one: string) =>
        parseConfig(one, '/c').lines.filter((line) => line.kind === 'setting');
      const before = settings(text);
      const after = settings(result);
      const last = after.findLast(({ name }) => name.toLowerCase() === 'ssl');
      expect(last?.value).toBe(wanted);
      const others = (list: typeof before) =>
        list.filter((line) => line !== list.findLast(({ name }) => name.toLowerCase() === 'ssl'));
      expect(others(after).map(({ text: line }) => line.trimEnd())).toEqual(
        others(before).map(({ text: line }) => line.trimEnd()),
      );
      expect(setSetting(result, 'ssl', wanted, note)).toBe(result);
      expect(settings(removeSetting(result, 'SSL')).some(({ name }) => name.toLowerCase() === 'ssl')).toBe(
        false,
      );
    }),
    { numRuns: 1000 },
  );
});

test('splitList(joinList(x)) === x', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 12 });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 5 }), fc.constantFrom('identifiers', 'names'), (words, kind) => {
      expect(splitList(joinList(words, kind as 'names'), kind as 'names')).toEqual(words);
    }),
    { numRuns: 1000 },
  );
});
