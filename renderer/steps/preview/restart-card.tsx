import type { RestartOutlook } from '../../../shared/plan/restart.ts';
import { outlookRows } from '../../../shared/plan/restart-text.ts';
import styles from './restart.module.css';

/** What the restart interrupts, below the command that makes it. */
export function RestartOutlookView({ outlook }: { readonly outlook: RestartOutlook }) {
  return (
    <dl className={styles.outlook} aria-label="What the restart interrupts">
      {outlookRows(outlook).map(({ title, items, stops }) => (
        <div key={title} className={styles.row}>
          <dt className={stops ? styles.stops : undefined}>{title}</dt>
          <dd>
            {items.map((item) => (
              <div key={item}>{item}</div>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
