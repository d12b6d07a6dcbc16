import type { Finding, Pillar, Severity } from '../../shared/findings/finding.ts';

export const pillarOrder = ['network', 'transport', 'database', 'platform', 'logging', 'secrets'] as const;
export const pillarNames: Readonly<Record<Pillar, string>> = {
  network: 'Network',
  transport: 'Transport',
  database: 'Database',
  platform: 'Platform',
  logging: 'Logging',
  secrets: 'Secrets',
};
export const severityOrder = ['critical', 'high', 'medium', 'low', 'info'] as const;

/** The state of a finding as it is listed: a failed one is open or waived. */
export type ListedStatus = 'open' | 'waived' | 'manual' | 'not-assessed' | 'pass' | 'not-applicable';

/** Open findings first, what passed last. */
export const listedStatuses = ['open', 'manual', 'not-assessed', 'waived', 'pass', 'not-applicable'] as const;

/** How a finding is listed. */
export function listedStatus(finding: Finding): ListedStatus {
  if (finding.status === 'fail') return finding.waiver === null ? 'open' : 'waived';
  return finding.status;
}

export type FindingFilter = {
  readonly text: string;
  readonly statuses: readonly ListedStatus[];
  readonly severities: readonly Severity[];
  readonly pillars: readonly Pillar[];
  readonly onlyFixable: boolean;
};

/** What is shown at first: everything that asks for something. */
export const firstFilter: FindingFilter = {
  text: '',
  statuses: ['open', 'manual', 'not-assessed'],
  severities: [],
  pillars: [],
  onlyFixable: false,
};

/** Nothing is filtered away. */
export const noFilter: FindingFilter = { ...firstFilter, statuses: [] };

/** Whether a finding passes the filter; an empty list filters nothing. All words of the text have to occur. */
export function matches(finding: Finding, filter: FindingFilter): boolean {
  if (filter.statuses.length > 0 && !filter.statuses.includes(listedStatus(finding))) return false;
  if (filter.severities.length > 0 && !filter.severities.includes(finding.severity)) return false;
  if (filter.pillars.length > 0 && !filter.pillars.includes(finding.pillar)) return false;
  if (filter.onlyFixable && finding.fixes.length === 0) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [
    finding.title,
    finding.check,
    finding.summary,
    ...finding.references.cis,
    ...finding.references.stig,
    ...finding.subjects.map((subject) => subject.name),
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

export type PillarGroup = {
  readonly pillar: Pillar;
  readonly findings: readonly Finding[];
  readonly open: number;
  readonly passed: number;
  readonly notAssessed: number;
  readonly worst: Readonly<Partial<Record<Severity, number>>>;
};

/**
 * The pillars in the guide's order, each with the findings that pass the filter (open first, the most severe first) and
 * the counts of all its findings.
 */
export function groupByPillar(findings: readonly Finding[], filter: FindingFilter): readonly PillarGroup[] {
  return pillarOrder.map((pillar) => {
    const all = findings.filter((finding) => finding.pillar === pillar);
    const open = all.filter((finding) => listedStatus(finding) === 'open');
    const worst: Partial<Record<Severity, number>> = {};
    for (const finding of open) worst[finding.severity] = (worst[finding.severity] ?? 0) + 1;
    return {
      pillar,
      findings: all.filter((finding) => matches(finding, filter)).sort(compareFindings),
      open: open.length,
      passed: all.filter((finding) => finding.status === 'pass').length,
      notAssessed: all.filter((finding) => finding.status === 'not-assessed').length,
      worst,
    };
  });
}

function compareFindings(one: Finding, other: Finding): number {
  const byStatus = listedStatuses.indexOf(listedStatus(one)) - listedStatuses.indexOf(listedStatus(other));
  if (byStatus !== 0) return byStatus;
  const bySeverity = severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity);
  return bySeverity !== 0 ? bySeverity : one.title.localeCompare(other.title, 'en');
}
