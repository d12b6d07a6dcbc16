import { Eye, FileJson, FileText, Globe, Printer } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../api/bridge.ts';
import { counted, moment } from '../../format.ts';
import { attempt, copyText, go, saidSaved } from '../../store/actions.ts';
import { update } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import type { Input } from '../../../shared/contract/contract.ts';
import { Button } from '../../ui/button.tsx';
import { Terms } from '../../ui/frame.tsx';
import { ScoreBar } from '../../ui/score.tsx';
import { scoreParts } from '../findings/score-strip.tsx';
import { StepFrame } from '../step-frame.tsx';
import styles from './report.module.css';

type ReportWizard = Extract<Wizard, { readonly step: 'report' }>;
type Format = Input<'report.save'>['format'];

const formats: readonly {
  readonly id: Format;
  readonly name: string;
  readonly what: string;
  readonly icon: typeof FileText;
}[] = [
  { id: 'html', name: 'HTML', what: 'One file for a browser, nothing is loaded from elsewhere', icon: Globe },
  { id: 'pdf', name: 'PDF', what: 'To print and to sign', icon: Printer },
  { id: 'md', name: 'Markdown', what: 'For a ticket or a wiki', icon: FileText },
  { id: 'json', name: 'JSON', what: 'Complete, for programs; its schema is documented', icon: FileJson },
];

/** Step 8: the report in the formats that people ask for. */
export function ReportStep({ wizard }: { readonly wizard: ReportWizard }) {
  const { report, outcome, connection } = wizard;
  const [saving, setSaving] = useState<Format | null>(null);
  const save = (format: Format) => {
    setSaving(format);
    void attempt(async () => saidSaved(await call('report.save', { format }))).then(() => setSaving(null));
  };
  const copy = () =>
    attempt(async () => {
      const { html } = await call('report.html', {});
      await copyText(html);
      update({ message: `Copied the report as HTML, ${Math.ceil(html.length / 1024)} KB` });
    });
  const { summary } = report;
  return (
    <StepFrame
      title="Report"
      fact={`${connection.label}, inspected ${moment(report.finishedAt)}`}
      plain={<ReportWords />}
      back={
        outcome === null
          ? { label: 'Findings', onPress: () => go('findings') }
          : { label: 'Verify', onPress: () => go('verify') }
      }
      status={
        outcome === null
          ? 'The state as inspected. After a run it shows before and after.'
          : 'Before and after the run are in the report.'
      }
      primary={{ label: 'Save as HTML…', onPress: () => save('html'), isDisabled: saving !== null }}
    >
      <div className={`${styles.page} scroll`}>
        <section className={`panel ${styles.summary}`} aria-label="Summary">
          <div className={styles.figure}>
            {report.score.value ?? '–'}
            <small>of 100</small>
          </div>
          <div>
            <ScoreBar score={scoreParts(report.score)} />
            <p className="second">
              {summary.fail} open, {summary.pass} passed, {summary.notAssessed} not assessed, {summary.manual}{' '}
              by hand, {summary.waived} waived, {summary.notApplicable} not applicable. Judged by{' '}
              {report.profile}.
            </p>
            {report.run !== null && (
              <p>
                {counted(report.run.improved.length, 'finding')} closed by the run of{' '}
                {moment(report.run.startedAt)}; the score was {report.run.scoreBefore.value ?? '–'}.
              </p>
            )}
          </div>
        </section>
        <section className="panel" aria-label="Formats">
          <ul className={styles.formats}>
            {formats.map(({ id, name, what, icon: Icon }) => (
              <li key={id}>
                <Icon className="i" />
                <b className="strong">{name}</b>
                <span className="second">{what}</span>
                <Button isDisabled={saving !== null} onPress={() => save(id)} aria-label={`Save as ${name}`}>
                  {saving === id ? 'Saving' : 'Save…'}
                </Button>
              </li>
            ))}
          </ul>
        </section>
        <div className={styles.acts}>
          <Button onPress={() => void copy()}>
            <Eye className="i s" />
            Copy the HTML
          </Button>
          <Button variant="quiet" onPress={() => go('history')}>
            Runs on this host
          </Button>
        </div>
      </div>
    </StepFrame>
  );
}

function ReportWords() {
  return (
    <>
      <h3>For whom?</h3>
      <p>
        Page one is for somebody who decides: the score, what is open, what was done. Below it stands each
        finding with what was seen, for whoever runs the server.
      </p>
      <h3>What is in it</h3>
      <p>
        Host name, addresses, roles and settings. No password, no key, no row of your tables. Give it only to
        people who may know how the server is protected.
      </p>
      <Terms
        terms={[['Waived', 'Somebody decided to live with a finding until a day, and gave the reason.']]}
      />
    </>
  );
}
