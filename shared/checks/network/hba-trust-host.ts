import { z } from 'zod';
import type { HbaRule } from '../../hba/types.ts';
import { defineCheck } from '../define-check.ts';
import { textEvidence } from '../support/evidence.ts';
import { failRules, liveReach, unreachedNote } from '../support/hba-findings.ts';
import { whoIsLetIn } from '../support/hba-roles.ts';
import { addressWords, hbaContext, judgeRules, ruleReach } from '../support/hba-view.ts';
import { isLocalOnly, listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';

/** With a verified client certificate whose name is the role's, trust has nothing left to trust. */
const provesRole = ({ options }: HbaRule): boolean =>
  options.some(({ name, value }) => name === 'clientcert' && value === 'verify-full');

export const hbaTrustHost = defineCheck({
  id: 'hba-trust-host',
  pillar: 'network',
  severity: 'critical',
  titles: {
    pass: 'Every TCP rule asks for a proof',
    fail: 'TCP clients get in without a password',
    topic: 'TCP rules that ask for no password',
  },
  why: 'trust skips authentication: the client names any role and becomes it, postgres included. On loopback that is every account and every program of the host, and whoever can make one of them call.',
  misuse: [
    'Any device with such an address runs psql -h db1 -U postgres.',
    'It is superuser at once: it reads and changes all.',
    'COPY … TO PROGRAM then runs commands on the host.',
  ],
  byHand: [
    'Give every role that uses the line a password, with \\password in psql.',
    'In pg_hba.conf, put scram-sha-256 in the place of trust on that line.',
    'SELECT pg_reload_conf(); then ask pg_hba_file_rules for errors.',
    'Log in anew from one of these clients before you go on.',
  ],
  references: {
    cis: ['5.4 (14-17)', '5.2 (12)'],
    stig: ['CD12-00-000500', 'CD16-00-000200'],
    documentation: [postgresPage('auth-trust.html', 'Trust authentication')],
  },
  needs: ['configurationFiles', 'cluster', 'settings'],
  uses: ['roles', 'memberships'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster, settings }, _context, { roles, memberships }) {
    const members = memberships.state === 'collected' ? memberships.value : [];
    const context = hbaContext(members);
    const heard = listening(settings);
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const found = view.rules
        .filter((rule) => rule.type !== 'local' && rule.method === 'trust' && !provesRole(rule))
        .map((rule) => {
          const unreached = unreachedNote(view, liveReach(view, rule, context, settings));
          const unheard =
            heard !== null && (heard.scope === 'none' || (ruleReach(rule) === 'remote' && isLocalOnly(heard)))
              ? 'the server does not listen there now'
              : null;
          const note = unreached ?? unheard;
          return {
            rule,
            severity: note === null ? ('critical' as const) : ('medium' as const),
            note: note ?? '',
          };
        });
      if (found.length === 0) return { status: 'pass', summary: 'No TCP rule uses trust.', evidence: [] };
      const live = found.filter(({ note }) => note === '').map(({ rule }) => rule);
      const only = live.length === 1 && found.length === 1 ? live[0] : undefined;
      return failRules({
        view,
        found,
        one: 'asks TCP clients for no password',
        many: 'ask TCP clients for no password',
        ...(only === undefined ? {} : { title: `The rule for ${addressWords(only)} asks for no password` }),
        because:
          live.length === 0
            ? 'trust, but nobody can come to it now'
            : 'trust, so a client is whichever role it names',
        more:
          roles.state === 'collected' && live.length > 0
            ? [textEvidence(whoIsLetIn(live, roles.value, members))]
            : [],
      });
    });
  },
});
