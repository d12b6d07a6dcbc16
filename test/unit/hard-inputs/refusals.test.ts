import { expect, test } from 'vitest';
import { refusalsIn } from '../../../main/apply/server-view.ts';

const line = (text: string): string => `2026-11-22 16:54:44.714 UTC [177] LOG:  ${text}`;

test('a missing file of include_if_exists is no refusal; any other missing file is', () => {
  const missing = line('could not open file "/etc/x/nothing.conf": No such file or directory');
  const skipped = line('skipping missing authentication file "/etc/x/nothing.conf"');
  expect(refusalsIn([missing, skipped].join('\n'))).toEqual([]);
  expect(refusalsIn(missing)).toEqual([missing]);
  const notLoaded = line('/etc/x/pg_hba.conf was not reloaded');
  expect(refusalsIn([missing, skipped, notLoaded].join('\n'))).toEqual([notLoaded]);
});
