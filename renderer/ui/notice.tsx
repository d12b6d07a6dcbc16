import { Info } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Mark } from './marks.tsx';
import styles from './notice.module.css';

/** A sentence that has to be seen; `stop` and `warn` are announced at once. */
export function Notice({
  tone,
  title,
  children,
  action,
  quiet,
}: {
  readonly tone: 'note' | 'warn' | 'stop' | 'good';
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  /** Not announced: the text was there when the screen opened. */
  readonly quiet?: boolean;
}) {
  const loud = (tone === 'stop' || tone === 'warn') && quiet !== true;
  return (
    <div className={classNames(styles.notice, styles[tone])} role={loud ? 'alert' : undefined}>
      {tone === 'note' && <Info className="i" />}
      {tone === 'warn' && <Mark name="high" />}
      {tone === 'stop' && <Mark name="critical" />}
      {tone === 'good' && <Mark name="pass-filled" />}
      <div className={classNames(styles.text, 'selectable')}>
        {title !== undefined && <span className="strong">{title} </span>}
        {children}
      </div>
      {action}
    </div>
  );
}

/** What was looked for, why nothing is here, and what to do next. */
export function Empty({
  title,
  status,
  children,
  actions,
}: {
  readonly title: string;
  readonly status?: ReactNode;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      {status}
      <h2>{title}</h2>
      <p>{children}</p>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
