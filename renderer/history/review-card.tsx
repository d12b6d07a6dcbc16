import { useMemo } from 'react';
import type { ReviewItem, RollbackChoice, TextDiff } from '../../shared/contract/apply.ts';
import { Badge } from '../ui/badges.tsx';
import { Radios } from '../ui/choice.tsx';
import { rowsOfHunks } from '../ui/diff-rows.ts';
import { DiffView } from '../ui/diff-view.tsx';
import { Middle } from '../ui/middle.tsx';
import styles from './history.module.css';

const choiceWords: Readonly<
  Record<RollbackChoice, { readonly label: string; readonly detail: (item: ReviewItem) => string }>
> = {
  merge: {
    label: "Undo only this run's change",
    detail: () => 'What is newer stays.',
  },
  before: {
    label: 'Put back to before the run',
    detail: ({ changed }) =>
      changed ? 'What is newer is overwritten; a copy of it is kept on the host.' : '',
  },
  leave: { label: 'Leave as it is now', detail: () => '' },
};

/** One operation of a run: before, after and now; with a choice where one is to be made. */
export function ReviewCard({
  item,
  choice,
  onChoose,
}: {
  readonly item: ReviewItem;
  readonly choice?: RollbackChoice | null;
  readonly onChoose?: (choice: RollbackChoice) => void;
}) {
  const offered = (['merge', 'before', 'leave'] as const).filter((one) => item.choices.includes(one));
  return (
    <article className={styles.review} aria-label={item.title}>
      <header>
        <b className="strong">{item.title}</b>
        {item.place !== '' && (
          <span className={`small second mono ${styles.reviewPlace}`}>
            <Middle text={item.place} />
          </span>
        )}
        {item.changed && (
          <span className="push">
            <Badge tone="high">Changed since</Badge>
          </span>
        )}
      </header>
      {item.values.length > 0 && (
        <div className={`${styles.values} scroll`}>
          <table aria-label={`Before, after and now: ${item.title}`}>
            <thead>
              <tr>
                <th scope="col">
                  <span className="visually-hidden">What</span>
                </th>
                <th scope="col">Before the run</th>
                <th scope="col">After the run</th>
                <th scope="col">Now</th>
              </tr>
            </thead>
            <tbody>
              {item.values.map(({ name, before, after, now }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td className="mono selectable">{before}</td>
                  <td className="mono selectable">{after}</td>
                  <td className="mono selectable">{now}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Diff title="What the run changed: before to after" diff={item.ran} place={item.place} />
      <Diff title="What was changed since: after to now" diff={item.since} place={item.place} isOpen />
      <Diff
        title="What undoing only the run's change does to it now"
        diff={item.merged}
        place={item.place}
        isOpen={choice === 'merge'}
      />
      {(item.note !== '' || item.laterRun !== null) && (
        <p className="small second">
          {item.note}{' '}
          {item.laterRun === null
            ? ''
            : `Run ${item.laterRun} changed it later: roll that one back first, or leave it.`}
        </p>
      )}
      {onChoose !== undefined && (
        <Radios
          label={`What becomes of ${item.title}`}
          value={choice ?? ''}
          options={offered.map((id) => ({
            id,
            label: choiceWords[id].label,
            detail: choiceWords[id].detail(item),
            isDisabled: id === 'before' && item.laterRun !== null,
          }))}
          onChange={(next) => {
            if (next !== '') onChoose(next);
          }}
        />
      )}
    </article>
  );
}

function Diff(props: {
  readonly title: string;
  readonly diff: TextDiff | null;
  readonly place: string;
  readonly isOpen?: boolean;
}) {
  const { diff } = props;
  const rows = useMemo(() => rowsOfHunks(diff?.hunks ?? []), [diff]);
  if (diff === null || (rows.length === 0 && diff.note === '')) return null;
  return (
    <details className={styles.diff} open={props.isOpen}>
      <summary>{props.title}</summary>
      {rows.length > 0 && <DiffView rows={rows} label={`${props.title}, ${props.place}`} />}
      {diff.note !== '' && <p className="small second">{diff.note}</p>}
    </details>
  );
}
