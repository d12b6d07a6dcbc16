import { expect, test } from 'vitest';
import type { ApplyEvent, ApplyOutcome } from '../../../shared/contract/apply.ts';
import { sampleEvents, samplePreview } from '../../e2e/window/sample.ts';
import { afterEvent, isLost, mayKeep, mayRollBack, newRun } from '../../../renderer/store/apply.ts';

const at = '2026-11-22T14:31:00.000Z';
const now = Date.parse(at);
const play = (events: readonly ApplyEvent[]) =>
  events.reduce((run, event) => afterEvent(run, event, now), newRun(samplePreview().plan.steps));

test('changes may be kept only when everything is proven and the link stands', () => {
  const waiting = play(sampleEvents());
  expect(mayKeep(waiting)).toBe(true);
  const lost = afterEvent(waiting, { kind: 'phase', at, phase: 'link-lost' }, now);
  expect([isLost(lost), mayKeep(lost), mayRollBack(lost)]).toEqual([true, false, false]);
  expect(lost.deadline).toBe(waiting.deadline);
  const back = afterEvent(lost, { kind: 'phase', at, phase: 'waiting' }, now);
  expect(mayKeep(back)).toBe(true);
});

test('before the first change there is nothing to roll back', () => {
  expect(mayRollBack(play([{ kind: 'phase', at, phase: 'arming' }]))).toBe(false);
  expect(mayRollBack(play([{ kind: 'phase', at, phase: 'changing' }]))).toBe(true);
});

test('the bar starts full when the guard begins to count, and a disarmed guard has no deadline', () => {
  const deadlineAt = new Date(now + 180_000).toISOString();
  const guard = { kind: 'guard', at, guard: 'systemd', armed: true, deadlineAt, counting: true } as const;
  expect(play([guard])).toMatchObject({ total: 180, deadline: now + 180_000 });
  expect(play([guard, { ...guard, armed: false, deadlineAt: null, counting: false }]).deadline).toBeNull();
});

test('an outcome ends what may be done', () => {
  const outcome: ApplyOutcome = { result: 'rolled-back', runId: 'r', reason: '', next: '', finishByHand: [] };
  const run = play([...sampleEvents(), { kind: 'outcome', at, outcome }]);
  expect([mayKeep(run), mayRollBack(run)]).toEqual([false, false]);
});
