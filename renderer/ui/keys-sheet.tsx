import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import styles from './keys-sheet.module.css';

/** All keys of the window, each with what it does. */
export function KeysSheet({
  keys,
  onClose,
}: {
  readonly keys: readonly { readonly keys: readonly string[]; readonly what: string }[];
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      title="Keys"
      onClose={onClose}
      foot={
        <Button size="large" className="push" autoFocus onPress={onClose} keys="Esc">
          Close
        </Button>
      }
    >
      <dl className={styles.keys}>
        {keys.map((entry) => (
          <div key={entry.what}>
            <dt>
              {entry.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{entry.what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
