import { describe, expect, test } from 'vitest';
import { platformChecks } from '../../../../shared/checks/platform/index.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { FileStatus } from '../../../../shared/facts/files.ts';
import type { AnyFix } from '../../../../shared/fixes/define-fix.ts';
import { privateDataDirectory, privateHbaFiles } from '../../../../shared/fixes/platform/file-rights.ts';
import { updateServer } from '../../../../shared/fixes/platform/update.ts';
import { simulate } from '../../../../shared/plan/simulate.ts';
import { fileStatus, folder } from '../../support/builders.ts';
import { hardenedFacts, hbaPath, judge, valueOf, withFact, withPart } from '../../support/facts.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';

const base = hardenedFacts();
const tried = (fix: AnyFix, facts: FactSet) => tryFix(fix, facts, platformChecks);

/** What the check of a fix says once the plan ran. */
function after(fix: AnyFix, facts: FactSet): string {
  const check = platformChecks.find(({ id }) => id === fix.resolves[0]);
  if (check === undefined) throw new Error('no such check');
  return judge(check, afterOperations(facts, operationsOf(tried(fix, facts).plan()))).status;
}

describe('update-server', () => {
  const outdated = withPart(base, 'server', { version: '15.18', versionNumber: 150018 });
  const packages = (installed: string, candidate: string) =>
    withPart(outdated, 'packages', {
      packages: [
        { name: 'libpq5', installed, candidate },
        { name: 'postgresql', installed: '15+248', candidate: '18+262' },
        { name: 'postgresql-15', installed, candidate },
        { name: 'postgresql-client-15', installed: candidate, candidate },
        { name: 'postgresql-18', installed: '18.6-1', candidate: '18.7-1' },
      ],
    });

  test('upgrades what belongs to the major version and is behind, then restarts', () => {
    const one = tried(updateServer, packages('15.18-0+deb12u1', '15.20-0+deb12u1'));
    const operations = operationsOf(one.plan());
    expect(operations).toEqual([
      {
        kind: 'package',
        manager: 'apt',
        action: 'upgrade',
        names: ['postgresql-15', 'libpq5'],
        expects: ['patch-minor', 'patch-cves'],
      },
      { kind: 'restart', reasons: ['postgresql-15 15.20-0+deb12u1'] },
    ]);
    expect([...simulate(outdated, operations).expected]).toEqual(['patch-minor', 'patch-cves']);
    expect(one.safe).toBe(false);
  });

  test('expects no more than the package can bring', () => {
    const [first] = operationsOf(tried(updateServer, packages('15.18-1', '15.19-1')).plan());
    expect(first).toMatchObject({ expects: [] });
  });

  test('restarts where the newer version is installed already', () => {
    expect(operationsOf(tried(updateServer, packages('15.20-1', '15.20-1')).plan())).toEqual([
      { kind: 'restart', reasons: ['postgresql-15 15.20-1'] },
    ]);
  });

  test('says why it is not offered', () => {
    expect(tried(updateServer, packages('15.18-1', '15.18-1')).refused).toContain('2026-11-22');
    expect(tried(updateServer, withPart(outdated, 'packages', { packages: [] })).refused).toContain(
      'did not come',
    );
    expect(tried(updateServer, withPart(outdated, 'packages', { manager: 'none' })).refused).toContain(
      'no package manager',
    );
  });
});

describe('private-data-directory', () => {
  const data = (parts: Partial<FileStatus>) =>
    withFact(base, 'dataDirectory', {
      status: folder('/data', { mode: 0o755, owner: 'postgres', group: 'postgres', ...parts }),
      parents: [],
    });
  const operation = (facts: FactSet) => operationsOf(tried(privateDataDirectory, facts).plan())[0];

  test('closes it, and keeps the readers of the group of the server', () => {
    expect(operation(data({}))).toMatchObject({ mode: 0o700, owner: null, group: null });
    const shared = withPart(data({}), 'accounts', {
      groups: [{ name: 'postgres', gid: 118, members: ['backup'] }],
    });
    expect(operation(shared)).toMatchObject({ mode: 0o750 });
    expect(after(privateDataDirectory, shared)).toBe('pass');
    expect(after(privateDataDirectory, data({ mode: 0o777 }))).toBe('pass');
    expect(after(privateDataDirectory, data({ mode: 0o750, group: 'deploy' }))).toBe('pass');
  });

  test('leaves a foreign owner to a person', () => {
    expect(tried(privateDataDirectory, data({ owner: 'deploy' })).refused).toContain('by hand');
  });
});

describe('private-hba-files', () => {
  const hba = (parts: Partial<FileStatus>) =>
    withFact(
      base,
      'configurationFiles',
      valueOf(base, 'configurationFiles').map((file) =>
        file.role === 'pg_hba.conf' ? { ...file, status: fileStatus(hbaPath, parts) } : file,
      ),
    );
  test.each([
    ['readable by all', hba({ mode: 0o644 }), { mode: 0o640, owner: null, group: null }],
    ['writable by all', hba({ mode: 0o666 }), { mode: 0o640, owner: null, group: null }],
    ['of another account', hba({ owner: 'deploy' }), { mode: 0o640, owner: 'postgres', group: null }],
    [
      'of root, read by the server as everybody',
      hba({ mode: 0o644, owner: 'root', group: 'root' }),
      { mode: 0o640, owner: null, group: 'postgres' },
    ],
    [
      'of root, read by the group',
      hba({ mode: 0o664, owner: 'root' }),
      { mode: 0o640, owner: null, group: null },
    ],
  ])('%s', (_, facts, expected) => {
    expect(operationsOf(tried(privateHbaFiles, facts).plan())).toMatchObject([
      { path: hbaPath, ...expected },
    ]);
    expect(after(privateHbaFiles, facts)).toBe('pass');
  });
});
