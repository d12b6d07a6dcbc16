import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {{passed: number, failed: number, skipped: number}} Counts
 */

function readJson(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A runner that ended badly without a failed test (it crashed, or a file did not load) counts as one failure. */
function withRunnersVerdict(counts, exitCode) {
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** @returns {Counts} of Vitest's JSON report; a missing report is a failure. */
export function vitestCounts(file, exitCode) {
  const report = readJson(file);
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const unloaded = report.testResults.filter(
    (result) =>
      result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  return withRunnersVerdict(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + unloaded,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    exitCode,
  );
}

/** @returns {Counts} of Playwright's JSON report; a test that passed only when tried again is a failure. */
export function playwrightCounts(file, exitCode) {
  const stats = readJson(file)?.stats;
  if (!stats) return { passed: 0, failed: 1, skipped: 0 };
  return withRunnersVerdict(
    { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped },
    exitCode,
  );
}

/**
 * @typedef {{test: string, message: string}} Failure
 */

/** @returns {Failure[]} the failed tests of Vitest's JSON report, and the files that did not load */
export function vitestFailures(file) {
  return (readJson(file)?.testResults ?? []).flatMap((result) => {
    const failed = result.assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && result.status === 'failed')
      return [{ test: result.name, message: result.message }];
    return failed.map((test) => ({
      test: `${result.name} › ${test.fullName}`,
      message: test.failureMessages.join('\n'),
    }));
  });
}

/** @returns {Failure[]} the failed tests of Playwright's JSON report; what no test stands for (a file that did not load) too */
export function playwrightFailures(file) {
  const report = readJson(file);
  const ofSuite = (suite) => [
    ...(suite.specs ?? [])
      .filter((spec) => !spec.ok)
      .map((spec) => ({
        test: `${spec.file}:${spec.line} › ${spec.title}`,
        message: spec.tests
          .flatMap((test) => test.results.flatMap((result) => result.errors))
          .map((error) => error.message ?? '')
          .join('\n'),
      })),
    ...(suite.suites ?? []).flatMap(ofSuite),
  ];
  const unloaded = (report?.errors ?? []).map((error) => ({
    test: error.location?.file ?? '',
    message: error.message ?? '',
  }));
  return [...unloaded, ...(report?.suites ?? []).flatMap(ofSuite)];
}

/** @returns {Counts} of a tool that only says yes or no */
export function verdictCounts(exitCode) {
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}
