import { Tooltip, TooltipTrigger } from 'react-aria-components';
import type { ReactElement, ReactNode } from 'react';
import { Button } from './button.tsx';
import styles from './tip.module.css';

/** A tooltip on a control, shown on hover after a moment and on focus. */
export function Tip({ text, children }: { readonly text: ReactNode; readonly children: ReactElement }) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {children}
      <Tooltip className={styles.tip} offset={6}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  );
}

/** A term of the field with its one-sentence meaning at hand. */
export function Term({ term, meaning }: { readonly term: string; readonly meaning: string }) {
  return (
    <Tip
      text={
        <>
          <b className="strong">{term}</b>
          <br />
          {meaning}
        </>
      }
    >
      <Button variant="quiet" size="tiny" className={styles.term}>
        {term}
      </Button>
    </Tip>
  );
}
