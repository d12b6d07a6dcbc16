import { z } from 'zod';
import { openTransactionSchema } from '../../../shared/facts/activity.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import { printable } from '../../../shared/lib/hostile-text.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import { longTransactionSeconds } from '../../../shared/plan/restart.ts';
import { transactionText, whoText } from '../../../shared/plan/restart-text.ts';
import { activityQuery } from '../../postgres/activity-queries.ts';
import type { Connection } from '../../postgres/connection.ts';
import { ApplyRefused, StepFailed } from '../apply-error.ts';
import { pause } from '../host-link.ts';
import type { RestartWishes, StepTools } from '../prepared-step.ts';

const rowSchema = z.object({
  transactions: z.array(openTransactionSchema.extend({ pid: z.number() })),
  backups: z.array(z.object({ role: z.string(), address: z.string().nullable(), application: z.string() })),
});

/** Who would be cut off in the middle of something: one sentence each. Asks the server once. */
async function whoIsBusy(
  session: Connection,
  major: number,
  longSeconds: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [row] = await session.query(activityQuery(major, longSeconds), undefined, {
    signal,
    timeoutMs: 20_000,
  });
  const { transactions, backups } = rowSchema.parse(row);
  return [
    ...transactions.map((one) => `${transactionText(one)} (process ${one.pid})`),
    ...backups.map((one) => `base backup of ${whoText(one)}`),
  ].map(printable);
}

const shown = (busy: readonly string[]): string =>
  busy.slice(0, 5).join('; ') + (busy.length > 5 ? `; and ${busy.length - 5} more` : '');

const whatToDo =
  'Wait until it has ended, end it (pg_terminate_backend), choose how long the restart may wait, or go over it.';

/** Before anything is changed: a plan with a restart is refused when somebody is busy and the person did not say wait or over. */
export async function refuseWhenBusy(
  plan: Plan,
  cluster: Cluster,
  session: Connection,
  wishes: RestartWishes | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!plan.steps.some(({ operation }) => operation.kind === 'restart')) return;
  if (wishes !== undefined && wishes.busy !== 'stop') return;
  const busy = await whoIsBusy(session, cluster.major, wishes?.longSeconds ?? longTransactionSeconds, signal);
  if (busy.length > 0) throw new ApplyRefused(`The restart would cut off ${shown(busy)}.`, whatToDo);
}

/**
 * Right before the restart: gives how many seconds it waited for those who are busy; 0 when nobody was, or when the
 * person goes over them. Throws StepFailed, so that the run is rolled back, when they are still busy after the wait.
 */
export async function waitForQuiet(
  wishes: RestartWishes,
  major: number,
  waitUntil: number,
  tools: StepTools,
): Promise<number> {
  const began = Date.now();
  const longSeconds = wishes.longSeconds ?? longTransactionSeconds;
  let told = '';
  for (;;) {
    const busy = await whoIsBusy(await tools.session(), major, longSeconds, tools.signal);
    if (busy.length === 0) return Math.round((Date.now() - began) / 1000);
    if (wishes.busy === 'over') {
      tools.log('restart', `goes over ${shown(busy)}`);
      return 0;
    }
    if (wishes.busy === 'stop' || Date.now() >= waitUntil) {
      const waited = wishes.busy === 'wait' ? ` after ${wishes.waitSeconds} s of waiting` : '';
      throw new StepFailed(`The restart would cut off ${shown(busy)}${waited}. ${whatToDo}`);
    }
    const text = `waits for ${shown(busy.map((one) => one.replace(/, for [^,]*(?= \(process)/, '')))}`;
    if (text !== told) tools.log('restart', text);
    told = text;
    await pause(Math.min(2_000, Math.max(0, waitUntil - Date.now())));
    tools.signal.throwIfAborted();
  }
}
