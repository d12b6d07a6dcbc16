import type { ApplyEvent } from '../../shared/contract/apply.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Host } from '../host/host.ts';
import type { Connection } from '../postgres/connection.ts';
import { actorFor } from './actor.ts';
import { messageOf } from './run-reporter.ts';
import { runShell } from './run-shell.ts';
import type { OpenSession } from './step-tools.ts';
import { timeLimit } from './time-limit.ts';

const withinMs = 45_000;

/** The first error of files of which the server takes nothing: a name that it does not know, a syntax error. */
const refusedFiles = `SELECT concat(sourcefile, ':', sourceline, ': ', error) AS why FROM pg_catalog.pg_file_settings
  WHERE error IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_file_settings WHERE applied)
  ORDER BY seqno LIMIT 1`;

/** What stays in force although the bytes are back; empty where the server takes its files, or does not show them. */
async function keptInForce(session: Connection): Promise<string> {
  const [row] = await session.query(refusedFiles).catch(() => []);
  if (row === undefined) return '';
  const why = printable(String(row['why']));
  return ` The server refuses its configuration files, and keeps in force what it read last: ${why}. Mend that, then reload.`;
}

/**
 * New logins after a rollback: whether the way in is open again, and whether the server takes the files that were put
 * back. Gives sentences with a space in front, empty when all is well. Never rejects.
 */
export async function proveWayIn(
  request: { readonly host: Host; readonly cluster: Cluster; readonly openSession: OpenSession },
  emit: (event: ApplyEvent) => void,
): Promise<string> {
  const limit = timeLimit(new AbortController().signal, withinMs);
  const within = limit.signal;
  const actor = actorFor(request.host.description, request.cluster);
  const failed: string[] = [];
  const prove = async (title: string, work: () => Promise<void>): Promise<void> => {
    const started = Date.now();
    const tell = (state: 'running' | 'passed' | 'failed', detail: string): void =>
      emit({
        kind: 'proof',
        at: new Date().toISOString(),
        title,
        state,
        detail,
        elapsedMs: state === 'running' ? null : Date.now() - started,
      });
    tell('running', '');
    try {
      await work();
      tell('passed', '');
    } catch (error) {
      tell('failed', messageOf(error));
      failed.push(` ${title} did not work: ${messageOf(error)}`);
    }
  };
  let fresh: Host | null = null;
  let kept = '';
  try {
    await prove('A new login to the host', async () => {
      fresh = await request.host.loginAgain(within);
      if (actor !== null) await runShell(fresh, actor.as, 'id -un', 30_000, within);
    });
    const over: Host = fresh ?? request.host;
    await prove('A new login to PostgreSQL', async () => {
      const session = await request.openSession(over, request.cluster, null, within);
      kept = await keptInForce(session);
      await session.close();
    });
    return failed.join('') + kept;
  } finally {
    limit.release();
    await (fresh as Host | null)?.close().catch(() => undefined);
  }
}
