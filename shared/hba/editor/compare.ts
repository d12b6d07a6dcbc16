import { clientConnections } from '../../access/client-connections.ts';
import type { HbaMatch } from '../match.ts';
import type { EditorClient, EditorGround } from './ground-schema.ts';
import { matchIn } from './reading.ts';
import type { EditorReading } from './reading.ts';

function lets(match: HbaMatch): 'in' | 'out' | 'unknown' {
  if (match.outcome === 'none') return 'out';
  if (match.outcome === 'unknown') return 'unknown';
  return match.rule.method === 'reject' ? 'out' : 'in';
}

/**
 * Clients that were seen, for whom some line is now and none would be. Whether they prove who they are by another line
 * is the plan's matter.
 */
export function lostClients(
  ground: EditorGround,
  before: EditorReading,
  after: EditorReading,
): readonly EditorClient[] {
  return ground.clients.filter((client) => {
    const ways = clientConnections(client);
    const some = ways.some((way) => lets(matchIn(before, way)) !== 'out');
    return some && ways.every((way) => lets(matchIn(after, way)) === 'out');
  });
}
