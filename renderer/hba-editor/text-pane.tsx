import { useLayoutEffect, useRef } from 'react';
import { showHba, typeHba } from '../store/hba-editor-actions.ts';
import type { HbaModel } from './use-model.ts';
import styles from './hba-editor.module.css';

/** The file as text, with the numbers of its lines. The line of the caret is the open one. */
export function TextPane({ model }: { readonly model: HbaModel }) {
  const { text, file, rows, row, remarksAt } = model;
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const typing = useRef(false);
  const lines = text.split('\n');
  const opened = row?.line ?? null;
  // A line that was opened elsewhere (a remark, a finding) is brought into view.
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null || opened === null || document.activeElement === element) return;
    const lineHeight = parseFloat(getComputedStyle(element).lineHeight);
    const top = (opened - 1) * lineHeight;
    if (top < element.scrollTop || top > element.scrollTop + element.clientHeight - lineHeight)
      element.scrollTop = Math.max(0, top - element.clientHeight / 3);
  }, [opened]);
  const follow = (element: HTMLTextAreaElement) => {
    const line = element.value.slice(0, element.selectionStart).split('\n').length;
    const found = rows.findLast((one) => one.line <= line);
    if (found !== undefined && found.index !== row?.index) showHba({ row: found.index });
  };
  return (
    <div className={styles.text}>
      <div ref={gutter} className={styles.gutter} aria-hidden="true">
        {lines.map((_, index) => {
          const remarks = remarksAt.get(`${file.path}:${index + 1}`) ?? [];
          const level = remarks.some((one) => one.level === 'error')
            ? styles.error
            : remarks.some((one) => one.level === 'warning')
              ? styles.warning
              : undefined;
          return (
            <span key={index} className={level} data-open={index + 1 === opened ? '' : undefined}>
              {index + 1}
            </span>
          );
        })}
      </div>
      <textarea
        ref={area}
        className={`${styles.area} mono scroll`}
        aria-label={`The text of ${file.path}`}
        wrap="off"
        spellCheck={false}
        readOnly={file.readOnly !== null}
        value={text}
        onChange={(event) => {
          typeHba(file.path, event.target.value, typing.current);
          typing.current = true;
          follow(event.target);
        }}
        onBlur={() => {
          typing.current = false;
        }}
        onSelect={(event) => follow(event.currentTarget)}
        onScroll={(event) => {
          if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
