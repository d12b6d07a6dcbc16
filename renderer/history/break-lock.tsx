import { useState } from 'react';
import type { LockHolder } from '../../shared/contract/apply.ts';
import { moment } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';

const word = 'break';

const doing: Readonly<Record<LockHolder['phase'], string>> = {
  preparing: 'is preparing a run',
  changing: 'is making changes',
  waiting: 'has made changes and has not confirmed them yet',
  'rolling-back': 'is rolling a run back',
};

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
      : `Its guard rolled it back in ${holder.guardSeconds} seconds when asked.`;
  return (
    <>
      <Notice
        tone="warn"
        quiet
        title={`${holder.by} has ${host}.`}
        action={mayBreak && <Button onPress={() => setAsking(true)}>Break the lock…</Button>}
      >
        {holder.by} {doing[holder.phase]} since {moment(holder.since)}. {mayBreak ? guard : ''}
      </Notice>
      {asking && (
        <ConfirmDialog
          title={`Break the lock of ${holder.by} on ${host}?`}
          confirm={`Roll back ${holder.by} and go on`}
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
            {holder.by} {doing[holder.phase]} since {moment(holder.since)}, run {holder.run}. {guard} Two runs
            never go on at once: that run is rolled back first, then yours starts. Its window shows that it
            was rolled back.
          </p>
          <Field label={`Type ${word} to go on`} value={typed} onChange={setTyped} />
        </ConfirmDialog>
      )}
    </>
  );
}
