import { CopyButton } from './copy-button.tsx';
import { Middle } from './middle.tsx';
import styles from './evidence-block.module.css';

export type EvidenceLine = {
  readonly number: number;
  readonly text: string;
  /** The line that decides, as against those around it. */
  readonly marked: boolean;
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
  | {
      readonly kind: 'setting';
      readonly place: string;
      readonly name: string;
      readonly value: string;
      /** What would pass, in words. */
      readonly wanted?: string | undefined;
    }
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
              {line.marked ? <mark className={styles.mark}>{line.text}</mark> : line.text}
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
          {evidence.wanted !== undefined && <div className={styles.wanted}>wanted: {evidence.wanted}</div>}
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
