import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { failRules } from '../support/hba-findings.ts';
import { remoteSuperuserRules } from '../support/remote-superusers.ts';
import { judgeRules, rulePlace } from '../support/hba-view.ts';
import { isLocalOnly, listening, localOnlyReason } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { listOf, unique } from '../support/words.ts';

export const hbaSuperuserRemote = defineCheck({
  id: 'hba-superuser-remote',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'Superusers cannot log in over the network',
    fail: 'Superusers can log in over the network',
    topic: 'Superusers over the network',
  },
  why: 'For a superuser no permission is checked, and COPY … TO PROGRAM runs commands on the host. Such a login belongs on the host itself, reached by SSH, where a key and a personal account stand before it.',
  misuse: [
    'The name postgres is known to everybody, so only its password has to be guessed.',
    'One success is the whole server: all databases, all roles, a shell on the host.',
  ],
  byHand: [
    'In pg_hba.conf, in front of the rules for other machines: host all postgres all reject (one for each superuser).',
    'Leave the lines for the Unix socket, loopback and replication as they are.',
    'Give people who administer remotely a tunnel: ssh -L 5433:127.0.0.1:5432 deploy@db1',
    'SELECT pg_reload_conf(); then try both ways.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-011700', 'CD16-00-006800'],
    documentation: [
      postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file'),
      postgresPage('role-attributes.html', 'Role attributes'),
    ],
  },
  needs: ['configurationFiles', 'cluster', 'settings', 'roles', 'memberships'],
  uses: ['interfaces'],
  parameters: z.object({
    /** Superusers that are meant to come over the network. */
    accepted: z.array(z.string()).default([]),
  }),
  judge({ configurationFiles, cluster, settings, roles, memberships }, { parameters }, { interfaces }) {
    const heard = listening(settings);
    if (heard !== null && isLocalOnly(heard)) {
      return { status: 'not-applicable', summary: localOnlyReason(heard) };
    }
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const own = interfaces.state === 'collected' ? interfaces.value : null;
      const ways = remoteSuperuserRules(view, roles, memberships, settings, own).filter(
        ({ role }) => !parameters.accepted.includes(role),
      );
      if (ways.length === 0) {
        return { status: 'pass', summary: 'No rule lets a superuser in from another machine.', evidence: [] };
      }
      const names = unique(ways.map(({ role }) => role));
      const rules = unique(ways.map(({ rule }) => rule));
      return failRules({
        view,
        found: rules.map((rule) => ({
          rule,
          severity: 'high' as const,
          note: `lets in ${listOf(ways.filter((way) => way.rule === rule).map(({ role }) => role))}`,
        })),
        title: `${names.length === 1 ? `Superuser ${names[0] ?? ''}` : 'Superusers'} can log in over the network`,
        one: '',
        many: '',
        because: `${listOf(names)} may come from another machine`,
        more: [
          tableEvidence(
            ['Role', 'Why it is superuser', 'Comes in by'],
            names.map((name) => {
              const mine = ways.filter(({ role }) => role === name);
              const path = mine[0]?.path ?? [name];
              return [
                name,
                path.length === 1 ? 'has SUPERUSER' : `can SET ROLE ${path.slice(1).join(', then ')}`,
                listOf(mine.map(({ rule }) => rulePlace(view, rule))),
              ];
            }),
          ),
        ],
      });
    });
  },
});
