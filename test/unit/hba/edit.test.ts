import { expect, test } from 'vitest';
import { applyHbaEdits, mergeHbaEdits } from '../../../shared/hba/edit.ts';
import type { HbaEdit, HbaFields } from '../../../shared/hba/edit.ts';
import { hbaAddress } from '../../../shared/hba/address.ts';
import { groupToken, keywordToken, nameToken } from '../../../shared/hba/write.ts';

const file = '/pg_hba.conf';
const apply = (text: string, edits: readonly HbaEdit[], major = 18) => {
  const result = applyHbaEdits(text, edits, { path: file, major });
  return result.ok ? result.text : result.conflict;
};
const change = (line: number, fields: HbaFields): HbaEdit => ({ kind: 'change', file, line, fields });

test('a change touches its field only and keeps the columns', () => {
  const text =
    '# top\r\nhost    all             all             0.0.0.0/0               md5  # why\r\nlocal all all peer';
  expect(apply(text, [change(2, { method: 'scram-sha-256' }), change(2, { type: 'hostssl' })])).toBe(
    '# top\r\nhostssl all             all             0.0.0.0/0               scram-sha-256 # why\r\nlocal all all peer',
  );
});

test('address with a netmask, continuation and missing line ending', () => {
  const address = hbaAddress('10.0.0.0/8');
  expect(apply('host all all \\\n 0.0.0.0 0.0.0.0\ttrust', [change(1, { address })])).toBe(
    'host all all \\\n 10.0.0.0/8\ttrust',
  );
});

test('type local drops the address and host needs one', () => {
  expect(apply('host all bob 127.0.0.1/32 trust', [change(1, { type: 'local' })])).toBe(
    'local all bob trust',
  );
  expect(apply('local all bob trust', [change(1, { type: 'host' })])).toEqual({
    line: 1,
    reason: 'a host rule needs an address',
  });
  expect(apply('local all bob trust', [change(1, { type: 'host', address: hbaAddress('::1') })])).toBe(
    'host all bob ::1/128 trust',
  );
});

test('options are added, replaced and removed', () => {
  const options = [{ name: 'map', value: 'my map' }];
  expect(apply('local all all peer # x', [change(1, { options })])).toBe(
    'local all all peer map="my map" # x',
  );
  expect(apply('local all all peer map=a  map=b', [change(1, { options: [] })])).toBe('local all all peer');
  expect(apply('local all all peer map=a', [change(1, { method: 'md5' })])).toMatchObject({ line: 1 });
});

test('names are quoted where they must be', () => {
  const users = [nameToken('all'), nameToken('o"b'), groupToken('my group'), keywordToken('all')];
  expect(apply('local all all peer', [change(1, { users })])).toBe(
    'local all "all","o""b",+"my group",all peer',
  );
});

test('disable comments every physical line and leaves a note', () => {
  expect(
    apply('host all all \\\r\n all trust\r\nlocal all all peer\r\n', [
      { kind: 'disable', file, line: 1, note: 'too open\n\\' },
      change(1, { method: 'md5' }),
    ]),
  ).toBe('# Portcullis: too open\r\n# host all all \\\r\n#  all trust\r\nlocal all all peer\r\n');
});

test('inserts', () => {
  const rule = {
    type: 'hostssl',
    databases: [keywordToken('all')],
    users: [nameToken('app')],
    address: hbaAddress('10.0.0.0/8'),
    method: 'scram-sha-256',
    options: [],
  } as const;
  const line = 'hostssl all             app             10.0.0.0/8              scram-sha-256';
  const insert = (before: number | 'first-rule' | 'end'): HbaEdit => ({
    kind: 'insert',
    file,
    before,
    rule,
    note: 'for app',
  });
  expect(apply('# c\nlocal all all peer', [insert('end'), insert('end')])).toBe(
    `# c\nlocal all all peer\n# Portcullis: for app\n${line}\n`,
  );
  expect(apply('# c\nlocal all all peer', [insert('first-rule')])).toBe(
    `# c\n# Portcullis: for app\n${line}\nlocal all all peer`,
  );
  expect(apply('local all all peer\\', [insert('end')])).toBe(
    `local all all peer\\\n\n# Portcullis: for app\n${line}\n`,
  );
  expect(apply('local all all peer\n', [insert(2)])).toMatchObject({ line: 2 });
});

test('conflicts change nothing', () => {
  expect(apply('local all all md5', [change(1, { method: 'peer' }), change(1, { method: 'trust' })])).toEqual(
    {
      line: 1,
      reason: 'two changes want different values for the method',
    },
  );
  expect(
    apply('local all all md5', [
      { ...change(1, { method: 'peer' }), kind: 'change', file, line: 1, fields: {}, expected: 'other' },
    ]),
  ).toMatchObject({ line: 1 });
  expect(apply('# x\nlocal all all md5', [change(1, { method: 'peer' })])).toMatchObject({ line: 1 });
  expect(apply('local all "all md5', [change(1, { method: 'peer' })])).toMatchObject({ line: 1 });
  expect(mergeHbaEdits([change(1, { method: 'peer' })], [change(1, { users: [] })])).toMatchObject({
    ok: true,
    edits: [{ fields: { method: 'peer', users: [] } }],
  });
});
