import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, listOf } from '../support/words.ts';

export const sepDbGrants = defineCheck({
  id: 'sep-db-grants',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'Each database is open to its own roles only',
    fail: 'Databases are open to every role',
    topic: 'Who may connect to which database',
  },
  why: 'A new database lets every role of the cluster connect. Two data sets that must not be seen in one login, customers and patients say, are then kept apart by the grants on each single table alone.',
  misuse: [
    'The login of one application is stolen.',
    'It connects to the database of the other, and reads what PUBLIC may read there: catalogs, function sources, forgotten tables.',
  ],
  byHand: [
    'For each database: `GRANT CONNECT ON DATABASE d TO its_roles; REVOKE CONNECT ON DATABASE d FROM PUBLIC;`',
    'The same in pg_hba.conf: name database and role in each line, not `all`.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000900', 'CD16-00-000300'],
    documentation: [postgresPage('ddl-priv.html', 'Privileges')],
  },
  needs: ['databases'],
  parameters: z.object({
    /** Databases in which nothing is kept: tools connect there first. */
    exempt: z.array(z.string()).default(['postgres']),
  }),
  judge({ databases }, { parameters }) {
    const own = databases.filter(
      ({ template, allowConnections, name }) =>
        !template && allowConnections && !parameters.exempt.includes(name),
    );
    if (own.length < 2) {
      return {
        status: 'not-applicable',
        summary:
          own.length === 0
            ? 'There is no database besides the maintenance database.'
            : `There is one database (${own[0]?.name ?? ''}): nothing to keep apart.`,
      };
    }
    const open = own.filter(({ grants }) =>
      grants.some(({ grantee, privilege }) => grantee === null && privilege === 'CONNECT'),
    );
    const evidence = [
      tableEvidence(
        ['Database', 'Owner', 'May connect'],
        own.map(({ name, owner, grants }) => [
          name,
          owner,
          grants
            .filter(({ privilege }) => privilege === 'CONNECT')
            .map(({ grantee }) => grantee ?? 'everybody')
            .join(', '),
        ]),
      ),
    ];
    if (open.length === 0)
      return {
        status: 'pass',
        summary: `PUBLIC may connect to none of ${listOf(own.map(({ name }) => name))}.`,
        evidence,
      };
    return {
      status: 'fail',
      title: `${countOf(open.length, 'database')} ${open.length === 1 ? 'is' : 'are'} open to every role`,
      summary: `Every role of the cluster may connect to ${listOf(open.map(({ name }) => name))}.`,
      evidence,
      subjects: open.map(({ name }) => ({ kind: 'database', name })),
    };
  },
});
