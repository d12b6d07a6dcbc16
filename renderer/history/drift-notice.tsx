import type { Drift } from '../../shared/contract/apply.ts';
import { counted } from '../format.ts';
import { Notice } from '../ui/notice.tsx';

/** What is not as the run left it. */
export function DriftNotice({ drift }: { readonly drift: readonly Drift[] }) {
  if (drift.length === 0)
    return (
      <Notice tone="good" quiet>
        Nobody changed what this run touched since.
      </Notice>
    );
  return (
    <Notice tone="warn" quiet title={`${counted(drift.length, 'thing')} changed since:`}>
      <ul>
        {drift.map((entry, index) => (
          <li key={index} className="selectable">
            {entry.subject}: the run left {entry.left}, now {entry.now}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
