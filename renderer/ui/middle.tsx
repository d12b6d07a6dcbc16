import { useMemo } from 'react';
import styles from './middle.module.css';

/** Where a long name may be cut: before its last part (domain, file name), or some letters before its end. */
function splitName(text: string): readonly [string, string] {
  const last = Math.max(text.lastIndexOf('/'), text.lastIndexOf('.'));
  const at = last > 0 && text.length - last <= 24 ? last : Math.max(0, text.length - 9);
  return [text.slice(0, at), text.slice(at)];
}

/** A name that loses its middle when there is no room; the whole of it is in the tooltip. */
export function Middle({ text }: { readonly text: string }) {
  const [start, end] = useMemo(() => splitName(text), [text]);
  return (
    <span className={styles.middle} title={text}>
      <span>{start}</span>
      <span>{end}</span>
    </span>
  );
}
