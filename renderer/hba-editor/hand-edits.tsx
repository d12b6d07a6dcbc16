import { openHba, showHba } from '../store/hba-editor-actions.ts';
import { hasEdits } from '../store/hba-editor.ts';
import { useStore } from '../store/state.ts';
import { Button } from '../ui/button.tsx';
import { Check } from '../ui/choice.tsx';
import styles from './hand-edits.module.css';

/** On the Fixes step: what was edited by hand in pg_hba.conf goes into the plan too, unless it is left out. */
export function HandEdits() {
  const edited = useStore((state) => hasEdits(state.hba, state.hbaDrafts, state.session.connection?.key));
  const planned = useStore((state) => state.hba.planned);
  if (!edited) return null;
  return (
    <div className={styles.bar}>
      <Check isSelected={planned} onChange={(on) => showHba({ planned: on })}>
        Your edit of pg_hba.conf
      </Check>
      <Button variant="quiet" onPress={() => openHba()}>
        Open it
      </Button>
    </div>
  );
}
