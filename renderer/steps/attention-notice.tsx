import { go } from '../store/actions.ts';
import { openRun } from '../store/history-actions.ts';
import { useStore } from '../store/state.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './step-frame.module.css';

/** Runs that were found on the host unfinished, or that the host rolled back by itself since. */
export function AttentionNotice() {
  const attention = useStore((state) => state.session.connection?.attention);
  const first = attention?.[0];
  if (first === undefined) return null;
  const more = (attention?.length ?? 0) - 1;
  return (
    <div className={styles.problem}>
      <Notice
        tone="warn"
        quiet
        action={
          <Button
            size="tiny"
            onPress={() => {
              go('history');
              void openRun(first.run.id);
            }}
          >
            {first.needsRollback ? 'Show it and roll back' : 'Show it'}
          </Button>
        }
      >
        {first.message}
        {more > 0 && ` ${more} more in History.`}
      </Notice>
    </div>
  );
}
