import { Download, RefreshCw, Undo2 } from 'lucide-react';
import { useEffect } from 'react';
import type { ReviewItem, RunRecord } from '../../shared/contract/apply.ts';
import { counted, moment } from '../format.ts';
import { go } from '../store/actions.ts';
import { canRollBack } from '../store/apply.ts';
import { askRollback, exportRuns, loadRuns, openRun, rollBack } from '../store/history-actions.ts';
import { inspect } from '../store/session-actions.ts';
import { update, useStore } from '../store/state.ts';
import { Outcome } from '../steps/apply/apply-step.tsx';
import { RunLog, RunProgress } from '../steps/apply/run-panels.tsx';
import { ChangeCard } from '../steps/preview/change-card.tsx';
import { StepFrame } from '../steps/step-frame.tsx';
import { Badge, type BadgeTone } from '../ui/badges.tsx';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Terms } from '../ui/frame.tsx';
import { Empty, Notice } from '../ui/notice.tsx';
import { ConfirmRollback } from './confirm-rollback.tsx';
import { HostHeldNotice } from './break-lock.tsx';
import { ReviewCard } from './review-card.tsx';
import styles from './history.module.css';

const states: Readonly<Record<RunRecord['state'], { readonly word: string; readonly tone: BadgeTone }>> = {
  kept: { word: 'Kept', tone: 'pass' },
  'rolled-back': { word: 'Rolled back', tone: 'plain' },
  'rolled-back-by-guard': { word: 'Rolled back by the host', tone: 'plain' },
  'rollback-failed': { word: 'Rollback failed', tone: 'critical' },
  unfinished: { word: 'Unfinished', tone: 'high' },
  unknown: { word: 'Not known', tone: 'dashed' },
};

/** The runs on this host: what each changed, what somebody changed since, and the way back. */
export function HistoryView() {
  const connection = useStore((state) => state.session.connection);
  const runs = useStore((state) => state.runs);
  const opened = useStore((state) => state.openedRun);
  const asking = useStore((state) => state.confirmRollback);
  const rollback = useStore((state) => state.rollback);
  const key = connection?.key;
  useEffect(() => {
    if (key !== undefined) void loadRuns();
  }, [key]);
  const run = runs?.find((candidate) => candidate.id === opened) ?? null;

  if (rollback !== null && connection !== null) {
    const ended = rollback.ended !== null;
    return (
      <StepFrame
        title="History"
        fact={
          ended
            ? `The run of ${moment(rollback.run.startedAt)}`
            : `Rolling back the run of ${moment(rollback.run.startedAt)}`
        }
        plain={<HistoryWords />}
        status={ended ? 'The rollback has ended' : `Rolling back on ${connection.label}`}
        actions={
          ended && (
            <Button size="large" onPress={() => update({ rollback: null })}>
              All runs
            </Button>
          )
        }
        primary={{
          label: 'Inspect again',
          isDisabled: !ended,
          onPress: () => {
            update({ rollback: null });
            go('inspect');
            void inspect();
          },
        }}
      >
        <Outcome run={rollback.view} host={connection.label} />
        {rollback.ended?.holder !== undefined && (
          <HostHeldNotice
            holder={rollback.ended.holder}
            host={connection.label}
            onBreak={() => void rollBack(rollback.run, rollback.decisions, true)}
          />
        )}
        <div className={styles.rollback}>
          <RunProgress run={rollback.view} />
          <RunLog run={rollback.view} />
        </div>
      </StepFrame>
    );
  }

  return (
    <StepFrame
      title="History"
      fact={connection === null ? undefined : `Runs on ${connection.label}`}
      tools={
        connection !== null && (
          <>
            {run !== null && (
              <Button onPress={() => void exportRuns(run.id)}>
                <Download className="i s" />
                Export this run…
              </Button>
            )}
            <Button onPress={() => void exportRuns(null)}>
              <Download className="i s" />
              Export all…
            </Button>
            <Button onPress={() => void loadRuns()}>
              <RefreshCw className="i s" />
              Read again
            </Button>
          </>
        )
      }
      plain={<HistoryWords />}
      status={
        connection === null
          ? 'Not connected'
          : runs === null
            ? 'Reading the runs'
            : counted(runs.length, 'run')
      }
      primary={
        run === null
          ? undefined
          : {
              label: 'Roll back…',
              onPress: () => void askRollback(run),
              isDisabled: !canRollBack(run) || connection?.readOnly === true,
            }
      }
    >
      {connection === null ? (
        <Empty title="No host is connected" actions={<Button onPress={() => go('connect')}>Connect</Button>}>
          The runs are kept on the host itself and on this machine. Connect to a host to see them.
        </Empty>
      ) : runs !== null && runs.length === 0 ? (
        <Empty title="No runs on this host yet">
          Each time you apply changes, one line appears here. From it you can see the changes and roll them
          back.
        </Empty>
      ) : (
        <div className={styles.split}>
          <ol className={`${styles.runs} scroll`} aria-label="Runs">
            {(runs ?? []).map((entry) => (
              <RunEntry key={entry.id} run={entry} isOpen={entry.id === opened} />
            ))}
          </ol>
          <RunDetail run={run} />
        </div>
      )}
      {asking !== null && connection !== null && (
        <ConfirmRollback
          run={asking}
          host={connection.label}
          onConfirm={(decisions) => void rollBack(asking, decisions)}
        />
      )}
    </StepFrame>
  );
}

function RunEntry({ run, isOpen }: { readonly run: RunRecord; readonly isOpen: boolean }) {
  const state = states[run.state];
  return (
    <li>
      <button
        type="button"
        className={classNames(styles.run, isOpen && styles.open)}
        aria-current={isOpen ? 'true' : undefined}
        onClick={() => void openRun(run.id)}
      >
        <span className={classNames(styles.dot, run.state === 'kept' && styles.kept)} aria-hidden="true" />
        <span className={styles.runText}>
          <b className={classNames('strong', run.state.startsWith('rolled-back') && styles.undone)}>
            {moment(run.startedAt)}
          </b>
          <span className={`small second ${styles.title}`} title={run.title}>
            {run.title}
          </span>
          <span className="small quiet">by {run.by}</span>
        </span>
        <Badge tone={state.tone}>
          {run.left.length > 0 && run.state === 'rolled-back' ? 'Rolled back in part' : state.word}
        </Badge>
      </button>
    </li>
  );
}

function RunDetail({ run }: { readonly run: RunRecord | null }) {
  const changes = useStore((state) => state.runChanges);
  if (run === null)
    return (
      <Empty title="Choose a run">
        Its changes are shown here, and what somebody changed on the host since.
      </Empty>
    );
  return (
    <section className={`${styles.detail} scroll`} tabIndex={0} aria-label="The run">
      {!run.intact && (
        <Notice tone="warn" quiet title="The record of this run was changed.">
          <ul>
            {run.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
          Look at the copies on the host before you roll back.
        </Notice>
      )}
      {run.state === 'unfinished' && (
        <Notice tone="warn" quiet title="This run was not ended.">
          {run.guardSeconds === null
            ? 'No timer runs on the host any more. Roll it back, or keep it by leaving it.'
            : `The host rolls back by itself in ${run.guardSeconds} seconds.`}
        </Notice>
      )}
      {run.finishByHand.length > 0 && (
        <Notice tone="stop" quiet title="Left to be done by hand:">
          <pre>{run.finishByHand.join('\n')}</pre>
          <CopyButton text={run.finishByHand.join('\n')} label="Copy the commands" size="normal" />
        </Notice>
      )}
      {changes === null ? (
        <p className="second">Reading the changes and comparing with the host</p>
      ) : (
        <>
          {run.left.length > 0 && (
            <Notice tone="note" title="Rolled back but for:">
              {run.steps
                .filter(({ number }) => run.left.includes(number))
                .map(({ number, title }) => `${number}. ${title}`)
                .join(', ')}
            </Notice>
          )}
          {run.state === 'kept' && <ChangedSince review={changes.review} />}
          {changes.changes.map((change, index) => (
            <ChangeCard key={index} change={change} />
          ))}
        </>
      )}
      {canRollBack(run) && (
        <div>
          <Button variant="danger" onPress={() => void askRollback(run)}>
            <Undo2 className="i s" />
            Roll back…
          </Button>
        </div>
      )}
    </section>
  );
}

/** What is not as the run left it, three-way. */
function ChangedSince({ review }: { readonly review: readonly ReviewItem[] }) {
  const changed = review.filter((item) => item.changed);
  if (changed.length === 0)
    return (
      <Notice tone="good" quiet>
        Nobody changed what this run touched since.
      </Notice>
    );
  return (
    <>
      <Notice tone="warn" quiet title={`${counted(changed.length, 'thing')} changed since.`}>
        A rollback asks for each what becomes of it.
      </Notice>
      {changed.map((item) => (
        <ReviewCard key={item.steps[0]} item={item} />
      ))}
      <h2 className="small second">All changes of the run</h2>
    </>
  );
}

function HistoryWords() {
  return (
    <>
      <h3>Every run can be undone</h3>
      <p>
        Before a change is made, a copy of what it touches is kept on the host. From here you can put it back,
        byte for byte, also weeks later.
      </p>
      <p>If somebody changed the same things since, you see that first.</p>
      <Terms
        terms={[
          ['Run', 'One time that changes were applied, with all its steps.'],
          ['Drift', 'Somebody changed the host after a run.'],
        ]}
      />
    </>
  );
}
