import { expect, test } from 'vitest';
import { matchIdent, parseIdent, renderIdent, resolveIdent } from '../../../shared/hba/ident.ts';

const outcome = (text: string, systemName: string, role: string, major = 18): string => {
  const { mappings } = resolveIdent(parseIdent(text, { path: '/ident', major }), () => null);
  const memberships = (one: string, group: string) => one === 'ann' && group === 'staff';
  const result = matchIdent(mappings, { map: 'm', systemName, role }, { memberships });
  return result.outcome === 'none' ? 'none' : `${result.outcome} ${result.mapping.line}`;
};

test('names, regular expressions and \\1', () => {
  const text = '# c\nx root postgres\nm root postgres\nm /^(.*)@corp$ \\1\nm "/^(.*)@corp$" guest\n';
  expect(outcome(text, 'root', 'postgres')).toBe('match 3');
  expect(outcome(text, 'ann@corp', 'ann')).toBe('match 4');
  expect(outcome(text, 'ann@corp', 'guest')).toBe('match 5');
  expect(outcome(text, 'ann@corp.org', 'ann')).toBe('none');
  expect(outcome('m /^a \\1\nm ann ann', 'ann', 'ann')).toBe('none');
  expect(outcome('m /(?=a) ann\n', 'ann', 'ann')).toBe('unknown 1');
});

test('all, groups and regular expressions for roles since 16', () => {
  expect(outcome('m ann all', 'ann', 'bob')).toBe('match 1');
  expect(outcome('m ann all', 'ann', 'bob', 15)).toBe('none');
  expect(outcome('m ann "all"', 'ann', 'bob')).toBe('none');
  expect(outcome('m x +staff', 'x', 'ann')).toBe('match 1');
  expect(outcome('m x /^an', 'x', 'ann')).toBe('match 1');
});

test('lossless, with what the server refuses', () => {
  const text = 'm a\r\n\r\n# x\nm a b c\nm a,b c\ninclude y';
  const file = parseIdent(text, { path: '/ident', major: 18 });
  expect(renderIdent(file)).toBe(text);
  expect(file.lines.map(({ kind, message }) => [kind, message])).toEqual([
    ['error', 'missing entry at end of line'],
    ['blank', undefined],
    ['comment', undefined],
    ['mapping', undefined],
    ['error', 'multiple values in ident field'],
    ['include', undefined],
  ]);
});
