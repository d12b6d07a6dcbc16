import type { PlanStep } from '../../shared/plan/plan.ts';
import type { RunOnHost } from './run-on-host.ts';
import type { OpenSession } from './step-tools.ts';

/**
 * Runs the inverse statements through a session of the program, where the host has no psql: otherwise revert.sh would
 * have to stop the server for them. Each is marked, and known by its transaction number, as revert.sh does it. What
 * fails here is left to revert.sh.
 */
export async function undoSqlBySession(
  onHost: RunOnHost,
  steps: readonly PlanStep[],
  openSession: OpenSession,
  log: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { number: count, operation } of [...steps].reverse()) {
    const number = String(count).padStart(3, '0');
    if (operation.kind !== 'sql' || operation.inverse.length === 0) continue;
    try {
      const seen = await onHost.script(
        [
          'take_lock 20',
          'case $(state) in open | kept | reverting | rollback-failed) ;; *) exit 0 ;; esac',
          `if marked started ${number} && ! marked undone ${number}; then printf 'undo %s %s %s\\n' "$(tail -n 1 "$RUN/xid/${number}" 2>/dev/null || echo -)" "$(tail -n 1 "$RUN/undo-xid/${number}" 2>/dev/null || echo -)" "$(marked committed ${number} && echo committed)"; fi`,
        ],
        30_000,
        signal,
      );
      const [, xid = '-', undoXid = '-', committed = ''] = /^undo (\S+) (\S+) ?(\w*)$/m.exec(seen) ?? [];
      if (!/^undo /m.test(seen)) continue;
      const session = await openSession(onHost.host, onHost.place.cluster, operation.database, signal);
      try {
        const fate = async (number_: string): Promise<string> => {
          const [row] = await session.query(
            `SELECT coalesce(pg_xact_status($1::xid8), 'unknown') AS fate`,
            [number_],
            { signal },
          );
          return String(row?.fate);
        };
        const mark = () => onHost.script([`mark undone ${number}`], 30_000, signal);
        if (operation.transactional) {
          if (committed === '' && (xid === '-' || (await fate(xid)) === 'aborted')) {
            await mark();
            continue;
          }
          if (undoXid !== '-' && (await fate(undoXid)) === 'committed') {
            await mark();
            continue;
          }
          await session.query('BEGIN', undefined, { signal });
          const [row] = await session.query('SELECT pg_current_xact_id()::text AS xid', undefined, {
            signal,
          });
          await onHost.script(
            [
              'mkdir -p "$RUN/undo-xid"',
              `echo ${Number(row?.xid)} >>"$RUN/undo-xid/${number}"; fsync "$RUN/undo-xid/${number}"`,
            ],
            30_000,
            signal,
          );
        } else await session.query('SET statement_timeout = 0', undefined, { signal });
        for (const statement of operation.inverse) {
          log(statement);
          await session.query(statement, undefined, { signal, timeoutMs: 600_000 });
        }
        if (operation.transactional) await session.query('COMMIT', undefined, { signal });
        await mark();
      } finally {
        await session.close();
      }
    } catch (error) {
      log(`left to revert.sh: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
