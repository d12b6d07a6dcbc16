import { describe, expect, it } from 'vitest';
import { cves } from '../../../shared/updates/cves.ts';
import { compareDebianVersions } from '../../../shared/updates/debian-version.ts';
import { openCves } from '../../../shared/updates/open-cves.ts';
import { judgeVersion, releaseTable } from '../../../shared/updates/releases.ts';

const none = { extensions: [], languages: ['plpgsql'] };
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

describe('judgeVersion', () => {
  it.each([
    [150018, 'outdated', 'supported', '15.20'],
    [150020, 'current', 'supported', '15.20'],
    [150021, 'newer-than-table', 'supported', '15.20'],
    [140025, 'current', 'ended', '14.25'],
    [130010, 'outdated', 'ended', '13.23'],
    [190000, 'unknown-series', 'unknown', null],
    [200001, 'unknown-series', 'unknown', null],
  ])('%i is %s and %s', (number, minor, support, newest) =>
    expect(judgeVersion(number, '2026-11-22T10:00:00Z')).toMatchObject({ minor, support, newest }),
  );

  it('counts the last day as supported and warns half a year before', () => {
    expect(judgeVersion(140025, '2026-11-12')).toMatchObject({ support: 'ends-soon', daysLeft: 0 });
    expect(judgeVersion(140025, '2026-11-13')).toMatchObject({ support: 'ended', daysLeft: -1 });
    expect(judgeVersion(150020, '2027-05-20')).toMatchObject({ support: 'ends-soon' });
    expect(judgeVersion(90624, '2026-11-22')).toBeNull();
  });
});

describe('openCves', () => {
  it('tells the fixed version of each and drops what is fixed', () => {
    const { applicable } = openCves(150019, none);
    expect(applicable.find(({ id }) => id === 'CVE-2026-6460')).toMatchObject({
      fixedVersion: '15.20',
      certainty: 'confirmed',
    });
    expect(ids(applicable)).not.toContain('CVE-2026-6471');
    expect(ids(openCves(150018, none).applicable)).toContain('CVE-2026-6471');
    expect(openCves(150020, none)).toEqual({ applicable: [], dormant: [] });
  });

  it('keeps apart what is not installed, and counts it when that is not known', () => {
    expect(ids(openCves(150015, none).dormant)).toContain('CVE-2026-2005');
    expect(ids(openCves(150015, { extensions: ['pgcrypto'], languages: [] }).applicable)).toContain(
      'CVE-2026-2005',
    );
    expect(ids(openCves(150015, { extensions: null, languages: null }).applicable)).toContain(
      'CVE-2026-2005',
    );
    expect(ids(openCves(150018, { extensions: [], languages: ['plperlu'] }).applicable)).toContain(
      'CVE-2026-14670',
    );
  });

  it('says that an ended series gets no fix, and leaves out flaws of newer series', () => {
    const { applicable } = openCves(130023, none);
    expect(applicable.find(({ id }) => id === 'CVE-2026-2006')).toMatchObject({ fixedVersion: null });
    expect(ids(applicable)).not.toContain('CVE-2026-14672');
    expect(ids(openCves(170010, { extensions: ['amcheck'], languages: [] }).applicable)).not.toContain(
      'CVE-2026-14673',
    );
    expect(openCves(180006, none).applicable.find(({ id }) => id === 'CVE-2026-116315')).toMatchObject({
      certainty: 'presumed',
    });
  });

  it('sorts the worst first', () => {
    const scores = openCves(150017, none).applicable.map(({ cvss }) => cvss ?? 0);
    expect(scores).toEqual([...scores].sort((one, other) => other - one));
  });
});

it('holds data that agree with the table of releases', () => {
  expect(new Set(ids(cves)).size).toBe(cves.length);
  for (const { id, fixedIn, cvss } of cves) {
    expect(id).toMatch(/^CVE-20\d\d-\d{4,6}$/);
    expect(cvss === null || (cvss > 0 && cvss <= 10)).toBe(true);
    for (const [major, minor] of Object.entries(fixedIn)) {
      const newest = releaseTable.majors.find((one) => one.major === Number(major))?.newestMinor;
      expect(newest, `${id} in ${major}.${minor}`).toBeGreaterThanOrEqual(minor);
      expect(minor).toBeGreaterThan(0);
    }
  }
});

it.each([
  ['15.20-0+deb12u1', '15.19-0+deb12u1', 1],
  ['15.9-0+deb12u1', '15.10-0+deb12u1', -1],
  ['1.0', '1.0', 0],
  ['1.0', '1.00', 0],
  ['1.0~rc1', '1.0', -1],
  ['1.0~~', '1.0~', -1],
  ['1.0~~a', '1.0~', -1],
  ['1.0a', '1.0', 1],
  ['1.0a', '1.0+', -1],
  ['1.0-1', '1.0', 1],
  ['1:0.9', '2.0', 1],
  ['0:1.0', '1.0', 0],
  ['1.2.3-1', '1.2-3-1', 1],
  ['1.0-1~bpo12+1', '1.0-1', -1],
  ['2:1.0-1', '10:0.1', -1],
  ['1.0.9', '1.0.10', -1],
  ['99999999999999999999.1', '99999999999999999998.9', 1],
])('Debian orders %s and %s as %i', (one, other, order) => {
  expect(compareDebianVersions(one, other)).toBe(order);
  expect(compareDebianVersions(other, one)).toBe(order === 0 ? 0 : -order);
});
