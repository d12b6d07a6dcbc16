import type { Operation } from '../../../shared/plan/operation.ts';
import { inPhase, planOf, type Bench, type Started } from '../apply/bench.ts';
import { setting } from '../apply/operations.ts';

/** A plan that changes one setting and restarts for it. */
export const restartFor = (bench: Bench, name: string, value: string, before: readonly Operation[] = []) =>
  planOf(bench.cluster, [...before, setting(name, value, 'restart'), { kind: 'restart', reasons: [name] }]);

/** Runs to the wait for the confirmation, rolls back, and gives how it ended. */
export async function tryOut(started: Started) {
  void started.until(inPhase('waiting')).then(
    () => started.run.rollBack(),
    () => undefined,
  );
  return started.run.finished;
}

export const startedAt = (bench: Bench): Promise<string> =>
  bench.machine.psql('SELECT pg_postmaster_start_time()');

/** What a trial may leave behind: a folder, a process. */
export const trialLeft = (bench: Bench): Promise<string> =>
  bench.machine.run(
    'ls -d /var/lib/portcullis-trial-* 2>/dev/null; pgrep -af portcullis-trial | grep -v pgrep || true',
  );

/** A transaction that stays open in the background until it is ended. */
export const openTransaction = (bench: Bench): Promise<unknown> =>
  bench.machine.run(
    `(runuser -u postgres -- psql -c 'BEGIN; SELECT pg_sleep(600)' >/dev/null 2>&1 &) ; sleep 0.5`,
  );

export const endTransactions = (bench: Bench): Promise<unknown> =>
  bench.machine.psql(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; SELECT pg_sleep%'",
  );
