import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayTake } from '../../../shared/hba/rule-index.ts';
import { covers } from '../../../shared/hba/covers.ts';
import { parseHba } from '../../../shared/hba/parse.ts';
import type { HbaRule } from '../../../shared/hba/types.ts';

const word = fc.constantFrom(
  'all',
  'a',
  'b',
  '"all"',
  '+a',
  'a,b',
  'sameuser',
  'samerole',
  'replication',
  '/^a',
  '"sameuser"',
);
const user = fc.constantFrom('all', 'a', 'b', '"all"', '+a', 'a,b', '/^a', '@x');
const address = fc.constantFrom(
  'all',
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.3/32',
  '10.0.0.0 255.0.255.0',
  '192.168.0.0/16',
  '::/0',
  '2001:db8::/32',
  'samehost',
  'samenet',
  'h.example.com',
  '.example.com',
);
const line = fc
  .record({ type: fc.constantFrom('host', 'hostssl', 'local'), word, user, address })
  .map(({ type, word: database, user: role, address: from }) =>
    type === 'local' ? `local ${database} ${role} md5` : `${type} ${database} ${role} ${from} md5`,
  );

const rulesOf = (lines: readonly string[]): readonly HbaRule[] =>
  parseHba(`${lines.join('\n')}\n`, { path: '/hba', major: 17 }).lines.flatMap((one) =>
    one.kind === 'rule' || (one.kind === 'unresolved' && one.rule !== null) ? [one.rule as HbaRule] : [],
  );

test('no rule that takes a later one is passed over', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 2, maxLength: 12 }), (lines) => {
      const rules = rulesOf(lines);
      for (const [place, rule] of rules.entries())
        for (const database of rule.databases)
          for (const one of rule.users) {
            const later = { ...rule, databases: [database], users: [one] };
            const taken = rules.slice(0, place).filter((earlier) => covers(earlier, later) === 'covers');
            const looked = mayTake(rules, place, { address: rule.address, database, user: one });
            for (const earlier of taken) expect(looked, lines.join('\n')).toContain(earlier);
          }
    }),
    { numRuns: 300 },
  );
});
