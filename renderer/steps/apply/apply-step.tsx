import { Clock, Undo2 } from 'lucide-react';
import { call } from '../../api/bridge.ts';
import { assertNever } from '../../../shared/lib/assert-never.ts';
import type { ApplyPhase } from '../../../shared/contract/apply.ts';
import { counted, duration } from '../../format.ts';
import { attempt, go } from '../../store/actions.ts';
import { isLost, mayKeep, mayRollBack, type RunView } from '../../store/apply.ts';
import { inspect, verify } from '../../store/session-actions.ts';
import { useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Terms } from '../../ui/frame.tsx';
import { clockText } from '../../ui/countdown.ts';
import { GuardCountdown, useSecondsLeft } from '../../ui/guard-countdown.tsx';
import { Notice } from '../../ui/notice.tsx';
import { StepFrame } from '../step-frame.tsx';
import { HostHeldNotice } from '../../history/break-lock.tsx';
import { breakLockOf } from '../../store/history-actions.ts';
import { RunLog, RunProgress } from './run-panels.tsx';
import styles from './apply.module.css';

type ApplyWizard = Extract<Wizard, { readonly step: 'apply' }>;

/** Step 6: each step's state, the time until the host undoes everything by itself, keep or roll back. */
export function ApplyStep({ wizard }: { readonly wizard: ApplyWizard }) {
  const run = useStore((state) => state.run);
  const lostMessage = useStore((state) => state.lostMessage);
  const scheduled = run.state.phase === 'scheduled';
  const left = useSecondsLeft(scheduled ? run.startsAt : run.deadline);
  const outcome = run.state.outcome;
  const ended = outcome !== null;
  const host = wizard.connection.label;

  const openVerify = () => {
    go('verify');
    void verify();
  };
  const inspectAnew = () => {
    go('inspect');
    void inspect();
  };
  return (
    <StepFrame
      title="Apply"
      fact={phaseFact(run)}
      plain={<ApplyWords />}
      back={ended ? { label: 'Fixes', onPress: () => go('fixes') } : undefined}
      status={
        ended ? (
          <span className="clip">{outcome.reason}</span>
        ) : (
          <>
            <Clock className="i s" />
            <span className="clip">
              {isLost(run)
                ? 'No link. The host goes on by itself.'
                : run.deadline === null
                  ? 'Nothing has been changed so far'
                  : 'The timer runs on the host. Closing this window does not stop it.'}
            </span>
          </>
        )
      }
      actions={
        !ended && (
          <Button
            size="large"
            variant="danger"
            isDisabled={!mayRollBack(run)}
            onPress={() => void attempt(async () => void (await call('apply.rollBack', {})))}
          >
            <Undo2 className="i s" />
            {scheduled ? 'Cancel' : 'Roll back now'}
          </Button>
        )
      }
      primary={
        ended
          ? {
              label: 'Inspect again',
              onPress: outcome.result === 'refused' ? inspectAnew : openVerify,
              isDisabled: wizard.outcome === null,
            }
          : {
              label: 'Keep the changes',
              onPress: () => void attempt(async () => void (await call('apply.keep', {}))),
              isDisabled: !mayKeep(run),
            }
      }
    >
      {outcome?.holder !== undefined && (
        <HostHeldNotice
          holder={outcome.holder}
          host={host}
          onBreak={() => void breakLockOf(outcome.holder?.run ?? '')}
        />
      )}
      {ended ? (
        <Outcome run={run} host={host} />
      ) : (
        <GuardCountdown
          secondsLeft={left}
          total={scheduled ? Math.max(left ?? 0, run.total) : run.total}
          {...(scheduled ? { until: 'the run starts' } : {})}
          tone={isLost(run) ? 'lost' : 'running'}
          say={guardSentence(run, left, lostMessage)}
          second={guardSecond(run)}
        />
      )}
      <div className={styles.cols}>
        <RunProgress run={run} />
        <RunLog run={run} />
      </div>
    </StepFrame>
  );
}

function phaseFact(run: RunView): string {
  const done = run.state.steps.filter((step) => step.state === 'done').length;
  const phases: Readonly<Record<ApplyPhase, string>> = {
    scheduled: 'Waiting for the time to start',
    checking: 'Comparing with what was inspected',
    'backing-up': 'Copying what will be changed',
    arming: 'Arming the guard on the host',
    changing: `${done} of ${run.state.steps.length} changes made`,
    proving: `All ${counted(run.state.steps.length, 'change')} made, proving the effect`,
    waiting: 'Everything is proven. Keep or roll back?',
    kept: 'Kept',
    'rolling-back': 'Rolling back',
    'rolled-back': 'Rolled back',
    'rollback-failed': 'Rolling back failed',
    refused: 'Nothing was changed',
    'link-lost': 'The link to the host is lost',
  };
  return phases[run.state.phase];
}

function guardSentence(run: RunView, left: number | null, lostMessage: string): string {
  const time = left === null ? '' : clockText(left);
  if (isLost(run))
    return run.deadline === null
      ? `No link to the host. ${lostMessage}`
      : `No link to the host. It does not need one: it rolls back by itself in ${time}.`;
  if (run.state.phase === 'scheduled') return `The run starts in ${time}. Nothing has been changed so far.`;
  if (run.state.phase === 'rolling-back') return 'Putting everything back as it was.';
  if (run.deadline === null) return 'The guard is armed on the host before the first change.';
  return run.state.guard.counting
    ? `The host rolls back by itself in ${time} unless you keep the changes.`
    : `If anything goes wrong, the host rolls back by itself in ${time}.`;
}

function guardSecond(run: RunView): string {
  if (isLost(run)) return 'Trying again. When the link is back you can still keep the changes.';
  switch (run.state.phase) {
    case 'scheduled':
      return 'Keep this program running. Then everything is compared with the inspection again.';
    case 'checking':
    case 'backing-up':
    case 'arming':
      return 'Nothing has been changed so far.';
    case 'changing':
      return 'Each change is read back before the next one.';
    case 'proving':
      return 'New logins show whether you and the applications still get in.';
    case 'waiting':
      return 'The new logins succeeded. You may keep the changes now.';
    case 'rolling-back':
      return 'Files, settings and statements are undone in reverse order.';
    case 'kept':
    case 'rolled-back':
    case 'rollback-failed':
    case 'refused':
    case 'link-lost':
      return '';
    default:
      return assertNever(run.state.phase);
  }
}

/** How a run ended, and what is left to do. */
export function Outcome({ run, host }: { readonly run: RunView; readonly host: string }) {
  const outcome = run.state.outcome;
  if (outcome === null) return null;
  const kept = outcome.result === 'kept';
  const good = kept || outcome.result === 'rolled-back' || outcome.result === 'rolled-back-by-guard';
  const titles = {
    kept: `Kept on ${host}.`,
    'rolled-back': `Rolled back on ${host}.`,
    'rolled-back-by-guard': `${host} rolled back by itself.`,
    'rollback-failed': `Not everything could be rolled back on ${host}.`,
    refused: 'Nothing was changed.',
    unknown: `It is not known how the run on ${host} ended.`,
  } as const;
  return (
    <div className={styles.outcome}>
      <Notice
        tone={good ? 'good' : outcome.result === 'unknown' ? 'warn' : 'stop'}
        title={titles[outcome.result]}
      >
        {outcome.reason}{' '}
        {outcome.downtimeMs === null || outcome.downtimeMs === undefined
          ? ''
          : `Nobody could connect for ${duration(outcome.downtimeMs)} during the restart. `}
        {outcome.next}
        {outcome.finishByHand.length > 0 && (
          <div className={styles.byHand}>
            <p className="strong">To finish by hand, as root on {host}:</p>
            <pre className="scroll" tabIndex={0}>
              {outcome.finishByHand.join('\n')}
            </pre>
            <CopyButton text={outcome.finishByHand.join('\n')} label="Copy the commands" size="normal" />
          </div>
        )}
      </Notice>
    </div>
  );
}

function ApplyWords() {
  return (
    <>
      <h3>You can relax</h3>
      <p>
        A timer runs on the server itself. If your computer crashes, the network fails, or you walk away, it
        puts everything back.
      </p>
      <h3>Why new logins?</h3>
      <p>
        Your open connection would go on working even if the door behind you were shut. Only a new login
        proves that you can come in again.
      </p>
      <h3>Keep or roll back?</h3>
      <p>
        <b>Keep</b> stops the timer. You can still undo the whole run later, from History.
      </p>
      <p>
        <b>Roll back now</b> restores the files and statements as they were, and checks that they are the
        same.
      </p>
      <Terms terms={[['Reload', 'PostgreSQL reads its files again without stopping.']]} />
    </>
  );
}
