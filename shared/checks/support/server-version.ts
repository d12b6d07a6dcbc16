import type { FactSet, FactValue } from '../../facts/facts.ts';
import { openCves } from '../../updates/open-cves.ts';
import type { CveJudgement } from '../../updates/open-cves.ts';
import { serverPackage, versionNumberOf } from '../../updates/packages.ts';
import { closedDatabase } from '../../facts/catalog.ts';

type Optional = Pick<FactSet, 'contents' | 'skippedDatabases' | 'packages'>;

/** Names in all databases; null when one that holds something could not be looked into. */
function everywhere(
  { contents, skippedDatabases }: Optional,
  namesOf: (content: FactValue<'contents'>[number]) => readonly string[],
): readonly string[] | null {
  if (contents.state !== 'collected' || skippedDatabases.state !== 'collected') return null;
  const blind = skippedDatabases.value.some(({ reason }) => reason !== closedDatabase);
  return blind ? null : [...new Set(contents.value.flatMap(namesOf))];
}

/**
 * CVEs of a server version as far as this host goes: those that the distribution fixed without raising the version do not
 * count, as long as the server that runs is the one that is installed.
 */
export function cvesOnHost(
  versionNumber: number,
  optional: Optional,
): CveJudgement & { readonly fixedByDistribution: readonly string[] } {
  const judged = openCves(versionNumber, {
    extensions: everywhere(optional, ({ extensions }) => extensions.map(({ name }) => name)),
    languages: everywhere(optional, ({ languages }) => languages),
  });
  const packages = optional.packages.state === 'collected' ? optional.packages.value : null;
  const major = Math.trunc(versionNumber / 10_000);
  const installed = packages === null ? null : (serverPackage(packages, major)?.installed ?? null);
  const same = installed !== null && versionNumberOf(installed, major) === versionNumber;
  const changelog = new Set(same ? packages?.changelogCves : []);
  const [fixed, applicable] = [true, false].map((wanted) =>
    judged.applicable.filter(({ id }) => changelog.has(id) === wanted),
  );
  return {
    applicable: applicable ?? [],
    dormant: judged.dormant,
    fixedByDistribution: (fixed ?? []).map(({ id }) => id),
  };
}
