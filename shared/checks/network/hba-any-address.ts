import { z } from 'zod';
import type { HbaRule } from '../../hba/types.ts';
import { defineCheck } from '../define-check.ts';
import { failRules, liveReach, unreachedNote } from '../support/hba-findings.ts';
import { contextOfFacts, judgeRules } from '../support/hba-view.ts';
import { isLocalOnly, listening, localOnlyReason } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';

interface ShortestPrefix {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** `all`, a prefix of 0, or one so short that it is the whole internet for every purpose (0.0.0.0/1 and its twin). */
function standsForAny({ address }: HbaRule, shortest: ShortestPrefix): boolean {
  if (address?.kind === 'all') return true;
  return address?.kind === 'network' && address.prefix !== null && address.prefix < shortest[address.family];
}

export const hbaAnyAddress = defineCheck({
  id: 'hba-any-address',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'No rule accepts any address',
    fail: 'A rule accepts any address',
    topic: 'Rules for any address',
  },
  why: 'pg_hba.conf is the guest list of the server. A line for any address means that only the password stands between the data and every machine that can send a packet. When the firewall is opened by mistake one day, nothing else holds.',
  misuse: [
    'Machines search the whole internet for port 5432 and find a server within hours.',
    'A stolen or guessed password works from anywhere, not from the application only.',
  ],
  byHand: [
    'See who connects: SELECT DISTINCT usename, datname, client_addr FROM pg_stat_activity WHERE client_addr IS NOT NULL;',
    'In pg_hba.conf, write the networks of these clients in the place of all, 0.0.0.0/0 or ::/0: one line a network.',
    'SELECT pg_reload_conf(); then ask pg_hba_file_rules for errors.',
    'Open sessions stay. Let each application log in anew and watch the log for "no pg_hba.conf entry".',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000900', 'CD16-00-000300'],
    documentation: [postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file')],
  },
  needs: ['configurationFiles', 'cluster', 'settings'],
  uses: ['memberships'],
  parameters: z.object({
    /** Networks with fewer leading bits than this count as any address. */
    shortestPrefix: z
      .object({ ipv4: z.number().int().min(1).max(32), ipv6: z.number().int().min(1).max(128) })
      .default({ ipv4: 4, ipv6: 4 }),
  }),
  judge({ configurationFiles, cluster, settings }, { parameters }, { memberships }) {
    const context = contextOfFacts({ memberships });
    const heard = listening(settings);
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const wide = view.rules.filter(
        (rule) => rule.method !== 'reject' && standsForAny(rule, parameters.shortestPrefix),
      );
      if (wide.length === 0) {
        return { status: 'pass', summary: 'Every rule names its networks.', evidence: [] };
      }
      if (heard !== null && isLocalOnly(heard)) {
        return { status: 'not-applicable', summary: localOnlyReason(heard) };
      }
      const found = wide.map((rule) => {
        const note = unreachedNote(view, liveReach(view, rule, context, settings));
        return { rule, severity: note === null ? ('high' as const) : ('low' as const), note: note ?? '' };
      });
      const reached = found.filter(({ note }) => note === '');
      return failRules({
        view,
        found,
        one: 'accepts any address',
        many: 'accept any address',
        because:
          reached.length === 0
            ? 'any address, but nobody can come to it now'
            : 'any machine that reaches the port may try to log in',
      });
    });
  },
});
