import type { CutOff } from '../plan/plan.ts';
import type { Evidence, Finding, Pillar, Severity, Status } from '../findings/finding.ts';
import type { Report, RunSummary, Summary } from './model.ts';

export const severityWords: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
};

export const statusWords: Readonly<Record<Status, string>> = {
  fail: 'Open',
  pass: 'Passed',
  manual: 'By hand',
  'not-applicable': 'Not applicable',
  'not-assessed': 'Not assessed',
};

export const pillarWords: Readonly<Record<Pillar, string>> = {
  network: 'Network',
  transport: 'Transport',
  database: 'Database',
  platform: 'Platform',
  logging: 'Logging',
  secrets: 'Secrets',
};

/** `1 finding`, `2 findings`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** What the server and host are, in one line; empty parts are left out. */
export function aboutLine(report: Report): string {
  const parts = [
    report.server === null ? '' : `PostgreSQL ${report.server.version.split(' ')[0]}`,
    report.host === null ? '' : `on ${report.host.system}`,
    report.server === null ? '' : `cluster ${report.server.cluster}, port ${report.server.port}`,
  ];
  return parts
    .filter((part) => part !== '')
    .join(', ')
    .replace(', on ', ' on ');
}

/** `12 open, 40 passed, 3 not assessed, …`; what is zero is left out, open and passed never. */
export function summaryLine(summary: Summary): string {
  const rest = [
    [summary.notAssessed, 'not assessed'],
    [summary.manual, 'by hand'],
    [summary.waived, 'waived'],
    [summary.notApplicable, 'not applicable'],
  ] as const;
  return [
    `${summary.fail} open`,
    `${summary.pass} passed`,
    ...rest.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`),
  ].join(', ');
}

/** CIS numbers and STIG ids in one line; empty when there are none. */
export function referenceLine(finding: Finding): string {
  const { cis, stig } = finding.references;
  return [cis.length > 0 ? `CIS ${cis.join('; ')}` : '', stig.length > 0 ? `STIG ${stig.join(', ')}` : '']
    .filter((part) => part !== '')
    .join('. ');
}

/** Evidence as plain lines of text. */
export function evidenceLines(evidence: Evidence): string[] {
  switch (evidence.kind) {
    case 'text':
      return evidence.text.split('\n');
    case 'setting': {
      const wanted = evidence.wanted === null ? '' : `, wanted: ${evidence.wanted}`;
      const source = evidence.source === null ? '' : ` (${evidence.source})`;
      return [`${evidence.name} = ${evidence.value === '' ? "''" : evidence.value}${source}${wanted}`];
    }
    case 'file':
      return [
        evidence.path,
        ...evidence.lines.map(
          (line) => `${line.marked ? '>' : ' '} ${String(line.number).padStart(5)}  ${line.text}`,
        ),
      ];
    case 'table': {
      const rows = [evidence.columns, ...evidence.rows];
      const widths = evidence.columns.map((_, column) =>
        Math.min(40, Math.max(...rows.map((row) => (row[column] ?? '').length))),
      );
      const lines = rows.map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      );
      const left = evidence.total - evidence.rows.length;
      return left > 0 ? [...lines, `… and ${left} more`] : lines;
    }
    case 'command':
      return [`$ ${evidence.command}`, ...evidence.output.split('\n')];
  }
}

/** What a run interrupted, and what its list of refused clients cannot know: sentences, none or some. */
export function runNotes({ downtimeMs, cutOff, cutOffUnknown }: RunSummary): readonly string[] {
  const away = downtimeMs ?? null;
  const unknown = cutOffUnknown ?? [];
  return [
    ...(away === null ? [] : [`Nobody could connect for ${(away / 1000).toFixed(1)} s during the restart.`]),
    ...(unknown.length === 0
      ? []
      : [
          `${(cutOff ?? []).length === 0 ? 'Whether clients are refused from this run on' : 'Whether more are refused'} was not seen in full: ${unknown.join(' ')}`,
        ]),
  ];
}

/** `app to shop from 10.0.0.7, TLS: no firewall rule lets it in` */
export function cutOffLine(one: CutOff): string {
  const target =
    one.replication === true ? ' for replication' : one.database === null ? '' : ` to ${one.database}`;
  const from = one.address === null ? '' : ` from ${one.address}`;
  const maybe = one.certainty === 'possible' ? ', possibly' : '';
  return `${one.role}${target}${from}, ${one.transport}: ${one.because}${maybe}`;
}
