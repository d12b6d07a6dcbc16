import type { RollbackDecision, RunRecord } from '../../shared/contract/apply.ts';
import { call, problemOf } from '../api/bridge.ts';
import { attempt } from './actions.ts';
import { afterRollback, canRollBack, newRun } from './apply.ts';
import { read, update } from './state.ts';

/** Reads the runs on this host. */
export async function loadRuns(): Promise<void> {
  if (read().session.connection === null) return;
  await attempt(async () => update({ runs: await call('history.list', {}) }));
}

/** Opens a run: its changes, and what somebody changed since. */
export async function openRun(id: string): Promise<void> {
  update({ openedRun: id, runChanges: null });
  await attempt(async () => {
    const runChanges = await call('history.changes', { run: id });
    if (read().openedRun === id) update({ runChanges });
  });
}

/** Asks before a run is rolled back; what changed since is read first. */
export async function askRollback(run: RunRecord): Promise<void> {
  update({ confirmRollback: run });
  await openRun(run.id);
}

/** Opens History at the run that was applied last and asks whether to roll it back. */
export async function askRollbackOf(runId: string): Promise<void> {
  update({ view: 'history' });
  await loadRuns();
  const run = read().runs?.find((candidate) => candidate.id === runId);
  if (run !== undefined) await askRollback(run);
}

/** Breaks the lock of another's run: that run is rolled back, as any other of the history. */
export async function breakLockOf(runId: string): Promise<void> {
  update({ view: 'history' });
  await loadRuns();
  const run = read().runs?.find((candidate) => candidate.id === runId);
  if (run === undefined || !canRollBack(run)) update({ message: 'That run is over by now.' });
  else await rollBack(run, []);
}

/** Saves one run or all as one file that can be verified. */
export async function exportRuns(run: string | null): Promise<void> {
  await attempt(async () => {
    const { path } = await call('history.export', { run });
    if (path !== null) update({ message: `Saved as ${path}` });
  });
}

/** Rolls an earlier run back, with what was decided for its operations. */
export async function rollBack(
  run: RunRecord,
  decisions: readonly RollbackDecision[],
  breakLock = false,
): Promise<void> {
  update({
    confirmRollback: null,
    view: 'history',
    rollback: { run, decisions, view: newRun(run.steps), ended: null },
  });
  try {
    const { outcome: ended } = await call('history.rollBack', {
      run: run.id,
      force: false,
      decisions: [...decisions],
      breakLock,
    });
    update(({ rollback }) => {
      if (rollback === null) return {};
      const view = afterRollback(rollback.view, ended);
      return { rollback: { ...rollback, view, ended } };
    });
    await loadRuns();
  } catch (error) {
    update({ rollback: null, problem: problemOf(error) });
  }
}
