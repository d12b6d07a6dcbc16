import { quoteLiteral } from '../../../shared/lib/quoting.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { StatementError, type Connection } from '../../postgres/connection.ts';
import { StepFailed } from '../apply-error.ts';
import type { OperationHandler, RestartWishes, StepTools } from '../prepared-step.ts';
import { waitForQuiet } from '../restart/busy.ts';
import { restartClockFunctions } from '../restart/clock-shell.ts';
import { dryStartUndo } from '../restart/dry-start-shell.ts';
import {
  dataProblems,
  listenProblems,
  nextLines,
  readNext,
  type NextConfiguration,
} from '../restart/obstacles.ts';
import { tryStart } from '../restart/trial.ts';
import { viewServer } from '../server-view.ts';

const undefinedFile = '58P01';
const checkpointMs = 90_000;
/** A checkpoint that is older than this is made again before the restart. */
const freshMs = 30_000;
const trialSeconds = 50;
const stopSeconds = 50;

/** Finds libraries to preload that are not there, where no second server can be started. */
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

/** What the running server uses; memory in blocks of 8 kB. */
async function inForce(session: Connection, signal: AbortSignal) {
  const [row] = await session.query(
    `SELECT (SELECT setting FROM pg_settings WHERE name = 'shared_buffers') AS buffers,
       current_setting('port') AS port, current_setting('listen_addresses') AS addresses`,
    undefined,
    { signal },
  );
  return { buffers: Number(row?.buffers), port: String(row?.port), addresses: String(row?.addresses) };
}

/**
 * For a second server beside the running one: only the memory that the new settings want in addition, since the running
 * one gives back its own before the restart. A setting that the plan changes is otherwise tried as it will be.
 */
function loweredSettings(
  next: NextConfiguration,
  reasons: readonly string[],
  now: number,
): readonly string[] {
  const wanted = Number(next.values.get('shared_buffers') ?? now);
  const more = Math.max(2048, wanted - now);
  return [`shared_buffers=${more}`, ...(reasons.includes('huge_pages') ? [] : ['huge_pages=off'])];
}

/** Everything that can be known before the server is stopped. Throws StepFailed with what would go wrong. */
async function provenToStart(operation: OperationOf<'restart'>, tools: StepTools): Promise<void> {
  const session = await tools.session();
  const next = readNext(await tools.read(nextLines(operation.reasons), 60_000));
  const now = await inForce(session, tools.signal);
  const values = operation.reasons.flatMap((name) => {
    const value = next.values.get(name);
    return value === undefined ? [] : [`${name} = ${value}`];
  });
  tools.log(
    'restart',
    `postgres -C read the new configuration without error${values.length === 0 ? '' : `: ${values.join(', ')}`}`,
  );
  const problems = [
    ...next.badFolders.map((folder) => `the server cannot write to its folder ${folder}`),
    ...listenProblems(next, now),
    ...(await dataProblems(session, next, tools.signal)),
  ];
  if (problems.length > 0)
    throw new StepFailed(`The server would not start as it should: ${problems.join('; ')}.`);
  const lowered = loweredSettings(next, operation.reasons, now.buffers);
  const trial = await tryStart(lowered, tools);
  if (trial.kind === 'started') return;
  const libraries = (next.values.get('shared_preload_libraries') ?? '')
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '');
  await tryLibraries(libraries, tools);
}

/** A checkpoint, so that the shutdown has little left to write. A standby makes restart points by itself. */
async function checkpoint(tools: StepTools): Promise<void> {
  const session = await tools.session();
  const [row] = await session.query('SELECT pg_is_in_recovery() AS standby', undefined, {
    signal: tools.signal,
  });
  if (row?.standby === true) return tools.log('restart', 'no checkpoint: this is a standby');
  const began = Date.now();
  await session.query('CHECKPOINT', undefined, { signal: tools.signal, timeoutMs: checkpointMs });
  tools.log('restart', `checkpoint made in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** Waits for those who are busy and makes a checkpoint, so that both hold at the moment of the restart. */
async function quietAndWritten(wishes: RestartWishes, major: number, tools: StepTools): Promise<void> {
  const until = Date.now() + (wishes.busy === 'wait' ? wishes.waitSeconds * 1000 : 0);
  for (;;) {
    const waited = await waitForQuiet(wishes, major, until, tools);
    if (waited > 0) tools.log('restart', `waited ${waited} s`);
    await checkpoint(tools);
    const began = Date.now();
    await waitForQuiet(wishes, major, until, tools);
    if (Date.now() - began < freshMs) return;
  }
}

/** Restarts the server after its new configuration was proven to start, as far as that can be done while it runs. */
export const restartHandler: OperationHandler<OperationOf<'restart'>> = {
  reads: () => [],
  prepare(operation, { restart: wishes, check, cluster }) {
    const waitSeconds = wishes.busy === 'wait' ? wishes.waitSeconds : 0;
    const startSeconds = Math.min(600, Math.max(60, check.startLimitSeconds ?? 60));
    return {
      undo: [{ kind: 'commands', title: 'removing the trial server', lines: dryStartUndo }],
      server: 'restart',
      save: [],
      texts: [],
      budgetSeconds: waitSeconds + trialSeconds + checkpointMs / 1000 + stopSeconds + startSeconds + 10,
      async run(tools) {
        const before = await viewServer(await tools.session(), tools.signal);
        if (before.complaints.length > 0) {
          throw new StepFailed(
            `The server would not start again: ${before.complaints.slice(0, 3).join('; ')}`,
          );
        }
        await provenToStart(operation, tools);
        await quietAndWritten(wishes, cluster.major, tools);
        await tools.closeSessions();
        const output = await tools.change(
          [
            restartClockFunctions,
            `STOP_SECONDS=${stopSeconds}; START_SECONDS=${startSeconds}`,
            'restart_measured',
            `if [ -e "$RUN/stopped-at-once" ]; then rm -f "$RUN/stopped-at-once"; printf 'stopped-at-once\\n'; fi`,
            `printf 'place\\t%s\\t%s\\n' "$(sed -n 4p "$PGDATA/postmaster.pid")" "$(sed -n 5p "$PGDATA/postmaster.pid")"`,
          ],
          (stopSeconds + startSeconds + 60) * 1000,
        );
        const [, port = '', socket = ''] = /^place\t(.*)\t(.*)$/m.exec(output) ?? [];
        if (/^\d+$/.test(port)) tools.serverMoved(Number(port), socket);
        const after = await viewServer(await tools.session(), tools.signal);
        if (after.startedAt === before.startedAt) throw new StepFailed('The server did not restart.');
        const waiting = after.pendingRestart.filter((name) => operation.reasons.includes(name));
        if (waiting.length > 0) throw new StepFailed(`Still waiting for a restart: ${waiting.join(', ')}`);
        if (/^stopped-at-once$/m.test(output)) {
          tools.log(
            'restart',
            `the shutdown took longer than ${stopSeconds} s; the server was stopped at once and recovered`,
          );
        }
        const measured = /^downtime\t(\d+)$/m.exec(output)?.[1];
        const downtimeMs = measured === undefined ? null : Number(measured);
        tools.restarted(downtimeMs);
        const away =
          downtimeMs === null ? '' : `, nobody could connect for ${(downtimeMs / 1000).toFixed(1)} s`;
        tools.log('restart', `accepts connections since ${after.startedAt}${away}`);
        return `restarted, accepts connections${away}`;
      },
    };
  },
};
