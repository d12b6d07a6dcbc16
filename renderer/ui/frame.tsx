import { ArrowLeft, Info, Keyboard, Monitor, Moon, Search, Sun, X } from 'lucide-react';
import { useEffect, useState, type ReactNode, type Ref } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { Mark } from './marks.tsx';
import { Middle } from './middle.tsx';
import { Segmented } from './segmented.tsx';
import { Tip } from './tip.tsx';
import styles from './frame.module.css';

export type ThemeName = 'light' | 'dark' | 'system';
export type ModeName = 'guided' | 'expert';

export type TargetSummary = {
  readonly host: string;
  readonly link: 'up' | 'down' | 'none';
  /** Short facts: system, server version, cluster; the first is left out in a narrow window. */
  readonly facts: readonly string[];
  readonly rights?: ReactNode;
};

const themeNames: Readonly<Record<ThemeName, string>> = {
  light: 'Theme: light',
  dark: 'Theme: dark',
  system: 'Theme: following the system',
};

/** The bar on top: mark, target, and the tools that are always at hand. */
export function TopBar(props: {
  readonly target: TargetSummary | null;
  readonly mode: ModeName;
  readonly onMode: (mode: ModeName) => void;
  readonly theme: ThemeName;
  readonly onTheme: () => void;
  readonly onCommands: () => void;
  readonly onKeys: () => void;
  readonly commandKeys: string;
}) {
  const { target } = props;
  return (
    <header className={styles.topbar}>
      <div className={styles.brand}>
        <Mark name="logo" />
        <span>Portcullis</span>
      </div>
      <div className={styles.target} role="group" aria-label="Target">
        {target === null ? (
          <span className="second">No server yet</span>
        ) : (
          <>
            <LinkDot link={target.link} />
            <span className={classNames(styles.host, 'selectable')}>
              <Middle text={target.host} />
            </span>
            {target.facts.map((fact, index) => (
              <span
                key={fact}
                className={classNames(styles.fact, index === 0 && target.facts.length > 1 && 'wide-only')}
              >
                {fact}
              </span>
            ))}
            {target.rights !== undefined && <span className={styles.fact}>{target.rights}</span>}
          </>
        )}
      </div>
      <div className={styles.tools}>
        <Button
          variant="quiet"
          size="tiny"
          className="wide-only"
          aria-label={`Commands, ${props.commandKeys}`}
          onPress={props.onCommands}
        >
          <Search className="i s" />
          <kbd aria-hidden="true">{props.commandKeys}</kbd>
        </Button>
        <Segmented
          label="How much is explained"
          value={props.mode}
          options={[
            { id: 'guided', label: 'Guided' },
            { id: 'expert', label: 'Expert' },
          ]}
          onChange={props.onMode}
        />
        <Tip text={themeNames[props.theme]}>
          <Button variant="quiet" square aria-label={themeNames[props.theme]} onPress={props.onTheme}>
            <ThemeIcon theme={props.theme} />
          </Button>
        </Tip>
        <Tip text="Keys">
          <Button variant="quiet" square aria-label="Keys" onPress={props.onKeys}>
            <Keyboard className="i" />
          </Button>
        </Tip>
      </div>
    </header>
  );
}

function ThemeIcon({ theme }: { readonly theme: ThemeName }) {
  switch (theme) {
    case 'light':
      return <Sun className="i" />;
    case 'dark':
      return <Moon className="i" />;
    case 'system':
      return <Monitor className="i" />;
  }
}

function LinkDot({ link }: { readonly link: TargetSummary['link'] }) {
  if (link === 'none') return null;
  return (
    <span
      className={link === 'up' ? styles.up : styles.down}
      role="img"
      aria-label={link === 'up' ? 'Connected' : 'Link lost'}
    />
  );
}

/** The bar at the bottom: back on the left, the state in words, what comes next on the right. */
export function BottomBar({
  back,
  status,
  children,
}: {
  readonly back?: { readonly label: string; readonly onPress: () => void } | undefined;
  readonly status: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <footer className={styles.bottombar}>
      {back !== undefined && (
        <Button variant="quiet" size="large" onPress={back.onPress}>
          <ArrowLeft className="i s" />
          {back.label}
        </Button>
      )}
      <div className={styles.status} role="status" aria-live="polite">
        {status}
      </div>
      <div className={styles.actions}>{children}</div>
    </footer>
  );
}

/** The heading row of a step. The heading takes the focus when the step opens. */
export function StepHead({
  title,
  fact,
  children,
  headingRef,
  views,
}: {
  readonly title: string;
  readonly fact?: ReactNode;
  readonly children?: ReactNode;
  readonly views?: ReactNode;
  readonly headingRef?: Ref<HTMLHeadingElement> | undefined;
}) {
  return (
    <div className={styles.head}>
      <h1 ref={headingRef} tabIndex={-1} data-step-heading>
        {title}
      </h1>
      {views}
      {fact !== undefined && <span className={classNames('second', styles.headFact)}>{fact}</span>}
      <div className={styles.side}>{children}</div>
    </div>
  );
}

/**
 * The panel that explains in plain words; shown in Guided only. With `folds` it becomes a tab in a narrow window,
 * which opens over the content and closes with Esc.
 */
export function PlainWords({
  children,
  folds = false,
}: {
  readonly children: ReactNode;
  readonly folds?: boolean;
}) {
  const [unfolded, setUnfolded] = useState(false);
  useEffect(() => {
    if (!unfolded) return;
    const close = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      setUnfolded(false);
    };
    window.addEventListener('keydown', close, true);
    return () => window.removeEventListener('keydown', close, true);
  }, [unfolded]);
  return (
    <aside
      className={classNames(styles.plain, 'scroll', folds && styles.folds, unfolded && styles.unfolded)}
      tabIndex={0}
      aria-label="In plain words"
    >
      {folds && (
        <button
          type="button"
          className={styles.tab}
          aria-expanded={unfolded}
          onClick={() => setUnfolded(true)}
        >
          In plain words
        </button>
      )}
      <div className={styles.plainBody}>
        <h2>
          <Info className="i s" />
          In plain words
          {unfolded && (
            <Button
              variant="quiet"
              size="tiny"
              square
              className="push"
              aria-label="Close"
              onPress={() => setUnfolded(false)}
            >
              <X className="i xs" />
            </Button>
          )}
        </h2>
        {children}
      </div>
    </aside>
  );
}

/** Terms of the field with one sentence each, at the foot of the plain words. */
export function Terms({ terms }: { readonly terms: readonly (readonly [string, string])[] }) {
  if (terms.length === 0) return null;
  return (
    <dl className={styles.terms}>
      {terms.map(([term, meaning]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
