import { Undo2 } from 'lucide-react';
import { go } from '../store/actions.ts';
import { askRollbackOf, openRun } from '../store/history-actions.ts';
import { useStore } from '../store/state.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './step-frame.module.css';

/** Runs that were found on the host unfinished, or that the host rolled back by itself since. */
export function AttentionNotice() {
  const attention = useStore((state) => state.session.connection?.attention);
  // Whoever is to act comes first.
  const first = attention?.find(({ needsRollback }) => needsRollback) ?? attention?.[0];
  if (first === undefined) return null;
  const more = (attention?.length ?? 0) - 1;
  const commands = first.commands.join('\n');
  return (
    <div className={styles.problem}>
      <Notice
        tone={first.needsRollback ? 'stop' : 'warn'}
        quiet
        action={
          <Button
            size="tiny"
            onPress={() => {
              if (first.needsRollback) {
                void askRollbackOf(first.run.id);
                return;
              }
              go('history');
              void openRun(first.run.id);
            }}
          >
            {first.needsRollback && <Undo2 className="i xs" />}
            {first.needsRollback ? 'Show it and roll back' : 'Show it'}
          </Button>
        }
      >
        {first.message}
        {more > 0 && ` ${more} more in History.`}
        {commands !== '' && (
          <details>
            <summary className="small second">Finish it by hand, as root on the host</summary>
            <pre className="scroll" tabIndex={0}>
              {commands}
            </pre>
            <CopyButton text={commands} label="Copy the commands" size="normal" />
            {first.log !== null && (
              <>
                <p className="small second">What the rollback said, from {first.log.path}:</p>
                <pre className="scroll" tabIndex={0}>
                  {first.log.tail.join('\n')}
                </pre>
              </>
            )}
          </details>
        )}
      </Notice>
    </div>
  );
}
