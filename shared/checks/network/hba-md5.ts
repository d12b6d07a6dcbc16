import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence, textEvidence } from '../support/evidence.ts';
import { failRules, liveReach, unreachedNote } from '../support/hba-findings.ts';
import { rolesOfRules } from '../support/hba-roles.ts';
import { hbaContext, judgeRules } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';
import { amount, listOf } from '../support/words.ts';

const verifierWords = {
  none: 'no password',
  md5: 'md5',
  'scram-sha-256': 'scram-sha-256',
  other: 'unknown form',
  unknown: 'not visible',
} as const;

export const hbaMd5 = defineCheck({
  id: 'hba-md5',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'No rule uses md5',
    fail: 'Rules still use md5',
    topic: 'Rules that use md5',
  },
  why: 'The method md5 answers with a hash that is weak today, and the stored hash is as good as the password itself. The method is deprecated since PostgreSQL 18. It accepts SCRAM verifiers too, so such a line hides which roles still have old ones.',
  misuse: [
    'Someone gets a copy of pg_authid, from a backup, say.',
    'The md5 hash in it is enough to log in: the password need not even be found.',
    'A recorded login lets passwords be tried offline, thousands of millions a second.',
  ],
  byHand: [
    "New passwords as SCRAM: ALTER SYSTEM SET password_encryption = 'scram-sha-256'; then reload.",
    "Find roles with old ones: SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'md5%';",
    'Let each of them set a new password with \\password in psql.',
    'In pg_hba.conf, put scram-sha-256 in the place of md5, reload, and log in anew.',
  ],
  references: {
    cis: ['5.4 (14-17)', '5.2 (12)'],
    stig: ['CD12-00-000800', 'CD16-00-003900'],
    documentation: [postgresPage('auth-password.html', 'Password authentication')],
  },
  needs: ['configurationFiles', 'cluster', 'settings'],
  uses: ['roles', 'memberships'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster, settings }, _context, { roles, memberships }) {
    const members = memberships.state === 'collected' ? memberships.value : [];
    const context = hbaContext(members);
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const rules = view.rules.filter(({ method }) => method === 'md5');
      if (rules.length === 0) return { status: 'pass', summary: 'No rule uses md5.', evidence: [] };
      const concerned = roles.state === 'collected' ? rolesOfRules(rules, roles.value, members) : null;
      const withPassword = (concerned ?? []).filter(({ verifier }) => verifier !== 'none');
      const behind = withPassword.filter(({ verifier }) => verifier !== 'scram-sha-256');
      // With SCRAM verifiers only, the server does SCRAM on an md5 line as well.
      const scramAlready = concerned !== null && withPassword.length > 0 && behind.length === 0;
      const found = rules.map((rule) => {
        const note = unreachedNote(view, liveReach(view, rule, context, settings));
        const severity =
          note !== null ? ('low' as const) : scramAlready ? ('medium' as const) : ('high' as const);
        return { rule, severity, note: note ?? '' };
      });
      const names = listOf(behind.map(({ name }) => name));
      return failRules({
        view,
        found,
        one: 'still uses md5',
        many: 'still use md5',
        because: scramAlready
          ? 'md5, though every password of these roles is stored as SCRAM'
          : behind.length === 0
            ? 'md5'
            : `md5, and ${amount(behind.length, 'role')} cannot do SCRAM yet: ${names}`,
        more:
          concerned === null
            ? [textEvidence('The stored form of the passwords could not be seen.')]
            : [
                tableEvidence(
                  ['Role', 'Password stored as'],
                  concerned.map(({ name, verifier }) => [name, verifierWords[verifier]]),
                ),
              ],
      });
    });
  },
});
