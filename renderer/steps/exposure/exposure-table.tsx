import { useState } from 'react';
import type { Picture } from '../../../shared/access/picture-schema.ts';
import { exposureColumns, rowsOfLane } from '../../store/exposure.ts';
import { classNames } from '../../ui/class-names.ts';
import styles from './exposure.module.css';

const most = 500;

/** The same as the picture, as a table; merged lanes open to their exact parts. */
export function ExposureTable({
  picture,
  selected,
  onSelect,
}: {
  readonly picture: Picture;
  readonly selected: string | null;
  readonly onSelect: (lane: string) => void;
}) {
  const [whole, setWhole] = useState(false);
  const merged = picture.lanes.some((lane) => lane.rows.length > Math.max(1, lane.entries.length));
  const rows = picture.lanes.flatMap((lane) => rowsOfLane(lane, whole));
  return (
    <>
      <table className={styles.table}>
        <caption className="visually-hidden">The exposure as a table, one row for each way in</caption>
        <thead>
          <tr>
            {exposureColumns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row, index) => (
            <tr
              key={index}
              className={classNames(row.lane === selected && styles.chosen)}
              data-lane={row.lane}
              aria-current={row.lane === selected ? 'true' : undefined}
              onClick={() => onSelect(row.lane)}
            >
              {row.cells.map((cell, at) => (
                <td
                  key={exposureColumns[at]}
                  className={classNames(
                    at === 0 && row.alarming && 'critical',
                    at === 6 && row.noPassword && 'critical',
                  )}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {(merged || rows.length > most) && (
        <div className={styles.notes}>
          {merged && (
            <button type="button" className="link" onClick={() => setWhole(!whole)}>
              {whole ? 'Show the lanes only' : 'Show every network of the merged lanes'}
            </button>
          )}
          {rows.length > most && <p>{rows.length - most} more rows: copy the table to see them.</p>}
        </div>
      )}
    </>
  );
}
