import type { Finding, Severity } from '../findings/finding.ts';
import type { Score, Summary } from '../report/model.ts';
import { isOpen, scoreOf, summarize } from '../report/score.ts';

interface Predicted {
  readonly score: Score;
  readonly summary: Summary;
  readonly open: { check: string; title: string; severity: Severity; isNew: boolean }[];
  readonly closed: { check: string; title: string; severity: Severity }[];
}

/**
 * What a plan is predicted to leave open. `after` are the findings of the simulated facts; checks in `expected` cannot be
 * simulated and count as passed until the scan after the run tells.
 */
export function predict(
  before: readonly Finding[],
  after: readonly Finding[],
  expected: ReadonlySet<string>,
): Predicted {
  const findings = after.map((finding): Finding =>
    expected.has(finding.check) && finding.status !== 'pass'
      ? {
          ...finding,
          status: 'pass',
          summary: 'Expected; proved by the scan after the run.',
          subjects: [],
          waiver: null,
        }
      : finding,
  );
  const openBefore = new Set(before.filter(isOpen).map(({ check }) => check));
  const openAfter = new Set(findings.filter(isOpen).map(({ check }) => check));
  const settled = new Set(
    findings
      .filter(({ status }) => status === 'pass' || status === 'not-applicable')
      .map(({ check }) => check),
  );
  return {
    score: scoreOf(findings),
    summary: summarize(findings),
    open: findings
      .filter(({ check }) => openAfter.has(check))
      .map(({ check, title, severity }) => ({ check, title, severity, isNew: !openBefore.has(check) })),
    closed: before
      .filter((finding) => isOpen(finding) && settled.has(finding.check))
      .map(({ check, title, severity }) => ({ check, title, severity })),
  };
}
