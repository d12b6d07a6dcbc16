import { ArrowRight, RefreshCw, Undo2 } from 'lucide-react';
import { useMemo } from 'react';
import type { Report } from '../../../shared/report/model.ts';
import { counted, moment } from '../../format.ts';
import { splitAnswer } from '../../../shared/fixes/answers.ts';
import { go } from '../../store/actions.ts';
import { askRollbackOf } from '../../store/history-actions.ts';
import { severityOrder } from '../../store/findings.ts';
import { cancelScan, goOnWithAfter, verify } from '../../store/session-actions.ts';
import { update, useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Severity, Status, statusWord } from '../../ui/badges.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Terms } from '../../ui/frame.tsx';
import { Empty, Notice } from '../../ui/notice.tsx';
import { SubjectRow } from '../../ui/progress-rows.tsx';
import { RowList } from '../../ui/row-list.tsx';
import { ScoreBar } from '../../ui/score.tsx';
import { scoreParts } from '../findings/score-strip.tsx';
import { StepFrame } from '../step-frame.tsx';
import { asPredicted, compareReports, type Compared } from './compare.ts';
import styles from './verify.module.css';

type VerifyWizard = Extract<Wizard, { readonly step: 'verify' }>;
type Row = Compared & { readonly id: string; readonly note: string };

/** Step 7: before and after, side by side: what improved, what did not, and why. */
export function VerifyStep({ wizard }: { readonly wizard: VerifyWizard }) {
  const { before, after, outcome, connection } = wizard;
  const scanning = useStore((state) => state.scanning);
  const problem = useStore((state) => state.scanProblem);
  const preview = useStore((state) => state.session.preview);
  const tunnels = useStore((state) => state.chosen['limit-tunnels']);
  const kept = outcome.result === 'kept';
  const meant = useMemo(
    () => new Set(kept ? preview?.predicted.closed.map((finding) => finding.check) : []),
    [preview, kept],
  );
  const compared = useMemo(
    () => (after === null ? null : compareReports(before, after, meant)),
    [before, after, meant],
  );
  const runId = outcome.runId;
  const foreseen =
    compared !== null && asPredicted(compared, preview?.predicted.open ?? []) ? ' As predicted.' : '';
  return (
    <StepFrame
      title="Verify"
      fact={
        after === null
          ? 'Inspecting again'
          : `${kept ? 'Kept' : 'Rolled back'}. Inspected again ${moment(after.finishedAt)}.${kept ? foreseen : ''}`
      }
      tools={
        <Button isDisabled={scanning} onPress={() => void verify()}>
          <RefreshCw className="i s" />
          Inspect again
        </Button>
      }
      plain={<VerifyWords improved={compared?.improved.length ?? 0} kept={kept} />}
      back={{ label: 'Apply', onPress: () => go('apply') }}
      status={
        compared === null
          ? 'Inspecting again'
          : `${compared.improved.length} closed, ${compared.appeared.length} new, ${compared.unchanged.length + compared.expected.length} as before. ${after?.summary.notAssessed ?? 0} not assessed`
      }
      actions={
        <>
          {scanning && (
            <Button size="large" onPress={() => void cancelScan()}>
              Cancel
            </Button>
          )}
          {kept && tunnels !== undefined && !scanning && (
            <Button
              size="large"
              onPress={() => update({ tunnel: { accounts: splitAnswer(tunnels['tunnels'] ?? '') } })}
            >
              Try the tunnel…
            </Button>
          )}
          {kept && runId !== null && !scanning && (
            <Button size="large" onPress={() => void askRollbackOf(runId)}>
              <Undo2 className="i s" />
              Roll back…
            </Button>
          )}
          {after !== null && (
            <Button size="large" onPress={() => void goOnWithAfter()}>
              Go on fixing
            </Button>
          )}
        </>
      }
      primary={{ label: 'Report', onPress: () => go('report'), isDisabled: after === null }}
      onEscape={scanning ? () => void cancelScan() : undefined}
    >
      {problem !== null && (
        <div className={styles.problem}>
          <Notice tone="stop" title={problem.message}>
            {problem.next}
          </Notice>
        </div>
      )}
      {after === null || compared === null ? (
        <ul className={styles.waiting}>
          <SubjectRow
            state={scanning ? 'running' : 'unknown'}
            name={`Inspecting ${connection.label} again`}
          />
        </ul>
      ) : (
        <div className={styles.left}>
          <div className={styles.sides}>
            <Side name="Before" report={before} old />
            <Side name="After" report={after} />
          </div>
          <ComparedList compared={compared} openCount={after.summary.fail} />
        </div>
      )}
    </StepFrame>
  );
}

function Side({
  name,
  report,
  old,
}: {
  readonly name: string;
  readonly report: Report;
  readonly old?: boolean;
}) {
  const open = report.findings.filter((finding) => finding.status === 'fail' && finding.waiver === null);
  return (
    <section className={styles.side} aria-label={name}>
      <div className={styles.top}>
        <h2 className="h">{name}</h2>
        <span className={classNames(styles.figure, old && 'quiet')}>{report.score.value ?? '–'}</span>
        <span className={styles.counts}>
          {severityOrder.slice(0, 4).map((severity) => (
            <span key={severity}>
              <Severity
                severity={severity}
                text={String(open.filter((finding) => finding.severity === severity).length)}
              />
              <span className="visually-hidden">{severity}</span>
            </span>
          ))}
        </span>
      </div>
      <ScoreBar score={scoreParts(report.score)} />
    </section>
  );
}

function ComparedList({
  compared,
  openCount,
}: {
  readonly compared: ReturnType<typeof compareReports>;
  readonly openCount: number;
}) {
  const groups = useMemo(() => {
    const rowsOf = (rows: readonly Compared[], note: (row: Compared) => string): readonly Row[] =>
      rows.map((row) => ({ ...row, id: row.check, note: note(row) }));
    const notImproved = [
      ...rowsOf(compared.expected, (row) => `Meant to be closed. ${row.summary}`),
      ...rowsOf(compared.appeared, (row) => `New. ${row.summary}`),
      ...rowsOf(compared.lost, (row) => `Could be judged before. ${row.summary}`),
    ];
    return [
      {
        id: 'not-improved',
        name: 'Did not improve, or is new',
        note: <span>{`${notImproved.length} of ${openCount} open`}</span>,
        rows: notImproved,
      },
      {
        id: 'improved',
        name: 'Improved',
        note: <span>{compared.improved.length} closed</span>,
        rows: rowsOf(compared.improved, () => ''),
      },
      {
        id: 'unchanged',
        name: 'Open as before',
        note: <span>{compared.unchanged.length}</span>,
        rows: rowsOf(compared.unchanged, (row) => row.summary),
      },
    ];
  }, [compared, openCount]);
  return (
    <div className={styles.list}>
      <RowList
        label="Findings, before and after"
        groups={groups}
        selected={null}
        onSelect={(check) => update({ openedFinding: check })}
        textOf={(row) => row.title}
        rowClassName={styles.row}
        hasSecondLine={(row) => row.note !== ''}
        renderRow={(row) => (
          <>
            <Severity severity={row.severity} />
            <span className={styles.title} title={row.note === '' ? row.title : `${row.title}\n${row.note}`}>
              <span className="clip">{row.title}</span>
              {row.note !== '' && <span className={`${styles.note} clip`}>{row.note}</span>}
            </span>
            <span className={`${styles.id} expert-only clip`}>{row.check}</span>
            <span className="small second expert-only">
              {row.before === null ? '–' : statusWord(row.before)}
            </span>
            <span className="quiet expert-only">
              <ArrowRight className="i xs" />
            </span>
            <Status status={row.after} />
          </>
        )}
        empty={
          <Empty title="Nothing is open, before or after">
            Every check that could be judged passes. What could not be judged is in the report.
          </Empty>
        }
      />
    </div>
  );
}

function VerifyWords({ improved, kept }: { readonly improved: number; readonly kept: boolean }) {
  return (
    <>
      <h3>{kept ? 'What changed' : 'As it was before'}</h3>
      <p>
        {kept
          ? `Everything was inspected anew, not taken from the plan. ${counted(improved, 'finding')} closed.`
          : 'The run was rolled back. The new inspection shows the server as it stands now.'}
      </p>
      <h3>What is left</h3>
      <p>
        What is still open stands below, with its reason. Some settings wait for a restart; some things only a
        person can do.
      </p>
      <p>
        <b>Go on fixing</b> takes this inspection as the new start.
      </p>
      <Terms
        terms={[['Drift', 'Somebody changed the host after a run. A rollback shows that first and asks.']]}
      />
    </>
  );
}
