import { z } from 'zod';
import type { ConfigurationFile } from '../../facts/files.ts';
import { defineCheck } from '../define-check.ts';
import { groupWritable, worldWritable } from '../support/accounts.ts';
import { modeText } from '../support/evidence.ts';
import { judgeRights, type RightsProblem } from '../support/file-rights.ts';
import { postgresPage } from '../support/references.ts';

/** What is wrong with one file. Files that are read in by others may be readable, as theirs are; never writable. */
function problemsOf({ role, status }: ConfigurationFile, owner: string): readonly RightsProblem[] {
  if (status.type !== 'file') return [];
  const problems: RightsProblem[] = [];
  if (status.owner !== 'root' && status.owner !== owner)
    problems.push({ severity: 'high', note: `belongs to ${status.owner}, who may change it` });
  if (worldWritable(status))
    problems.push({ severity: 'high', note: `mode ${modeText(status.mode)} lets every account change it` });
  else if (groupWritable(status))
    problems.push({ severity: 'high', note: `group ${status.group} may change it` });
  if (role !== 'include' && !worldWritable(status) && (status.mode & 0o004) !== 0)
    problems.push({ severity: 'medium', note: `mode ${modeText(status.mode)} lets every account read it` });
  return problems;
}

export const osHbaPerms = defineCheck({
  id: 'os-hba-perms',
  pillar: 'platform',
  severity: 'high',
  titles: {
    pass: 'pg_hba.conf and pg_ident.conf are private',
    fail: 'Other accounts can get at pg_hba.conf or pg_ident.conf',
    topic: 'Rights on pg_hba.conf and pg_ident.conf',
  },
  why: 'pg_hba.conf says who may log in and how, pg_ident.conf which account of the host may be which role. Whoever may change one of them lets himself in. Whoever may read them knows which names and addresses to try, and sees passwords for LDAP or RADIUS that stand in them.',
  misuse: [
    'An account of the host adds a line with trust for itself.',
    'At the next reload it logs in as superuser, without a password.',
  ],
  byHand: [
    'chown postgres:postgres /etc/postgresql/15/main/pg_hba.conf',
    'chmod 0640 /etc/postgresql/15/main/pg_hba.conf /etc/postgresql/15/main/pg_ident.conf',
    'Look for an ACL that adds more: getfacl pg_hba.conf; remove it: setfacl -b pg_hba.conf',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-012200', 'CD16-00-002400'],
    documentation: [postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file')],
  },
  needs: ['configurationFiles', 'cluster'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster }) {
    const files = configurationFiles
      .filter(({ role }) => role === 'pg_hba.conf' || role === 'pg_ident.conf' || role === 'include')
      .map((file) => ({ file, status: file.status, problems: problemsOf(file, cluster.owner) }));
    // A server runs without pg_ident.conf; without pg_hba.conf it lets nobody in, so then something was not seen.
    const present = files.filter(
      ({ file, status }) => file.role !== 'pg_ident.conf' || status.type !== 'missing',
    );
    return present.some(({ file }) => file.role === 'pg_hba.conf')
      ? judgeRights(present.map(({ status, problems }) => ({ status, problems })))
      : { status: 'not-assessed', summary: 'pg_hba.conf was not found.' };
  },
});
