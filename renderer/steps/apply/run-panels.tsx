import { duration } from '../../format.ts';
import type { RunView } from '../../store/apply.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Proof, RunStep, type ProgressState } from '../../ui/progress-rows.tsx';
import { useEffect, useRef } from 'react';
import styles from './apply.module.css';

const stepStates: Readonly<Record<RunView['state']['steps'][number]['state'], ProgressState>> = {
  waiting: 'ahead',
  running: 'running',
  done: 'done',
  failed: 'failed',
  undone: 'undone',
  'not-undone': 'failed',
};

const proofStates: Readonly<Record<RunView['state']['proofs'][number]['state'], ProgressState>> = {
  running: 'running',
  passed: 'done',
  failed: 'failed',
};

/** The steps of a run with their states, and what was proven. */
export function RunProgress({ run }: { readonly run: RunView }) {
  const { steps, proofs } = run.state;
  return (
    <section className={`${styles.pane} scroll`} tabIndex={0} aria-label="Steps">
      <h2>Changes</h2>
      <ol>
        {steps.map((step) => (
          <RunStep
            key={step.number}
            number={step.number}
            state={stepStates[step.state]}
            name={step.title}
            time={
              step.state === 'undone'
                ? 'undone'
                : step.state === 'not-undone'
                  ? 'not undone'
                  : step.elapsedMs === null
                    ? undefined
                    : duration(step.elapsedMs)
            }
            {...(step.detail !== '' && (step.state === 'failed' || step.state === 'not-undone')
              ? { detail: step.detail }
              : {})}
          />
        ))}
      </ol>
      {proofs.length > 0 && (
        <div className={styles.proofs}>
          <h2>Proof</h2>
          <ol>
            {proofs.map((proof) => (
              <Proof
                key={proof.title}
                state={proofStates[proof.state]}
                name={proof.title}
                result={proof.detail}
                time={proof.elapsedMs === null ? undefined : duration(proof.elapsedMs)}
              />
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}

/** The log of a run; it follows its end while the person does not scroll away. */
export function RunLog({ run }: { readonly run: RunView }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (follows.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [run.log.length]);
  return (
    <section className={styles.pane} aria-label="Log">
      <h2>
        Log
        <span className="push">
          <CopyButton
            text={() => run.log.map((line) => `${clockOf(line.at)}  ${line.topic}  ${line.text}`).join('\n')}
          />
        </span>
      </h2>
      <div
        ref={box}
        className={`${styles.log} scroll`}
        role="log"
        aria-label="Log"
        aria-live="off"
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
          follows.current = scrollTop + clientHeight > scrollHeight - 24;
        }}
      >
        {run.log.length === 0 && (
          <p className="small second">What is done on the host is written here, line by line.</p>
        )}
        {run.log.map((line, index) => (
          <div key={index}>
            <span className={styles.at}>{clockOf(line.at)}</span>
            <span className={line.topic === 'error' ? 'critical' : styles.topic}>{line.topic}</span>
            <span>{line.text}</span>
          </div>
        ))}
      </div>
    </section>
  );
}

function clockOf(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? '' : at.toLocaleTimeString('en-GB');
}
