import { X } from 'lucide-react';
import { moment } from '../../format.ts';
import type { KnownTarget } from '../../../shared/contract/values.ts';
import { forgetTarget } from '../../store/actions.ts';
import { formOf } from '../../store/connect-form.ts';
import { stageHints, stageNames, stageOrder } from '../../store/connecting.ts';
import { severityOrder } from '../../store/findings.ts';
import { update, useStore } from '../../store/state.ts';
import { Severity } from '../../ui/badges.tsx';
import { Button } from '../../ui/button.tsx';
import { Mark } from '../../ui/marks.tsx';
import { Middle } from '../../ui/middle.tsx';
import { Empty } from '../../ui/notice.tsx';
import styles from './connect.module.css';

/** What was connected to lately, with the last score. A press fills the form in. */
export function RecentTargets() {
  const known = useStore((state) => state.known);
  return (
    <section className={`panel ${styles.recent}`}>
      <div className="panel-head">
        <h2>Recent</h2>
        {known.length > 0 && <span className="push small quiet">last score</span>}
      </div>
      {known.length === 0 ? (
        <Empty title="Nothing yet">
          Servers that you connect to are listed here with their last score. Want to look around first? Take
          the practice server.
        </Empty>
      ) : (
        <ul className={`${styles.recentList} scroll`} tabIndex={0} aria-label="Recent targets">
          {known.map((entry) => (
            <RecentRow key={entry.key} entry={entry} />
          ))}
        </ul>
      )}
    </section>
  );
}

function RecentRow({ entry }: { readonly entry: KnownTarget }) {
  const worst = severityOrder.find((severity) => (entry.lastOpen?.[severity] ?? 0) > 0);
  return (
    <li className={styles.recentRow}>
      <button
        type="button"
        className={styles.recentButton}
        onClick={() => update((state) => ({ form: formOf(entry.target, state.form) }))}
      >
        <span className={styles.recentName}>
          <Middle text={entry.label} />
          <span className="small second clip">
            {entry.lastProblem !== null ? (
              <span className="critical">{entry.lastProblem}</span>
            ) : (
              entry.server
            )}
            {`, ${moment(entry.lastConnectedAt)}`}
          </span>
        </span>
        {entry.lastProblem !== null ? (
          <Mark name="stop" />
        ) : worst !== undefined && (worst === 'critical' || worst === 'high') ? (
          <Severity severity={worst} text={`${entry.lastOpen?.[worst] ?? 0} ${worst}`} />
        ) : (
          <span />
        )}
        <span className={styles.recentScore}>{entry.lastScore ?? '–'}</span>
      </button>
      <Button
        variant="quiet"
        size="tiny"
        square
        aria-label={`Forget ${entry.label}`}
        className={styles.forget}
        onPress={() => void forgetTarget(entry.key)}
      >
        <X className="i xs" />
      </Button>
    </li>
  );
}

/** What connecting over ssh is going to do. */
export function StagesAhead() {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Six stages</h2>
        <span className="push small quiet">you can cancel at each</span>
      </div>
      <ol className={styles.ahead}>
        {stageOrder.map((stage) => (
          <li key={stage}>
            <span className={styles.ring} />
            <b>{stageNames[stage]}</b>
            <span>{stageHints[stage]}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
