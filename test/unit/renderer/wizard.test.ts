import { expect, test } from 'vitest';
import type { ApplyOutcome } from '../../../shared/contract/apply.ts';
import { connection, sampleAfter, samplePreview, sampleReport } from '../../e2e/window/sample.ts';
import {
  emptySession,
  enter,
  isRunning,
  reachable,
  withJudgement,
  withReport,
  type Session,
} from '../../../renderer/store/wizard.ts';

const kept: ApplyOutcome = { result: 'kept', runId: 'r1', reason: '', next: '', finishByHand: [] };
const connected: Session = { ...emptySession, connection };
const inspected = withReport(connected, sampleReport());
const planned: Session = { ...inspected, preview: samplePreview() };
const running: Session = { ...planned, applying: true };
const ended: Session = { ...running, outcome: kept, after: sampleAfter() };

test('a step opens only when what it needs is there', () => {
  expect(reachable(emptySession)).toEqual(['connect']);
  expect(reachable(connected)).toEqual(['connect', 'inspect']);
  expect(reachable(inspected)).toEqual(['connect', 'inspect', 'findings', 'fixes', 'report']);
  expect(reachable(planned)).toContain('preview');
  expect(enter('apply', planned)).toBeNull();
});

test('while a run goes on nothing but Apply can be opened', () => {
  expect(isRunning(running)).toBe(true);
  expect(reachable(running)).toEqual(['apply']);
  expect(isRunning(ended)).toBe(false);
  expect(reachable(ended)).toContain('verify');
});

test('a run that changed nothing has nothing to verify', () => {
  const refused: Session = { ...running, outcome: { ...kept, result: 'refused' } };
  expect(enter('verify', refused)).toBeNull();
  expect(enter('apply', refused)).not.toBeNull();
});

test('the report after a run is the one to save', () => {
  expect(enter('report', ended)).toMatchObject({ report: ended.after });
});

test('a new inspection or judgement takes away what rested on the old one', () => {
  expect(withReport(ended, sampleAfter())).toMatchObject({
    preview: null,
    outcome: null,
    applying: false,
    after: null,
  });
  expect(withJudgement(ended, sampleReport())).toMatchObject({ offers: null, preview: null, outcome: null });
});
