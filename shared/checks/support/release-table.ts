import type { Packages } from '../../facts/system.ts';
import { releaseTable } from '../../updates/releases.ts';

const dayMs = 86_400_000;
/** PostgreSQL makes minor releases each quarter: after that many days a newer one surely exists. */
const tableDays = 100;
const listDays = 30;

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / dayMs;

/**
 * Why "nothing newer is known" is no proof any more on this day; null while the table of releases is young enough, or the
 * package manager was asked lately.
 */
export function tooOldToTell(now: string, packages: Packages | null): string | null {
  if (daysBetween(releaseTable.date, now) <= tableDays) return null;
  const listed = packages?.listsUpdatedAt ?? null;
  if (
    packages !== null &&
    packages.manager !== 'none' &&
    listed !== null &&
    daysBetween(listed, now) <= listDays
  )
    return null;
  return `The table of releases in this program is of ${releaseTable.date}, and the package lists of the host are ${listed === null ? 'not dated' : `of ${listed.slice(0, 10)}`}: newer releases may exist.`;
}
