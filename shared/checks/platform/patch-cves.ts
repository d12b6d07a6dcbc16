import { z } from 'zod';
import type { Severity } from '../../findings/finding.ts';
import type { OpenCve } from '../../updates/cve-types.ts';
import { judgeVersion } from '../../updates/releases.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { tooOldToTell } from '../support/release-table.ts';
import { cvesOnHost } from '../support/server-version.ts';
import { countOf, listOf } from '../support/words.ts';

/** The words of CVSS 3.1 for a score; a flaw without a known score counts as high. */
function severityOf(worst: number): Severity {
  return worst >= 9 ? 'critical' : worst >= 7 ? 'high' : worst >= 4 ? 'medium' : 'low';
}

const concerns = ({ condition }: OpenCve): string =>
  condition === null
    ? 'the server'
    : condition.kind === 'client'
      ? `client: ${condition.program}`
      : `${condition.kind} ${condition.name}`;

export const patchCves = defineCheck({
  id: 'patch-cves',
  pillar: 'platform',
  severity: 'high',
  titles: {
    pass: 'No known vulnerability is open',
    fail: 'Known vulnerabilities are open',
    topic: 'Known vulnerabilities of this version',
  },
  why: 'Flaws in the security of PostgreSQL are numbered and published with their fix. The list shows those that the version that runs still has; flaws in extensions and languages count only where a database uses them.',
  misuse: [
    'An attacker reads which flaws were fixed after this version.',
    'Many need an ordinary login and end with the rights of the server itself.',
  ],
  byHand: [
    'Read what they need: https://www.postgresql.org/support/security/',
    'Update to the version in the column "Fixed in" and restart.',
    'Until then: remove the extension or language that is named, if nobody uses it.',
  ],
  references: {
    cis: ['1.5 (14-17)'],
    stig: ['CD12-00-000300', 'CD16-00-009200'],
    documentation: [postgresPage('release.html', 'Release notes')],
  },
  needs: ['server'],
  uses: ['packages', 'contents', 'skippedDatabases'],
  parameters: z.object({}),
  judge({ server }, { now }, optional) {
    const judged = judgeVersion(server.versionNumber, now);
    if (judged === null || (judged.minor === 'unknown-series' && judged.support === 'unknown')) {
      return {
        status: 'not-assessed',
        summary: `The table of vulnerabilities of ${judged?.tableDate ?? 'this program'} does not cover PostgreSQL ${server.major}.`,
      };
    }
    const { applicable, dormant, fixedByDistribution } = cvesOnHost(server.versionNumber, optional);
    const besides = [
      dormant.length === 0
        ? ''
        : ` ${countOf(dormant.length, 'more concerns', 'more concern')} extensions or languages that no database has.`,
      fixedByDistribution.length === 0
        ? ''
        : ` ${countOf(fixedByDistribution.length, 'is', 'are')} fixed in the package of the distribution.`,
    ].join('');
    if (applicable.length > 0) {
      return {
        status: 'fail',
        title: `${countOf(applicable.length, 'known vulnerability is', 'known vulnerabilities are')} open`,
        summary: `PostgreSQL ${judged.version} has ${listOf(
          applicable.map(({ id }) => id),
          4,
        )}.${besides}`,
        evidence: [
          tableEvidence(
            ['CVE', 'Score', 'Gain for an attacker', 'Concerns', 'Fixed in'],
            applicable.map((cve) => [
              cve.id,
              cve.cvss === null ? 'not known' : cve.cvss.toFixed(1),
              cve.title,
              concerns(cve),
              cve.fixedVersion === null
                ? 'no fix for this major'
                : `${cve.fixedVersion}${cve.certainty === 'presumed' ? ' (presumed)' : ''}`,
            ]),
          ),
        ],
        subjects: applicable.map(({ id }) => ({ kind: 'cve', name: id })),
        severity: severityOf(Math.max(...applicable.map(({ cvss }) => cvss ?? 7))),
      };
    }
    const tooOld = tooOldToTell(now, null);
    if (tooOld !== null) {
      return {
        status: 'not-assessed',
        summary: `The table of vulnerabilities is of ${judged.tableDate}: later ones are not in it.`,
      };
    }
    return {
      status: 'pass',
      summary: `PostgreSQL ${judged.version} has none that was known on ${judged.tableDate}.${besides}`,
      evidence: [],
    };
  },
});
