import type { Cve, OpenCve } from './cve-types.ts';
import { cves } from './cves.ts';
import { splitVersionNumber } from './releases.ts';

/** What is installed in the databases of a cluster; null where it is not known. */
export interface Installed {
  readonly extensions: readonly string[] | null;
  readonly languages: readonly string[] | null;
}

/** CVEs of a server version, those that matter on this server apart from those whose part is not installed. */
export interface CveJudgement {
  readonly applicable: readonly OpenCve[];
  /** Fixed by the same update, but the extension or language that has the flaw is in none of the databases. */
  readonly dormant: readonly OpenCve[];
}

function openIn(cve: Cve, major: number, minor: number): OpenCve | null {
  const fixedMinor = cve.fixedIn[major];
  if (fixedMinor !== undefined) {
    if (minor >= fixedMinor) return null;
    const certainty = cve.presumed.includes(major) ? 'presumed' : 'confirmed';
    return { ...cve, fixedVersion: `${major}.${fixedMinor}`, certainty };
  }
  const oldestFixed = Math.min(...Object.keys(cve.fixedIn).map(Number));
  return cve.olderAffected && major < oldestFixed
    ? { ...cve, fixedVersion: null, certainty: 'confirmed' }
    : null;
}

function matters({ condition }: Cve, { extensions, languages }: Installed): boolean {
  if (condition?.kind === 'extension') return extensions === null || extensions.includes(condition.name);
  // plperlu and pltclu share the code of plperl and pltcl.
  if (condition?.kind === 'language') {
    return languages === null || languages.some((name) => name.startsWith(condition.name));
  }
  return true;
}

/**
 * CVEs that the server with this server_version_num still has, worst first. A distribution may have fixed one without
 * raising the version (Debian raises it): compare with the ids of its changelog.
 */
export function openCves(
  versionNumber: number,
  installed: Installed,
  known: readonly Cve[] = cves,
): CveJudgement {
  const version = splitVersionNumber(versionNumber);
  if (version === null) return { applicable: [], dormant: [] };
  const open = known
    .map((cve) => openIn(cve, version.major, version.minor))
    .filter((cve) => cve !== null)
    .sort((one, other) => (other.cvss ?? 0) - (one.cvss ?? 0));
  return {
    applicable: open.filter((cve) => matters(cve, installed)),
    dormant: open.filter((cve) => !matters(cve, installed)),
  };
}
