import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinAnswer, splitAnswer } from '../../../shared/fixes/answers.ts';
import { ticked } from '../../../shared/fixes/support/sql.ts';

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.string({ unit: fc.constantFrom(',', '\\', ' ', 'a', '='), minLength: 1, maxLength: 6 }),
);

test('what is ticked of a list of names is what was joined, whatever the names are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.func(fc.boolean()), (names, choose) => {
      const chosen = names.filter((one) => choose(one));
      expect(splitAnswer(joinAnswer(chosen))).toEqual(chosen);
      expect(ticked({ names: joinAnswer(chosen) }, 'names', names)).toEqual(chosen);
    }),
  );
});

test('a list that a person typed may have blanks, and a name that has none is found', () => {
  expect(ticked({ names: 'b, a ,zz' }, 'names', ['a', 'b', 'c'])).toEqual(['a', 'b']);
});
