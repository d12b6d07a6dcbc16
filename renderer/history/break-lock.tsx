import { useState } from 'react';
import type { LockHolder } from '../../shared/contract/apply.ts';
import { assertNever } from '../../shared/lib/assert-never.ts';
import { moment } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './history.module.css';

const word = 'break';

function doing({ by, phase, since }: LockHolder): string {
  const time = moment(since);
  switch (phase) {
    case 'preparing':
      return `${by} has been preparing a run since ${time}.`;
    case 'changing':
      return `${by} has been making changes since ${time}.`;
    case 'waiting':
      return `${by} has made changes and not confirmed them; the run began ${time}.`;
    case 'rolling-back':
      return `${by} has been rolling a run back since ${time}.`;
    default:
      return assertNever(phase, 'phase');
  }
}

/** Tells who has the host, and offers to break in. `onBreak` does again what was refused, with the lock broken. */
export function HostHeldNotice({
  holder,
  host,
  onBreak,
}: {
  readonly holder: LockHolder;
  readonly host: string;
  readonly onBreak: () => void;
}) {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const mayBreak = holder.phase === 'changing' || holder.phase === 'waiting';
  const guard = !holder.guardArmed
    ? 'No guard is armed.'
    : holder.guardSeconds === null
      ? 'A guard is armed.'
      : `When asked, its guard was due in ${holder.guardSeconds} seconds.`;
  return (
    <div className={styles.held}>
      <Notice
        tone="warn"
        quiet
        title={`${holder.by} has ${host}.`}
        action={mayBreak && <Button onPress={() => setAsking(true)}>Break the lock…</Button>}
      >
        {doing(holder)} {mayBreak ? guard : ''}
      </Notice>
      {asking && (
        <ConfirmDialog
          title={`Break the lock of ${holder.by} on ${host}?`}
          confirm={`Roll back the run of ${holder.by}`}
          isDestructive
          isConfirmDisabled={typed.trim().toLowerCase() !== word}
          onCancel={() => {
            setAsking(false);
            setTyped('');
          }}
          onConfirm={() => {
            setAsking(false);
            setTyped('');
            onBreak();
          }}
        >
          <p className="second">
            {doing(holder)} {guard} Its name is {holder.run}. Two runs never go on at once: breaking the lock
            rolls that run back, and its window says so.
          </p>
          <Field label={`Type ${word} to go on`} value={typed} onChange={setTyped} />
        </ConfirmDialog>
      )}
    </div>
  );
}
