import { z } from 'zod';
import type { Severity } from '../../findings/finding.ts';
import type { HbaRule } from '../../hba/types.ts';
import { defineCheck } from '../define-check.ts';
import { failRules, liveReach, unreachedNote } from '../support/hba-findings.ts';
import { contextOfFacts, judgeRules, ruleReach } from '../support/hba-view.ts';
import { isLocalOnly, listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';

/** Methods for which the client hands its password over as it is, to be checked elsewhere. */
const passedOn: readonly string[] = ['pam', 'ldap', 'bsd', 'radius'];

/** What is wrong with a rule, and how much; null when its password does not travel in clear. */
function objection(rule: HbaRule): { readonly severity: Severity; readonly note: string } | null {
  const encrypted = rule.type === 'hostssl' || rule.type === 'hostgssenc';
  const remote = ruleReach(rule) === 'remote';
  if (rule.method === 'password') {
    if (remote && !encrypted) return { severity: 'high', note: 'the password crosses the network as it is' };
    return { severity: 'medium', note: 'the server, or who poses as it, sees the password as it is' };
  }
  if (!passedOn.includes(rule.method) || encrypted || !remote) return null;
  return { severity: 'high', note: `${rule.method} needs the clear password, and no TLS is required` };
}

export const hbaPasswordCleartext = defineCheck({
  id: 'hba-password-cleartext',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'No rule has passwords sent in clear',
    fail: 'Passwords are sent in clear',
    topic: 'Rules that have passwords sent in clear',
  },
  why: 'With the method password the client sends its password as it is. With scram-sha-256 it proves that it knows the password and never sends it. pam, ldap and radius need the clear text, so the line to the server has to be encrypted.',
  misuse: [
    'Someone on the way, in the same network or on a router, records one login.',
    'The password stands in the recording and is good for every later login.',
    'People use one password in many places: it opens more than this database.',
  ],
  byHand: [
    'See that roles have SCRAM verifiers: SELECT rolname FROM pg_authid WHERE rolpassword NOT LIKE $$SCRAM%$$;',
    'In pg_hba.conf, put scram-sha-256 in the place of password.',
    'For pam, ldap and radius, put hostssl in the place of host.',
    'SELECT pg_reload_conf(); then log in anew.',
  ],
  references: {
    cis: ['5.4 (14-17)', '5.2 (12)'],
    stig: ['CD12-00-000800', 'CD16-00-003900'],
    documentation: [postgresPage('auth-password.html', 'Password authentication')],
  },
  needs: ['configurationFiles', 'cluster', 'settings'],
  uses: ['memberships'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster, settings }, _context, { memberships }) {
    const context = contextOfFacts({ memberships });
    const heard = listening(settings);
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const found = view.rules.flatMap((rule) => {
        const objected = objection(rule);
        if (objected === null) return [];
        const unreached = unreachedNote(view, liveReach(view, rule, context, settings));
        if (unreached !== null) return { rule, severity: 'low' as const, note: unreached };
        const unheard = heard !== null && isLocalOnly(heard) && ruleReach(rule) === 'remote';
        return unheard
          ? { rule, severity: 'low' as const, note: 'the server does not listen there now' }
          : { rule, ...objected };
      });
      if (found.length === 0) {
        return {
          status: 'pass',
          summary: 'No rule takes a password in clear over an open line.',
          evidence: [],
        };
      }
      return failRules({
        view,
        found,
        one: 'has passwords sent in clear',
        many: 'have passwords sent in clear',
        because: 'the client hands over its password as it is',
      });
    });
  },
});
