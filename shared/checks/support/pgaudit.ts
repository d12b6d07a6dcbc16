import { splitList } from '../../config/lists.ts';
import type { Setting } from '../../facts/cluster.ts';
import { findSetting, listEntries } from './settings.ts';

/** The classes of pgaudit.log (README of pgAudit); `all` is every one of them. */
export const auditClasses = ['read', 'write', 'function', 'role', 'ddl', 'misc', 'misc_set'] as const;

/** True for an entry of shared_preload_libraries that is pgAudit, also with a path. */
const isAudit = (library: string): boolean => /^(.*\/)?pgaudit(\.so)?$/.test(library);

/** True when the server has loaded pgAudit at its start. */
export function auditIsLoaded(settings: readonly Setting[]): boolean {
  const libraries = findSetting(settings, 'shared_preload_libraries');
  return libraries !== undefined && listEntries(libraries).some(isAudit);
}

/** The classes that a value of pgaudit.log switches on; entries count from left to right, `-class` takes one away. */
export function classesOf(value: string): ReadonlySet<string> {
  const chosen = new Set<string>();
  for (const entry of splitList(value, 'identifiers') ?? []) {
    const removes = entry.startsWith('-');
    const name = removes ? entry.slice(1) : entry;
    const named = name === 'all' ? auditClasses : auditClasses.filter((one) => one === name);
    if (name === 'none') chosen.clear();
    for (const one of named) {
      if (removes) chosen.delete(one);
      else chosen.add(one);
    }
  }
  return chosen;
}

/** The classes that are audited: none while the library is not loaded. */
export function auditedClasses(settings: readonly Setting[]): ReadonlySet<string> {
  return auditIsLoaded(settings)
    ? classesOf(findSetting(settings, 'pgaudit.log')?.value ?? '')
    : new Set<string>();
}

/** The version of pgAudit for a major of PostgreSQL: `1.7` for 15, from 16 on the number of the major itself. */
export function auditVersionFor(major: number): string {
  return major >= 16 ? String(major) : `1.${major - 8}`;
}

/** True when a version of the extension (`1.7`, `17.1`) belongs to the major. */
export function auditVersionFits(version: string, major: number): boolean {
  const wanted = auditVersionFor(major);
  return version === wanted || version.startsWith(`${wanted}.`);
}
