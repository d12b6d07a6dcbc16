import { z } from 'zod';
import { createRoleGraph } from '../../roles/role-graph.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { amount, countOf, listOf } from '../support/words.ts';

export const roleSuperuserCount = defineCheck({
  id: 'role-superuser-count',
  pillar: 'database',
  severity: 'high',
  titles: {
    pass: 'Only the administrator is superuser',
    fail: 'More roles than the administrator are superuser',
    topic: 'Superusers',
  },
  why: 'For a superuser PostgreSQL checks no permission at all: it reads and changes everything, and runs programs on the host. An application that logs in as superuser hands all of that to whoever finds one flaw in it.',
  misuse: [
    'A flaw in the application lets an attacker send SQL of their own.',
    '`COPY … TO PROGRAM` then runs commands on the host, as the account of the server.',
  ],
  byHand: [
    'See them: `SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin;`',
    'Give an application what it uses instead: `GRANT pg_read_all_data, pg_write_all_data TO app;` (14 and newer), or rights table by table.',
    '`ALTER ROLE app NOSUPERUSER;`',
  ],
  references: {
    cis: ['4.3 (14-17)', '4.2 (12)'],
    stig: ['CD12-00-011700', 'CD16-00-006800'],
    documentation: [postgresPage('role-attributes.html', 'Role attributes')],
  },
  needs: ['roles', 'memberships'],
  parameters: z.object({
    /** Superusers besides the one that initdb made, by name. */
    allowed: z.array(z.string()).default([]),
  }),
  judge({ roles, memberships }, { parameters }) {
    const trusted = new Set([
      ...parameters.allowed,
      ...roles.filter(({ bootstrap }) => bootstrap).map(({ name }) => name),
    ]);
    const graph = createRoleGraph(roles, memberships);
    const logins = new Set(
      roles.filter(({ login, predefined }) => login && !predefined).map(({ name }) => name),
    );
    const superusers = graph
      .effectiveSuperusers()
      .filter(({ name }) => logins.has(name) && !trusted.has(name));
    const evidence = [
      tableEvidence(
        ['Role', 'How'],
        graph
          .effectiveSuperusers()
          .filter(({ name }) => logins.has(name))
          .map(({ name, path }) => [
            name,
            path.length <= 1
              ? 'SUPERUSER'
              : `may become ${path.at(-1) ?? ''} by SET ROLE (${path.join(' → ')})`,
          ]),
      ),
    ];
    if (superusers.length === 0) {
      return {
        status: 'pass',
        summary: `Superusers with LOGIN: ${listOf([...trusted].filter((name) => logins.has(name))) || 'none'}.`,
        evidence,
      };
    }
    const names = superusers.map(({ name }) => name);
    return {
      status: 'fail',
      title:
        names.length === 1
          ? `${names[0]} is a superuser`
          : `${countOf(names.length, 'role')} besides the administrator are superuser`,
      summary: `${listOf(names)} can do everything in all databases and on the host as the server's account: ${amount(names.length, 'role')} more than needed.`,
      evidence,
      subjects: names.map((name) => ({ kind: 'role', name })),
    };
  },
});
