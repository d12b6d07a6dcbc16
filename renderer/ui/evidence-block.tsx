import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';
import { Middle } from './middle.tsx';
import styles from './evidence-block.module.css';

export type EvidenceLine = {
  readonly number: number;
  readonly text: string;
  /** Parts of the line that decide, marked where they stand. */
  readonly marks?: readonly string[] | undefined;
};

/** Evidence as it was seen. Everything in it comes from the target and is shown as text only. */
export type EvidenceView =
  | { readonly kind: 'lines'; readonly place: string; readonly lines: readonly EvidenceLine[] }
  | {
      readonly kind: 'table';
      readonly place: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
      readonly more?: number | undefined;
    }
  | { readonly kind: 'setting'; readonly place: string; readonly name: string; readonly value: string }
  | { readonly kind: 'text'; readonly place: string; readonly text: string };

/** The text that Copy puts on the clipboard. */
export function evidenceText(evidence: EvidenceView): string {
  switch (evidence.kind) {
    case 'lines':
      return evidence.lines.map((line) => line.text).join('\n');
    case 'table':
      return [evidence.columns, ...evidence.rows].map((row) => row.join('\t')).join('\n');
    case 'setting':
      return `${evidence.name} = ${evidence.value}`;
    case 'text':
      return evidence.text;
  }
}

/** A block of evidence with its place and a copy button. */
export function EvidenceBlock({ evidence }: { readonly evidence: EvidenceView }) {
  return (
    <div className={styles.evidence}>
      <div className={styles.where}>
        <Middle text={evidence.place} />
        <span className="push">
          <CopyButton text={() => evidenceText(evidence)} label="" what={evidence.place} />
        </span>
      </div>
      <EvidenceBody evidence={evidence} />
    </div>
  );
}

function EvidenceBody({ evidence }: { readonly evidence: EvidenceView }) {
  switch (evidence.kind) {
    case 'lines':
      return (
        <pre className="scroll" tabIndex={0}>
          {evidence.lines.map((line) => (
            <div key={line.number}>
              <span className={styles.number}>{line.number}</span>
              {markParts(line.text, line.marks ?? [])}
            </div>
          ))}
        </pre>
      );
    case 'table':
      return (
        <div className={styles.table} tabIndex={0} role="group" aria-label={evidence.place}>
          <table>
            <thead>
              <tr>
                {evidence.columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {evidence.rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, column) => (
                    <td key={column} className="selectable">
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {evidence.more !== undefined && evidence.more > 0 && (
            <p className={styles.more}>{evidence.more.toLocaleString('en')} more in the report</p>
          )}
        </div>
      );
    case 'setting':
      return (
        <pre className="scroll" tabIndex={0}>
          {evidence.name} ={' '}
          <mark className={styles.mark}>{evidence.value === '' ? "''" : evidence.value}</mark>
        </pre>
      );
    case 'text':
      return (
        <pre className="scroll" tabIndex={0}>
          {evidence.text}
        </pre>
      );
  }
}

function markParts(text: string, marks: readonly string[]): ReactNode {
  const mark = marks.find((part) => part !== '' && text.includes(part));
  if (mark === undefined) return text;
  const at = text.indexOf(mark);
  return (
    <>
      {text.slice(0, at)}
      <mark className={styles.mark}>{mark}</mark>
      {markParts(
        text.slice(at + mark.length),
        marks.filter((part) => part !== mark),
      )}
    </>
  );
}
