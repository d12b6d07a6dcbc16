import { expect, test } from 'vitest';
import { hbaAddress } from '../../../shared/hba/address.ts';
import { applyHbaEdits } from '../../../shared/hba/edit.ts';
import type { HbaEdit } from '../../../shared/hba/edit.ts';

const options = { path: '/hba', major: 15 };
const to = (text: string) => ({ address: hbaAddress(text) });
const split: HbaEdit = {
  kind: 'change',
  file: '/hba',
  line: 1,
  fields: to('10.0.0.0/24'),
  copies: [to('10.0.1.0/24'), to('10.0.2.7/32')],
};

test('copies of a changed line stand behind it and take the other changes with them', () => {
  const other: HbaEdit = { kind: 'change', file: '/hba', line: 1, fields: { type: 'hostssl' } };
  const expected =
    'hostssl  all all 10.0.0.0/24 md5 # app\nhostssl  all all 10.0.1.0/24 md5 # app\nhostssl  all all 10.0.2.7/32 md5 # app\nlocal all all peer\n';
  for (const edits of [
    [split, other],
    [other, split],
    [split, other, split],
  ]) {
    const result = applyHbaEdits('host  all all all md5 # app\nlocal all all peer\n', edits, options);
    expect(result.ok && result.text.replace(/ +/g, ' ')).toBe(expected.replace(/ +/g, ' '));
  }
});

test('a last line without its end stays without, and the copies are lines of their own', () => {
  const result = applyHbaEdits('host all all all md5', [split], options);
  expect(result.ok && result.text.split('\n')).toEqual([
    'host all all 10.0.0.0/24 md5',
    'host all all 10.0.1.0/24 md5',
    'host all all 10.0.2.7/32 md5',
  ]);
});

test('a copy that the server would refuse is a conflict', () => {
  const bad: HbaEdit = { ...split, copies: [{ type: 'local', method: 'cert' }] };
  expect(applyHbaEdits('host all all all md5\n', [bad], options).ok).toBe(false);
});
