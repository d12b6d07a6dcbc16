import { pillars, severities, type Finding } from '../findings/finding.ts';
import { printable } from '../lib/hostile-text.ts';
import type { Report } from './model.ts';
import { isOpen } from './score.ts';
import { aboutLine, evidenceLines, pillarWords, referenceLine, severityWords, summaryLine } from './words.ts';

const bySeverity = (a: Finding, b: Finding): number =>
  severities.indexOf(a.severity) - severities.indexOf(b.severity);

/** The report for a terminal, without colours. Nothing of the target's text can move the cursor. */
export function reportText(report: Report): string {
  const { score } = report;
  const figure =
    score.value === null
      ? 'no score: nothing could be judged'
      : `${score.value} of 100${score.held ? ` (${score.uncapped}, held while a critical finding is open)` : ''}`;
  const lines = [
    `${report.target.label}: ${figure}`,
    aboutLine(report),
    `${summaryLine(report.summary)}. Judged by profile ${report.profile}.`,
    '',
  ];
  for (const pillar of pillars) {
    const open = report.findings
      .filter((finding) => finding.pillar === pillar && isOpen(finding))
      .sort(bySeverity);
    if (open.length === 0) continue;
    lines.push(pillarWords[pillar]);
    for (const finding of open) lines.push(...openFinding(finding));
    lines.push('');
  }
  lines.push(
    ...section(
      'Waived',
      report.findings.filter((finding) => finding.waiver !== null && finding.status === 'fail'),
      (finding) => `${finding.title}: ${finding.waiver?.reason} (until ${finding.waiver?.until})`,
    ),
  );
  lines.push(
    ...section(
      'Not assessed',
      report.findings.filter(({ status }) => status === 'not-assessed'),
      (finding) => `${finding.check}: ${finding.summary}`,
    ),
  );
  lines.push(
    ...section(
      'By hand',
      report.findings.filter(({ status }) => status === 'manual'),
      (finding) => `${finding.title}: ${finding.summary}`,
    ),
  );
  return `${lines.map(printable).join('\n').trimEnd()}\n`;
}

function openFinding(finding: Finding): string[] {
  const fix = finding.fixes.length > 0 ? `    fix: ${finding.fixes.join(', ')}` : '    fix: by hand';
  const evidence = finding.evidence
    .flatMap(evidenceLines)
    .slice(0, 8)
    .map((line) => `      ${line}`);
  const references = referenceLine(finding);
  return [
    `  ${severityWords[finding.severity].padEnd(8)} ${finding.title}  [${finding.check}]`,
    `    ${finding.summary}`,
    ...evidence,
    fix,
    ...(references === '' ? [] : [`    ${references}`]),
  ];
}

function section(title: string, findings: readonly Finding[], line: (finding: Finding) => string): string[] {
  return findings.length === 0 ? [] : [title, ...findings.map((finding) => `  ${line(finding)}`), ''];
}
