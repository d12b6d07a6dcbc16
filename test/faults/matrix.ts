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

/** Runs the plan undisturbed, twice there and once back, to learn its points and its two states. */
export async function learn(stage: Stage): Promise<readonly KnownPoint[]> {
  const host = await stage.logIn();
  try {
    await stage.breakpoints.set(null, true);
    const meter = new Meter();
    meter.scriptHead = breakpointHead;
    const events: string[] = [];
    const outcome = await runMetered(
      host,
      {
        plan: stage.plan,
        cluster: stage.cluster,
        home: stage.home,
        budgetSeconds: 60,
        confirmWithinSeconds: 10,
        autoKeep: true,
      },
      meter,
      (event) => events.push(JSON.stringify(event)),
    );
    const commands = await stage.breakpoints.trace();
    await stage.breakpoints.clear();
    if (outcome.result !== 'kept')
      throw new Error(`${stage.kind.name} undisturbed: ${JSON.stringify(outcome)}\n${events.join('\n')}`);
    await stage.rememberAfter();
    const back = await rollbackRun(
      {
        host,
        cluster: stage.cluster,
        home: stage.home,
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
      throw new Error(`${stage.kind.name} back: ${JSON.stringify(back)}`);
    if (stage.kind.forGood !== true) {
      const differs = difference(stage.before, await readState(stage.machine));
      if (differs !== '') throw new Error(`${stage.kind.name} back: ${differs}`);
    }
    await forget(stage);
    return [
      ...meter.trace.flatMap((title, index) =>
        (['-', '+'] as const).map((when): KnownPoint => ({
          point: { side: 'p', number: index + 1, when },
          title,
        })),
      ),
      ...commands.map((title, index): KnownPoint => ({
        point: { side: 'h', number: index + 1, when: '-' },
        title,
      })),
      { point: { side: 'h', number: commands.length, when: '+' }, title: commands.at(-1) ?? '' },
    ];
  } finally {
    await host.close();
  }
}

/** Takes the records of a run away, so that the next cell begins anew. */
export async function forget(stage: Stage): Promise<void> {
  await stage.machine.exec(
    'umount -l /var/lib/portcullis 2>/dev/null; rm -rf /var/lib/portcullis; systemctl reset-failed',
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
