import { quoteLiteral } from '../../../shared/lib/quoting.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { StatementError } from '../../postgres/connection.ts';
import { StepFailed } from '../apply-error.ts';
import type { OperationHandler, StepTools } from '../prepared-step.ts';
import { viewServer } from '../server-view.ts';

const undefinedFile = '58P01';

/** Finds libraries to preload that are not there, before the server stumbles over them. */
async function tryLibraries(libraries: readonly string[], tools: StepTools): Promise<void> {
  const session = await tools.session();
  for (const library of libraries) {
    try {
      await session.query(`LOAD ${quoteLiteral(library).trim()}`, undefined, { signal: tools.signal });
    } catch (error) {
      // A library that insists on being preloaded is there.
      if (error instanceof StatementError && error.code === undefinedFile) {
        throw new StepFailed(`The library ${library} is not installed: ${error.message}`);
      }
      if (!(error instanceof StatementError)) throw error;
    }
  }
}

/** Restarts the server after its new configuration was tried as far as that can be done while it runs. */
export const restartHandler: OperationHandler<OperationOf<'restart'>> = {
  reads: () => [],
  prepare: (operation) => ({
    undo: [],
    server: 'restart',
    save: [],
    texts: [],
    budgetSeconds: 150,
    async run(tools) {
      const session = await tools.session();
      const before = await viewServer(session, tools.signal);
      if (before.complaints.length > 0) {
        throw new StepFailed(`The server would not start again: ${before.complaints.slice(0, 3).join('; ')}`);
      }
      const preloaded = await tools.read([
        'as_owner "$BIN/postgres" -D "$PGDATA" -c "config_file=$CONFIG" -C max_connections >/dev/null',
        'as_owner "$BIN/postgres" -D "$PGDATA" -c "config_file=$CONFIG" -C shared_preload_libraries',
      ]);
      await tryLibraries(
        preloaded
          .split(',')
          .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
          .filter((name) => name !== ''),
        tools,
      );
      tools.log('restart', 'the new configuration was read by a second server process: no error');
      await (
        await tools.session()
      ).query('CHECKPOINT', undefined, { signal: tools.signal, timeoutMs: 300_000 });
      await tools.closeSessions();
      const place = await tools.change(
        ['server_restart', `sed -n '4p;5p' "$PGDATA/postmaster.pid"`],
        180_000,
      );
      const [port = '', socket = ''] = place.trim().split('\n').slice(-2);
      if (/^\d+$/.test(port)) tools.serverMoved(Number(port), socket);
      const after = await viewServer(await tools.session(), tools.signal);
      if (after.startedAt === before.startedAt) throw new StepFailed('The server did not restart.');
      const waiting = after.pendingRestart.filter((name) => operation.reasons.includes(name));
      if (waiting.length > 0) throw new StepFailed(`Still waiting for a restart: ${waiting.join(', ')}`);
      tools.log('restart', `accepts connections since ${after.startedAt}`);
      return 'restarted, accepts connections';
    },
  }),
};
