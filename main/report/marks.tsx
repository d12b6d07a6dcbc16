import type { ReactElement } from 'react';
import type { Severity } from '../../shared/findings/finding.ts';
import { severityWords } from '../../shared/report/words.ts';

const stroke = {
  fill: 'none',
  stroke: 'currentColor',
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;

const shapes: Readonly<Record<Severity, ReactElement>> = {
  critical: (
    <>
      <path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" fill="currentColor" />
      <path d="M8 4.3v4.2M8 11.4v.1" stroke="var(--panel)" strokeWidth="1.8" />
    </>
  ),
  high: (
    <>
      <path d="M8 1.7 15.2 14.3H.8z" fill="currentColor" />
      <path d="M8 6v3.7M8 12v.1" stroke="var(--panel)" strokeWidth="1.7" />
    </>
  ),
  medium: (
    <>
      <path d="M8 1.3 14.7 8 8 14.7 1.3 8z" {...stroke} strokeWidth="1.5" />
      <path d="M1.3 8h13.4L8 14.7z" fill="currentColor" />
    </>
  ),
  low: (
    <>
      <circle cx="8" cy="8" r="6.3" {...stroke} strokeWidth="1.4" />
      <path d="M5 8h6" {...stroke} strokeWidth="1.6" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.3" {...stroke} strokeWidth="1.4" />
      <path d="M8 7.5v4M8 4.7v.1" {...stroke} strokeWidth="1.6" />
    </>
  ),
};

/** Severity by shape, then word, then colour. */
export function SeverityBadge({ severity }: { readonly severity: Severity }): ReactElement {
  return (
    <span className={`badge ${severity}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {shapes[severity]}
      </svg>
      {severityWords[severity]}
    </span>
  );
}

/** Closed or passed, with its word. */
export function PassBadge({ word }: { readonly word: string }): ReactElement {
  return (
    <span className="badge pass">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.3" {...stroke} strokeWidth="1.4" />
        <path d="m5.2 8.2 2 2 3.7-4.2" {...stroke} strokeWidth="1.6" />
      </svg>
      {word}
    </span>
  );
}

/** The program's mark. */
export function Mark(): ReactElement {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" {...stroke} strokeWidth="1.25">
      <path d="M1.5 15V7.2a6.5 6.5 0 0 1 13 0V15" strokeWidth="1.5" />
      <path d="M4.7 3.3v8.9l-.9 1.6m.9-1.6.9 1.6M8 1v11.2l-.9 1.6M8 12.2l.9 1.6M11.3 3.3v8.9l-.9 1.6m.9-1.6.9 1.6" />
      <path d="M2 6.2h12M2 9.7h12" />
    </svg>
  );
}
