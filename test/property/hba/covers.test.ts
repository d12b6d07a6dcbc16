import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers } from '../../../shared/hba/covers.ts';
import { matchHba, ruleMatches } from '../../../shared/hba/match.ts';
import type { HbaConnection, HbaContext } from '../../../shared/hba/match.ts';
import { parseHba } from '../../../shared/hba/parse.ts';
import type { HbaRule } from '../../../shared/hba/types.ts';

const context: HbaContext = {
  memberships: (role, group) =>
    (role === 'a' && (group === 'g' || group === 'h')) || (role === 'g' && group === 'h'),
  hostNetworks: ['10.1.0.5/16', '127.0.0.1/8', '::1/128'],
};
const some = (...words: readonly string[]) =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 2 }).map((list) => list.join(','));
const rule = fc
  .tuple(
    fc.constantFrom('local', 'host', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'),
    some('all', 'all', 'all', 'sameuser', 'samerole', 'replication', 'a', 'g', 'h', '"all"', '/^a', 'z'),
    some('all', 'all', 'all', '+g', '+h', 'a', 'b', '/^a', 'g'),
    fc.constantFrom(
      ...[
        'all',
        'all',
        'all',
        'samehost',
        'samenet',
        '10.1.0.0/16',
        '10.0.0.0/8',
        '10.1.0.5/32',
        '0.0.0.0/0',
        '::/0',
        '::1/128',
      ],
    ),
  )
  .map(([type, database, user, address]): HbaRule => {
    const text = [type, database, user, ...(type === 'local' ? [] : [address]), 'trust'].join(' ');
    const [line] = parseHba(text, { path: '/hba', major: 18 }).lines;
    if (line?.kind !== 'rule') throw new Error(text);
    return line.rule;
  });

// Every connection that could tell two of these rules apart.
const connections: readonly HbaConnection[] = ['a', 'b', 'g', 'c', 'az'].flatMap((role) =>
  ['a', 'b', 'g', 'h', 'z', 'all', 'az', 'c', 'y'].flatMap((database) =>
    ['10.1.0.5', '10.1.9.9', '10.9.9.9', '9.9.9.9', '::1', 'fd00::9', '127.0.0.1'].flatMap((address) =>
      (['local', 'tcp-plain', 'tls', 'gss'] as const).flatMap((transport) =>
        ([false, 'physical'] as const).map((replication) => ({
          role,
          database,
          address,
          transport,
          replication,
        })),
      ),
    ),
  ),
);

test('covers is right: yes means never reached, no means that a connection is left', () => {
  const counts = { covers: 0, no: 0, unknown: 0 };
  fc.assert(
    fc.property(rule, rule, (earlier, later) => {
      const coverage = covers(earlier, later, context);
      counts[coverage] += 1;
      const left = connections.find(
        (one) => ruleMatches(later, one, context) === true && ruleMatches(earlier, one, context) !== true,
      );
      const reachable = connections.some((one) => ruleMatches(later, one, context) === true);
      if (coverage === 'covers') expect(left).toBeUndefined();
      // samerole and +group may turn out to be covered by chance of the roles that exist here.
      const byChance = [...later.users, ...later.databases].some(
        ({ kind }) => kind === 'group' || kind === 'samerole' || kind === 'sameuser' || kind === 'regex',
      );
      if (coverage === 'no' && reachable && !byChance) expect(left).toBeDefined();
    }),
    { numRuns: 500 },
  );
  expect(counts.covers).toBeGreaterThan(4);
});

test('a rule covers itself and matchHba agrees with ruleMatches', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 5 }), fc.constantFrom(...connections), (rules, one) => {
      for (const each of rules) expect(covers(each, each, context)).toBe('covers');
      const first = rules.find((each) => ruleMatches(each, one, context) === true);
      const match = matchHba(rules, one, context);
      expect(match.outcome === 'match' ? match.rule : undefined).toBe(first);
    }),
    { numRuns: 500 },
  );
});
