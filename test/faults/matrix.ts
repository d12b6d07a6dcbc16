import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Cell } from './cell.ts';
import type { CellResult } from './cell.ts';
import { breakpointHead } from './breakpoints.ts';
import { runMetered, targetKey } from './engine.ts';
import type { Fault } from './faults.ts';
import type { Kind } from './kinds.ts';
import { Meter } from './points.ts';
import type { Point } from './points.ts';
import type { Stage } from './stage.ts';
import { difference, readState } from './state.ts';
import { rollbackRun } from '../../main/apply/rollback-run.ts';
import { openSession } from '../integration/apply/bench.ts';

/** A point with what happens there. */
export interface KnownPoint {
  readonly point: Point;
  readonly title: string;
}

/** Runs the plan undisturbed, once kept and once undone, to learn its points and its two states. */
export async function learn(stage: Stage): Promise<readonly KnownPoint[]> {
  const kept = await watch(stage, '');
  const undone = await watch(stage, 'u');
  const byGuard = undone.filter(({ point }) => point.side === 'h');
  return [
    ...kept,
    ...undone,
    ...byGuard.map((one) => ({ ...one, point: { ...one.point, mode: 'g' as const } })),
  ];
}

async function watch(stage: Stage, mode: '' | 'u'): Promise<readonly KnownPoint[]> {
  const { breakpoints, cluster, home, kind } = stage;
  const host = await stage.logIn();
  try {
    await breakpoints.set(null, true);
    const meter = new Meter();
    meter.scriptHead = breakpointHead;
    const events: string[] = [];
    const outcome = await runMetered(
      host,
      { plan: stage.planFor(mode), cluster, home, budgetSeconds: 60, confirmWithinSeconds: 30, mode },
      meter,
      (event) => void events.push(JSON.stringify(event)),
      () => breakpoints.set(null, true),
    );
    const commands = await breakpoints.trace();
    const done = [...meter.trace];
    await breakpoints.clear();
    if (outcome.result !== (mode === '' ? 'kept' : 'rolled-back'))
      throw new Error(`${kind.name} undisturbed: ${JSON.stringify(outcome)}\n${events.join('\n')}`);
    if (mode === '') {
      await stage.rememberAfter();
      const back = await rollbackRun(
        {
          host,
          cluster,
          home,
          targetKey,
          runId: outcome.runId ?? '',
          by: 'tester@faults',
          force: false,
          openSession,
          onLog: () => undefined,
        },
        new AbortController().signal,
      );
      if (back.outcome.result !== 'rolled-back')
        throw new Error(`${kind.name} back: ${JSON.stringify(back)}`);
    }
    await stage.takeRemains();
    const differs = difference(stage.before, await readState(stage.machine));
    if (differs !== '') throw new Error(`${kind.name} back: ${differs}`);
    await forget(stage);
    const last = commands.length;
    return [
      ...done.flatMap((title, index) =>
        (['-', '+'] as const).map((when): KnownPoint => ({
          point: { mode, side: 'p', number: index + 1, when },
          title,
        })),
      ),
      ...commands.map((title, index): KnownPoint => ({
        point: { mode, side: 'h', number: index + 1, when: '-' },
        title,
      })),
      { point: { mode, side: 'h', number: last, when: '+' }, title: commands[last - 1] ?? '' },
    ];
  } finally {
    await host.close();
  }
}

/** Takes the records of a run away, so that the next cell begins anew. */
export async function forget(stage: Stage): Promise<void> {
  await stage.machine.exec(
    'runuser -u postgres -- psql -XAtq -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = \'portcullis\'"; umount -l /var/lib/portcullis 2>/dev/null; rm -rf /var/lib/portcullis; systemctl reset-failed',
  );
  await rm(join(stage.home, 'runs'), { recursive: true, force: true });
}

/** One cell on a stage that is as before. */
export async function runCell(
  stage: Stage,
  fault: Fault,
  known: KnownPoint | null,
  childProgram: string,
): Promise<{ readonly result: CellResult; readonly log: string }> {
  const cell = new Cell(stage, fault, known?.point ?? null, childProgram);
  const result = await cell.run(known?.title ?? '');
  return { result, log: cell.log };
}

export type { Kind };
