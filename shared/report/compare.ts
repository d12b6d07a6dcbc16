import type { Finding, Severity } from '../findings/finding.ts';
import { isOpen } from './score.ts';

/** A check whose finding changed between open and passed. */
export interface Moved {
  readonly check: string;
  readonly title: string;
  readonly severity: Severity;
}

/**
 * What changed between two judgements. `improved` was open and passed now, told in the words of the time when it was open;
 * `worsened` is open and was not. A finding that merely became not assessed is neither.
 */
export function compareFindings(
  before: readonly Finding[],
  after: readonly Finding[],
): { readonly improved: Moved[]; readonly worsened: Moved[] } {
  const later = new Map(after.map((finding) => [finding.check, finding]));
  const earlier = new Map(before.map((finding) => [finding.check, finding]));
  const moved = ({ check, title, severity }: Finding): Moved => ({ check, title, severity });
  const settled = (finding: Finding | undefined): boolean =>
    finding?.status === 'pass' || finding?.status === 'not-applicable';
  return {
    improved: before.filter((finding) => isOpen(finding) && settled(later.get(finding.check))).map(moved),
    worsened: after
      .filter((finding) => isOpen(finding) && !isOpenBefore(earlier.get(finding.check)))
      .map(moved),
  };
}

const isOpenBefore = (finding: Finding | undefined): boolean => finding !== undefined && isOpen(finding);
