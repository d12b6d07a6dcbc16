import { X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { commandKey, hasCommandKey, isInOverlay } from '../platform-keys.ts';
import { update, useStore } from '../store/state.ts';
import { Button } from '../ui/button.tsx';
import { BottomBar, PlainWords, StepHead } from '../ui/frame.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './step-frame.module.css';

export type PrimaryAction = {
  readonly label: string;
  readonly onPress: () => void;
  readonly isDisabled?: boolean;
};

/** What every step has: heading, plain words, the bar with back, state and the one primary action. */
export function StepFrame(props: {
  readonly title: string;
  readonly fact?: ReactNode;
  readonly views?: ReactNode;
  readonly tools?: ReactNode;
  readonly plain: ReactNode;
  readonly folds?: boolean;
  readonly back?: { readonly label: string; readonly onPress: () => void } | undefined;
  readonly status: ReactNode;
  readonly actions?: ReactNode;
  readonly primary?: PrimaryAction | undefined;
  /** What Esc does, where the step has something to cancel. */
  readonly onEscape?: (() => void) | undefined;
  readonly children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const problem = useStore((state) => state.problem);
  const platform = window.portcullis.platform;
  const { primary, onEscape } = props;

  useEffect(() => heading.current?.focus(), []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isInOverlay(event)) return;
      if (event.key === 'Enter' && hasCommandKey(event, platform)) {
        if (primary === undefined || primary.isDisabled === true) return;
        event.preventDefault();
        primary.onPress();
      } else if (event.key === 'Escape' && onEscape !== undefined) {
        event.preventDefault();
        onEscape();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [primary, onEscape, platform]);

  return (
    <>
      <div className={styles.work}>
        <main id="main" tabIndex={-1} className={styles.main}>
          <StepHead title={props.title} fact={props.fact} views={props.views} headingRef={heading}>
            {props.tools}
          </StepHead>
          {problem !== null && (
            <div className={styles.problem}>
              <Notice
                tone="stop"
                title={problem.message}
                action={
                  <Button
                    variant="quiet"
                    size="tiny"
                    square
                    aria-label="Close the message"
                    onPress={() => update({ problem: null })}
                  >
                    <X className="i xs" />
                  </Button>
                }
              >
                {problem.next}
              </Notice>
            </div>
          )}
          {props.children}
        </main>
        <PlainWords folds={props.folds ?? false}>{props.plain}</PlainWords>
      </div>
      <BottomBar back={props.back} status={props.status}>
        {props.actions}
        {primary !== undefined && (
          <Button
            variant="primary"
            size="large"
            isDisabled={primary.isDisabled ?? false}
            keys={`${commandKey(platform)} ↵`}
            onPress={primary.onPress}
          >
            {primary.label}
          </Button>
        )}
      </BottomBar>
    </>
  );
}
