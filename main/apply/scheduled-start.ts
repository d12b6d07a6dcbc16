import type { ApplyOutcome } from '../../shared/contract/apply.ts';
import type { Host } from '../host/host.ts';
import { ApplyRefused } from './apply-error.ts';
import type { ApplyRequest } from './apply-plan.ts';
import { checkPlan } from './check-plan.ts';
import { pause } from './host-link.ts';
import { messageOf } from './run-reporter.ts';
import { timeLimit } from './time-limit.ts';

/** How much later than chosen a run may still start: this machine may have slept through the time. */
const lateMs = 120_000;
const loginMs = 60_000;

/** What the waiting came to: a host to start on (`opened` is to be closed after the run), or why the run does not start. */
export type ScheduledStart =
  | { readonly ready: true; readonly host: Host; readonly opened: Host | null }
  | { readonly ready: false; readonly outcome: ApplyOutcome };

/**
 * Waits for the time that the person chose. The plan is checked now, so that what would be refused is told now, and once
 * more by the run itself when it starts. Nothing is written on the host meanwhile; a link that was lost is opened anew.
 */
export async function awaitStart(
  request: ApplyRequest,
  startAt: Date,
  runId: string,
  signal: AbortSignal,
): Promise<ScheduledStart> {
  let lost = false;
  const stopListening = request.host.onLost(() => {
    lost = true;
  });
  try {
    await checkPlan({ ...request, runId, guard: request.guard ?? null }, signal);
    const at = new Date().toISOString();
    request.onEvent({ kind: 'phase', at, phase: 'scheduled', startsAt: startAt.toISOString() });
    // By the clock, not by one long timer: the machine may sleep, or its clock be set.
    while (Date.now() < startAt.getTime()) {
      if (signal.aborted) return refused(request, 'Cancelled; nothing was changed.', '');
      await pause(Math.min(500, startAt.getTime() - Date.now()));
    }
    if (signal.aborted) return refused(request, 'Cancelled; nothing was changed.', '');
    const late = Date.now() - startAt.getTime();
    if (late > lateMs) {
      const reason = `It is ${Math.round(late / 60_000)} minutes after the time that was chosen; this machine was asleep. Nothing was changed.`;
      return refused(request, reason, 'Choose another time, and keep this machine awake until then.');
    }
    if (!lost) return { ready: true, host: request.host, opened: null };
    const limit = timeLimit(signal, loginMs);
    try {
      const opened = await request.host.loginAgain(limit.signal);
      return { ready: true, host: opened, opened };
    } catch (error) {
      const reason = `The link to the host was lost while waiting, and a new login failed: ${messageOf(error)}`;
      return refused(request, reason, 'Connect again and choose another time.');
    } finally {
      limit.release();
    }
  } catch (error) {
    const reason = signal.aborted ? 'Cancelled; nothing was changed.' : messageOf(error);
    return refused(request, reason, error instanceof ApplyRefused ? error.next : '');
  } finally {
    stopListening();
  }
}

function refused(request: ApplyRequest, reason: string, next: string): ScheduledStart {
  const at = (): string => new Date().toISOString();
  const outcome: ApplyOutcome = { result: 'refused', runId: null, reason, next, finishByHand: [] };
  request.onEvent({ kind: 'phase', at: at(), phase: 'refused' });
  request.onEvent({ kind: 'outcome', at: at(), outcome });
  return { ready: false, outcome };
}
