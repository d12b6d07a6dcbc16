import { useState } from 'react';
import type { Finding } from '../../../shared/findings/finding.ts';
import { setWaiver } from '../../store/session-actions.ts';
import { update } from '../../store/state.ts';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/choice.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';

function isoDay(daysFromNow: number): string {
  const day = new Date();
  day.setDate(day.getDate() + daysFromNow);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
}

/** Lives with a finding until a day, for a reason that every report shows. */
export function WaiveDialog({ finding }: { readonly finding: Finding }) {
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState(() => isoDay(90));
  const [onlyThese, setOnlyThese] = useState(finding.subjects.length > 0);
  const [tried, setTried] = useState(false);
  const close = () => update({ waiving: null });
  const reasonError =
    reason.trim().length < 3 ? 'Say why, in a few words. It stands in every report.' : undefined;
  const untilError =
    until < isoDay(0) || until > isoDay(366)
      ? 'Choose a day from today on, at most one year ahead.'
      : undefined;
  const submit = () => {
    setTried(true);
    if (reasonError !== undefined || untilError !== undefined) return;
    void setWaiver({
      check: finding.check,
      subjects: onlyThese ? finding.subjects.map((subject) => subject.name) : [],
      reason: reason.trim(),
      until,
    });
  };
  return (
    <Dialog
      title={`Waive "${finding.title}"?`}
      onClose={close}
      foot={
        <>
          <span className="small second">It stays in the list and leaves the score.</span>
          <Button size="large" className="push" onPress={close}>
            Cancel
          </Button>
          <Button size="large" variant="primary" onPress={submit}>
            Waive
          </Button>
        </>
      }
    >
      <Field
        label="Reason, shown in the report"
        value={reason}
        onChange={setReason}
        autoFocus
        lines={3}
        error={tried ? reasonError : undefined}
      />
      <Field
        label="Until, at most one year"
        type="date"
        value={until}
        onChange={setUntil}
        min={isoDay(0)}
        max={isoDay(366)}
        error={tried ? untilError : undefined}
      />
      {finding.subjects.length > 0 && (
        <Check isSelected={onlyThese} onChange={setOnlyThese}>
          Only for what was found now ({finding.subjects.length}). Anything new opens it again.
        </Check>
      )}
    </Dialog>
  );
}
