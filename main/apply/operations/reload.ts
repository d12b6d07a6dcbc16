import type { OperationOf } from '../../../shared/plan/operation.ts';
import { StepFailed } from '../apply-error.ts';
import type { OperationHandler, StepTools } from '../prepared-step.ts';
import { findLog, newComplaints, refusalsIn, viewServer, waitForLoad } from '../server-view.ts';
import type { ServerView } from '../server-view.ts';
import { proveTls } from '../tls-proof.ts';

const logLimit = 200_000;

/** What the server wrote to its log since the file had `size` bytes. */
async function logSince(view: ServerView, size: number, tools: StepTools): Promise<string> {
  return tools.read([
    ...findLog(view),
    `if [ -n "$log" ]; then tail -c +${size + 1} "$log" | head -c ${logLimit}; fi`,
  ]);
}

/**
 * Tells the server to read its files again. pg_reload_conf() returns true even when pg_hba.conf was rejected, so the
 * proof is: the time of the load moved, the views have no new error, the log has no refusal, a new login works, and
 * where TLS is on a handshake shows the certificate that stands in the file.
 */
export const reloadHandler: OperationHandler<OperationOf<'reload'>> = {
  reads: () => [],
  prepare: () => ({
    undo: [],
    server: 'reload',
    save: [],
    texts: [],
    budgetSeconds: 25,
    async run(tools) {
      const session = await tools.session();
      const before = await viewServer(session, tools.signal);
      const size = await tools.change([
        ...findLog(before),
        'if [ -n "$log" ]; then wc -c <"$log"; else echo 0; fi',
      ]);
      await session.query('SELECT pg_reload_conf()', undefined, { signal: tools.signal });
      await waitForLoad(session, before, tools);
      await tools.closeSessions();
      const after = await viewServer(await tools.session(), tools.signal);
      const log = await logSince(before, Number(size.trim()), tools);
      const problems = [...newComplaints(before.complaints, after.complaints), ...refusalsIn(log)];
      if (problems.length > 0) {
        throw new StepFailed(`The server refuses its new configuration: ${problems.slice(0, 3).join('; ')}`);
      }
      tools.log('reload', `read at ${after.loadedAt}, no errors in the views and the log, a new login works`);
      if (after.tls) tools.log('reload', await proveTls(after, tools));
      if (after.pendingRestart.length > 0) {
        tools.log('reload', `waits for a restart: ${after.pendingRestart.join(', ')}`);
      }
      return 'read by the server, new login works';
    },
  }),
};
