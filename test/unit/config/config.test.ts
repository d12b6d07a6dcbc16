import { expect, test } from 'vitest';
import { removeSetting, setSetting } from '../../../shared/config/edit.ts';
import { joinList, listKindOf, splitList } from '../../../shared/config/lists.ts';
import { parseConfig } from '../../../shared/config/parse.ts';
import { absoluteLocation } from '../../../shared/config/paths.ts';
import { resolveConfig } from '../../../shared/config/resolve.ts';
import { compareSetting, formatSettingNumber, parseSettingValue } from '../../../shared/config/units.ts';

const lines = (text: string) =>
  parseConfig(text, '/c').lines.map((line) =>
    line.kind === 'setting'
      ? [line.name, line.value]
      : line.kind === 'include'
        ? [line.directive, line.target]
        : line.kind,
  );

test('the forms of a setting', () => {
  expect(
    lines("port=5432\nPort 5433 # x\na.b = 'it''s \\'\\x\\101\\n'\nwork_mem = -1\nx = 1.5e3\r\n"),
  ).toEqual([
    ['port', '5432'],
    ['Port', '5433'],
    ['a.b', "it's 'xA\n"],
    ['work_mem', '-1'],
    ['x', '1.5e3'],
  ]);
  expect(lines("include_DIR 'conf.d'\n#x\n\n \tx'1'")).toEqual([
    ['include_dir', 'conf.d'],
    'comment',
    'blank',
    ['x', '1'],
  ]);
});

test('what the server calls a syntax error', () => {
  for (const text of [
    'x',
    'x =',
    'x = 1.5GB',
    "x = 'a",
    'x = a,b',
    'x = a.b',
    'x = 1 2',
    '5 = x',
    'a.b.c = 1',
    'x = = 1',
    '"x" = 1',
  ]) {
    expect([text, ...lines(text)]).toEqual([text, 'error']);
  }
  expect(lines('x = a.b:c-d/e_f\nx = /tmp')).toEqual([['x', 'a.b:c-d/e_f'], 'error']);
});

test('the last entry wins, postgresql.auto.conf last', () => {
  const files: Record<string, string> = {
    '/etc/d/b.conf': 'port = 3\nbad',
    '/etc/d/a.conf': 'port = 2',
    '/etc/x': 'SSL = off',
  };
  const resolution = resolveConfig(
    parseConfig(
      "port = 1\ninclude_dir 'd'\nssl on\ninclude '../etc/x'\ninclude_if_exists gone\ninclude gone\n",
      '/etc/main',
    ),
    parseConfig("# auto\nport = '9'\n", '/data/auto'),
    (path) => files[path] ?? null,
    (path) => (path === '/etc/d' ? ['b.conf', 'a.conf', '.c.conf'] : null),
  );
  const port = resolution.settings.get('port');
  expect([port?.value, port?.file, port?.line]).toEqual(['9', '/data/auto', 2]);
  expect(port?.overridden.map(({ value, file }) => [value, file])).toEqual([
    ['1', '/etc/main'],
    ['2', '/etc/d/a.conf'],
    ['3', '/etc/d/b.conf'],
  ]);
  expect(resolution.settings.get('ssl')?.value).toBe('off');
  expect(resolution.problems).toEqual([
    { file: '/etc/d/b.conf', line: 2, message: 'syntax error' },
    { file: '/etc/main', line: 6, message: 'could not open file "/etc/gone"' },
  ]);
});

test('a setting changes in its place', () => {
  expect(setSetting("# c\r\nSSL = 'off'   # why\r\nssl=off", 'ssl', 'on')).toBe(
    "# c\r\nSSL = 'off'   # why\r\nssl=on",
  );
  expect(setSetting("ssl = 'off' # why\nport = 1", 'ssl', 'on', 'TLS')).toBe(
    "# Portcullis: TLS\nssl = 'on' # why\nport = 1",
  );
  expect(setSetting('#ssl = off', 'ssl', 'on')).toBe('#ssl = off\nssl = on\n');
  expect(setSetting('', 'a.b', "it's\\")).toBe("a.b = 'it''s\\\\'\n");
  expect(setSetting('ssl = on', 'ssl', 'on')).toBe('ssl = on');
  expect(() => setSetting('', 'ssl = off\nx', 'on')).toThrow();
  expect(removeSetting('ssl = on\r\nport = 1\nSSL off', 'ssl')).toBe('#ssl = on\r\nport = 1\n#SSL off');
});

test('lists', () => {
  expect(splitList('  pgaudit , "$libdir/x y",/a b//c ', 'directories')).toEqual([
    'pgaudit',
    '$libdir/x y',
    '/a b/c',
  ]);
  expect(splitList('"$User", PUBLIC', 'identifiers')).toEqual(['$User', 'public']);
  expect(splitList('localhost, 10.0.0.1', 'names')).toEqual(['localhost', '10.0.0.1']);
  expect(splitList('a b', 'names')).toBeNull();
  expect(splitList('a,', 'names')).toBeNull();
  expect(splitList('', 'names')).toEqual([]);
  expect(splitList('"a', 'directories')).toBeNull();
  expect(joinList(['a', 'b c', 'D'], 'identifiers')).toBe('a, "b c", "D"');
  expect(listKindOf('shared_preload_libraries')).toBe('directories');
});

test('units, booleans and words', () => {
  const blocks = { vartype: 'integer', unit: '8kB' } as const;
  expect(parseSettingValue(blocks, '1GB')).toEqual({ kind: 'number', value: 131072 });
  expect(compareSetting(blocks, '131072', '1GB')).toBe(0);
  expect(compareSetting({ vartype: 'integer', unit: 'ms' }, '1min', '59999')).toBeGreaterThan(0);
  expect(parseSettingValue({ vartype: 'integer', unit: 'kB' }, '1gb').kind).toBe('invalid');
  expect(parseSettingValue({ vartype: 'integer' }, '1s').kind).toBe('invalid');
  expect(compareSetting({ vartype: 'bool' }, 'TRU', '1')).toBe(0);
  expect(parseSettingValue({ vartype: 'bool' }, 'o').kind).toBe('invalid');
  const level = { vartype: 'enum', enumvals: ['off', 'on', 'remote_apply'] } as const;
  expect(compareSetting(level, 'Remote_Apply', 'remote_apply')).toBe(0);
  expect(compareSetting(level, 'yes', 'on')).toBe(0);
  expect(compareSetting(level, 'on', 'off')).toBeNull();
  expect(formatSettingNumber(131072, '8kB')).toBe('1GB');
  expect(formatSettingNumber(90000, 'ms')).toBe('90s');
  expect(formatSettingNumber(-1, 'ms')).toBe('-1');
});

test('locations start from the folder of the file', () => {
  expect(absoluteLocation('conf.d/./x', '/etc/pg/main.conf')).toBe('/etc/pg/conf.d/x');
  expect(absoluteLocation('../x', '/etc/pg/main.conf')).toBe('/etc/x');
  expect(absoluteLocation('\\x', '/etc/main.conf')).toBe('/etc/\\x');
  expect(absoluteLocation('..\\x', 'C:\\data\\pg\\main.conf')).toBe('C:/data/x');
  expect(absoluteLocation('D:\\x', 'C:/data/main.conf')).toBe('D:/x');
});
