import type { ReactNode } from 'react';

/** The marks that are drawn here, not taken from an icon set: each differs in shape, not in colour alone. */
export type MarkName =
  | 'critical'
  | 'high'
  | 'medium'
  | 'low'
  | 'info'
  | 'pass'
  | 'pass-filled'
  | 'unknown'
  | 'manual'
  | 'waived'
  | 'not-applicable'
  | 'open'
  | 'stop'
  | 'ask'
  | 'once'
  | 'logo';

const ground = 'var(--bg-panel)';

const shapes: Readonly<Record<MarkName, ReactNode>> = {
  critical: (
    <>
      <path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" fill="currentColor" stroke="none" />
      <path d="M8 4.3v4.2M8 11.4v.1" stroke={ground} strokeWidth="1.8" />
    </>
  ),
  high: (
    <>
      <path d="M8 1.7 15.2 14.3H.8z" fill="currentColor" stroke="currentColor" strokeWidth="1.2" />
      <path d="M8 6v3.7M8 12v.1" stroke={ground} strokeWidth="1.7" />
    </>
  ),
  medium: (
    <>
      <path d="M8 1.3 14.7 8 8 14.7 1.3 8z" strokeWidth="1.5" />
      <path d="M1.3 8h13.4L8 14.7z" fill="currentColor" stroke="none" />
    </>
  ),
  low: (
    <>
      <circle cx="8" cy="8" r="5.6" strokeWidth="1.5" />
      <path d="M5.5 8h5" strokeWidth="1.6" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="5.6" strokeWidth="1.3" />
      <path d="M8 7.5v3.3M8 5v.1" strokeWidth="1.5" />
    </>
  ),
  pass: (
    <>
      <circle cx="8" cy="8" r="6.3" strokeWidth="1.4" />
      <path d="m5.2 8.2 2 2 3.7-4.2" strokeWidth="1.6" />
    </>
  ),
  'pass-filled': (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" />
      <path d="m5 8.2 2.1 2.1 4-4.5" stroke={ground} strokeWidth="1.7" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6.3" strokeWidth="1.4" strokeDasharray="2.6 2.35" />
      <path d="M6.3 6.6a1.75 1.75 0 1 1 2.6 1.55c-.6.3-.9.6-.9 1.15M8 11.3v.1" strokeWidth="1.3" />
    </>
  ),
  manual: (
    <>
      <circle cx="8" cy="4.6" r="2.4" strokeWidth="1.4" />
      <path d="M3.2 13.8c0-2.6 2.1-4.3 4.8-4.3s4.8 1.7 4.8 4.3" strokeWidth="1.4" />
    </>
  ),
  waived: <path d="M4 14.5V2M4 2.7h8.3l-2 2.9 2 2.9H4" strokeWidth="1.4" />,
  'not-applicable': (
    <>
      <circle cx="8" cy="8" r="6.3" strokeWidth="1.3" />
      <path d="m4 12 8-8" strokeWidth="1.3" />
    </>
  ),
  open: (
    <>
      <circle cx="8" cy="8" r="6.3" strokeWidth="1.4" />
      <circle cx="8" cy="8" r="2.4" fill="currentColor" stroke="none" />
    </>
  ),
  stop: (
    <>
      <circle cx="8" cy="8" r="6.3" strokeWidth="1.4" />
      <path d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6" strokeWidth="1.5" />
    </>
  ),
  ask: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" />
      <path
        d="M6.1 6.3a1.95 1.95 0 1 1 2.9 1.7c-.7.35-1 .7-1 1.3M8 11.6v.1"
        stroke={ground}
        strokeWidth="1.5"
      />
    </>
  ),
  once: (
    <>
      <path d="M6 9.3 2.7 6 6 2.7M2.7 6h7a3.65 3.65 0 0 1 0 7.3H7.3" strokeWidth="1.3" />
      <path d="M2 14 14 2" strokeWidth="1.3" />
    </>
  ),
  logo: (
    <>
      <path d="M1.5 15V7.2a6.5 6.5 0 0 1 13 0V15" strokeWidth="1.5" />
      <path
        d="M4.7 3.3v8.9l-.9 1.6m.9-1.6.9 1.6M8 1v11.2l-.9 1.6M8 12.2l.9 1.6M11.3 3.3v8.9l-.9 1.6m.9-1.6.9 1.6"
        strokeWidth="1.25"
      />
      <path d="M2 6.2h12M2 9.7h12" strokeWidth="1.25" />
    </>
  ),
};

/** One drawn mark; decoration for screen readers, so a word has to stand beside it. */
export function Mark({
  name,
  className,
}: {
  readonly name: MarkName;
  readonly className?: string | undefined;
}) {
  return (
    <svg className={className === undefined ? 'i' : `i ${className}`} viewBox="0 0 16 16" aria-hidden="true">
      {shapes[name]}
    </svg>
  );
}
