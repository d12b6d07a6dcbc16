import type { RestartOutlook, RestartPolicy } from '../../../shared/plan/restart.ts';
import { isBusy } from '../../../shared/plan/restart.ts';
import { downtimeText, transactionText, whoText } from '../../../shared/plan/restart-text.ts';
import { counted } from '../../format.ts';
import { Radios } from '../../ui/choice.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './restart.module.css';

const waitSeconds = 600;

/** Who loses what by the restart, and what to do about those who are in the middle of something. */
export function ConfirmRestart(props: {
  readonly outlook: RestartOutlook;
  readonly policy: RestartPolicy;
  readonly onChange: (policy: RestartPolicy) => void;
}) {
  const { outlook, policy } = props;
  const busy = [
    ...outlook.longTransactions.map(transactionText),
    ...outlook.backups.map((one) => `base backup of ${whoText(one)}`),
  ];
  return (
    <>
      <Notice tone="warn" quiet title="PostgreSQL restarts in this run.">
        {outlook.sessions === 0 ? 'Nobody was connected.' : `${counted(outlook.sessions, 'session')} end.`}{' '}
        Nobody can connect for about {downtimeText(outlook)}. The new settings are tried on a second server
        first.
      </Notice>
      <div className={styles.when}>
        <p className="small second">
          {isBusy(outlook)
            ? `Would be cut off: ${busy.slice(0, 3).join('; ')}${busy.length > 3 ? ` and ${busy.length - 3} more` : ''}.`
            : 'If a transaction of 5 minutes or a base backup runs by then:'}
        </p>
        <Radios
          label="When somebody would be cut off"
          value={policy.busy}
          onChange={(chosen) =>
            props.onChange({ busy: chosen, waitSeconds: chosen === 'wait' ? waitSeconds : 0 })
          }
          options={[
            { id: 'stop', label: 'Stop the run and undo it' },
            { id: 'wait', label: 'Wait for them for 10 minutes at most, then stop' },
            { id: 'over', label: 'Restart all the same. They end with an error' },
          ]}
        />
      </div>
    </>
  );
}
