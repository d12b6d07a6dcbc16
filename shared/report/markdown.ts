import { pillars, type Finding } from '../findings/finding.ts';
import { printable } from '../lib/hostile-text.ts';
import type { Report } from './model.ts';
import { isOpen } from './score.ts';
import type { CutOff } from '../plan/plan.ts';
import {
  aboutLine,
  cutOffLine,
  runNotes,
  evidenceLines,
  pillarWords,
  referenceLine,
  severityWords,
  summaryLine,
} from './words.ts';

/** Text that shows as it is in Markdown and cannot become markup, a link or HTML. */
function escape(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>()#+!|~&-]/g, '\\$&')
    .replaceAll('\n', ' ');
}

/** A fenced block whose fence is longer than any run of backticks inside it. */
function fenced(lines: readonly string[]): string[] {
  const text = lines.map(printable);
  const longest = Math.max(2, ...text.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...text, fence];
}

/** The report as Markdown. */
export function reportMarkdown(report: Report): string {
  const { score } = report;
  const lines = [
    `# Security report: ${escape(report.target.label)}`,
    '',
    `${escape(aboutLine(report))}. Inspected ${report.finishedAt.slice(0, 16).replace('T', ' ')} UTC, judged by profile ${escape(report.profile)}.`,
    '',
    score.value === null
      ? '**No score**: nothing could be judged.'
      : `**Score ${score.value} of 100**${score.held ? `, held at 49 while a critical finding is open (${score.uncapped} were earned)` : ''}. ${summaryLine(report.summary)}.`,
    '',
    ...runSection(report),
  ];
  for (const pillar of pillars) {
    const open = report.findings.filter((finding) => finding.pillar === pillar && isOpen(finding));
    if (open.length === 0) continue;
    lines.push(`## ${pillarWords[pillar]}`, '', ...open.flatMap(openFinding));
  }
  const list = (
    title: string,
    findings: readonly Finding[],
    words: (finding: Finding) => string,
  ): string[] =>
    findings.length === 0
      ? []
      : [`## ${title}`, '', ...findings.map((finding) => `- \`${finding.check}\` ${words(finding)}`), ''];
  lines.push(
    ...list(
      'Waived',
      report.findings.filter(({ status, waiver }) => status === 'fail' && waiver !== null),
      ({ title, waiver }) =>
        `${escape(title)}: ${escape(waiver?.reason ?? '')} (until ${waiver?.until}, by ${escape(waiver?.createdBy ?? '')})`,
    ),
    ...list(
      'Not assessed',
      report.findings.filter(({ status }) => status === 'not-assessed'),
      ({ title, summary }) => `${escape(title)}: ${escape(summary)}`,
    ),
    ...list(
      'By hand',
      report.findings.filter(({ status }) => status === 'manual'),
      ({ title, summary }) => `${escape(title)}: ${escape(summary)}`,
    ),
    ...list(
      'Passed',
      report.findings.filter(({ status }) => status === 'pass'),
      ({ title }) => escape(title),
    ),
    ...list(
      'Not applicable',
      report.findings.filter(({ status }) => status === 'not-applicable'),
      ({ title, summary }) => `${escape(title)}: ${escape(summary)}`,
    ),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

function runSection({ run, score, summary }: Report): string[] {
  if (run === null) return [];
  return [
    `## Run ${run.id}: ${run.state}`,
    '',
    `By ${escape(run.by)}, ${run.startedAt.slice(0, 16).replace('T', ' ')} UTC. Score ${run.scoreBefore.value ?? '–'} → ${score.value ?? '–'}, open ${run.summaryBefore.fail} → ${summary.fail}.`,
    '',
    ...run.steps.map((step) => `${step.number}. ${escape(step.title)}: ${step.state}`),
    '',
    ...run.proofs.map((proof) => `- ${escape(proof.title)}: ${proof.state}. ${escape(proof.detail)}`),
    '',
    ...refusedSince(run.cutOff ?? []),
    ...runNotes(run).flatMap((note) => [escape(note), '']),
  ];
}

function refusedSince(cutOff: readonly CutOff[]): string[] {
  if (cutOff.length === 0) return [];
  return ['Refused from this run on:', '', ...cutOff.map((one) => `- ${escape(cutOffLine(one))}`), ''];
}

function openFinding(finding: Finding): string[] {
  const references = referenceLine(finding);
  return [
    `### ${severityWords[finding.severity]}: ${escape(finding.title)}`,
    '',
    `\`${finding.check}\`${references === '' ? '' : ` · ${escape(references)}`}`,
    '',
    escape(finding.summary),
    '',
    ...finding.evidence.flatMap((evidence) => [...fenced(evidenceLines(evidence)), '']),
    // The check's own words, which may hold `code`; nothing of them comes from the target.
    `**Why it matters.** ${finding.why}`,
    '',
    ...finding.byHand.map((step, index) => `${index + 1}. ${step}`),
    '',
  ];
}
