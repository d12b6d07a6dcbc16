import { RefreshCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { capital, counted, duration } from '../../format.ts';
import { call } from '../../api/bridge.ts';
import { attempt, go, saidSaved } from '../../store/actions.ts';
import { cancelScan, inspect } from '../../store/session-actions.ts';
import { useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { Terms } from '../../ui/frame.tsx';
import { Empty, Notice } from '../../ui/notice.tsx';
import { SubjectRow } from '../../ui/progress-rows.tsx';
import { Status } from '../../ui/badges.tsx';
import { AttentionNotice } from '../attention-notice.tsx';
import { StepFrame } from '../step-frame.tsx';
import styles from './inspect.module.css';

type InspectWizard = Extract<Wizard, { readonly step: 'inspect' }>;

/** Step 2: what is read, subject by subject, and what could not be read. */
export function InspectStep({ wizard }: { readonly wizard: InspectWizard }) {
  const scanning = useStore((state) => state.scanning);
  const problem = useStore((state) => state.scanProblem);
  const seconds = useElapsed(scanning);
  const { connection, report } = wizard;

  const status = scanning
    ? `Reading ${connection.label}, ${seconds} s. Nothing is changed.`
    : problem !== null
      ? 'The inspection stopped. Nothing was changed.'
      : report === null
        ? 'Not inspected yet'
        : `${counted(report.findings.length, 'check')} judged in ${duration(Date.parse(report.finishedAt) - Date.parse(report.startedAt))}`;

  return (
    <StepFrame
      title="Inspect"
      fact={scanning ? 'Reading, changing nothing' : undefined}
      tools={
        !scanning &&
        report !== null && (
          <>
            <Button onPress={() => void attempt(async () => saidSaved(await call('scan.saveFacts', {})))}>
              Save the facts…
            </Button>
            {!connection.readOnly && (
              <Button onPress={() => void inspect()}>
                <RefreshCw className="i s" />
                Inspect again
              </Button>
            )}
          </>
        )
      }
      plain={<InspectWords />}
      back={{ label: 'Connect', onPress: () => go('connect') }}
      status={status}
      actions={
        scanning && (
          <Button size="large" onPress={() => void cancelScan()} keys="Esc">
            Cancel
          </Button>
        )
      }
      primary={
        problem !== null || (report === null && !scanning)
          ? { label: problem === null ? 'Inspect' : 'Inspect again', onPress: () => void inspect() }
          : {
              label: 'Show the findings',
              onPress: () => go('findings'),
              isDisabled: scanning || report === null,
            }
      }
      onEscape={scanning ? () => void cancelScan() : undefined}
    >
      <AttentionNotice />
      <div className={`${styles.page} scroll`}>
        {problem !== null && (
          <Notice tone={problem.code === 'cancelled' ? 'note' : 'stop'} title={problem.message}>
            {problem.next}
          </Notice>
        )}
        <Subjects />
        {!scanning && report !== null && <NotRead />}
      </div>
    </StepFrame>
  );
}

function useElapsed(running: boolean): string {
  const startedAt = useStore((state) => state.scanStartedAt);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [running]);
  return Math.max(0, (now - startedAt) / 1000).toFixed(0);
}

/** The collectors' short names in words. */
const subjectWords: Readonly<Record<string, string>> = {
  accounts: 'Accounts of the system',
  configuration: 'Configuration files',
  contents: 'Tables, policies and functions',
  'data directory': 'Data folder',
  'host names': 'Host names in pg_hba.conf',
  logs: 'Server logs',
  network: 'Open ports',
  pg_hba: 'Rules of pg_hba.conf',
  roles: 'Roles and memberships',
  sessions: 'Sessions and logins',
  sshd: 'SSH server',
  'tls files': 'TLS, keys and certificates',
};

function Subjects() {
  const subjects = useStore((state) => state.subjects);
  const scanning = useStore((state) => state.scanning);
  const startedAt = useStore((state) => state.scanStartedAt);
  const total = subjects.at(-1)?.total ?? 0;
  const done = Math.max(0, ...subjects.map((subject) => subject.done));
  if (subjects.length === 0 && !scanning) return null;
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Subjects</h2>
        {total > 0 && (
          <span className="push small quiet">
            {done} of {total} read
          </span>
        )}
      </div>
      <ul className={styles.list} aria-label="Subjects">
        {subjects.map((subject, index) => (
          <SubjectRow
            key={subject.subject}
            state="done"
            name={subjectWords[subject.subject] ?? capital(subject.subject)}
            time={duration(subject.at - (subjects[index - 1]?.at ?? startedAt))}
          />
        ))}
        {scanning && (
          <SubjectRow
            state="running"
            name={total === 0 ? 'Asking the host what there is' : done < total ? 'Reading' : 'Judging'}
            share={total === 0 ? undefined : done / total}
            fact={total === 0 ? '' : `${done} of ${total}`}
          />
        )}
      </ul>
    </section>
  );
}

/** What could not be read, with its reason: it is drawn, never left out. */
function NotRead() {
  const report = useStore((state) => state.session.report);
  const missing = (report?.findings ?? []).filter((finding) => finding.status === 'not-assessed');
  if (missing.length === 0)
    return (
      <section className="panel">
        <Empty title="Everything that was asked could be read">
          No check was left without an answer. What does not apply to this server is listed as not applicable.
        </Empty>
      </section>
    );
  const reasons = new Map<string, string[]>();
  for (const finding of missing)
    reasons.set(finding.summary, [...(reasons.get(finding.summary) ?? []), finding.title]);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Could not be read</h2>
        <span className="push small quiet">{counted(missing.length, 'check')} not assessed</span>
      </div>
      <ul className={styles.missing}>
        {[...reasons].map(([reason, titles]) => (
          <li key={reason}>
            <Status status="not-assessed" iconOnly />
            <span className="selectable">{reason}</span>
            <span className="small second">{titles.join(' · ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function InspectWords() {
  return (
    <>
      <h3>Looking, not touching</h3>
      <p>
        Portcullis asks the system and PostgreSQL about their settings. It reads catalogs and files; it never
        reads the rows of your tables for this.
      </p>
      <p>Everything is asked in few round trips, so it is quick over a slow line as well.</p>
      <h3>What could not be read</h3>
      <p>
        It is named with its reason and counts neither for nor against you. More rights, or a missing program
        on the host, would settle it.
      </p>
      <Terms
        terms={[
          ['Fact', 'One thing that was read: a setting, a file mode, a firewall rule.'],
          ['Check', 'A question to the facts with a clear answer.'],
        ]}
      />
    </>
  );
}
