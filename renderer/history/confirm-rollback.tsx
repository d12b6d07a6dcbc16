import { useState } from 'react';
import type { RunRecord } from '../../shared/contract/apply.ts';
import { moment } from '../format.ts';
import { update, useStore } from '../store/state.ts';
import { Check } from '../ui/choice.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { DriftNotice } from './drift-notice.tsx';

/** Asks before an earlier run is rolled back. What changed since is shown; overwriting it has to be ticked. */
export function ConfirmRollback({
  run,
  host,
  onConfirm,
}: {
  readonly run: RunRecord;
  readonly host: string;
  readonly onConfirm: (force: boolean) => void;
}) {
  const changes = useStore((state) => state.runChanges);
  const [force, setForce] = useState(false);
  const drift = changes?.drift ?? [];
  const oneWay = run.steps.filter((step) => !step.reversible);
  return (
    <ConfirmDialog
      title={`Roll back the run of ${moment(run.startedAt)} on ${host}?`}
      confirm={`Roll back ${host}`}
      isDestructive
      isConfirmDisabled={changes === null || (drift.length > 0 && !force)}
      onCancel={() => update({ confirmRollback: null })}
      onConfirm={() => onConfirm(force)}
    >
      <p className="second">
        {run.title}. Its changes are undone in reverse order and compared with the copies. PostgreSQL is
        reloaded, or restarted where the run restarted it.
      </p>
      {changes === null ? (
        <p className="second">Comparing with the host</p>
      ) : (
        <>
          <DriftNotice drift={drift} />
          {drift.length > 0 && (
            <Check isSelected={force} onChange={setForce}>
              Overwrite what was changed since
            </Check>
          )}
        </>
      )}
      {oneWay.length > 0 && (
        <p className="small second">
          Stays as it is, because it cannot be undone: {oneWay.map((step) => step.title).join(', ')}.
        </p>
      )}
    </ConfirmDialog>
  );
}
