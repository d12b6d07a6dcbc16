import { z } from 'zod';
import type { Packages } from '../../facts/system.ts';
import { hasUpdate, serverPackage, versionNumberOf } from '../../updates/packages.ts';
import { judgeVersion } from '../../updates/releases.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { tooOldToTell } from '../support/release-table.ts';
import { cvesOnHost } from '../support/server-version.ts';
import { amount, listOf } from '../support/words.ts';

const minorOf = (versionNumber: number): number => versionNumber % 10_000;
const dotted = (versionNumber: number): string =>
  `${Math.trunc(versionNumber / 10_000)}.${minorOf(versionNumber)}`;

/** What the package manager says about the server of this major; nulls where it does not know it. */
function packageState(packages: Packages | null, major: number) {
  const found = packages === null ? null : serverPackage(packages, major);
  if (packages === null || found === null) return { installed: null, candidate: null, update: null };
  return {
    installed: versionNumberOf(found.installed ?? '', major),
    candidate: versionNumberOf(found.candidate ?? '', major),
    update: hasUpdate(packages, found) ? found : null,
  };
}

export const patchMinor = defineCheck({
  id: 'patch-minor',
  pillar: 'platform',
  severity: 'critical',
  titles: {
    pass: 'The newest minor version runs',
    fail: 'A newer minor version fixes flaws of this one',
    topic: 'Newest minor version',
  },
  why: 'Minor versions bring fixes only: of flaws in security, and of bugs that lose data. They read the same data files, so an update takes a restart and nothing else.',
  misuse: [
    'The release notes of a minor version say what was wrong before it.',
    'Programs that use the flaw follow within days.',
    'A server that was not updated falls to anybody who can log in, some flaws need no login at all.',
  ],
  byHand: [
    'On Debian: apt-get update && apt-get install --only-upgrade postgresql-15 postgresql-client-15 libpq5',
    "On red-hat systems: dnf upgrade 'postgresql15*', then restart the service.",
    'The package restarts the server on Debian. Look afterwards: SELECT version();',
    'There is no way back but an older package: take a backup before.',
  ],
  references: {
    cis: ['1.5 (14-17)'],
    stig: ['CD12-00-000300', 'CD16-00-009200'],
    documentation: [postgresPage('upgrading.html', 'Upgrading a cluster')],
  },
  needs: ['server'],
  uses: ['packages', 'contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ server }, { now }, optional) {
    const judged = judgeVersion(server.versionNumber, now);
    if (judged === null)
      return { status: 'not-assessed', summary: `The table of releases does not know ${server.version}.` };
    const packages = optional.packages.state === 'collected' ? optional.packages.value : null;
    const { installed, candidate, update } = packageState(packages, judged.major);
    const running = minorOf(server.versionNumber);
    const known = judged.newest === null ? 0 : Number(judged.newest.split('.')[1]);
    const newest = Math.max(
      known,
      installed === null ? 0 : minorOf(installed),
      candidate === null ? 0 : minorOf(candidate),
    );
    const evidence = [
      tableEvidence(
        ['Version', 'Known from'],
        [
          [judged.version, 'the running server'],
          ...(judged.newest === null
            ? []
            : [[judged.newest, `the table of releases of ${judged.tableDate}`]]),
          ...(installed === null ? [] : [[dotted(installed), 'the installed package']]),
          ...(candidate === null
            ? []
            : [
                [
                  dotted(candidate),
                  `the package manager, lists of ${packages?.listsUpdatedAt?.slice(0, 10) ?? 'an unknown day'}`,
                ],
              ]),
        ],
      ),
    ];
    const subjects = [{ kind: 'server', name: `PostgreSQL ${judged.version}` }];
    if (running < newest) {
      const cves = cvesOnHost(server.versionNumber, optional).applicable;
      const worst = Math.max(0, ...cves.map(({ cvss }) => cvss ?? 7));
      const waits = installed !== null && minorOf(installed) > running;
      return {
        status: 'fail',
        title: waits
          ? `PostgreSQL ${dotted(installed)} is installed, but ${judged.version} still runs`
          : `PostgreSQL ${judged.version} lacks ${amount(newest - running, 'minor release')}`,
        summary: `${judged.major}.${newest} is out${
          cves.length === 0
            ? ''
            : ` and fixes ${amount(cves.length, 'known flaw')} of this version, ${listOf(
                cves.map(({ id }) => id),
                3,
              )}`
        }. ${waits ? 'A restart puts what is installed into force.' : update === null ? 'The package manager of the host does not offer it.' : `The package manager offers ${update.candidate ?? ''}.`}`,
        evidence,
        subjects,
        severity: worst >= 8 ? 'critical' : cves.length > 0 ? 'high' : 'medium',
      };
    }
    if (update !== null) {
      return {
        status: 'fail',
        title: `A newer package of PostgreSQL ${judged.version} is out`,
        summary: `The package manager offers ${update.name} ${update.candidate ?? ''} in place of ${update.installed ?? ''}.`,
        evidence,
        subjects,
        severity: 'medium',
      };
    }
    if (judged.minor === 'unknown-series' && candidate === null) {
      return {
        status: 'not-assessed',
        summary: `The table of releases of ${judged.tableDate} does not know the newest minor version of PostgreSQL ${judged.major}.`,
        evidence,
      };
    }
    const tooOld = tooOldToTell(now, candidate === null ? null : packages);
    if (tooOld !== null) return { status: 'not-assessed', summary: tooOld, evidence };
    return {
      status: 'pass',
      summary: `Nothing newer than ${judged.version} was known on ${judged.tableDate}${candidate === null ? '' : ' or to the package manager'}.`,
      evidence,
    };
  },
});
