import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { failRules, unreachedNote } from '../support/hba-findings.ts';
import { reachOf } from '../../hba/reach.ts';
import { contextOfFacts, judgeRules } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';

export const hbaShadowed = defineCheck({
  id: 'hba-shadowed',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Every rule of pg_hba.conf can be reached',
    fail: 'Some rules of pg_hba.conf are never reached',
    topic: 'Rules that are never reached',
  },
  why: 'The server takes the first line that fits and reads no further. A line behind a wider one does nothing, whatever it says. Whoever reads the file believes in a protection that is not there.',
  misuse: [
    'An administrator adds a reject line for an old client at the end of the file.',
    'A wider line above it already lets that client in, so the reject never counts.',
    'A trust line that is hidden today comes back to life when the line above it is removed.',
  ],
  byHand: [
    'Read the file from the top: for each line ask whether a line above it already fits all of it.',
    'Move the narrow line above the wide one when it is meant, or put # in front of it.',
    'SELECT pg_reload_conf(); then try a login of each kind.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file')],
  },
  needs: ['configurationFiles', 'cluster'],
  uses: ['memberships', 'interfaces'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster }, _context, { memberships, interfaces }) {
    const context = contextOfFacts({ memberships, interfaces });
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const found = view.rules.flatMap((rule) => {
        const reach = reachOf(view.rules, rule, context);
        const note = unreachedNote(view, reach);
        if (note === null) return [];
        // A reject that never counts is a protection that somebody relies on.
        const lost = rule.method === 'reject' && reach.takenBy.some(({ method }) => method !== 'reject');
        return { rule, severity: lost ? ('high' as const) : ('medium' as const), note };
      });
      if (found.length === 0) {
        return {
          status: 'pass',
          summary: `Each of ${view.rules.length} rules can decide something.`,
          evidence: [],
        };
      }
      return failRules({
        view,
        found,
        one: 'is never reached',
        many: 'are never reached',
        because: 'earlier rules decide on everything that fits',
      });
    });
  },
});
