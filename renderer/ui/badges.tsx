import { Power, RefreshCw, Undo2, Zap } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Mark, type MarkName } from './marks.tsx';
import styles from './badges.module.css';

export type SeverityName = 'critical' | 'high' | 'medium' | 'low' | 'info';

const severityWords: Readonly<Record<SeverityName, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
};

/** The word for a severity. */
export function severityWord(severity: SeverityName): string {
  return severityWords[severity];
}

/** Severity as shape, word and colour; `text` replaces the word (a count, say), `iconOnly` hides it from view. */
export function Severity({
  severity,
  text,
  iconOnly,
}: {
  readonly severity: SeverityName;
  readonly text?: string;
  readonly iconOnly?: boolean;
}) {
  const word = text ?? severityWords[severity];
  return (
    <span className={classNames(styles.mark, severity)}>
      <Mark name={severity} />
      {iconOnly === true ? <span className="visually-hidden">{word}</span> : word}
    </span>
  );
}

export type StatusName =
  'open' | 'pass' | 'not-assessed' | 'manual' | 'waived' | 'not-applicable' | 'stopped';

const statusLooks: Readonly<
  Record<StatusName, { readonly mark: MarkName; readonly word: string; readonly tone: string }>
> = {
  open: { mark: 'open', word: 'Open', tone: '' },
  pass: { mark: 'pass', word: 'Passed', tone: 'pass' },
  'not-assessed': { mark: 'unknown', word: 'Not assessed', tone: 'unknown' },
  manual: { mark: 'manual', word: 'By hand', tone: 'manual' },
  waived: { mark: 'waived', word: 'Waived', tone: 'waived' },
  'not-applicable': { mark: 'not-applicable', word: 'Not applicable', tone: 'quiet' },
  stopped: { mark: 'stop', word: 'Stopped', tone: '' },
};

/** The word for a status. */
export function statusWord(status: StatusName): string {
  return statusLooks[status].word;
}

/** Status as shape and word. */
export function Status({
  status,
  text,
  iconOnly,
}: {
  readonly status: StatusName;
  readonly text?: string;
  readonly iconOnly?: boolean;
}) {
  const look = statusLooks[status];
  const word = text ?? look.word;
  return (
    <span className={classNames(styles.mark, look.tone)}>
      <Mark name={look.mark} />
      {iconOnly === true ? <span className="visually-hidden">{word}</span> : word}
    </span>
  );
}

export type EffectName = 'live' | 'reload' | 'restart' | 'once' | 'undoable';

const effectWords: Readonly<Record<EffectName, string>> = {
  live: 'Live',
  reload: 'Reload',
  restart: 'Restart',
  once: 'Cannot be undone',
  undoable: 'Can be undone',
};

/** The icon of an effect alone, for lists where the word repeats. */
export function EffectIcon({
  effect,
  className = 'i xs',
}: {
  readonly effect: EffectName;
  readonly className?: string;
}) {
  switch (effect) {
    case 'live':
      return <Zap className={className} />;
    case 'reload':
      return <RefreshCw className={className} />;
    case 'restart':
      return <Power className={className} />;
    case 'once':
      return <Mark name="once" className={className.replace(/^i /, '')} />;
    case 'undoable':
      return <Undo2 className={className} />;
  }
}

/** When a fix takes effect, or whether it can be undone. */
export function EffectBadge({ effect }: { readonly effect: EffectName }) {
  return (
    <span
      className={classNames(
        styles.badge,
        effect === 'restart' && styles.restart,
        effect === 'once' && styles.once,
      )}
    >
      <EffectIcon effect={effect} />
      {effectWords[effect]}
    </span>
  );
}

export type BadgeTone = 'critical' | 'high' | 'medium' | 'pass' | 'accent' | 'dashed' | 'plain';

/** A short word in a frame. */
export function Badge({
  tone = 'plain',
  children,
}: {
  readonly tone?: BadgeTone;
  readonly children: ReactNode;
}) {
  const look = tone === 'plain' ? undefined : tone === 'dashed' ? styles.dashed : styles[`soft-${tone}`];
  return <span className={classNames(styles.badge, look)}>{children}</span>;
}
