import { useMemo, type ReactNode } from 'react';
import type { Change } from '../../../shared/plan/plan.ts';
import { counted } from '../../format.ts';
import { useStore } from '../../store/state.ts';
import { classNames } from '../../ui/class-names.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { countChanges, diffRows, diffText } from '../../ui/diff-rows.ts';
import { DiffView } from '../../ui/diff-view.tsx';
import { Middle } from '../../ui/middle.tsx';
import type { RestartOutlook } from '../../../shared/plan/restart.ts';
import { RestartOutlookView } from './restart-card.tsx';
import { SqlText } from './sql-text.tsx';
import styles from './preview.module.css';

/** One change as it will be made: a diff, statements, commands or rules of the firewall. */
export function ChangeCard({
  change,
  restart = null,
}: {
  readonly change: Change;
  /** For the restart: what it interrupts. */
  readonly restart?: RestartOutlook | null;
}) {
  switch (change.kind) {
    case 'diff':
      return (
        <DiffCard
          step={change.step}
          title={change.title}
          place={change.path}
          before={change.before}
          after={change.after}
        />
      );
    case 'firewall':
      return (
        <DiffCard
          step={change.step}
          title={change.title}
          place="before and after"
          before={change.before.join('\n')}
          after={change.after.join('\n')}
          commands={change.commands}
        />
      );
    case 'sql':
      return (
        <Card
          step={change.step}
          title={change.title}
          place={`in ${change.database}`}
          copy={change.statements.join('\n')}
        >
          <SqlText statements={change.statements} />
          {change.inverse.length > 0 && (
            <Undo>
              <SqlText statements={change.inverse} />
            </Undo>
          )}
        </Card>
      );
    case 'commands':
      return (
        <Card
          step={change.step}
          title={change.title}
          place={`as ${change.as}`}
          copy={change.lines.join('\n')}
        >
          <Lines lines={change.lines} />
          {restart !== null && <RestartOutlookView outlook={restart} />}
          {change.undo.length > 0 && (
            <Undo>
              <Lines lines={change.undo} />
            </Undo>
          )}
        </Card>
      );
  }
}

function DiffCard(props: {
  readonly step: number;
  readonly title: string;
  readonly place: string;
  readonly before: string;
  readonly after: string;
  readonly commands?: readonly string[];
}) {
  const rows = useMemo(() => diffRows(props.before, props.after), [props.before, props.after]);
  const { added, removed } = countChanges(rows);
  return (
    <Card
      step={props.step}
      title={props.title}
      place={props.place}
      copy={() => diffText(rows)}
      counts={
        <span className={styles.counts}>
          <span className={styles.plus}>+{added}</span> <span className={styles.minus}>−{removed}</span>
        </span>
      }
    >
      <DiffView rows={rows} label={`Changes of ${props.place}`} />
      {props.commands !== undefined && props.commands.length > 0 && (
        <details className={styles.undo}>
          <summary>{counted(props.commands.length, 'command')}</summary>
          <Lines lines={props.commands} />
        </details>
      )}
    </Card>
  );
}

function Card(props: {
  readonly step: number;
  readonly title: string;
  readonly place: string;
  readonly copy: string | (() => string);
  readonly counts?: ReactNode;
  readonly children: ReactNode;
}) {
  const opened = useStore((state) => state.openedChange === props.step);
  return (
    <article
      className={classNames(styles.change, opened && styles.opened)}
      data-step={props.step}
      aria-label={props.title}
    >
      <header>
        <span className={styles.cardNumber}>{props.step}</span>
        <span className={`${styles.title} clip`} title={props.title}>
          {props.title}
        </span>
        <span className={styles.place}>
          <Middle text={props.place} />
        </span>
        <span className="push">{props.counts}</span>
        <CopyButton text={props.copy} label="" what={props.title} />
      </header>
      {props.children}
    </article>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <pre className={`${styles.lines} scroll`} tabIndex={0}>
      {lines.join('\n')}
    </pre>
  );
}

function Undo({ children }: { readonly children: ReactNode }) {
  return (
    <details className={styles.undo}>
      <summary>How it is undone</summary>
      {children}
    </details>
  );
}
