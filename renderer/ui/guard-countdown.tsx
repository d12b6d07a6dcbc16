import { useEffect, useRef, useState, type ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { clockText, spokenCountdown } from './countdown.ts';
import styles from './guard-countdown.module.css';

/** Seconds until `deadline` (milliseconds since the epoch), renewed about each quarter second; null without one. */
export function useSecondsLeft(deadline: number | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (deadline === null) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [deadline]);
  return deadline === null ? null : Math.max(0, (deadline - now) / 1000);
}

/** The time until the host undoes everything by itself: the largest thing on its screen. */
export function GuardCountdown({
  secondsLeft,
  total,
  say,
  second,
  tone,
  until = 'the host rolls back',
}: {
  /** Null while no guard runs. */
  readonly secondsLeft: number | null;
  readonly total: number;
  readonly say: ReactNode;
  readonly second?: ReactNode;
  readonly tone: 'running' | 'lost' | 'ended';
  /** What happens at zero, when it is not the host's own rollback. */
  readonly until?: string;
}) {
  const before = useRef(Number.POSITIVE_INFINITY);
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    if (secondsLeft === null) return;
    const words = spokenCountdown(before.current, secondsLeft, until);
    before.current = secondsLeft;
    if (words !== null) setSpoken(words);
  }, [secondsLeft, until]);
  const shown = secondsLeft === null ? '–:––' : clockText(secondsLeft);
  return (
    <section className={classNames(styles.guard, styles[tone])} aria-label="Guard">
      <div className={styles.time} role="timer" aria-live="off" aria-label={`Until ${until}`}>
        {shown}
      </div>
      <div>
        <p className={styles.say}>{say}</p>
        {second !== undefined && <p className="second">{second}</p>}
        <div
          className={styles.bar}
          role="progressbar"
          aria-valuemin={0}
          aria-valuemax={total}
          aria-valuenow={Math.ceil(secondsLeft ?? 0)}
          aria-valuetext={shown}
          aria-label={`Time until ${until}`}
        >
          <i style={{ width: `${total > 0 ? (100 * (secondsLeft ?? 0)) / total : 0}%` }} />
        </div>
      </div>
      <span className="visually-hidden" role="status">
        {spoken}
      </span>
    </section>
  );
}
