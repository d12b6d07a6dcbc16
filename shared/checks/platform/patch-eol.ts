import { z } from 'zod';
import { judgeVersion, releaseTable } from '../../updates/releases.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { amount } from '../support/words.ts';

export const patchEol = defineCheck({
  id: 'patch-eol',
  pillar: 'platform',
  severity: 'critical',
  titles: {
    pass: 'The major version gets fixes',
    fail: 'The major version gets no fixes any more',
    topic: 'Support of the major version',
  },
  why: 'Each major version of PostgreSQL gets fixes for five years. After that, flaws that are found stay open for ever, and everybody can read in the release notes of newer versions how they work.',
  misuse: [
    'A flaw is found and fixed in the versions that are still supported.',
    'The fix shows where the flaw is, and the old version has it too.',
    'Whoever can reach the server uses it. No update will come.',
  ],
  byHand: [
    'Choose a newer major version that your applications know, and try them on a copy.',
    'Move the data with pg_upgrade, on Debian with pg_upgradecluster, or by dump and restore.',
    'Keep the old data folder until the new server has run for a while. This program does not do it for you.',
  ],
  references: {
    cis: ['1.5 (14-17)'],
    stig: ['CD12-00-012900', 'CD16-00-009300'],
    documentation: [postgresPage('upgrading.html', 'Upgrading a cluster')],
  },
  needs: ['server'],
  parameters: z.object({
    /** A version that ends within that many days is reported already. */
    warnDays: z.number().int().min(0).default(183),
  }),
  judge({ server }, { parameters, now }) {
    const subjects = [{ kind: 'server', name: `PostgreSQL ${server.major}` }];
    const judged = judgeVersion(server.versionNumber, now);
    if (judged === null) {
      return {
        status: 'fail',
        title: 'This version has had no fixes for years',
        summary: `PostgreSQL ${server.version} is older than 10, the oldest in the table of releases.`,
        evidence: [],
        subjects,
      };
    }
    const { daysLeft, endOfLife, major, version } = judged;
    const evidence = [
      tableEvidence(
        ['PostgreSQL', version],
        [
          ['Last day with fixes', endOfLife ?? 'not in the table'],
          ['Table of releases', judged.tableDate],
        ],
      ),
    ];
    if (daysLeft === null || endOfLife === null) {
      const newest = releaseTable.majors.filter((one) => one.endOfLife !== null).at(-1);
      const newer = newest?.endOfLife != null && major > newest.major && newest.endOfLife >= now.slice(0, 10);
      return newer
        ? {
            status: 'pass',
            summary: `PostgreSQL ${major} is newer than ${newest.major}, which gets fixes until ${newest.endOfLife}.`,
            evidence,
          }
        : {
            status: 'not-assessed',
            summary: `The table of releases of ${judged.tableDate} has no end for PostgreSQL ${major}.`,
            evidence,
          };
    }
    if (daysLeft < 0) {
      return {
        status: 'fail',
        title: `PostgreSQL ${major} gets no fixes any more`,
        summary: `Its last day with fixes was ${endOfLife}.`,
        evidence,
        subjects,
      };
    }
    if (daysLeft <= parameters.warnDays) {
      return {
        status: 'fail',
        title: `PostgreSQL ${major} gets fixes for ${amount(daysLeft, 'day')} more`,
        summary: `Its last day with fixes is ${endOfLife}. Plan the move to a newer major version.`,
        evidence,
        subjects,
        severity: 'low',
      };
    }
    return { status: 'pass', summary: `PostgreSQL ${major} gets fixes until ${endOfLife}.`, evidence };
  },
});
