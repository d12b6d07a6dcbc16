import type { Packages } from '../facts/system.ts';
import { compareDebianVersions } from './debian-version.ts';

type Package = Packages['packages'][number];

/** Packages of one major series, with the library that clients and server share; never the one that follows the newest major. */
const ofSeries = (major: number): RegExp =>
  new RegExp(`^(postgresql-${major}|postgresql-(client|contrib|plperl|plpython3|pltcl)-${major}|libpq5)$`);
const rpmOfSeries = (major: number): RegExp =>
  new RegExp(`^(postgresql(${major})?(-(server|libs|contrib|private-libs|plperl|plpython3|pltcl))?)$`);

/** The package that brings the server of this major; null when the package manager does not have it. */
export function serverPackage({ manager, packages }: Packages, major: number): Package | null {
  const names =
    manager === 'apt'
      ? [`postgresql-${major}`]
      : manager === 'dnf'
        ? [`postgresql${major}-server`, 'postgresql-server']
        : [];
  const found = packages.filter(({ name, installed }) => names.includes(name) && installed !== null);
  return found.find(({ installed }) => versionNumberOf(installed ?? '', major) !== null) ?? null;
}

/** server_version_num that a package version of this major stands for: `15.20-0+deb12u1` is 150020. */
export function versionNumberOf(packageVersion: string, major: number): number | null {
  const match = /^(?:\d+:)?(\d+)\.(\d+)(?![0-9])/.exec(packageVersion);
  return match !== null && Number(match[1]) === major ? major * 10_000 + Number(match[2]) : null;
}

/** True when the package manager knows something newer than what is installed. */
export function hasUpdate({ manager }: Packages, { installed, candidate }: Package): boolean {
  if (installed === null || candidate === null || installed === candidate) return false;
  // dnf names a candidate only when it is an upgrade; apt may be pinned to something older.
  return manager !== 'apt' || compareDebianVersions(candidate, installed) > 0;
}

/** The packages of this major that can be brought up to date, the server's first. */
export function updatesOf(packages: Packages, major: number): readonly Package[] {
  const pattern = packages.manager === 'apt' ? ofSeries(major) : rpmOfSeries(major);
  const server = serverPackage(packages, major)?.name;
  return packages.packages
    .filter((one) => pattern.test(one.name) && hasUpdate(packages, one))
    .sort((one, other) => Number(other.name === server) - Number(one.name === server));
}

/**
 * The package with pgAudit for this major, where the package manager knows one that is not installed yet: the names of
 * Debian, of the PostgreSQL project's repository for red-hat systems, and of those systems themselves.
 */
export function auditPackage({ manager, packages }: Packages, major: number): Package | null {
  const old: Readonly<Record<number, string>> = {
    13: 'pgaudit15_13',
    14: 'pgaudit16_14',
    15: 'pgaudit17_15',
  };
  const names =
    manager === 'apt'
      ? [`postgresql-${major}-pgaudit`]
      : packages.some(({ name }) => name === `postgresql${major}-server`)
        ? [`pgaudit_${major}`, old[major] ?? '']
        : ['pgaudit'];
  const offered = packages.filter(({ installed, candidate }) => installed === null && candidate !== null);
  return (
    names.map((name) => offered.find((one) => one.name === name)).find((one) => one !== undefined) ?? null
  );
}
