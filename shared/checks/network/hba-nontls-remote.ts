import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { settingEvidence, findSetting } from '../support/settings.ts';
import { failRules } from '../support/hba-findings.ts';
import { reachOf } from '../../hba/reach.ts';
import { contextOfFacts, judgeRules, ruleReach } from '../support/hba-view.ts';
import { isLocalOnly, listening, localOnlyReason } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';

export const hbaNontlsRemote = defineCheck({
  id: 'hba-nontls-remote',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'Every remote rule requires encryption',
    fail: 'Remote rules do not require TLS',
    topic: 'Encryption that remote rules require',
  },
  why: 'A host line takes encrypted and plain connections alike, so the client decides. Most clients fall back to plain without a word. Only hostssl (or hostgssenc) makes the server insist.',
  misuse: [
    'Someone in between answers the client that the server has no TLS.',
    'The client goes on without it, as sslmode=prefer says.',
    'Queries, results and logins pass in clear, to be read or changed.',
  ],
  byHand: [
    'Switch TLS on first, and see that clients can use it: SELECT usename, client_addr, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid);',
    'In pg_hba.conf, put hostssl in the place of host on every line for other machines.',
    'SELECT pg_reload_conf(); then log in anew with sslmode=require.',
    'Set sslmode=verify-full in the clients, so that they check whom they talk to.',
  ],
  references: {
    cis: ['6.8 (12, 14-17)'],
    stig: ['CD12-00-003000', 'CD12-00-007200', 'CD16-00-008900', 'CD16-00-008800'],
    documentation: [
      postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file'),
      postgresPage('ssl-tcp.html', 'Secure TCP/IP connections with SSL'),
    ],
  },
  needs: ['configurationFiles', 'cluster', 'settings'],
  uses: ['memberships', 'interfaces'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster, settings }, _context, { memberships, interfaces }) {
    const heard = listening(settings);
    if (heard !== null && isLocalOnly(heard)) {
      return { status: 'not-applicable', summary: localOnlyReason(heard) };
    }
    const context = contextOfFacts({ memberships, interfaces });
    const ssl = findSetting(settings, 'ssl');
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const found = view.rules
        .filter((rule) => rule.method !== 'reject' && ruleReach(rule) === 'remote')
        .filter(
          (rule) => reachOf(view.rules, rule, context, { transports: ['tcp-plain'] }).transports.length > 0,
        )
        .map((rule) => ({ rule, severity: 'high' as const, note: '' }));
      if (found.length === 0) {
        return {
          status: 'pass',
          summary: 'No rule lets a plain connection in from another machine.',
          evidence: [],
        };
      }
      return failRules({
        view,
        found,
        one: 'for other machines does not require TLS',
        many: 'for other machines do not require TLS',
        because:
          ssl?.value === 'off'
            ? 'plain connections are let in, and TLS is off altogether'
            : 'plain connections are let in',
        more: ssl === undefined ? [] : [settingEvidence(ssl, 'on')],
      });
    });
  },
});
