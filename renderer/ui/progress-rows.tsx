import { Undo2 } from 'lucide-react';
import { Children, type ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Mark } from './marks.tsx';
import styles from './progress-rows.module.css';

/** How far a thing is; `unknown` means that it could not be found out. */
export type ProgressState =
  'ahead' | 'running' | 'done' | 'asking' | 'failed' | 'unknown' | 'skipped' | 'undone';

const stateWords: Readonly<Record<ProgressState, string>> = {
  ahead: 'Not yet',
  running: 'Running',
  done: 'Done',
  asking: 'Waits for your answer',
  failed: 'Failed',
  unknown: 'Not known',
  skipped: 'Skipped',
  undone: 'Undone',
};

/** The mark of a state, named for screen readers. */
export function ProgressMark({ state }: { readonly state: ProgressState }) {
  return (
    <span className={styles.state} role="img" aria-label={stateWords[state]}>
      {state === 'ahead' && <span className={styles.ring} />}
      {state === 'running' && <span className={styles.spin} />}
      {state === 'done' && <Mark name="pass-filled" className="pass" />}
      {state === 'asking' && <Mark name="ask" className={styles.asks} />}
      {state === 'failed' && <Mark name="stop" className="critical" />}
      {state === 'unknown' && <Mark name="unknown" className="unknown" />}
      {state === 'skipped' && <Mark name="not-applicable" className="quiet" />}
      {state === 'undone' && <Undo2 className="i quiet" />}
    </span>
  );
}

/** A stage of connecting; a question opens inside it. */
export function Stage({
  state,
  name,
  fact,
  time,
  children,
}: {
  readonly state: ProgressState;
  readonly name: string;
  readonly fact?: ReactNode;
  readonly time?: string | undefined;
  /** The question, or what failed and what to do. */
  readonly children?: ReactNode;
}) {
  return (
    <li
      className={classNames(
        styles.stageWrap,
        state === 'asking' && styles.ask,
        state === 'failed' && styles.failed,
      )}
    >
      <div className={classNames(styles.stage, state === 'ahead' && 'quiet')}>
        <ProgressMark state={state} />
        <span className={state === 'ahead' ? undefined : 'strong'}>{name}</span>
        <span className={classNames(state === 'asking' ? undefined : 'second', styles.fact)}>{fact}</span>
        <span className={styles.time}>{time}</span>
      </div>
      {Children.toArray(children).length > 0 && <div className={styles.question}>{children}</div>}
    </li>
  );
}

/** A step of a run: number, state, name, time; why it failed below. */
export function RunStep({
  number,
  state,
  name,
  time,
  detail,
}: {
  readonly number: number | null;
  readonly state: ProgressState;
  readonly name: ReactNode;
  readonly time?: string | undefined;
  readonly detail?: ReactNode;
}) {
  return (
    <li className={classNames(styles.step, state === 'running' && styles.now, state === 'ahead' && 'second')}>
      <span className={styles.number}>{number ?? '–'}</span>
      <ProgressMark state={state} />
      <span className="clip">{name}</span>
      <span className={styles.time}>{time}</span>
      {detail !== undefined && <span className={styles.detail}>{detail}</span>}
    </li>
  );
}

/** One proof: what was tried, what came back. */
export function Proof({
  state,
  name,
  result,
  time,
}: {
  readonly state: ProgressState;
  readonly name: ReactNode;
  readonly result?: ReactNode;
  readonly time?: string | undefined;
}) {
  return (
    <li className={styles.proof}>
      <ProgressMark state={state} />
      <span className={styles.proofText}>
        <span>{name}</span>
        {result !== undefined && <span className={styles.result}>{result}</span>}
      </span>
      <span className={styles.time}>{time}</span>
    </li>
  );
}

/** One subject of an inspection: how much is known, or why it could not be read. */
export function SubjectRow({
  state,
  name,
  fact,
  share,
  time,
}: {
  readonly state: ProgressState;
  readonly name: string;
  readonly fact?: ReactNode;
  /** 0 to 1 while running, when the end is known. */
  readonly share?: number | undefined;
  readonly time?: string | undefined;
}) {
  return (
    <li className={styles.subject}>
      <ProgressMark state={state} />
      <span className={classNames('clip', state === 'ahead' && 'second')}>{name}</span>
      {share === undefined ? (
        <span className="small second clip">{fact}</span>
      ) : (
        <span className={styles.meter} aria-hidden="true">
          <i style={{ width: `${Math.round(share * 100)}%` }} />
        </span>
      )}
      <span className="small second num nowrap">{share === undefined ? time : fact}</span>
    </li>
  );
}
