import { useState } from 'react';
import type { ReviewItem, RollbackChoice, RollbackDecision, RunRecord } from '../../shared/contract/apply.ts';
import { counted, moment } from '../format.ts';
import { update, useStore } from '../store/state.ts';
import { Check } from '../ui/choice.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { ReviewCard } from './review-card.tsx';
import styles from './history.module.css';

type Chosen = Readonly<Record<number, RollbackChoice>>;

const keyOf = (item: ReviewItem): number => item.steps[0] ?? 0;

/** Asks before an earlier run is rolled back. Each operation that was changed since needs an answer of its own. */
export function ConfirmRollback({
  run,
  host,
  onConfirm,
}: {
  readonly run: RunRecord;
  readonly host: string;
  readonly onConfirm: (decisions: readonly RollbackDecision[]) => void;
}) {
  const changes = useStore((state) => state.runChanges);
  const [chosen, setChosen] = useState<Chosen>({});
  const review = changes?.review ?? [];
  const changed = review.filter((item) => item.changed);
  const same = review.filter((item) => !item.changed);
  const open = changed.filter((item) => chosen[keyOf(item)] === undefined);
  const allLeft = review.length > 0 && review.every((item) => chosen[keyOf(item)] === 'leave');
  const oneWay = run.steps.filter((step) => !step.reversible);
  const choose = (item: ReviewItem, choice: RollbackChoice): void =>
    setChosen((before) => ({ ...before, [keyOf(item)]: choice }));
  return (
    <ConfirmDialog
      title={`Roll back the run of ${moment(run.startedAt)} on ${host}?`}
      confirm={`Roll back ${host}`}
      isDestructive
      wide={changed.length > 0}
      isConfirmDisabled={changes === null || open.length > 0 || allLeft}
      footNote={open.length > 0 ? `${counted(open.length, 'choice')} left` : undefined}
      onCancel={() => update({ confirmRollback: null })}
      onConfirm={() =>
        onConfirm(Object.entries(chosen).map(([step, choice]) => ({ step: Number(step), choice })))
      }
    >
      <p className="second">
        {run.title}. Its changes are undone in reverse order and compared with the copies. PostgreSQL is
        reloaded, or restarted where the run restarted it.
      </p>
      {changes === null && <p className="second">Comparing with the host</p>}
      {changes !== null && changed.length === 0 && (
        <Notice tone="good" quiet>
          Nobody changed what this run touched since.
        </Notice>
      )}
      {changed.length > 0 && (
        <>
          <Notice tone="warn" quiet title={`${counted(changed.length, 'thing')} changed since.`}>
            Say for each what becomes of it.
          </Notice>
          {changed.map((item) => (
            <ReviewCard
              key={keyOf(item)}
              item={item}
              choice={chosen[keyOf(item)] ?? null}
              onChoose={(choice) => choose(item, choice)}
            />
          ))}
        </>
      )}
      {same.length > 0 && (
        <fieldset className={styles.same}>
          <legend className="small second">Put back to before the run:</legend>
          {same.map((item) => (
            <Check
              key={keyOf(item)}
              isSelected={chosen[keyOf(item)] !== 'leave' && item.choices.includes('before')}
              isDisabled={!item.choices.includes('before')}
              onChange={(selected) => choose(item, selected ? 'before' : 'leave')}
            >
              {item.title}
            </Check>
          ))}
        </fieldset>
      )}
      {oneWay.length > 0 && (
        <p className="small second">
          Stays as it is, because it cannot be undone: {oneWay.map((step) => step.title).join(', ')}.
        </p>
      )}
    </ConfirmDialog>
  );
}
