import { expect, test } from 'vitest';
import { printable, printableJson } from '../../../shared/lib/hostile-text.ts';

test('JSON holds nothing that a terminal acts on, and is still the same data', () => {
  const name = 'a\u001b[31mb\u009b1mc\u007f\u202ed\u2066e\u0085 \t"\\é🐘';
  const text = printableJson({ [name]: [name] });
  expect(printable(text)).toBe(text);
  expect(JSON.parse(text)).toEqual({ [name]: [name] });
});
