import type { Cluster } from '../../../shared/facts/cluster.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import { HostError } from '../../host/host.ts';
import { StatementError } from '../../postgres/connection.ts';
import type { RunOnHost } from '../run-on-host.ts';
import type { OpenSession } from '../step-tools.ts';

/**
 * SQL steps whose change is no longer in force, with what is now. One session for each database. A server that is down
 * tells nothing: its rollback starts it.
 */
export async function sqlNow(
  onHost: RunOnHost,
  cluster: Cluster,
  plan: Plan,
  openSession: OpenSession,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  const all = plan.steps.flatMap(({ number, operation }) =>
    operation.kind === 'sql' ? [{ number, operation }] : [],
  );
  for (const database of new Set(all.map(({ operation }) => operation.database))) {
    const steps = all.filter(({ operation }) => operation.database === database);
    try {
      const session = await openSession(onHost.host, cluster, database, signal);
      try {
        const results = await session.batch(
          steps.map(({ operation }) => ({ text: operation.proof })),
          { signal },
        );
        for (const [index, { number }] of steps.entries()) {
          const result = results[index];
          if (result?.state === 'failed') found.set(number, result.message);
          else if (result?.rows[0] === undefined || Object.values(result.rows[0])[0] !== true)
            found.set(number, 'not in force');
        }
      } finally {
        await session.close();
      }
    } catch (error) {
      if (error instanceof StatementError)
        for (const { number } of steps) found.set(number, `${database}: ${error.message}`);
      else if (!(error instanceof HostError)) throw error;
    }
  }
  return found;
}
