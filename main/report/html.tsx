import { createHash } from 'node:crypto';
import { Fragment, type ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { pillars, severities, type Evidence, type Finding } from '../../shared/findings/finding.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Picture } from '../../shared/access/picture-schema.ts';
import type { Report } from '../../shared/report/model.ts';
import { isOpen } from '../../shared/report/score.ts';
import {
  cutOffLine,
  evidenceLines,
  pillarWords,
  referenceLine,
  runNotes,
} from '../../shared/report/words.ts';
import { FirstPage } from './first-page.tsx';
import { Mark, SeverityBadge } from './marks.tsx';
import { ExposureSection } from './picture.tsx';
import { pictureColours, pictureStyle } from './picture-style.ts';
import { reportStyle } from './style.ts';

// No script, no other file, no connection: whoever opens the report runs nothing.
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * The report as one HTML file. React escapes every text; what comes from the target is made printable first. `picture`:
 * who can reach the server; null leaves it out.
 */
export function reportHtml(report: Report, picture: Picture | null = null): string {
  return `<!doctype html>\n${renderToStaticMarkup(<Page report={report} picture={picture} />)}\n`;
}

function Page({
  report,
  picture,
}: {
  readonly report: Report;
  readonly picture: Picture | null;
}): ReactElement {
  const date = report.finishedAt.slice(0, 10);
  const label = printable(report.target.label);
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta httpEquiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width" />
        <title>{`Security report · ${label} · ${date}`}</title>
        <style
          dangerouslySetInnerHTML={{
            __html: `${reportStyle}${picture === null ? '' : `${pictureColours}${pictureStyle}`}`,
          }}
        />
      </head>
      <body>
        <main>
          <header>
            <Mark />
            <b>Portcullis</b>
            <span>Security report</span>
            <span>
              {label}, {date}
            </span>
          </header>
          <FirstPage report={report} />
          <ExposureSection picture={picture} />
          <RunSection report={report} />
          <Findings report={report} />
          <Rest report={report} />
          <footer>
            <span>Inspected {report.finishedAt.slice(0, 19).replace('T', ' ')} UTC</span>
            <span>Portcullis {report.tool.version}</span>
            <span>
              Findings SHA-256{' '}
              {createHash('sha256').update(JSON.stringify(report.findings)).digest('hex').slice(0, 16)}…
            </span>
          </footer>
        </main>
      </body>
    </html>
  );
}

function RunSection({ report: { run } }: { readonly report: Report }): ReactElement | null {
  if (run === null) return null;
  return (
    <section>
      <h2>
        Run {run.id}: {run.state}
      </h2>
      <p className="second">
        By {printable(run.by)}, started {run.startedAt.slice(0, 19).replace('T', ' ')} UTC.
      </p>
      <dl>
        {run.steps.map((step) => (
          <Fragment key={step.number}>
            <dt>
              {step.number}. {step.state}
            </dt>
            <dd>{printable(step.title)}</dd>
          </Fragment>
        ))}
        {run.proofs.map((proof) => (
          <Fragment key={proof.title}>
            <dt>Proof: {proof.state}</dt>
            <dd>
              {printable(proof.title)}. {printable(proof.detail)}
            </dd>
          </Fragment>
        ))}
      </dl>
      {(run.cutOff ?? []).length === 0 ? null : (
        <>
          <p>Refused from this run on:</p>
          <ul>
            {(run.cutOff ?? []).map((one) => (
              <li key={cutOffLine(one)}>{printable(cutOffLine(one))}</li>
            ))}
          </ul>
        </>
      )}
      {runNotes(run).map((note) => (
        <p key={note}>{printable(note)}</p>
      ))}
      {run.worsened.length === 0 ? null : (
        <p>New since then: {run.worsened.map(({ title }) => printable(title)).join('; ')}.</p>
      )}
    </section>
  );
}

function Findings({ report }: { readonly report: Report }): ReactElement {
  return (
    <section className="page">
      {pillars.map((pillar) => {
        const open = severities.flatMap((severity) =>
          report.findings.filter(
            (finding) => finding.pillar === pillar && finding.severity === severity && isOpen(finding),
          ),
        );
        if (open.length === 0) return null;
        return (
          <Fragment key={pillar}>
            <h2>
              {pillarWords[pillar]}: {open.length} open
            </h2>
            {open.map((finding) => (
              <OpenFinding key={finding.check} finding={finding} />
            ))}
          </Fragment>
        );
      })}
    </section>
  );
}

function OpenFinding({ finding }: { readonly finding: Finding }): ReactElement {
  const references = referenceLine(finding);
  return (
    <article>
      <div>
        <SeverityBadge severity={finding.severity} />
        <h3>{printable(finding.title)}</h3>
      </div>
      <p className="quiet">
        <code>{finding.check}</code> {references}
      </p>
      <p>{printable(finding.summary)}</p>
      {finding.evidence.map((evidence, index) => (
        <EvidenceBlock key={index} evidence={evidence} />
      ))}
      <p>
        <CodeText text={finding.why} />
      </p>
      {finding.misuse.length === 0 ? null : (
        <>
          <h4>How it is misused</h4>
          <Steps steps={finding.misuse} />
        </>
      )}
      <h4>
        How to fix it by hand
        {finding.fixes.length > 0 ? ` (or with the fix ${finding.fixes.join(', ')})` : ''}
      </h4>
      <Steps steps={finding.byHand} />
    </article>
  );
}

function Steps({ steps }: { readonly steps: readonly string[] }): ReactElement {
  return (
    <ol>
      {steps.map((step) => (
        <li key={step}>
          <CodeText text={step} />
        </li>
      ))}
    </ol>
  );
}

/** Text in which backticks mark code. */
function CodeText({ text }: { readonly text: string }): ReactElement {
  return (
    <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
  );
}

function EvidenceBlock({ evidence }: { readonly evidence: Evidence }): ReactElement {
  if (evidence.kind !== 'file') return <pre>{evidenceLines(evidence).map(printable).join('\n')}</pre>;
  return (
    <pre>
      {printable(evidence.path)}
      {'\n'}
      {evidence.lines.map((line) => {
        const text = `${String(line.number).padStart(5)}  ${printable(line.text)}`;
        return line.marked ? <mark key={line.number}>{text}</mark> : `${text}\n`;
      })}
    </pre>
  );
}

function Rest({ report }: { readonly report: Report }): ReactElement {
  const list = (
    title: string,
    findings: readonly Finding[],
    words: (finding: Finding) => string,
  ): ReactElement | null =>
    findings.length === 0 ? null : (
      <section>
        <h2>
          {title}: {findings.length}
        </h2>
        <dl>
          {findings.map((finding) => (
            <Fragment key={finding.check}>
              <dt>
                <code>{finding.check}</code>
              </dt>
              <dd>{printable(words(finding))}</dd>
            </Fragment>
          ))}
        </dl>
      </section>
    );
  const of = (status: Finding['status']): Finding[] =>
    report.findings.filter((finding) => finding.status === status);
  const waived = report.findings.filter(({ status, waiver }) => status === 'fail' && waiver !== null);
  return (
    <>
      {list(
        'Waived',
        waived,
        ({ title, severity, waiver }) =>
          `${title} (${severity}): ${waiver?.reason} Until ${waiver?.until}, by ${waiver?.createdBy}.`,
      )}
      {list('Not assessed', of('not-assessed'), ({ title, summary }) => `${title}: ${summary}`)}
      {list('For a person to judge', of('manual'), ({ title, summary }) => `${title}: ${summary}`)}
      {list('Passed', of('pass'), ({ title, summary }) => `${title}. ${summary}`)}
      {list('Not applicable', of('not-applicable'), ({ title, summary }) => `${title}: ${summary}`)}
    </>
  );
}
