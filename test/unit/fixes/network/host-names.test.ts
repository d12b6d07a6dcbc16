import { describe, expect, test } from 'vitest';
import { networkChecks } from '../../../../shared/checks/network/index.ts';
import { platformChecks } from '../../../../shared/checks/platform/index.ts';
import { absent } from '../../../../shared/facts/fact.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import { addressesForHostNames } from '../../../../shared/fixes/network/host-names.ts';
import { privateHbaFiles } from '../../../../shared/fixes/platform/file-rights.ts';
import { fileStatus } from '../../support/builders.ts';
import { afterOperations, hbaLines, operationsOf, tryFix } from '../../support/fixes.ts';
import { configurationFile, hardenedFacts, judge, valueOf, withFact, withHba } from '../../support/facts.ts';

const base = hardenedFacts();
const statusOf = (id: string, facts: FactSet): string => {
  const check = networkChecks.find((one) => one.id === id);
  return check === undefined ? 'no check' : judge(check, facts).status;
};

describe('addresses-for-host-names', () => {
  const resolved = withFact(base, 'hostNames', [
    { name: 'app1.example.internal', addresses: ['10.20.30.11', 'fd00::11'] },
    { name: 'gone.example.internal', addresses: [] },
  ]);
  const fix = (facts: FactSet, rules: string) => tryFix(addressesForHostNames, withHba(facts, `${rules}\n`));

  test('a line for each address that the host found, and nothing else changes', () => {
    const rules = 'hostssl shop app app1.example.internal scram-sha-256 # app\nhost a b 10.0.0.0/8 md5';
    const before = withHba(resolved, `${rules}\n`);
    const after = afterOperations(
      before,
      operationsOf(tryFix(addressesForHostNames, before, networkChecks).plan()),
    );
    expect(hbaLines(after)).toEqual([
      'hostssl shop app 10.20.30.11/32 scram-sha-256 # app',
      'hostssl shop app fd00::11/128 scram-sha-256 # app',
      'host a b 10.0.0.0/8 md5',
    ]);
    expect(statusOf('hba-hostname', after)).toBe('pass');
  });

  test('one question a name, with what was found; never among the safe ones', () => {
    const tried = fix(
      resolved,
      'host a b app1.example.internal md5\nhost c d gone.example.internal md5\nhost e f app1.example.internal md5',
    );
    expect(tried.choices).toMatchObject([
      { key: 'addresses-1', value: '10.20.30.11, fd00::11' },
      { key: 'addresses-2', value: '' },
    ]);
    expect(tried.safe).toBe(false);
    expect(tried.plan()).toMatchObject({
      ok: false,
      reason: 'Name the addresses of gone.example.internal.',
    });
    expect(operationsOf(tried.plan({ 'addresses-2': '10.1.0.0/24' }))).toMatchObject([
      { edits: [{ line: 1 }, { line: 2 }, { line: 3 }] },
    ]);
  });

  test.each(['everything', '0.0.0.0/0', '10.0.0.1/99', '10.1.1.1; rm'])('refuses %s', (answer) => {
    expect(fix(resolved, 'host a b app1.example.internal md5').plan({ 'addresses-1': answer }).ok).toBe(
      false,
    );
  });

  test('without what the host finds the person says it', () => {
    const unknown = { ...base, hostNames: absent('there is no getent') };
    const tried = fix(unknown, 'host a b app1.example.internal md5');
    expect(tried.choices).toMatchObject([{ value: '' }]);
    expect(tried.plan({ 'addresses-1': '10.20.30.11' }).ok).toBe(true);
  });

  test('all hosts of a domain are for a person, beside a name they stay', () => {
    expect(fix(resolved, 'host a b .example.com md5').refused).toContain('.example.com only you can tell');
    const both = fix(resolved, 'host a b .example.com md5\nhost a b app1.example.internal md5');
    expect(operationsOf(both.plan())).toMatchObject([{ edits: [{ line: 2 }] }]);
  });
});

describe('private-hba-files, for what pg_hba.conf reads in', () => {
  const readers = '/etc/postgresql/15/main/readers';
  const included = (path: string, parts: Parameters<typeof fileStatus>[1]) =>
    withFact(base, 'configurationFiles', [
      ...valueOf(base, 'configurationFiles'),
      { ...configurationFile('include', path, 'app\n'), status: fileStatus(path, parts) },
    ]);
  const all = [...networkChecks, ...platformChecks];

  test.each([
    ['writable by all', { mode: 0o666 }, { mode: 0o644, owner: null }],
    ['writable by its group', { mode: 0o660 }, { mode: 0o640, owner: null }],
    ['of another account', { mode: 0o664, owner: 'deploy' }, { mode: 0o644, owner: 'postgres' }],
  ])('%s: nobody but the server and root may change it', (_, parts, expected) => {
    const facts = included(readers, parts);
    const tried = tryFix(privateHbaFiles, facts, all);
    expect(operationsOf(tried.plan())).toMatchObject([{ kind: 'file-mode', path: readers, ...expected }]);
    expect(tried.safe).toBe(false);
    expect(statusOf('hba-includes', facts)).toBe('fail');
    expect(statusOf('hba-includes', afterOperations(facts, operationsOf(tried.plan())))).toBe('pass');
  });

  test.each(['/srv/shared/readers', '/etc/postgresql/15/main/../../../../srv/readers'])(
    'is no reason to touch %s',
    (path) => {
      const facts = included(path, { mode: 0o666 });
      expect(tryFix(privateHbaFiles, facts, all).refused).toContain('in another folder');
    },
  );

  test('a link is no finding by its own mode, and does not pass either', () => {
    const facts = included(readers, { mode: 0o777, type: 'link', target: '/srv/readers' });
    expect(statusOf('hba-includes', facts)).toBe('not-assessed');
  });
});
