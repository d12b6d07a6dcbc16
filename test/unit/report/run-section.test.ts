import { expect, test } from 'vitest';
import { reportHtml } from '../../../main/report/html.tsx';
import { reportMarkdown } from '../../../shared/report/markdown.ts';
import type { RunSummary } from '../../../shared/report/model.ts';
import { sampleReport } from '../../e2e/window/sample.ts';

const report = sampleReport();
const run: RunSummary = {
  id: 'run-1',
  state: 'kept',
  startedAt: '2026-11-22T14:31:00.000Z',
  finishedAt: '2026-11-22T14:33:00.000Z',
  by: 'dba',
  steps: [],
  proofs: [],
  scoreBefore: report.score,
  summaryBefore: report.summary,
  improved: [],
  worsened: [],
};

test('the report of a run tells how long nobody could connect, and what was not seen of those it refuses', () => {
  const told = { ...run, downtimeMs: 740, cutOffUnknown: ['The log shows no logins: <none>.'] };
  for (const text of [reportMarkdown({ ...report, run: told }), reportHtml({ ...report, run: told }, null)]) {
    expect(text).toContain('Nobody could connect for 0.7 s during the restart.');
    expect(text).toMatch(/Whether clients are refused.*The log shows no logins/);
    expect(text).not.toContain('<none>');
  }
  expect(reportMarkdown({ ...report, run })).not.toMatch(/Nobody could|Whether/);
});
