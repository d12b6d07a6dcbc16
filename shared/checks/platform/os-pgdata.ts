import { z } from 'zod';
import type { FileStatus } from '../../facts/files.ts';
import { defineCheck } from '../define-check.ts';
import { groupWritable, isSticky, otherMembers, worldWritable } from '../support/accounts.ts';
import { modeText } from '../support/evidence.ts';
import { judgeRights, type RightsProblem } from '../support/file-rights.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

/** Who could put another folder into the place of the one below this one; null when nobody foreign can. */
function exchangeable(parent: FileStatus, owner: string): RightsProblem | null {
  if (parent.owner !== 'root' && parent.owner !== owner)
    return { severity: 'high', note: `belongs to ${parent.owner}, who can move what is in it` };
  if (isSticky(parent)) return null;
  if (worldWritable(parent)) return { severity: 'high', note: 'every account can move what is in it' };
  return groupWritable(parent) && parent.group !== 'root' && parent.group !== owner
    ? { severity: 'high', note: `group ${parent.group} can move what is in it` }
    : null;
}

export const osPgdata = defineCheck({
  id: 'os-pgdata',
  pillar: 'platform',
  severity: 'high',
  titles: {
    pass: 'The data folder is closed to other accounts',
    fail: 'Other accounts can get at the data folder',
    topic: 'Rights on the data folder',
  },
  why: 'Every table, index and password verifier lies as a file in the data folder. Whoever reads the files reads the data, past all roles and rules of the database.',
  misuse: [
    'Another service of the host is broken into.',
    'From its account the attacker copies the data folder, or finds it in a backup with the same rights.',
    'The copy is started on another machine, with trust for everybody.',
  ],
  byHand: [
    'Look: stat -c "%a %U:%G" /var/lib/postgresql/15/main',
    'chown postgres:postgres /var/lib/postgresql/15/main; chmod 0700 /var/lib/postgresql/15/main',
    'Where a backup program reads it by the group of the server, 0750 is accepted by PostgreSQL too.',
  ],
  references: {
    cis: ['1.4 (14-17)', '1.3 (12)'],
    stig: ['CD12-00-012000', 'CD16-00-005600'],
    documentation: [postgresPage('creating-cluster.html', 'Creating a database cluster')],
  },
  needs: ['dataDirectory', 'cluster'],
  uses: ['accounts'],
  parameters: z.object({
    /** Accept 0750: initdb --allow-group-access made it so on purpose. */
    groupRead: z.boolean().default(true),
  }),
  judge({ dataDirectory: { status, parents }, cluster }, { parameters }, { accounts }) {
    const problems: RightsProblem[] = [];
    if (status.type === 'directory') {
      if (status.owner !== cluster.owner)
        problems.push({
          severity: 'high',
          note: `belongs to ${status.owner}, the server runs as ${cluster.owner}`,
        });
      if ((status.mode & 0o007) !== 0)
        problems.push({ severity: 'high', note: `mode ${modeText(status.mode)} is open to every account` });
      if (groupWritable(status)) problems.push({ severity: 'high', note: `group ${status.group} may write` });
      else if ((status.mode & 0o070) !== 0 && !parameters.groupRead)
        problems.push({ severity: 'medium', note: `group ${status.group} may read` });
      const readers =
        (status.mode & 0o050) !== 0 && accounts.state === 'collected'
          ? otherMembers(accounts.value, status.group, [cluster.owner])
          : [];
      if (
        readers.length > 0 &&
        status.group !== cluster.owner &&
        !groupWritable(status) &&
        parameters.groupRead
      )
        problems.push({
          severity: 'medium',
          note: `${listOf(readers)} may read it, by group ${status.group}`,
        });
    }
    const above = parents
      .filter(({ type }) => type === 'directory')
      .map((parent) => ({ parent, problem: exchangeable(parent, cluster.owner) }));
    return judgeRights(
      [
        { status, problems },
        ...above.flatMap(({ parent, problem }) =>
          problem === null ? [] : [{ status: parent, problems: [problem] }],
        ),
      ],
      'folder',
    );
  },
});
