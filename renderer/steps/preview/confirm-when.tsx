import { nextTimeOfDay } from '../../../shared/plan/start-time.ts';
import { moment } from '../../format.ts';
import { Check } from '../../ui/choice.tsx';
import { Field } from '../../ui/field.tsx';
import previewStyles from './preview.module.css';
import styles from './restart.module.css';

/** When the run starts, as `HH:MM` or empty for now, and whether it is kept without asking once all is proven. */
export interface When {
  readonly time: string;
  readonly keep: boolean;
}

export const now: When = { time: '', keep: false };

/** The start that was chosen; null for now, undefined while the field holds no time. */
export function startOf({ time }: When, at: Date): Date | null | undefined {
  return time === '' ? null : (nextTimeOfDay(time, at) ?? undefined);
}

/** For a maintenance window: when to start, and when to keep. Closed unless the person wants it. */
export function ConfirmWhen(props: { readonly when: When; readonly onChange: (when: When) => void }) {
  const { when } = props;
  const start = startOf(when, new Date());
  return (
    <details className={previewStyles.more}>
      <summary>Start later, or keep without asking</summary>
      <div className={styles.when}>
        <div className={styles.time}>
          <Field
            label="Start at"
            type="time"
            compact
            value={when.time}
            onChange={(time) => props.onChange({ ...when, time })}
            error={start === undefined ? 'A time like 02:30.' : undefined}
          />
        </div>
        <p className="small second">
          {start instanceof Date
            ? `Starts ${moment(start.toISOString())} by the clock of this computer. Keep it awake and Portcullis open. Everything is compared with the inspection again then.`
            : 'Empty: it starts at once.'}
        </p>
        <Check isSelected={when.keep} onChange={(keep) => props.onChange({ ...when, keep })}>
          Keep the changes without asking if all new logins succeed
        </Check>
      </div>
    </details>
  );
}
