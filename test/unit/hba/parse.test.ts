import { expect, test } from 'vitest';
import { parseHba, renderHba } from '../../../shared/hba/parse.ts';
import type { HbaLine, HbaRule } from '../../../shared/hba/types.ts';

const read = (text: string, major = 18): readonly HbaLine[] =>
  parseHba(text, { path: '/pg_hba.conf', major }).lines;
const rule = (text: string, major = 18): HbaRule => {
  const [line] = read(text, major);
  if (line?.kind !== 'rule') throw new Error(`not a rule: ${JSON.stringify(line)}`);
  return line.rule;
};
const problem = (text: string, major = 18): string => {
  const [line] = read(text, major);
  return line?.kind === 'error' ? line.message : `(${line?.kind ?? 'nothing'})`;
};

test('a quoted keyword is a name', () => {
  const { databases, users } = rule('local "all",sameuser,"replication" "all",+"my group","+x" trust');
  expect(databases.map(({ kind, text }) => [kind, text])).toEqual([
    ['name', 'all'],
    ['sameuser', 'sameuser'],
    ['name', 'replication'],
  ]);
  expect(users.map(({ kind, text }) => [kind, text])).toEqual([
    ['name', 'all'],
    ['group', '+my group'],
    ['name', '+x'],
  ]);
});

test('lists go on after a comma and blanks; doubled quotes are one; a comment ends a word', () => {
  const { databases, users, options } = rule('local a , b,\tc peer map="o""brien"#comment');
  // A blank before the comma ends the field, so the comma is passed over: b and c are the users.
  expect(databases.map(({ text }) => text)).toEqual(['a']);
  expect(users.map(({ text }) => text)).toEqual(['b', 'c']);
  expect(options).toEqual([{ name: 'map', value: 'o"brien' }]);
});

test('addresses in every form', () => {
  const address = (text: string) => rule(`host all all ${text} trust`).address;
  expect(address('10.1.2.3/8')).toMatchObject({ family: 'ipv4', address: '10.1.2.3', prefix: 8 });
  expect(address('10.0.0.0 255.0.255.0')).toMatchObject({ netmask: '255.0.255.0', prefix: null });
  expect(address('fe80::1/64')).toMatchObject({
    family: 'ipv6',
    netmask: 'ffff:ffff:ffff:ffff::',
    prefix: 64,
  });
  expect(address('127.1/32')).toMatchObject({ address: '127.0.0.1' });
  expect(address('.example.com')).toEqual({ kind: 'host-suffix', suffix: '.example.com' });
  expect(address('"all"')).toEqual({ kind: 'host-name', name: 'all' });
  expect(address('samenet')).toEqual({ kind: 'samenet' });
});

test('what the server refuses is refused in its words', () => {
  expect(problem('hots all all all trust')).toBe('invalid connection type "hots"');
  expect(problem('local all')).toBe('end-of-line before role specification');
  expect(problem('host all all 10.0.0.0 trust')).toMatch(/^invalid IP mask "trust"/);
  expect(problem('host all all 10.0.0.0/33 trust')).toBe('invalid CIDR mask in address "10.0.0.0/33"');
  expect(problem('host all all db.example.com/32 trust')).toMatch(/^specifying both host name and CIDR mask/);
  expect(problem('host all all all peer')).toBe('peer authentication is only supported on local sockets');
  expect(problem('local all all md5 map=x')).toMatch(
    /"map" is only valid for authentication methods ident, peer/,
  );
  expect(problem('local all /^(a trust')).toBe(
    'invalid regular expression "^(a": parentheses () not balanced',
  );
  expect(problem('local all all trust,md5')).toBe('multiple values specified for authentication type');
});

test('majors differ', () => {
  expect(rule('local all /^a trust', 15).users[0]?.kind).toBe('name');
  expect(rule('local all "/^a" trust', 16).users[0]?.kind).toBe('regex');
  expect(problem('include other.conf', 15)).toBe('invalid connection type "include"');
  expect(read('include other.conf', 16)[0]).toMatchObject({ kind: 'include', target: 'other.conf' });
  expect(problem('host all all all radius radiusservers=x radiussecrets=y', 19)).toBe(
    'invalid authentication method "radius"',
  );
  expect(problem('hostssl all all all cert clientcert=1', 14)).toBe('invalid value for clientcert: "1"');
  expect(rule('hostssl all all all md5 clientcert=1', 13).options).toHaveLength(1);
  expect(read('local all \\\n all trust\n', 14)).toHaveLength(1);
  expect(read('local all \\\n all trust\n', 13)).toHaveLength(2);
});

test('lines keep their numbers and bytes', () => {
  const text = '# x\r\n\r\nlocal all \\\r\n  all trust\r\nbad\r\nhost all all all md5';
  const lines = read(text);
  expect(lines.map(({ kind, line, lineCount }) => [kind, line, lineCount])).toEqual([
    ['comment', 1, 1],
    ['blank', 2, 1],
    ['rule', 3, 2],
    ['error', 5, 1],
    ['rule', 6, 1],
  ]);
  expect(renderHba(parseHba(text, { path: '/x', major: 18 }))).toBe(text);
});
