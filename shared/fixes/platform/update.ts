import { cvesOnHost } from '../../checks/support/server-version.ts';
import type { FactSet, FactValue } from '../../facts/facts.ts';
import type { Operation } from '../../plan/operation.ts';
import { serverPackage, updatesOf, versionNumberOf } from '../../updates/packages.ts';
import { judgeVersion } from '../../updates/releases.ts';
import { defineFix } from '../define-fix.ts';
import { notOffered, offered } from '../support/offers.ts';

type Packages = FactValue<'packages'>;

/** The server package is newer than the server that runs: only a restart is missing. */
function restartMissing(packages: Packages, { major, versionNumber }: FactValue<'server'>): boolean {
  const installed = serverPackage(packages, major)?.installed ?? null;
  const number = installed === null ? null : versionNumberOf(installed, major);
  return number !== null && number > versionNumber;
}

/** Checks that pass with the server that is in the package: which ones is known from its version alone. */
function expectedBy(version: string, major: number, all: FactSet, now: string): string[] {
  const number = versionNumberOf(version, major);
  if (number === null) return [];
  const current = judgeVersion(number, now)?.minor !== 'outdated';
  const open = cvesOnHost(number, all).applicable.length > 0;
  return [...(current ? ['patch-minor'] : []), ...(open ? [] : ['patch-cves'])];
}

export const updateServer = defineFix({
  id: 'update-server',
  resolves: ['patch-minor', 'patch-cves'],
  title: 'Update PostgreSQL to the newest minor version',
  description:
    'The packages of this major version are brought up to date by the package manager, and PostgreSQL is restarted. Each session ends. No backup of this program brings the older packages back.',
  effect: 'restart',
  reversible: false,
  cutsOff: false,
  safe: false,
  needs: ['packages', 'server'],
  offer: ({ packages, server }) => {
    if (packages.manager === 'none')
      return notOffered('This host has no package manager that is known here.');
    if (serverPackage(packages, server.major) === null)
      return notOffered(`PostgreSQL ${server.major} did not come from a package of this host.`);
    return updatesOf(packages, server.major).length > 0 || restartMissing(packages, server)
      ? offered
      : notOffered(
          `The package manager knows nothing newer${packages.listsUpdatedAt === null ? '' : `; its lists are of ${packages.listsUpdatedAt.slice(0, 10)}`}. Refresh its lists and inspect again.`,
        );
  },
  choices: () => [],
  plan({ packages, server }, _finding, _answers, _preferences, all) {
    const updates = updatesOf(packages, server.major);
    const { manager } = packages;
    if (manager === 'none' || (updates.length === 0 && !restartMissing(packages, server)))
      return { ok: false, reason: 'The package manager knows nothing newer.' };
    const now = all.system.state === 'collected' ? all.system.value.time : server.loadedAt;
    const main = serverPackage(packages, server.major);
    const upgrade: Operation[] =
      updates.length === 0
        ? []
        : [
            {
              kind: 'package',
              manager,
              action: 'upgrade',
              names: updates.map(({ name }) => name),
              expects: expectedBy(main?.candidate ?? main?.installed ?? '', server.major, all, now),
            },
          ];
    return {
      ok: true,
      operations: [
        ...upgrade,
        { kind: 'restart', reasons: [`${main?.name ?? 'PostgreSQL'} ${main?.candidate ?? ''}`.trim()] },
      ],
    };
  },
});
