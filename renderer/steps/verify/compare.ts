import type { Finding, Severity } from '../../../shared/findings/finding.ts';
import type { Report } from '../../../shared/report/model.ts';
import { listedStatus, severityOrder, type ListedStatus } from '../../store/findings.ts';

/** One check before and after a run. */
export type Compared = {
  readonly check: string;
  /** The title as it is after the run. */
  readonly title: string;
  readonly severity: Severity;
  readonly before: ListedStatus | null;
  readonly after: ListedStatus;
  readonly summary: string;
};

export type Comparison = {
  /** Was open and passes now. */
  readonly improved: readonly Compared[];
  /** Open now and was not before. */
  readonly appeared: readonly Compared[];
  /** Open before and after, although a fix of the run was meant to close it. */
  readonly expected: readonly Compared[];
  /** Open before and after; nothing was done about it. */
  readonly unchanged: readonly Compared[];
  /** Could be judged before and cannot be any more. */
  readonly lost: readonly Compared[];
};

/** True when a kept run closed all that the preview said, and opened only what it said. */
export function asPredicted(
  { expected, appeared }: Comparison,
  predictedOpen: readonly { readonly check: string; readonly isNew: boolean }[],
): boolean {
  const foretold = new Set(predictedOpen.filter(({ isNew }) => isNew).map(({ check }) => check));
  return expected.length === 0 && appeared.every(({ check }) => foretold.has(check));
}

/** Compares two inspections of the same target. `meant` are the checks that the run was meant to close. */
export function compareReports(before: Report, after: Report, meant: ReadonlySet<string>): Comparison {
  const old = new Map(before.findings.map((finding) => [finding.check, finding]));
  const rows = after.findings
    .map((finding) => comparedOf(old.get(finding.check), finding))
    .sort((one, other) => severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity));
  const stillOpen = rows.filter((row) => row.after === 'open' && row.before === 'open');
  return {
    improved: rows.filter((row) => row.before === 'open' && row.after === 'pass'),
    appeared: rows.filter((row) => row.after === 'open' && row.before !== 'open'),
    expected: stillOpen.filter((row) => meant.has(row.check)),
    unchanged: stillOpen.filter((row) => !meant.has(row.check)),
    lost: rows.filter(
      (row) => row.after === 'not-assessed' && row.before !== 'not-assessed' && row.before !== null,
    ),
  };
}

function comparedOf(before: Finding | undefined, after: Finding): Compared {
  return {
    check: after.check,
    title: after.title,
    severity: after.severity,
    before: before === undefined ? null : listedStatus(before),
    after: listedStatus(after),
    summary: after.summary,
  };
}
