import { expect, test } from 'vitest';
import { asPredicted, compareReports } from '../../../renderer/steps/verify/compare.ts';
import type { Finding } from '../../../shared/findings/finding.ts';
import { sampleReport } from '../../e2e/window/sample.ts';

const reportWith = (statuses: Readonly<Record<string, Finding['status']>>) => {
  const report = sampleReport();
  const finding = report.findings[0] as Finding;
  return {
    ...report,
    findings: Object.entries(statuses).map(([check, status]) => ({ ...finding, check, status })),
  };
};

test('a run went as predicted when it closed what it was meant to and opened only what the preview told', () => {
  const before = reportWith({ trust: 'fail', peer: 'pass' });
  const after = reportWith({ trust: 'pass', peer: 'fail' });
  const compared = compareReports(before, after, new Set(['trust']));
  expect(compared.appeared.map(({ check }) => check)).toEqual(['peer']);
  expect(asPredicted(compared, [{ check: 'peer', isNew: true }])).toBe(true);
  expect(asPredicted(compared, [{ check: 'peer', isNew: false }])).toBe(false);
  const failed = compareReports(before, before, new Set(['trust']));
  expect(asPredicted(failed, [])).toBe(false);
});
