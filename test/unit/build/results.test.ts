import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  playwrightCounts,
  playwrightFailures,
  verdictCounts,
  vitestCounts,
  vitestFailures,
} from '../../../build/test-run/results.mjs';

const folder = mkdtempSync(join(tmpdir(), 'results-'));

function reportFile(report: unknown): string {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(report));
  return file;
}

const ran = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults: [] };

describe('the counts of a test run', () => {
  it('are those of the runner', () => {
    expect(vitestCounts(reportFile(ran), 1)).toEqual({ passed: 5, failed: 1, skipped: 3 });
    const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 2 };
    expect(playwrightCounts(reportFile({ stats }), 1)).toEqual({ passed: 3, failed: 2, skipped: 2 });
    expect([verdictCounts(0).failed, verdictCounts(2).failed]).toEqual([0, 1]);
  });

  it('never take a run that ended badly for a good one', () => {
    const good = { ...ran, numFailedTests: 0 };
    expect(vitestCounts(reportFile(good), 0).failed).toBe(0);
    expect(vitestCounts(reportFile(good), 1).failed).toBe(1);
    expect(vitestCounts(join(folder, 'missing.json'), 0).failed).toBe(1);
    writeFileSync(join(folder, 'cut.json'), '{"numPassedTests": 5');
    expect(vitestCounts(join(folder, 'cut.json'), 0).failed).toBe(1);
    const unloaded = { ...good, testResults: [{ status: 'failed', assertionResults: [] }] };
    expect(vitestCounts(reportFile(unloaded), 1).failed).toBe(1);
    const none = { stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 } };
    expect(playwrightCounts(reportFile(none), 1).failed).toBe(1);
  });
});

describe('what failed', () => {
  it('is named with its message, for a file that did not load too', () => {
    const test = (fullName: string, status: string) => ({
      fullName,
      status,
      failureMessages: [`${fullName}!`],
    });
    const testResults = [
      {
        name: 'a',
        status: 'failed',
        message: '',
        assertionResults: [test('x', 'passed'), test('y', 'failed')],
      },
      { name: 'b', status: 'failed', message: 'no such module', assertionResults: [] },
      { name: 'c', status: 'passed', message: '', assertionResults: [test('z', 'passed')] },
    ];
    expect(vitestFailures(reportFile({ testResults }))).toEqual([
      { test: 'a › y', message: 'y!' },
      { test: 'b', message: 'no such module' },
    ]);
    const spec = (title: string, ok: boolean) => ({
      ...{ title, ok, file: 'w.spec.ts', line: 7 },
      tests: [{ results: [{ errors: ok ? [] : [{ message: `${title}!` }] }] }],
    });
    const suites = [{ specs: [spec('p', true)], suites: [{ specs: [spec('q', false)] }] }];
    const errors = [{ message: 'cannot read', location: { file: 'v.spec.ts' } }];
    expect(playwrightFailures(reportFile({ suites, errors }))).toEqual([
      { test: 'v.spec.ts', message: 'cannot read' },
      { test: 'w.spec.ts:7 › q', message: 'q!' },
    ]);
    expect(vitestFailures(join(folder, 'missing.json'))).toEqual([]);
  });
});
