import { defineFix } from '../define-fix.ts';
import { notOffered, offered } from '../support/offers.ts';

export const restartNow = defineFix({
  id: 'restart-now',
  resolves: ['conf-pending-restart'],
  title: 'Restart PostgreSQL',
  description:
    'Values that wait come into force. Each session ends, and clients have to log in anew; the server is away for some seconds. A rollback does not make them wait again.',
  effect: 'restart',
  reversible: false,
  cutsOff: false,
  // It ends every session.
  safe: false,
  needs: ['settings', 'cluster'],
  offer: ({ cluster }) => (cluster.running ? offered : notOffered('The server is not running.')),
  choices: () => [],
  // By the finding, as another fix of the plan may restart too: both are one restart then.
  plan: (_facts, finding) => ({
    ok: true,
    operations: [{ kind: 'restart', reasons: finding.subjects.map(({ name }) => name) }],
  }),
});
