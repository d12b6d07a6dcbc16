import { useMemo } from 'react';
import { describeRule } from '../../shared/hba/describe.ts';
import { switchRow } from '../../shared/hba/editor/operations.ts';
import { placeKey } from '../../shared/hba/editor/reading.ts';
import type { EditorRow } from '../../shared/hba/editor/rows.ts';
import { showHba, takeEdited } from '../store/hba-editor-actions.ts';
import { classNames } from '../ui/class-names.ts';
import { Mark } from '../ui/marks.tsx';
import { RowList } from '../ui/row-list.tsx';
import type { HbaModel } from './use-model.ts';
import { seenWords } from './words.ts';
import styles from './hba-editor.module.css';

type Row = EditorRow & { readonly id: string };

/** The lines as a list: what each says, who comes to it, what is wrong with it. Space comments a line out or in. */
export function RuleList({ model }: { readonly model: HbaModel }) {
  const { rows, row, options, text, file, remarksAt, clientsAt } = model;
  const shown = useMemo(
    () => rows.filter(({ kind }) => kind !== 'blank').map((one): Row => ({ ...one, id: String(one.index) })),
    [rows],
  );
  const groups = useMemo(() => [{ id: 'lines', name: file.path, rows: shown }], [file.path, shown]);
  const second = (one: Row): string => {
    const remark = remarksAt
      .get(placeKey({ file: file.path, line: one.line }))
      ?.find(({ level }) => level !== 'note');
    if (remark !== undefined && one.kind !== 'off') return remark.what;
    if (one.kind === 'off') return 'Commented out.';
    if (one.kind === 'include') return 'The lines of another file stand here.';
    return one.rule === null ? '' : describeRule(one.rule);
  };
  return (
    <RowList
      label="Lines"
      groups={groups}
      selected={row === null ? null : String(row.index)}
      onSelect={(id) => showHba({ row: Number(id), said: null })}
      onToggle={
        file.readOnly === null
          ? (id) => void takeEdited(file.path, switchRow(text, options, Number(id)))
          : undefined
      }
      textOf={(one) => one.body}
      hasSecondLine={(one) => one.kind !== 'comment'}
      dependencies={[remarksAt, clientsAt, file.path]}
      empty={<p className={styles.none}>The file is empty. Nobody can connect with it.</p>}
      renderRow={(one) => {
        const place = placeKey({ file: file.path, line: one.line });
        const remarks = one.kind === 'off' ? [] : (remarksAt.get(place) ?? []);
        const worst = remarks.some(({ level }) => level === 'error')
          ? 'critical'
          : remarks.some(({ level }) => level === 'warning')
            ? 'high'
            : null;
        return (
          <span className={classNames(styles.row, styles[one.kind])}>
            <span className={styles.number}>{one.line}</span>
            <span className={styles.mark}>
              {worst !== null && (
                <>
                  <span className={worst}>
                    <Mark name={worst} className="s" />
                  </span>
                  <span className="visually-hidden">{worst === 'critical' ? 'Refused' : 'Look at it'}</span>
                </>
              )}
            </span>
            <span className={styles.body}>
              <span className="mono clip">{one.body.replace(/\s+/g, ' ').trim()}</span>
              {one.kind !== 'comment' && <span className="small second clip">{second(one)}</span>}
            </span>
            <span className={`small second ${styles.seen}`}>{seenWords(clientsAt.get(place) ?? [])}</span>
          </span>
        );
      }}
    />
  );
}
