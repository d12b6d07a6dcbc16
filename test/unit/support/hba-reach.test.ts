import { expect, test } from 'vitest';
import { hbaContext } from '../../../shared/checks/support/hba-view.ts';
import { isShadowed, reachOf } from '../../../shared/hba/reach.ts';
import { parseHba } from '../../../shared/hba/parse.ts';
import { nameToken } from '../../../shared/hba/write.ts';
import { membership } from './builders.ts';

const context = hbaContext(
  [membership('shop_app', 'apps'), membership('apps', 'clients')],
  [{ name: 'eth0', address: '10.20.30.5', prefix: 24 }],
);

function rulesOf(text: string) {
  return parseHba(text, { path: '/hba', major: 17 }).lines.flatMap((line) =>
    line.kind === 'rule' ? [line.rule] : [],
  );
}

test.each([
  ['one wider rule', 'host all all 10.0.0.0/8 md5\nhost shop app 10.1.0.0/16 md5', true],
  ['the same rule for a narrower transport', 'host all all all md5\nhostssl all all 10.1.0.0/16 md5', true],
  ['a narrower transport before a wider one', 'hostssl all all all md5\nhost all all 10.1.0.0/16 md5', false],
  [
    'two transports that make up a third',
    'hostssl all all all md5\nhostnossl all all all reject\nhost all all 10.0.0.1/32 md5',
    true,
  ],
  [
    'two halves of an address space',
    'host all all 10.0.0.0/9 md5\nhost all all 10.128.0.0/9 md5\nhost all all 10.0.0.0/8 md5',
    true,
  ],
  ['half of an address space', 'host all all 10.0.0.0/9 md5\nhost all all 10.0.0.0/8 md5', false],
  ['all does not hold replication', 'host all all all md5\nhost replication rep 10.0.0.1/32 md5', false],
  ['a quoted all is a name', 'host "all" all all md5\nhost shop all all md5', false],
  [
    'each name of a list in another rule',
    'host all a all md5\nhost all b all md5\nhost all a,b all md5',
    true,
  ],
  ['one name of a list', 'host all a all md5\nhost all a,b all md5', false],
  ['a member of a group, through another', 'host all +clients all md5\nhost all shop_app all md5', true],
  ['a group in a group', 'host all +clients all md5\nhost all +apps all md5', true],
  ['a regular expression', 'host all /^shop_ all md5\nhost all shop_app all md5', true],
  ['sameuser for another role', 'host sameuser all all md5\nhost shop app all md5', false],
  ['sameuser for the role of that name', 'host sameuser all all md5\nhost shop shop all md5', true],
  ['a host name behind any address', 'host all all all md5\nhost all all db2.example md5', true],
  [
    'any IPv4 address does not hold a host name',
    'host all all 0.0.0.0/0 md5\nhost all all db2.example md5',
    false,
  ],
  ['families apart', 'host all all 0.0.0.0/0 md5\nhost all all ::1/128 md5', false],
  ['samenet of the host', 'host all all samenet md5\nhost all all 10.20.30.0/25 md5', true],
  ['local rules', 'local all all peer\nlocal all postgres peer', true],
  ['local does not hold host', 'local all all peer\nhost all all 127.0.0.1/32 md5', false],
])('%s: shadowed %s', (_, text, shadowed) => {
  const rules = rulesOf(text);
  const last = rules.at(-1);
  expect(last && isShadowed(rules, last, context)).toBe(shadowed);
});

test('tells which transports remain and who took the others', () => {
  const rules = rulesOf('hostnossl all all all reject\nhost all all 10.0.0.0/8 md5');
  const [first, second] = rules;
  expect(second && reachOf(rules, second, context)).toEqual({ transports: ['tls'], takenBy: [first] });
});

test('can ask for one role', () => {
  const rules = rulesOf('host all postgres all reject\nhost all all 10.0.0.0/8 md5');
  const rule = rules[1];
  if (rule === undefined) throw new Error('no rule');
  expect(reachOf(rules, rule, context, { users: [nameToken('postgres')] }).transports).toEqual([]);
  expect(reachOf(rules, rule, context, { users: [nameToken('shop_app')] }).transports).not.toEqual([]);
});
