import { expect, test } from 'vitest';
import type { Finding } from '../../../shared/findings/finding.ts';
import { sampleReport } from '../../e2e/window/sample.ts';
import {
  firstFilter,
  groupByPillar,
  listedStatus,
  matches,
  noFilter,
} from '../../../renderer/store/findings.ts';

const { findings } = sampleReport();
const trust = findings.find((finding) => finding.check === 'hba-trust-host')!;
const waived: Finding = {
  ...trust,
  waiver: {
    check: trust.check,
    subjects: [],
    reason: 'known',
    until: '2027-01-31',
    createdAt: '',
    createdBy: 'mk',
  },
};

test('a waived finding is not open, and is not shown at first', () => {
  expect(listedStatus(trust)).toBe('open');
  expect(listedStatus(waived)).toBe('waived');
  expect(matches(waived, firstFilter)).toBe(false);
  expect(matches(waived, noFilter)).toBe(true);
});

test('what was not assessed is shown at first, what passed is not', () => {
  const shown = findings.filter((finding) => matches(finding, firstFilter));
  expect(shown.some((finding) => finding.status === 'not-assessed')).toBe(true);
  expect(shown.some((finding) => finding.status === 'pass')).toBe(false);
});

test('a search takes all words, in titles, ids, places and reference numbers', () => {
  const found = (text: string) =>
    findings.filter((finding) => matches(finding, { ...noFilter, text })).length;
  expect(found('OFFICE password')).toBe(1);
  expect(found('hba-trust')).toBe(1);
  expect(found('pg_hba.conf:112')).toBeGreaterThan(1);
  expect(found('cd12-00-000500')).toBe(findings.length);
  expect(found('office nothing')).toBe(0);
});

test('groups come in the order of the guide, open and severe first; counts ignore the filter', () => {
  const groups = groupByPillar(findings, { ...noFilter, text: 'port 5432' });
  expect(groups.map((group) => group.pillar).slice(0, 3)).toEqual(['network', 'transport', 'database']);
  expect(groups[0]!.findings.map((finding) => finding.check)).toEqual(['fw-pg-port-any']);
  expect(groups[0]!.open).toBe(6);
  const network = groupByPillar(findings, noFilter)[0]!.findings;
  expect(network[0]!.severity).toBe('critical');
  expect(network.at(-1)!.status).toBe('pass');
});
