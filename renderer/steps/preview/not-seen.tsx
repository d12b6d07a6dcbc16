import type { Plan } from '../../../shared/plan/plan.ts';
import { Notice } from '../../ui/notice.tsx';

/** What hides clients from "who would be refused": an empty list of them is no promise then. */
export function NotSeen({ plan }: { readonly plan: Plan }) {
  const sentences = plan.cutOffUnknown ?? [];
  if (sentences.length === 0 || !plan.steps.some(({ guarded }) => guarded)) return null;
  return (
    <Notice tone="note" quiet title="Others may be refused too: not all clients could be looked at">
      {sentences.join(' ')}
    </Notice>
  );
}
