import { z } from 'zod';
import { predefinedRoles } from '../../roles/predefined-roles.ts';
import { createRoleGraph } from '../../roles/role-graph.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { listOf, unique } from '../support/words.ts';

const dangerous = predefinedRoles.filter(({ reach }) => reach === 'operating-system');

export const roleOsAccess = defineCheck({
  id: 'role-os-access',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'No ordinary role reaches files or programs of the host',
    fail: 'Ordinary roles reach files or programs of the host',
    topic: 'Roles with access to the host',
  },
  why: 'Members of pg_execute_server_program, pg_read_server_files and pg_write_server_files leave the database: they run programs or open files as the account of the server. That account owns the data folder, so they can make themselves superuser.',
  misuse: [
    'A login with one of these memberships is stolen.',
    "`COPY t FROM PROGRAM '…'` runs any command on the host.",
    'pg_hba.conf and the data files lie open.',
  ],
  byHand: [
    "See them: `SELECT roleid::regrole, member::regrole FROM pg_auth_members WHERE roleid::regrole::text ~ 'server_(program|files)';`",
    '`REVOKE pg_execute_server_program FROM name;`',
    'Load and unload files on the client instead, with `\\copy` of psql.',
  ],
  references: {
    cis: ['4.9 (14-17)', '4.7 (12)'],
    stig: ['CD12-00-009100', 'CD16-00-003400'],
    documentation: [postgresPage('predefined-roles.html', 'Predefined roles')],
  },
  needs: ['roles', 'memberships'],
  parameters: z.object({ allowed: z.array(z.string()).default([]) }),
  judge({ roles, memberships }, { parameters }) {
    const graph = createRoleGraph(roles, memberships);
    const ordinary = roles.filter(
      ({ login, superuser, predefined, name }) =>
        login && !superuser && !predefined && !parameters.allowed.includes(name),
    );
    const found = ordinary.flatMap(({ name }) =>
      dangerous
        .filter((role) => graph.memberOf(name, role.name))
        .map((role) => ({ name, role, path: graph.path(name, role.name) ?? [name, role.name] })),
    );
    if (found.length === 0)
      return {
        status: 'pass',
        summary: 'Only superusers can open files and run programs on the host.',
        evidence: [],
      };
    const names = unique(found.map(({ name }) => name));
    return {
      status: 'fail',
      summary: `${listOf(names)} can leave the database.`,
      evidence: [
        tableEvidence(
          ['Role', 'Through', 'It may'],
          found.map(({ name, role, path }) => [name, path.slice(1).join(' → '), role.allows]),
        ),
      ],
      subjects: names.map((name) => ({ kind: 'role', name })),
    };
  },
});
