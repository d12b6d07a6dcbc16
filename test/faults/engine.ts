import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { applyPlan } from '../../main/apply/apply-plan.ts';
import type { Host } from '../../main/host/host.ts';
import type { ApplyEvent, ApplyOutcome } from '../../shared/contract/apply.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import { logIn, openSession } from '../integration/apply/bench.ts';
import { breakpointHead } from './breakpoints.ts';
import { meteredHost, meteredSessions, Meter } from './points.ts';
import type { Mode, Point } from './points.ts';

const never = new AbortController().signal;

/** What a run of the matrix is, whichever process it is in. */
export interface RunOrder {
  readonly plan: Plan;
  readonly cluster: Cluster;
  readonly home: string;
  readonly budgetSeconds: number;
  readonly confirmWithinSeconds: number;
  readonly mode: Mode;
}

export const targetKey = 'test-host';

/** One run of the real engine with a meter on it. */
export async function runMetered(
  host: Host,
  order: RunOrder,
  meter: Meter,
  onEvent: (event: ApplyEvent) => void,
  onWaiting: () => Promise<void> = async () => undefined,
): Promise<ApplyOutcome> {
  return meter.during(() => {
    let waited = false;
    const wait = async (): Promise<void> => {
      await onWaiting();
      meter.begin();
      if (order.mode === 'u') run.rollBack();
    };
    const run = applyPlan(
      {
        ...order,
        host: meteredHost(host, meter),
        by: 'tester@faults',
        title: 'a run that is disturbed',
        accept: { cutOff: true, unguarded: false, breakLock: false },
        openSession: meteredSessions(openSession, meter),
        autoKeep: order.mode === '',
        onEvent: (event) => {
          onEvent(event);
          if (order.mode === '' || waited || event.kind !== 'phase' || event.phase !== 'waiting') return;
          waited = true;
          void wait();
        },
      },
      never,
    );
    return run.finished;
  });
}

/** What the process that is to be killed is told. */
export interface ChildOrder extends RunOrder {
  readonly address: string;
  readonly key: string;
  /** Where it kills itself; null when it is killed from outside. */
  readonly at: Point | null;
  readonly countOnHost: boolean;
}

/** The whole life of that process. */
export async function childMain(order: ChildOrder): Promise<void> {
  const meter = new Meter(order.at, async () => {
    process.kill(process.pid, 'SIGKILL');
    await new Promise<never>(() => undefined);
  });
  if (order.countOnHost) meter.scriptHead = breakpointHead;
  const host = await logIn(
    { address: order.address, key: order.key } as Parameters<typeof logIn>[0],
    order.home,
    'ops',
  );
  const tell = (event: ApplyEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
  // In a run that is undone, the other side says when to begin with it.
  const told = new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
  await runMetered(host, order, meter, tell, () => told);
  await host.close();
  process.stdin.destroy();
}

/** Starts the program in a process of its own; `program` is the bundle of child.ts. */
export function startChild(program: string, order: ChildOrder): ChildProcess {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => undefined);
  child.stdin?.write(`${JSON.stringify(order)}\n`);
  return child;
}
