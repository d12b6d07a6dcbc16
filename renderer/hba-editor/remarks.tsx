import { refusedWhole } from '../../shared/hba/editor/plain-problem.ts';
import type { LineRemark } from '../../shared/hba/editor/validate.ts';
import { classNames } from '../ui/class-names.ts';
import { Mark } from '../ui/marks.tsx';
import styles from './hba-editor.module.css';

const looks = { error: 'critical', warning: 'high', note: 'info' } as const;
const words = { error: 'Refused', warning: 'Look at it', note: 'Good to know' } as const;

/** What is to say about lines: what, why, and what to do. */
export function Remarks({
  remarks,
  onOpen,
}: {
  readonly remarks: readonly LineRemark[];
  /** Where given, each leads to its line. */
  readonly onOpen?: ((remark: LineRemark) => void) | undefined;
}) {
  if (remarks.length === 0) return null;
  return (
    <ul className={styles.remarks}>
      {remarks.map((remark, index) => (
        <li key={index} className={classNames(styles.remark, styles[remark.level])}>
          <span className={looks[remark.level]}>
            <Mark name={looks[remark.level]} className="s" />
            <span className="visually-hidden">{words[remark.level]}</span>
          </span>
          <span className="selectable">
            {onOpen !== undefined && (
              <>
                <button type="button" className="link" onClick={() => onOpen(remark)}>
                  Line {remark.line}
                </button>{' '}
              </>
            )}
            <b className="strong">{remark.what}</b> {remark.why} <span className="second">{remark.todo}</span>
            {remark.level === 'error' && (
              <span className={`small second ${styles.whole}`}>{refusedWhole}</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
