import type { Finding, Severity } from '../findings/finding.ts';
import type { Score, Summary } from './model.ts';

/** Points of a check by its severity. */
export const weights: Readonly<Record<Severity, number>> = {
  critical: 10,
  high: 5,
  medium: 2,
  low: 1,
  info: 0,
};

/** While a critical finding is open the score shows at most this. */
export const heldAt = 49;

/** True for a finding that counts as open: it failed and no waiver in force covers it. */
export function isOpen(finding: Finding): boolean {
  return finding.status === 'fail' && finding.waiver === null;
}

/** Earned ÷ possible over what passed or is open, in percent, rounded down. The rest is in neither sum. */
export function scoreOf(findings: readonly Finding[]): Score {
  const lost: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  let earned = 0;
  for (const finding of findings) {
    if (finding.status === 'pass') earned += weights[finding.severity];
    else if (isOpen(finding)) lost[finding.severity] += weights[finding.severity];
  }
  const possible = earned + Object.values(lost).reduce((sum, points) => sum + points, 0);
  const uncapped = possible === 0 ? null : Math.floor((100 * earned) / possible);
  const held = findings.some((finding) => isOpen(finding) && finding.severity === 'critical');
  const value = uncapped !== null && held ? Math.min(uncapped, heldAt) : uncapped;
  return { value, uncapped, held, earned, possible, lost };
}

/** How many findings stand in each state; a waived one counts as waived only. */
export function summarize(findings: readonly Finding[]): Summary {
  const count = (predicate: (finding: Finding) => boolean): number => findings.filter(predicate).length;
  return {
    pass: count((finding) => finding.status === 'pass'),
    fail: count(isOpen),
    manual: count((finding) => finding.status === 'manual'),
    notApplicable: count((finding) => finding.status === 'not-applicable'),
    notAssessed: count((finding) => finding.status === 'not-assessed'),
    waived: count((finding) => finding.status === 'fail' && finding.waiver !== null),
  };
}
