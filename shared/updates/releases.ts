/** One major series. Dates are ISO 8601 days. */
export interface MajorRelease {
  readonly major: number;
  /** Newest minor known on the table's date; null when a series is known but its newest minor is not. */
  readonly newestMinor: number | null;
  /** Release day of that minor. */
  readonly releasedOn: string | null;
  /** Last day with fixes; null when it could not be verified. */
  readonly endOfLife: string | null;
}

/** The releases known on one day. */
export interface ReleaseTable {
  /** The day on which the table was compiled: findings name it, as newer releases may exist. */
  readonly date: string;
  readonly majors: readonly MajorRelease[];
}

/** Sources: release notes in Debian's packages, the project's announcements and its versioning policy. */
export const releaseTable: ReleaseTable = {
  date: '2026-11-22',
  majors: [
    { major: 10, newestMinor: 23, releasedOn: '2022-11-10', endOfLife: '2022-11-10' },
    { major: 11, newestMinor: 22, releasedOn: '2023-11-09', endOfLife: '2023-11-09' },
    { major: 12, newestMinor: 22, releasedOn: '2024-11-21', endOfLife: '2024-11-21' },
    { major: 13, newestMinor: 23, releasedOn: '2025-11-13', endOfLife: '2025-11-13' },
    { major: 14, newestMinor: 25, releasedOn: '2026-11-12', endOfLife: '2026-11-12' },
    { major: 15, newestMinor: 20, releasedOn: '2026-11-12', endOfLife: '2027-11-11' },
    { major: 16, newestMinor: 16, releasedOn: '2026-11-12', endOfLife: '2028-11-09' },
    { major: 17, newestMinor: 12, releasedOn: '2026-11-12', endOfLife: '2029-11-08' },
    { major: 18, newestMinor: 7, releasedOn: '2026-11-12', endOfLife: '2030-11-14' },
    // 19 was known as the newest major on the table's date; its minors and its end could not be verified.
    { major: 19, newestMinor: null, releasedOn: null, endOfLife: null },
  ],
};

/** A server_version_num taken apart: 150018 is 15 and 18. Only for 10 and newer; null for anything else. */
export function splitVersionNumber(versionNumber: number): { major: number; minor: number } | null {
  if (!Number.isSafeInteger(versionNumber) || versionNumber < 100_000) return null;
  return { major: Math.trunc(versionNumber / 10_000), minor: versionNumber % 10_000 };
}

/** How a server's version stands against the table. */
export interface VersionJudgement {
  /** `15.18` */
  readonly version: string;
  readonly major: number;
  /** What the table knows as the newest of this series, `15.20`. */
  readonly newest: string | null;
  /**
   * `current`; `outdated`: a newer minor is known; `newer-than-table`; `unknown-series`: the table cannot judge it.
   * Independent of the end of life: the last minor of an ended series is `current`.
   */
  readonly minor: 'current' | 'outdated' | 'newer-than-table' | 'unknown-series';
  /** `unknown` when the table has no date for the series. */
  readonly support: 'supported' | 'ends-soon' | 'ended' | 'unknown';
  readonly endOfLife: string | null;
  /** Days until the end of life, negative after it; null without a date. */
  readonly daysLeft: number | null;
  readonly tableDate: string;
}

const dayMs = 86_400_000;
const endsSoonDays = 183;

/**
 * Judges a server_version_num on a day (ISO 8601, the time is ignored). The end of life is the last supported day.
 * Returns null for numbers below 10.0, which have another numbering.
 */
export function judgeVersion(
  versionNumber: number,
  today: string,
  table: ReleaseTable = releaseTable,
): VersionJudgement | null {
  const split = splitVersionNumber(versionNumber);
  if (split === null) return null;
  const series = table.majors.find((one) => one.major === split.major);
  const newestMinor = series?.newestMinor ?? null;
  const endOfLife = series?.endOfLife ?? null;
  const day = Date.parse(today.slice(0, 10));
  const daysLeft =
    endOfLife === null || Number.isNaN(day) ? null : Math.round((Date.parse(endOfLife) - day) / dayMs);
  const support =
    daysLeft === null
      ? 'unknown'
      : daysLeft < 0
        ? 'ended'
        : daysLeft <= endsSoonDays
          ? 'ends-soon'
          : 'supported';
  return {
    version: `${split.major}.${split.minor}`,
    major: split.major,
    newest: newestMinor === null ? null : `${split.major}.${newestMinor}`,
    minor:
      newestMinor === null
        ? 'unknown-series'
        : split.minor < newestMinor
          ? 'outdated'
          : split.minor > newestMinor
            ? 'newer-than-table'
            : 'current',
    support,
    endOfLife,
    daysLeft,
    tableDate: table.date,
  };
}
