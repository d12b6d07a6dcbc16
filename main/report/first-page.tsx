import type { ReactElement } from 'react';
import { pillars, severities } from '../../shared/findings/finding.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Report, Score, Summary } from '../../shared/report/model.ts';
import { isOpen } from '../../shared/report/score.ts';
import { aboutLine, counted, pillarWords } from '../../shared/report/words.ts';
import { PassBadge, SeverityBadge } from './marks.tsx';

/** So many points, with what was closed, fit on page one. */
const shownOnFirstPage = 10;

/** Page one, for a manager: what it means, before and after, what was done, what remains. */
export function FirstPage({ report }: { readonly report: Report }): ReactElement {
  const { run } = report;
  return (
    <>
      <h1>{printable(report.target.label)}</h1>
      <p className="second">
        {printable(aboutLine(report))}. Judged by profile {report.profile}. Inspected with{' '}
        {rightsWords(report.target.privilege)}.
      </p>
      <p className="key">{keyLine(report)}</p>
      <div className="scores">
        {run === null ? null : (
          <ScorePanel title="Before" score={run.scoreBefore} summary={run.summaryBefore} />
        )}
        <ScorePanel title={run === null ? 'Today' : 'After'} score={report.score} summary={report.summary} />
      </div>
      <p className="second">
        The score is the share of points earned, from 0 to 100; what could not be judged counts neither way.
        {report.score.held
          ? ` While a critical finding is open it is held at 49 (${report.score.uncapped} were earned).`
          : ''}
      </p>
      {run === null || run.improved.length === 0 ? null : (
        <>
          <h2>What was wrong, and is closed now</h2>
          <table>
            <tbody>
              {run.improved.slice(0, shownOnFirstPage).map((item) => (
                <tr key={item.check}>
                  <td>
                    <SeverityBadge severity={item.severity} />
                  </td>
                  <td>{printable(item.title)}</td>
                  <td>
                    <PassBadge word="Passed" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <Remaining report={report} />
      <h2>Open points by subject</h2>
      <div className="pillars">
        {pillars.map((pillar) => (
          <div key={pillar}>
            {pillarWords[pillar]}
            <b>{report.findings.filter((finding) => finding.pillar === pillar && isOpen(finding)).length}</b>
          </div>
        ))}
      </div>
      <p className="second">{restLine(report.summary, report.findings.length)}</p>
    </>
  );
}

function rightsWords(privilege: string): string {
  const words: Readonly<Record<string, string>> = {
    none: 'the rights of the login alone',
    root: 'root',
    'sudo-with-password': 'sudo',
    'sudo-without-password': 'sudo',
  };
  return words[privilege] ?? printable(privilege);
}

/** The one sentence that a manager reads. */
function keyLine({ score, findings, run }: Report): ReactElement {
  const critical = findings.filter((finding) => isOpen(finding) && finding.severity === 'critical').length;
  const high = findings.filter((finding) => isOpen(finding) && finding.severity === 'high').length;
  if (score.value === null) return <b>Nothing could be judged: the reasons are listed below.</b>;
  const change =
    run === null
      ? ''
      : ` ${counted(run.improved.length, 'point')} closed by the run of ${run.startedAt.slice(0, 10)}, ${run.state}.`;
  if (critical > 0) {
    return (
      <>
        <b>{counted(critical, 'critical point')} open: somebody can get in or read what is not theirs.</b>
        {change} {high > 0 ? `${high} more of high severity follow${high === 1 ? 's' : ''}.` : ''}
      </>
    );
  }
  if (high > 0) {
    return (
      <>
        <b>
          Nothing critical is open; {counted(high, 'point')} of high severity remain{high === 1 ? 's' : ''}.
        </b>
        {change}
      </>
    );
  }
  return (
    <>
      <b>Nothing critical and nothing of high severity is open.</b>
      {change}
    </>
  );
}

function ScorePanel({
  title,
  score,
  summary,
}: {
  readonly title: string;
  readonly score: Score;
  readonly summary: Summary;
}): ReactElement {
  return (
    <div>
      <div className="top">
        <b>{title}</b>
        <span className="figure">{score.value ?? '–'}</span>
        <span className="second">
          {summary.fail} open, {summary.pass} passed
        </span>
      </div>
      <ScoreBar score={score} />
    </div>
  );
}

/** Earned points, then what was lost by severity, drawn to scale. */
function ScoreBar({ score }: { readonly score: Score }): ReactElement {
  const scale = score.possible === 0 ? 0 : 300 / score.possible;
  let x = score.earned * scale;
  return (
    <svg
      className="bar"
      viewBox="0 0 300 9"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${score.value ?? 'no'} of 100`}
    >
      <rect width="300" height="9" fill="var(--sunken)" />
      <rect width={x} height="9" fill="var(--accent)" />
      {severities.map((severity) => {
        const width = score.lost[severity] * scale;
        const start = x;
        x += width;
        return (
          <rect
            key={severity}
            x={start}
            width={width}
            height="9"
            fill={`var(--${severity})`}
            stroke="var(--panel)"
            strokeWidth="0.6"
          />
        );
      })}
    </svg>
  );
}

function Remaining({ report }: { readonly report: Report }): ReactElement | null {
  const open = severities.flatMap((severity) =>
    report.findings.filter((finding) => isOpen(finding) && finding.severity === severity),
  );
  if (open.length === 0) return null;
  return (
    <>
      <h2>What remains</h2>
      <table>
        <thead>
          <tr>
            <th>Severity</th>
            <th>Point</th>
            <th>Needed</th>
          </tr>
        </thead>
        <tbody>
          {open.slice(0, shownOnFirstPage).map((finding) => (
            <tr key={finding.check}>
              <td>
                <SeverityBadge severity={finding.severity} />
              </td>
              <td>{printable(finding.title)}</td>
              <td>{finding.fixes.length > 0 ? 'Portcullis has a fix' : 'A person: see the steps below'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {open.length > shownOnFirstPage ? (
        <p className="second">And {open.length - shownOnFirstPage} more below.</p>
      ) : null}
    </>
  );
}

function restLine(summary: Summary, total: number): string {
  const parts = [
    summary.notAssessed > 0
      ? `${summary.notAssessed} of ${total} checks could not be assessed; they are named below with the reason.`
      : `All ${total} checks were assessed or do not apply.`,
    summary.waived > 0 ? `${counted(summary.waived, 'finding')} waived, with reason and end date below.` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}
