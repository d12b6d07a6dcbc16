import { Check, Copy } from 'lucide-react';
import { createContext, useContext, useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { Tip } from './tip.tsx';

/** Puts text on the clipboard. The window may not do it by itself: what it may is decided where it is opened. */
export const CopyContext = createContext<(text: string) => Promise<void>>((text) =>
  navigator.clipboard.writeText(text),
);

/**
 * Copies `text`, or what `text()` makes of it at that moment. Shows a check for two seconds and says so to screen
 * readers; where the clipboard refuses it says that too.
 */
export function CopyButton({
  text,
  label = 'Copy',
  what,
  size = 'tiny',
}: {
  readonly text: string | (() => string);
  /** Written beside the icon; an empty string shows the icon alone. */
  readonly label?: string;
  /** What is copied, for the name of an icon alone: `Copy pg_hba.conf`. */
  readonly what?: string;
  readonly size?: 'tiny' | 'normal' | 'large';
}) {
  const write = useContext(CopyContext);
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    write(typeof text === 'string' ? text : text()).then(
      () => setState('copied'),
      () => setState('refused'),
    );
  };
  const name = what === undefined ? 'Copy' : `Copy ${what}`;
  const icon = state === 'copied' ? <Check className="i xs" /> : <Copy className="i xs" />;
  const said = state === 'copied' ? 'Copied' : state === 'refused' ? 'The clipboard refused it' : '';
  const button =
    label === '' ? (
      <Button variant="quiet" size="tiny" square aria-label={name} onPress={copy}>
        {icon}
      </Button>
    ) : (
      <Button variant={size === 'tiny' ? 'quiet' : 'plain'} size={size} onPress={copy}>
        {icon}
        {state === 'idle' ? label : said}
      </Button>
    );
  return (
    <>
      {label === '' ? <Tip text={state === 'idle' ? name : said}>{button}</Tip> : button}
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  );
}
