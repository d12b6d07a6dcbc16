import { defineFix } from '../define-fix.ts';
import { notOffered, offered } from '../support/offers.ts';

export const restartNow = defineFix({
  id: 'restart-now',
  resolves: ['conf-pending-restart'],
  title: 'Restart PostgreSQL',
  description:
    'Values that wait come into force. Each session ends, and clients have to log in anew; the server is away for some seconds.',
  effect: 'restart',
  reversible: true,
  cutsOff: false,
  // It ends every session.
  safe: false,
  needs: ['settings', 'cluster'],
  offer: ({ cluster }) => (cluster.running ? offered : notOffered('The server is not running.')),
  choices: () => [],
  plan({ settings }) {
    const reasons = settings.filter(({ pendingRestart }) => pendingRestart).map(({ name }) => name);
    return reasons.length === 0
      ? { ok: false, reason: 'Nothing waits for a restart any more.' }
      : { ok: true, operations: [{ kind: 'restart', reasons }] };
  },
});
