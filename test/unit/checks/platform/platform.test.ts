import { describe, expect, test } from 'vitest';
import type { AnyCheck } from '../../../../shared/checks/define-check.ts';
import { osHbaPerms } from '../../../../shared/checks/platform/os-hba-perms.ts';
import { osPgdata } from '../../../../shared/checks/platform/os-pgdata.ts';
import { patchCves } from '../../../../shared/checks/platform/patch-cves.ts';
import { patchEol } from '../../../../shared/checks/platform/patch-eol.ts';
import { patchMinor } from '../../../../shared/checks/platform/patch-minor.ts';
import { absent } from '../../../../shared/facts/fact.ts';
import type { FactSet, FactValue } from '../../../../shared/facts/facts.ts';
import type { FileStatus } from '../../../../shared/facts/files.ts';
import { fileStatus, folder } from '../../support/builders.ts';
import { hardenedFacts, hbaPath, judge, valueOf, withFact, withPart } from '../../support/facts.ts';

const base = hardenedFacts();
const noPackages: FactSet = { ...base, packages: absent('this host has no packages') };

function outcome(check: AnyCheck, facts: FactSet, parameters: unknown = {}, now?: string): string {
  const finding = judge(check, facts, parameters, now === undefined ? {} : { now });
  return finding.status === 'fail' ? `fail ${finding.severity}` : finding.status;
}

const running = (versionNumber: number, facts = base): FactSet =>
  withPart(facts, 'server', {
    versionNumber,
    major: Math.trunc(versionNumber / 10_000),
    version: `${Math.trunc(versionNumber / 10_000)}.${versionNumber % 10_000}`,
  });
const packaged = (installed: string, candidate: string, facts = base): FactSet =>
  withPart(facts, 'packages', { packages: [{ name: 'postgresql-15', installed, candidate }] });

describe('patch-eol', () => {
  test.each([
    ['supported', 150020, undefined, 'pass'],
    ['ended ten days ago', 140025, undefined, 'fail critical'],
    ['on its last day', 140025, '2026-11-12T23:00:00Z', 'fail low'],
    ['ends in half a year', 150020, '2027-05-20T00:00:00Z', 'fail low'],
    ['older than the table', 90624, undefined, 'fail critical'],
    ['newer than the table knows', 190000, undefined, 'pass'],
    ['newer, and the table is long out of date', 190000, '2031-01-01T00:00:00Z', 'not-assessed'],
    ['a gap in the table', 50000, undefined, 'fail critical'],
  ])('%s', (_, version, now, expected) => {
    expect(outcome(patchEol, running(version), {}, now)).toBe(expected);
  });
});

describe('patch-minor', () => {
  test.each([
    ['the newest', base, undefined, 'pass'],
    ['the newest, without packages', noPackages, undefined, 'pass'],
    ['behind, with grave flaws', running(150015), undefined, 'fail critical'],
    [
      'a package of the same version',
      packaged('15.20-0+deb12u1', '15.20-0+deb12u2'),
      undefined,
      'fail medium',
    ],
    [
      'newer than the table, by the package manager',
      packaged('15.20-1', '15.21-1'),
      undefined,
      'fail medium',
    ],
    ['pinned to something older', packaged('15.20-1', '15.10-1'), undefined, 'pass'],
    ['a series that the table does not know', running(190001), undefined, 'not-assessed'],
    ['an old table and no packages', noPackages, '2027-06-01T00:00:00Z', 'not-assessed'],
    ['an old table and old lists', base, '2027-06-01T00:00:00Z', 'not-assessed'],
    [
      'an old table and fresh lists',
      withPart(base, 'packages', { listsUpdatedAt: '2027-05-31T00:00:00Z' }),
      '2027-06-01T00:00:00Z',
      'pass',
    ],
  ])('%s', (_, facts, now, expected) => {
    expect(outcome(patchMinor, facts, {}, now)).toBe(expected);
  });

  test('tells an update that waits for a restart from one that is not installed', () => {
    expect(judge(patchMinor, running(150019))).toMatchObject({
      title: 'PostgreSQL 15.20 is installed, but 15.19 still runs',
      severity: 'critical',
    });
    const behind = running(150018, packaged('15.18-0+deb12u1', '15.20-0+deb12u1'));
    expect(judge(patchMinor, behind)).toMatchObject({
      title: 'PostgreSQL 15.18 lacks 2 minor releases',
      summary: expect.stringContaining('offers 15.20-0+deb12u1') as string,
    });
  });
});

describe('patch-cves', () => {
  const outdated = running(150015, packaged('15.15-0+deb12u1', '15.20-0+deb12u1'));
  const namesOf = (facts: FactSet) => judge(patchCves, facts).subjects.map(({ name }) => name);
  const with15 = (extensions: string[]) =>
    withFact(
      outdated,
      'contents',
      valueOf(base, 'contents').map((one) => ({
        ...one,
        extensions: extensions.map((name) => ({ name, version: '1.0', schema: 'public' })),
      })),
    );

  test.each([
    ['none is open', base, undefined, 'pass'],
    ['some are', outdated, undefined, 'fail high'],
    ['a major that the table does not cover', running(190001), undefined, 'not-assessed'],
    ['the table is old', base, '2027-06-01T00:00:00Z', 'not-assessed'],
  ])('%s', (_, facts, now, expected) => {
    expect(outcome(patchCves, facts, {}, now)).toBe(expected);
  });

  test('leaves out what no database has, and counts it where that is not known', () => {
    expect(namesOf(with15([]))).not.toContain('CVE-2026-2005');
    expect(namesOf(with15(['pgcrypto']))).toContain('CVE-2026-2005');
    const blind = withFact(with15([]), 'skippedDatabases', [{ database: 'x', reason: 'permission denied' }]);
    expect(namesOf(blind)).toContain('CVE-2026-2005');
    const closed = withFact(with15([]), 'skippedDatabases', [
      { database: 'template0', reason: 'it does not allow connections' },
    ]);
    expect(namesOf(closed)).not.toContain('CVE-2026-2005');
  });

  test('believes the changelog of the distribution for the server that runs, not for one that waits', () => {
    const [first = ''] = namesOf(outdated);
    const told = (facts: FactSet) => withPart(facts, 'packages', { changelogCves: [first] });
    expect(namesOf(told(outdated))).not.toContain(first);
    expect(namesOf(told(running(150015)))).toContain(first);
  });
});

describe('os-pgdata', () => {
  const data = (parts: Partial<FileStatus>, parents = valueOf(base, 'dataDirectory').parents) =>
    withFact(base, 'dataDirectory', {
      status: folder('/data', { mode: 0o700, owner: 'postgres', group: 'postgres', ...parts }),
      parents,
    });
  test.each([
    ['0700', data({}), {}, 'pass'],
    ['0750', data({ mode: 0o750 }), {}, 'pass'],
    ['0750 where 0700 is asked for', data({ mode: 0o750 }), { groupRead: false }, 'fail medium'],
    ['0750 for a group of others', data({ mode: 0o750, group: 'deploy' }), {}, 'fail medium'],
    ['0755', data({ mode: 0o755 }), {}, 'fail high'],
    ['0770', data({ mode: 0o770 }), {}, 'fail high'],
    ['of another account', data({ owner: 'deploy' }), {}, 'fail high'],
    ['with an ACL', data({ hasAcl: true }), {}, 'manual'],
    ['missing', data({ type: 'missing', mode: 0 }), {}, 'not-assessed'],
    ['a link', data({ type: 'link', mode: 0o777, target: '/srv/pg' }), {}, 'not-assessed'],
    ['under a folder for all', data({}, [folder('/srv', { mode: 0o777 })]), {}, 'fail high'],
    ['under a sticky folder for all', data({}, [folder('/srv', { mode: 0o1777 })]), {}, 'pass'],
    ['under a folder of somebody', data({}, [folder('/home/deploy', { owner: 'deploy' })]), {}, 'fail high'],
  ])('%s', (_, facts, parameters, expected) => {
    expect(outcome(osPgdata, facts, parameters)).toBe(expected);
  });
});

describe('os-hba-perms', () => {
  const files = (hba: Partial<FileStatus>, more: FactValue<'configurationFiles'> = []) =>
    withFact(base, 'configurationFiles', [
      ...valueOf(base, 'configurationFiles').map((file) =>
        file.role === 'pg_hba.conf' ? { ...file, status: fileStatus(hbaPath, hba) } : file,
      ),
      ...more,
    ]);
  const include = (mode: number) => ({
    role: 'include' as const,
    path: '/etc/postgresql/users.list',
    status: fileStatus('/etc/postgresql/users.list', { mode }),
    text: '',
    sha256: null,
    problem: null,
  });
  const without = valueOf(base, 'configurationFiles').filter(({ role }) => role !== 'pg_hba.conf');
  test.each([
    ['0640', files({}), 'pass'],
    ['0600 of root', files({ mode: 0o600, owner: 'root' }), 'pass'],
    ['0644', files({ mode: 0o644 }), 'fail medium'],
    ['0660', files({ mode: 0o660 }), 'fail high'],
    ['0666', files({ mode: 0o666 }), 'fail high'],
    ['of another account', files({ owner: 'deploy' }), 'fail high'],
    ['with an ACL', files({ hasAcl: true }), 'manual'],
    ['a link', files({ type: 'link', mode: 0o777 }), 'not-assessed'],
    ['a file that is read in may be readable', files({}, [include(0o644)]), 'pass'],
    ['and not writable', files({}, [include(0o646)]), 'fail high'],
    ['no pg_hba.conf seen', withFact(base, 'configurationFiles', without), 'not-assessed'],
  ])('%s', (_, facts, expected) => {
    expect(outcome(osHbaPerms, facts)).toBe(expected);
  });
});
