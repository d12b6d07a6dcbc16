import { z } from 'zod';
import { readGround } from '../../access/ground.ts';
import { lineUses } from '../../access/line-use.ts';
import { loginLog } from '../../access/login-log.ts';
import type { FactSet, FactValue } from '../../facts/facts.ts';
import { decidingRules, matchHba } from '../../hba/match.ts';
import type { HbaConnection, HbaContext } from '../../hba/match.ts';
import type { HbaRule } from '../../hba/types.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { failRules } from '../support/hba-findings.ts';
import { rulesThatLetIn } from '../support/hba-needs.ts';
import { contextOfFacts, judgeRules, rulePlace, ruleText } from '../support/hba-view.ts';
import type { HbaView } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';
import { amount, countOf, listOf } from '../support/words.ts';

/** Sessions of other roles are seen by superusers and members of pg_read_all_stats (pg_monitor among them). */
function seesAllSessions(server: FactValue<'server'>, context: HbaContext): boolean {
  const { role, roleIsSuperuser } = server;
  return roleIsSuperuser || context.memberships(role, 'pg_read_all_stats');
}

/** Lines by which the administrator and this program come in: they are needed although no log counts them. */
function ownWays(
  { rules }: HbaView,
  context: HbaContext,
  cluster: FactValue<'cluster'>,
  server: FactValue<'server'>,
): ReadonlySet<HbaRule> {
  const ways = (role: string): readonly Pick<HbaConnection, 'role' | 'address' | 'transport'>[] => [
    { role, address: 'local', transport: 'local' },
    ...(role === server.role && server.connection === 'tcp'
      ? ['127.0.0.1', '::1'].flatMap((address) =>
          (['tls', 'tcp-plain'] as const).map((transport) => ({ role, address, transport })),
        )
      : []),
  ];
  return new Set(
    [cluster.owner, server.role]
      .flatMap(ways)
      .flatMap((way) =>
        decidingRules(matchHba(rules, { ...way, database: 'postgres', replication: false }, context)),
      ),
  );
}

/** `2026-11-22` of a time in milliseconds; a time that no calendar has is told as such. */
function dayOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10);
}

/** The files that were written after the log begins: a line in them may be younger than the log. */
function changedSince(view: HbaView, rules: readonly HbaRule[], since: string): readonly string[] {
  const paths = new Set(rules.map(({ file }) => file));
  return view.files
    .filter(({ path, status }) => paths.has(path) && status.modifiedAt * 1000 > Date.parse(since))
    .map(({ path, status }) => `${path} was changed on ${dayOf(status.modifiedAt * 1000)}`);
}

export const hbaUnused = defineCheck({
  id: 'hba-unused',
  pillar: 'network',
  severity: 'low',
  titles: {
    pass: 'Every rule of pg_hba.conf is in use',
    fail: 'Some rules of pg_hba.conf are used by nobody',
    topic: 'Rules that nobody uses',
  },
  why: 'Each line that lets somebody in is a way in that has to be watched. One that no login has come by for a while is left over from a client that is gone, and nobody would miss it but an intruder.',
  misuse: [
    'An application moved to another server, its line and its role stayed.',
    'Whoever finds its password in an old backup logs in from its old network, and no one wonders.',
  ],
  byHand: [
    'Have logins written down for a while: ALTER SYSTEM SET log_connections = on; with %h in log_line_prefix.',
    'Since 14 the log names the line that let each login in: connection authenticated: … (pg_hba.conf:12)',
    'Ask about what comes rarely: yearly reports, the restore of a backup, a standby that is switched to.',
    'Put # in front of what nobody used, SELECT pg_reload_conf(); and remove it after a while.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [
      postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file'),
      postgresPage('runtime-config-logging.html', 'Error reporting and logging'),
    ],
  },
  needs: ['configurationFiles', 'cluster', 'settings', 'server', 'system', 'sessions', 'logins'],
  uses: ['memberships', 'interfaces', 'roles', 'databases'],
  parameters: z.object({
    /** For how long nobody may have come by a line before it is called unused. */
    days: z.number().int().min(1).default(7),
  }),
  judge(facts, { parameters }, { memberships, interfaces, roles, databases }) {
    const { configurationFiles, cluster, settings, server, system, sessions, logins } = facts;
    const has = <T>(value: T) => ({ state: 'collected', value }) as const;
    const seen: Pick<FactSet, 'logins' | 'settings' | 'system'> = {
      logins: has(logins),
      settings: has(settings),
      system: has(system),
    };
    const context = contextOfFacts({ memberships, interfaces });
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const own = ownWays(view, context, cluster, server);
      const open = rulesThatLetIn(view, context, settings).filter((rule) => !own.has(rule));
      if (open.length === 0)
        return {
          status: 'pass',
          summary: 'No rule lets in anybody but the administrator of the host.',
          evidence: [],
        };
      const uses = lineUses(
        readGround({
          ...seen,
          configurationFiles: has(configurationFiles),
          cluster: has(cluster),
          sessions: has(sessions),
          memberships,
          interfaces,
          roles,
          databases,
        }),
      );
      const used = new Set(
        uses.lines
          .filter((use) => use.sessions + use.logins > 0)
          .map(({ place }) => `${place.file}:${place.line}`),
      );
      const found = open.filter(({ file, line }) => !used.has(`${file}:${line}`));
      if (found.length === 0)
        return {
          status: 'pass',
          summary: `By each of ${amount(open.length, 'rule')} somebody came in lately.`,
          evidence: [],
        };
      const unclear = (reason: string) => ({
        status: 'not-assessed' as const,
        summary: `Nobody was seen to come by ${countOf(found.length, 'rule').toLowerCase()}, which says little: ${reason}.`,
      });
      const log = loginLog(seen);
      if (!log.ok) return unclear(log.reason);
      if (log.addressesUnknown !== null) return unclear(log.addressesUnknown);
      if (!seesAllSessions(server, context))
        return unclear(`${server.role} does not see the sessions of other roles`);
      if (log.days < parameters.days)
        return unclear(
          `the log of logins goes back to ${dayOf(Date.parse(log.since))}, and ${amount(parameters.days, 'day')} are asked for`,
        );
      const period = `since ${dayOf(Date.parse(log.since))}, when the log begins`;
      const changed = changedSince(view, found, log.since);
      if (changed.length > 0)
        return {
          status: 'manual',
          summary: `${listOf(changed)}, so some of its rules may be younger than the log. Nobody came by ${listOf(found.map((rule) => rulePlace(view, rule)))} ${period}.`,
          evidence: [
            tableEvidence(
              ['Line', 'Rule'],
              found.map((rule) => [rulePlace(view, rule), ruleText(rule, view.major)]),
            ),
          ],
        };
      return failRules({
        view,
        found: found.map((rule) => ({ rule, severity: 'low', note: '' })),
        one: 'is used by nobody',
        many: 'are used by nobody',
        because: `no session is open and no login came by them ${period}`,
      });
    });
  },
});
