import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyHbaEdits } from '../../../shared/hba/edit.ts';
import type { HbaEdit } from '../../../shared/hba/edit.ts';
import { parseHba, renderHba } from '../../../shared/hba/parse.ts';
import { formatRule, groupToken, keywordToken, nameToken } from '../../../shared/hba/write.ts';

const word = fc.constantFrom(
  ...[
    'local',
    'host',
    'hostssl',
    'all',
    '"all"',
    'bob',
    '+x',
    '@f',
    '/^a',
    '10.0.0.0/8',
    '::1/128',
    'md5',
    'trust',
  ],
  ...[
    '255.0.0.0',
    'map=x',
    '"a b"',
    '"',
    '\\',
    '#',
    ',',
    ', ',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\\\n',
    'é',
    '\0',
  ],
);
const hostile = fc.oneof(
  fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
  fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const major = fc.integer({ min: 13, max: 19 });
const options = (version: number) => ({ path: '/hba', major: version });

test('render(parse(x)) === x, and lines are numbered without holes', () => {
  fc.assert(
    fc.property(hostile, major, (text, version) => {
      const file = parseHba(text, options(version));
      expect(renderHba(file)).toBe(text);
      let next = 1;
      for (const { line, lineCount } of file.lines) {
        expect(line).toBe(next);
        next += lineCount;
      }
    }),
    { numRuns: 1000 },
  );
});

const draft = {
  type: 'local',
  databases: [keywordToken('all')],
  users: [keywordToken('all')],
  address: null,
  method: 'peer',
  options: [],
} as const;

const rule = fc.constantFrom(
  'local all all peer',
  'host  all  all  10.0.0.0/8  md5  # note',
  'host all "all",+g \\\n 10.0.0.0 255.0.0.0 trust',
  'hostssl a,b all ::/0 cert map=x\tclientcert=verify-full',
  '# comment \\\nlocal all all trust',
  '',
);
const ending = fc.constantFrom('\n', '\r\n');

test('an edit leaves every other line alone', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 8 }),
      ending,
      fc.nat(7),
      fc.boolean(),
      (rules, end, pick, off) => {
        const text = rules.join(end);
        const before = parseHba(text, options(18)).lines;
        const target = before[pick % before.length];
        fc.pre(target?.kind === 'rule');
        const edit = off
          ? ({ kind: 'disable', file: '/hba', line: target.line, note: 'off' } as const)
          : ({
              kind: 'change',
              file: '/hba',
              line: target.line,
              fields: { users: [nameToken('app')] },
            } as const);
        const result = applyHbaEdits(text, [edit], options(18));
        if (!result.ok) throw new Error(result.conflict.reason);
        const prefix = before
          .filter(({ line }) => line < target.line)
          .map((line) => line.text)
          .join('');
        const suffix = before
          .filter(({ line }) => line > target.line)
          .map((line) => line.text)
          .join('');
        expect(result.text.startsWith(prefix)).toBe(true);
        expect(result.text.endsWith(suffix)).toBe(true);
        const left = parseHba(result.text, options(18)).lines.filter(({ kind }) => kind === 'rule');
        expect(left).toHaveLength(before.filter(({ kind }) => kind === 'rule').length - (off ? 1 : 0));
      },
    ),
    { numRuns: 300 },
  );
});

test('what is written is read back, whatever the names are', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 0, maxLength: 12 })
    .filter((text) => !/[\0\r\n]/.test(text));
  const token = fc.oneof(name.map(nameToken), name.map(groupToken), fc.constant(keywordToken('all')));
  fc.assert(
    fc.property(
      fc.array(token, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 13, max: 15 }),
      (users, version) => {
        const draft = {
          type: 'local',
          databases: [keywordToken('all')],
          users,
          address: null,
          method: 'peer',
          options: [],
        } as const;
        const [line, ...more] = parseHba(formatRule(draft, version), options(version)).lines;
        expect(more).toEqual([]);
        expect(line?.kind === 'rule' && line.rule.users.map(({ kind, text }) => [kind, text])).toEqual(
          users.map(({ kind, text }) => [kind, text]),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('whatever the file is, an edit changes its own line or nothing', () => {
  const users = [nameToken('x y')];
  fc.assert(
    fc.property(
      hostile,
      major,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom('users', 'disable', 'insert'),
      (text, version, line, how) => {
        const edit: HbaEdit =
          how === 'users'
            ? { kind: 'change', file: '/hba', line, fields: { users } }
            : how === 'disable'
              ? { kind: 'disable', file: '/hba', line, note: text }
              : { kind: 'insert', file: '/hba', before: line, rule: draft, note: text };
        const before = parseHba(text, options(version)).lines;
        const result = applyHbaEdits(text, [edit], options(version));
        if (!result.ok) return;
        const after = parseHba(result.text, options(version)).lines;
        const rules = (lines: typeof before) =>
          lines
            .filter(({ kind }) => kind !== 'blank' && kind !== 'comment')
            .map((one) => ({ ...one, line: 0, rule: null }));
        const others = rules(before.filter((one) => one.line !== line || how === 'insert'));
        const left = rules(after).filter((one) => !others.some((other) => other.text === one.text));
        expect(rules(after)).toHaveLength(others.length + (how === 'disable' ? 0 : 1));
        expect(left.length).toBeLessThanOrEqual(how === 'disable' ? 0 : 1);
      },
    ),
    { numRuns: 2000 },
  );
});
