import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import type { SeverityName } from './badges.tsx';
import styles from './score.module.css';

export type ScoreParts = {
  /** 0 to 100 as shown; null when too little could be assessed. */
  readonly shown: number | null;
  /** What was earned, 0 to 100, before it is held. */
  readonly earned: number;
  /** What was lost to open findings of each severity, in points of 100. */
  readonly lost: Readonly<Record<Exclude<SeverityName, 'info'>, number>>;
};

const lossOrder = ['critical', 'high', 'medium', 'low'] as const;

/** The bar of a score: earned, held back (hatched), lost by severity. */
export function ScoreBar({ score }: { readonly score: ScoreParts }) {
  const shown = score.shown ?? 0;
  // Less than a point is rounding, not held back.
  const held = score.earned - shown >= 1 ? score.earned - shown : 0;
  const label =
    score.shown === null
      ? 'No score'
      : held >= 1
        ? `${Math.floor(score.earned)} points earned, shown as ${shown}`
        : `${shown} of 100 points`;
  return (
    <div className={styles.bar} role="img" aria-label={label}>
      <span className={styles.earned} style={{ width: `${held > 0 ? shown : score.earned}%` }} />
      {held > 0 && <span className={styles.held} style={{ width: `${held}%` }} />}
      {lossOrder.map(
        (severity) =>
          score.lost[severity] > 0 && (
            <span key={severity} className={styles[severity]} style={{ width: `${score.lost[severity]}%` }} />
          ),
      )}
    </div>
  );
}

/** The figure with its bar, what holds it, and what it lost to. */
export function Score({
  score,
  why,
  details,
}: {
  readonly score: ScoreParts;
  readonly why: ReactNode;
  readonly details?: ReactNode;
}) {
  const held = score.shown !== null && Math.floor(score.earned) > score.shown;
  return (
    <div className={styles.score}>
      <div className={classNames(styles.figure, score.shown === null && 'quiet')}>
        {score.shown ?? '–'}
        <small>of 100</small>
      </div>
      <div className={styles.scale}>
        <ScoreBar score={score} />
        {held && (
          <>
            <span className={styles.mark} style={{ left: `${score.shown ?? 0}%` }} />
            <span className={styles.tick} style={{ left: `${score.shown ?? 0}%` }}>
              {score.shown}
            </span>
            {Math.abs(score.earned - (score.shown ?? 0)) > 9 && (
              <span className={styles.tick} style={{ left: `${score.earned}%` }}>
                {Math.floor(score.earned)}
              </span>
            )}
          </>
        )}
      </div>
      <p className={styles.why}>{why}</p>
      <p className={styles.lost}>
        {lossOrder.some((severity) => score.lost[severity] > 0) && 'Lost'}
        {lossOrder.map(
          (severity) =>
            score.lost[severity] > 0 && (
              <span key={severity} className={styles.key} title={`Lost to ${severity} findings`}>
                <i className={styles[severity]} />
                <span className="visually-hidden">{severity}</span>
                {score.lost[severity].toFixed(1)}
              </span>
            ),
        )}
        {details !== undefined && <span className="push">{details}</span>}
      </p>
    </div>
  );
}

export type PillarCounts = { readonly open: number; readonly passed: number; readonly notAssessed: number };

/** One pillar as a filter: its name, what is open, and the share of passed and not assessed. */
export function Pillar({
  number,
  name,
  counts,
  note,
  isPressed,
  onPress,
}: {
  /** 1 to 3 for the guide's own pillars. */
  readonly number?: number | undefined;
  readonly name: string;
  readonly counts: PillarCounts;
  readonly note?: string | undefined;
  readonly isPressed: boolean;
  readonly onPress: () => void;
}) {
  const total = counts.open + counts.passed + counts.notAssessed;
  return (
    <button type="button" className={styles.pillar} aria-pressed={isPressed} onClick={onPress}>
      <span className={styles.name}>
        {number !== undefined && <em>{number}</em>}
        {name}
      </span>
      <span className={styles.count}>
        {counts.open}
        <small>open</small>
      </span>
      <span className={styles.mini} aria-hidden="true">
        {total > 0 && (
          <>
            {counts.open > 0 && <i className={styles.open} style={{ flexGrow: counts.open }} />}
            {counts.passed > 0 && <i className={styles.passed} style={{ flexGrow: counts.passed }} />}
            {counts.notAssessed > 0 && (
              <i className={styles.unknown} style={{ flexGrow: counts.notAssessed }} />
            )}
          </>
        )}
      </span>
      <span className={styles.sub}>{note}</span>
      <span className="visually-hidden">
        {`, ${counts.passed} passed, ${counts.notAssessed} not assessed`}
      </span>
    </button>
  );
}
