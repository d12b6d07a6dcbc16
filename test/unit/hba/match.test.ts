import { expect, test } from 'vitest';
import { matchHba } from '../../../shared/hba/match.ts';
import type { HbaConnection, HbaContext } from '../../../shared/hba/match.ts';
import { parseHba } from '../../../shared/hba/parse.ts';
import { resolveIncludes } from '../../../shared/hba/includes.ts';
import { searchRegex } from '../../../shared/hba/regex.ts';

const context: HbaContext = {
  memberships: (role, group) => role === 'ann' && group === 'staff',
  hostNetworks: ['10.0.0.5/24', 'fd00::5/64'],
};
const base: HbaConnection = {
  role: 'ann',
  database: 'shop',
  address: '10.0.0.9',
  transport: 'tcp-plain',
  replication: false,
};

function verdict(text: string, connection: Partial<HbaConnection>, major = 18): string {
  const { rules } = resolveIncludes(parseHba(text, { path: '/hba', major }), () => null);
  const result = matchHba(rules, { ...base, ...connection }, context);
  return result.outcome === 'none' ? 'none' : `${result.outcome} ${result.rule.line}`;
}

test('all is not physical replication; logical replication is a database', () => {
  const text = 'host all all all trust\nhost replication all all md5\n';
  expect(verdict(text, { replication: 'physical', database: '' })).toBe('match 2');
  expect(verdict(text, { replication: 'logical' })).toBe('match 1');
  expect(verdict('host replication all all md5', { database: 'replication' })).toBe('none');
  expect(verdict('host "replication" all all md5', { database: 'replication' })).toBe('match 1');
});

test('record types and transports', () => {
  const text = 'hostssl all all all trust\nhostgssenc all all all trust\nhostnossl all all all md5\n';
  expect(verdict(text, { transport: 'tls' })).toBe('match 1');
  expect(verdict(text, { transport: 'gss' })).toBe('match 2');
  expect(verdict(text, { transport: 'tcp-plain' })).toBe('match 3');
  expect(verdict('host all all all trust', { address: 'local', transport: 'local' })).toBe('none');
});

test('groups, sameuser, samerole, samehost, samenet', () => {
  expect(verdict('host all +staff all trust', {})).toBe('match 1');
  expect(verdict('host all +ann all trust', {})).toBe('match 1');
  expect(verdict('host all +staff all trust', { role: 'Ann' })).toBe('none');
  expect(verdict('host samerole all all trust', { database: 'staff' })).toBe('match 1');
  expect(verdict('host sameuser all all trust', { database: 'ann' })).toBe('match 1');
  expect(verdict('host all all samehost trust\nhost all all samenet md5', {})).toBe('match 2');
  expect(verdict('host all all samehost trust', { address: 'fd00::5' })).toBe('match 1');
});

test('what cannot be told is unknown, with what comes after', () => {
  const { rules } = resolveIncludes(
    parseHba('host all all db.example.com trust\nhost all all all reject', { path: '/hba', major: 18 }),
    () => null,
  );
  expect(matchHba(rules, base, context)).toMatchObject({
    outcome: 'unknown',
    rule: { line: 1 },
    otherwise: { outcome: 'match', rule: { line: 2 } },
  });
  expect(verdict('host all bob db.example.com trust', {})).toBe('none');
  expect(verdict('host all /(?=a) all trust', {})).toBe('unknown 1');
});

test('@files and includes come in order with their own file and line', () => {
  const files: Record<string, string> = {
    '/etc/hba':
      'local @dbs all peer\ninclude_dir d\ninclude_if_exists none\nlocal @empty all peer trust\ninclude gone\n',
    '/etc/dbs': 'a b\n# c\n@more',
    '/etc/more': '"all"',
    '/etc/empty': '# nothing',
    '/etc/d/2.conf': 'host all all all md5',
    '/etc/d/10.conf': '\nhost x all all md5',
    '/etc/d/.x.conf': 'broken',
  };
  const main = parseHba(files['/etc/hba'] ?? '', { path: '/etc/hba', major: 17 });
  const resolution = resolveIncludes(
    main,
    (path) => files[path] ?? null,
    (path) => (path === '/etc/d' ? ['2.conf', '.x.conf', '10.conf', 'y.txt'] : null),
  );
  expect(
    resolution.rules.map(({ file, line, databases }) => [file, line, databases.map(({ text }) => text)]),
  ).toEqual([
    ['/etc/hba', 1, ['a', 'b', 'all']],
    ['/etc/d/10.conf', 2, ['x']],
    ['/etc/d/2.conf', 1, ['all']],
    ['/etc/hba', 4, ['all']],
  ]);
  expect(resolution.rules[0]?.databases[2]?.kind).toBe('name');
  expect(resolution.problems).toEqual([
    { file: '/etc/hba', line: 5, message: 'could not open file "/etc/gone": No such file or directory' },
  ]);
  expect(resolution.files.map(({ options }) => options.path)).toEqual([
    '/etc/hba',
    '/etc/d/10.conf',
    '/etc/d/2.conf',
  ]);
});

test('regular expressions end in linear time', () => {
  expect(searchRegex('^(a*)*b', 'a'.repeat(63)).kind).toBe('no-match');
  expect(searchRegex('^(.*)@corp$', 'ann@corp')).toMatchObject({ kind: 'match', group: 'ann' });
  expect(searchRegex('b{2,3}', 'abbc').kind).toBe('match');
  expect(searchRegex('^[[:digit:]_]+$', '12_').kind).toBe('match');
});
