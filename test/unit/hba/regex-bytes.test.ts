import { expect, test } from 'vitest';
import { searchRegex } from '../../../shared/hba/regex.ts';

// Seen on live servers of 16 to 18: each byte of a name is a character to the regular expression.
test.each([
  ['^.{3}$', 'zoë', 'no-match'],
  ['^.{4}$', 'zoë', 'match'],
  ['ë$', 'zoë', 'match'],
  ['^zo[ë]$', 'zoë', 'no-match'],
  ['^.{3}$', 'ann', 'match'],
] as const)('/%s and the name %s: %s', (pattern, name, kind) => {
  expect(searchRegex(pattern, name).kind).toBe(kind);
});

test('a group gives back the characters that its bytes are', () => {
  expect(searchRegex('^(.*)@x$', 'zoë@x')).toMatchObject({ group: 'zoë' });
});
