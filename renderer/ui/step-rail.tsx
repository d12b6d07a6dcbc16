import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './step-rail.module.css';

export type RailStep = {
  readonly id: string;
  readonly name: string;
  /** The step's result, or what it waits for. */
  readonly note?: string | undefined;
  readonly state: 'done' | 'current' | 'ahead';
  /** Whether the person may go there now. */
  readonly reachable: boolean;
};

/** The way through the wizard: done, current, ahead. */
export function StepRail({
  steps,
  onGo,
  foot,
}: {
  readonly steps: readonly RailStep[];
  readonly onGo: (id: string) => void;
  readonly foot?: ReactNode;
}) {
  return (
    <nav className={styles.rail} aria-label="Progress">
      <ol className={styles.steps}>
        {steps.map((step, index) => (
          <li key={step.id} className={styles[step.state]}>
            <RailEntry step={step} number={index + 1} onGo={onGo} />
          </li>
        ))}
      </ol>
      <div className={styles.foot}>{foot}</div>
    </nav>
  );
}

function RailEntry({
  step,
  number,
  onGo,
}: {
  readonly step: RailStep;
  readonly number: number;
  readonly onGo: (id: string) => void;
}) {
  const inside = (
    <>
      <span className={styles.node} aria-hidden="true">
        {step.state === 'done' ? <Check className="i xs" /> : number}
      </span>
      <span className={styles.name}>{step.name}</span>
      {step.note !== undefined && step.note !== '' && <span className={styles.note}>{step.note}</span>}
      {step.state === 'done' && <span className="visually-hidden">, done</span>}
    </>
  );
  if (!step.reachable && step.state !== 'current') return <span className={styles.step}>{inside}</span>;
  return (
    <button
      type="button"
      className={classNames(styles.step, styles.button)}
      aria-current={step.state === 'current' ? 'step' : undefined}
      title={step.name}
      onClick={() => onGo(step.id)}
    >
      {inside}
    </button>
  );
}
