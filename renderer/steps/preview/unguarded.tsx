import type { Preview } from '../../../shared/contract/values.ts';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './preview.module.css';

/** The word that a person types to go on where nothing rolls back. */
export const unguardedWord = 'unguarded';

/** Whether a step could cut somebody off and the host can arm nothing against it. */
export const isUnguarded = ({ plan, guard }: Preview): boolean =>
  guard === 'none' && plan.steps.some((step) => step.guarded);

/** Said in the preview, before anybody confirms. */
export function UnguardedNotice({ host }: { readonly host: string }) {
  return (
    <div className={styles.refused}>
      <Notice tone="warn" quiet title={`${host} cannot roll back by itself.`}>
        It has neither systemd nor at, and no process can be left behind. If the link is lost in the middle,
        the changes stay as they are. Have a console at hand.
      </Notice>
    </div>
  );
}

/** The explicit word. */
export function UnguardedWord(props: { readonly value: string; readonly onChange: (value: string) => void }) {
  return (
    <div className={styles.accept}>
      <Field
        label={`Nothing rolls back when the link is lost. Type ${unguardedWord} to go on all the same.`}
        value={props.value}
        onChange={props.onChange}
        placeholder={unguardedWord}
      />
    </div>
  );
}
