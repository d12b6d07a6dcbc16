import type { DiffRow } from './diff-rows.ts';
import styles from './diff-view.module.css';

/** A unified diff: old and new line number, sign, text with the changed words marked. */
export function DiffView({ rows, label }: { readonly rows: readonly DiffRow[]; readonly label: string }) {
  return (
    <div className={styles.scroller} tabIndex={0} role="group" aria-label={label}>
      <table className={styles.diff} aria-label={label}>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Line before</th>
            <th scope="col">Line after</th>
            <th scope="col">Change</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) =>
            row.kind === 'gap' ? (
              <tr key={index} className={styles.gap}>
                <td className={styles.number} />
                <td className={styles.number} />
                <td className={styles.sign}>⋯</td>
                <td>{`${row.skipped.toLocaleString('en')} ${row.skipped === 1 ? 'line' : 'lines'} the same`}</td>
              </tr>
            ) : (
              <tr key={index} className={styles[row.kind]}>
                <td className={styles.number}>{row.before}</td>
                <td className={styles.number}>{row.after}</td>
                <td className={styles.sign}>
                  {row.kind === 'added' ? '+' : row.kind === 'removed' ? '−' : ''}
                  {row.kind !== 'same' && <span className="visually-hidden">{row.kind}</span>}
                </td>
                <td>
                  {row.pieces.map((piece, part) => {
                    if (!piece.changed) return <span key={part}>{piece.text}</span>;
                    return row.kind === 'removed' ? (
                      <del key={part}>{piece.text}</del>
                    ) : (
                      <ins key={part}>{piece.text}</ins>
                    );
                  })}
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
