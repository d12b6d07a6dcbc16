import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { Host } from '../../main/host/host.ts';
import { rollbackRun } from '../../main/apply/rollback-run.ts';
import { listRuns, recoverRuns } from '../../main/apply/runs.ts';
import type { ApplyOutcome } from '../../shared/contract/apply.ts';
import { openSession, planOf } from '../integration/apply/bench.ts';
import { breakpointHead } from './breakpoints.ts';
import { runMetered, startChild, targetKey } from './engine.ts';
import type { RunOrder } from './engine.ts';
import type { Fault } from './faults.ts';
import { Meter, pointName } from './points.ts';
import type { Point } from './points.ts';
import type { Stage } from './stage.ts';
import { difference, processes, readLeft, readState, withoutTimes } from './state.ts';
import type { HostState } from './state.ts';

/** How a disturbed run ended. The first three are by itself; the others are what the program asks a person for. */
export type Ending =
  | 'before'
  | 'after'
  /** The step before the first change broke: nothing was changed, and the next run begins anew. */
  | 'nothing-changed'
  /** While the fault lasted it could not be undone; once it was lifted, what the program says undid it. */
  | 'by-hand';

export interface CellResult {
  readonly kind: string;
  readonly fault: string;
  readonly point: string;
  readonly pointTitle: string;
  /** The point was reached and the fault struck. */
  readonly struck: boolean;
  readonly ending: Ending | null;
  /** What is wrong; null when all is well. */
  readonly problem: string | null;
  /** From the fault until the host was quiet. */
  readonly recoveryMs: number;
  readonly elapsedMs: number;
}

const never = new AbortController().signal;
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
const longestMs = 200_000;

interface RunFolder {
  readonly id: string;
  readonly state: string;
  readonly armed: boolean;
}

/** Scripts of the program that still go on, and guards that wait. */
const movingScript = `
systemctl list-units --plain --no-legend --state=active,activating,reloading,deactivating 'portcullis*'
ls /etc/systemd/system/timers.target.wants 2>/dev/null | grep portcullis
${processes}`;

/** The runs that the host holds, read past everything that may be broken. */
function runFolders(stage: Stage): readonly RunFolder[] {
  const runs = join('/proc', String(stage.machine.leader()), 'root/var/lib/portcullis/runs');
  const read = (path: string): string | null => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  };
  try {
    const ids = readdirSync(runs).filter((name) => /^\d/.test(name));
    return ids.map((id) => ({
      id,
      state: read(join(runs, id, 'status'))?.split(' ')[0] ?? 'none',
      armed: read(join(runs, id, 'deadline')) !== null,
    }));
  } catch {
    return [];
  }
}

const isFinal = (state: string): boolean => ['kept', 'rolled-back', 'rollback-failed'].includes(state);

class Problem extends Error {}

function check(holds: boolean, text: string): void {
  if (!holds) throw new Problem(text);
}

/** One run with one fault at one point, and everything that has to hold after it. */
export class Cell {
  readonly #stage: Stage;
  readonly #fault: Fault;
  readonly #point: Point | null;
  readonly #child: string;
  #struckAt: number | null = null;
  /** All was checked when the fault struck: what the fault ends from then on is no business of the run. */
  #struckLate = false;
  #pointTitle = '';
  #lifted = false;
  #striking: Promise<void> | null = null;
  #outcome: ApplyOutcome | null = null;
  #meddlingSeen = false;
  #log: string[] = [];

  constructor(stage: Stage, fault: Fault, point: Point | null, childProgram: string) {
    this.#stage = stage;
    this.#fault = fault;
    this.#point = point;
    this.#child = childProgram;
  }

  /** What the program said, for a person who looks for the reason of a red cell. */
  get log(): string {
    return this.#log.join('\n');
  }

  async run(pointTitle: string): Promise<CellResult> {
    const began = Date.now();
    let ending: Ending | null = null;
    let problem: string | null = null;
    let quietAt = began;
    this.#pointTitle = pointTitle;
    try {
      await this.#fault.setUp?.(this.#stage);
      await this.#disturb();
      quietAt = Date.now();
      ending = await this.#judge();
    } catch (error) {
      problem =
        error instanceof Problem
          ? error.message
          : `the test itself failed: ${String(error instanceof Error ? (error.stack ?? error.message) : error)}`;
    }
    await this.#lift().catch(() => undefined);
    return {
      kind: this.#stage.kind.name,
      fault: this.#fault.name,
      point: this.#point === null ? '-' : pointName(this.#point),
      pointTitle,
      struck: this.#struckAt !== null || this.#fault.inPlan === true,
      ending,
      problem,
      recoveryMs: this.#struckAt === null ? 0 : Math.max(0, quietAt - this.#struckAt),
      elapsedMs: Date.now() - began,
    };
  }

  /** Runs the program, lets the fault strike, and waits until nothing moves any more. */
  async #disturb(): Promise<void> {
    const { breakpoints, cluster, home, machine } = this.#stage;
    const mode = this.#point?.mode ?? '';
    const plan = this.#stage.planFor(mode);
    const onHost = this.#point?.side === 'h' || this.#fault.wrappers === true;
    if (onHost) await breakpoints.set(this.#point?.side === 'h' && mode === '' ? this.#point : null, false);
    const steps = this.#fault.steps ?? [];
    const order: RunOrder = {
      plan:
        steps.length === 0
          ? plan
          : planOf(cluster, [...plan.steps.map(({ operation }) => operation), ...steps]),
      cluster,
      home,
      // A killed program is waited for until the guard fires, so that its time is short.
      budgetSeconds: this.#fault.kills === true ? -2 : this.#fault.inPlan === true ? 30 : 4,
      confirmWithinSeconds: 10,
      mode,
    };
    const end =
      this.#fault.kills === true ? await this.#inChild(order, onHost) : await this.#here(order, onHost);
    const finished = end.finished.then(() => (ended = true));
    let ended = false;
    let hit = false;
    let lookedAt = 0;
    let moving = '';
    const until = Date.now() + longestMs;
    for (;;) {
      if (!hit && this.#point?.side === 'h') {
        const process = breakpoints.hit();
        if (process !== null) {
          hit = true;
          end.kill();
          await this.#strike(process);
          await breakpoints.goOn();
        }
      }
      const runs = runFolders(this.#stage);
      const quiet = runs.every(({ state, armed }) => isFinal(state) || (state !== 'reverting' && !armed));
      const lasted = this.#struckAt !== null && Date.now() - this.#struckAt > (this.#fault.lastsMs ?? 0);
      const over =
        ended ||
        (this.#fault.lastsMs !== undefined &&
          this.#struckAt !== null &&
          runs.length > 0 &&
          runs.every(({ state }) => isFinal(state)));
      if (!this.#lifted && (over || (lasted && this.#fault.lastsMs !== undefined))) await this.#lift();
      if (ended && quiet && Date.now() - lookedAt > 300) {
        await this.#stage.settled();
        const { stdout, exitCode } = await machine.exec(movingScript);
        if (stdout.trim() === '' && exitCode <= 1) break;
        moving = stdout;
        lookedAt = Date.now();
      }
      if (Date.now() > until) {
        end.kill();
        throw new Problem(
          `not over after ${longestMs / 1000} s: the program ${ended ? 'ended' : 'hangs'}, the host says ${JSON.stringify(runs)} ${moving}\n${this.log}`,
        );
      }
      await pause(40);
    }
    await finished;
    await this.#stage.settled();
    await breakpoints.clear();
  }

  async #strike(process: number | null): Promise<void> {
    if (this.#struckAt !== null) return;
    this.#struckAt = Date.now();
    const runs = runFolders(this.#stage);
    const isWritten = /status\.new/.test(this.#pointTitle);
    this.#struckLate = runs.length > 0 && runs.every(({ state }) => isWritten || isFinal(state));
    this.#log.push(`!! ${this.#fault.name}`);
    this.#striking = this.#fault.strike({ stage: this.#stage, process });
    await this.#striking;
  }

  async #lift(): Promise<void> {
    if (this.#lifted) return;
    this.#lifted = true;
    // The run may be over before the fault is there.
    await this.#striking;
    this.#log.push('!! lifted');
    await this.#fault.lift?.(this.#stage);
  }

  async #here(order: RunOrder, onHost: boolean): Promise<{ finished: Promise<unknown>; kill: () => void }> {
    const host = await this.#stage.logIn();
    const meter = new Meter(this.#point, () => this.#strike(null));
    if (onHost) meter.scriptHead = breakpointHead;
    const finished = runMetered(
      host,
      order,
      meter,
      (event) => void this.#log.push(JSON.stringify(event)),
      () => this.#undoBegins(),
    ).then(async (outcome) => {
      this.#outcome = outcome;
      await host.close().catch(() => undefined);
    });
    return { finished, kill: () => undefined };
  }

  /** From here on the undo is counted. */
  async #undoBegins(): Promise<void> {
    if (this.#point?.side === 'h') await this.#stage.breakpoints.set(this.#point, false);
  }

  async #inChild(
    order: RunOrder,
    countOnHost: boolean,
  ): Promise<{ finished: Promise<unknown>; kill: () => void }> {
    const { wire, machine } = this.#stage;
    const child: ChildProcess = startChild(this.#child, {
      ...order,
      address: `127.0.0.1:${wire.port}`,
      key: machine.key,
      at: this.#point,
      countOnHost,
    });
    let rest = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.#log.push(...lines);
      for (const line of lines) {
        const event = JSON.parse(line) as { kind: string; outcome?: ApplyOutcome };
        if (event.kind === 'outcome' && event.outcome !== undefined) this.#outcome = event.outcome;
        if (order.mode !== '' && line.includes('"phase":"waiting"'))
          void this.#undoBegins().then(() => child.stdin?.write('begin\n'));
      }
    });
    child.stderr?.on('data', (chunk: Buffer) => this.#log.push(chunk.toString()));
    const finished = new Promise<void>((resolve) => {
      child.on('close', (_code, signal) => {
        // It killed itself at a point of its own.
        if (signal === 'SIGKILL') void this.#strike(null).then(resolve, () => resolve());
        else resolve();
      });
    });
    return { finished, kill: () => void child.kill('SIGKILL') };
  }

  /** What stands on the host, against what the program, its records and the host say. */
  async #judge(): Promise<Ending> {
    const { stage } = this;
    const folders = runFolders(stage);
    check(folders.length <= 1, `more than one run: ${JSON.stringify(folders)}`);
    const [folder] = folders;
    const result = this.#outcome?.result ?? null;
    await this.#ensureServer(folder?.state ?? null);
    const host = await stage.logIn();
    try {
      const request = { host, cluster: stage.cluster, home: stage.home, targetKey };
      const [run] = await listRuns(request, never);
      const recovered = await recoverRuns(request, never);
      const told = recovered.find(({ run: one }) => one.id === run?.id);
      this.#log.push(`the next connection: ${JSON.stringify({ run, told: told?.message, folders, result })}`);

      if (result === 'unknown' && folder !== undefined && folder.state !== 'none')
        check(told !== undefined, 'the next connection says nothing of a run whose end was not seen');
      if (folder === undefined || folder.state === 'none') {
        check(
          result === null || result === 'refused' || result === 'unknown',
          `the program says ${result}, and the host knows no run`,
        );
        check(
          run === undefined || run.state === 'unknown',
          `the history says ${run?.state}, and the host knows no run`,
        );
        await this.#nextRunBegins(host);
        await this.#is('before');
        return 'nothing-changed';
      }
      check(run !== undefined, 'the history does not know the run');
      check(run?.intact === true, 'the history says that its record was changed');
      if (folder.state === 'open') {
        // It was closed before a guard was armed: nothing can have changed, and a person closes it.
        check(result !== 'kept', 'the program says kept, the host says open');
        check(told?.needsRollback === true, 'nothing says that the open run has to be rolled back');
        await this.#rollBack(host, folder.id);
        await this.#is('before');
        return 'nothing-changed';
      }
      if (folder.state === 'rollback-failed') {
        check(
          this.#fault.hinders === true,
          `the rollback failed: ${run?.finishByHand.join('; ')}\n${await this.#revertLog()}`,
        );
        check(
          result === null || result === 'rollback-failed' || result === 'unknown',
          `the program says ${result} of a failed rollback`,
        );
        check(told?.needsRollback === true, 'nothing says that the run has to be rolled back again');
        check((run?.finishByHand.length ?? 0) > 0, 'a failed rollback names no command');
        await this.#rollBack(host, folder.id);
        await this.#is('before');
        return 'by-hand';
      }
      if (folder.state === 'rolled-back') {
        check(result !== 'kept', 'the program says kept, the host says rolled back');
        check(run?.state.startsWith('rolled-back') === true, `the history says ${run?.state}`);
        await this.#is('before');
        return 'before';
      }
      check(folder.state === 'kept', `the host says ${folder.state}`);
      check(
        result === null || result === 'kept' || result === 'unknown',
        `the program says ${result}, the host says kept`,
      );
      check(run?.state === 'kept', `the history says ${run?.state}`);
      await this.#is('after');
      await this.#rollBack(host, folder.id);
      await this.#is('before');
      return 'after';
    } finally {
      await host.close().catch(() => undefined);
    }
  }

  get stage(): Stage {
    return this.#stage;
  }

  async #revertLog(): Promise<string> {
    return (await this.#stage.machine.exec('cat /var/lib/portcullis/runs/*/revert.log')).stdout;
  }

  /** After a rollback the server runs; where the run did not touch it, what the fault ended is the fault's business. */
  async #ensureServer(state: string | null): Promise<void> {
    const { machine, cluster } = this.#stage;
    const up = async () =>
      (await machine.exec(`runuser -u postgres -- psql -XAtq -d postgres -c 'SELECT 1'`)).exitCode === 0;
    for (let tries = 0; tries < 10; tries += 1) {
      if (await up()) return;
      await pause(200);
    }
    check(state !== 'rolled-back' || this.#struckLate, 'the host says rolled back, and the server is down');
    await machine.exec(`systemctl reset-failed; systemctl restart postgresql@${cluster.major}-main`);
    for (let tries = 0; tries < 20 && !(await up()); tries += 1) await pause(500);
    check(await up(), 'the server does not start');
  }

  /** The host is byte for byte and row for row as it was, or as a run that nothing disturbed leaves it. */
  async #is(which: 'before' | 'after'): Promise<void> {
    const { machine, before, after } = this.#stage;
    if (which === 'before') await this.#stage.takeRemains();
    await this.#takeMeddlingBack();
    let now = await readState(machine);
    if (this.#fault.leavesSession === true)
      now = { ...now, left: now.left.replaceAll(/^session .*\n?/gm, '').trim() };
    // A session that the kernel is just taking down.
    for (let tries = 0; now.left !== '' && tries < 20; tries += 1) {
      await pause(100 + tries * 100);
      now = { ...now, left: await readLeft(machine) };
    }
    check(now.left === '', `left behind: ${now.left}`);
    const differs =
      which === 'before' && this.#fault.meddles === true
        ? difference(withoutTimes(before), withoutTimes(now))
        : which === 'before'
          ? difference(before, now)
          : after === null
            ? 'no state after is known'
            : difference(after, withoutTimes(this.#withoutMore(now)));
    check(differs === '', `not as ${which}:\n${differs}\n${await this.#revertLog()}`);
    // What somebody else wrote and took back has other times from then on.
    if (which === 'before' && this.#fault.meddles === true) this.#stage.before = now;
  }

  /** Without what the fault's own further step left where it did not stop it: a restart ends the lock, too. */
  #withoutMore(state: HostState): HostState {
    if (this.#fault.steps === undefined) return state;
    return { ...state, server: state.server.replaceAll('{fillfactor=90}', '') };
  }

  /** What somebody else changed is still there, or was kept; then it is taken back, so that the rest can be compared. */
  async #takeMeddlingBack(): Promise<void> {
    const { machine, kind, bench } = this.#stage;
    if (this.#fault.meddles !== true || this.#struckAt === null || this.#meddlingSeen) return;
    this.#meddlingSeen = true;
    const { isThere, takeBack } = kind.meddle(bench);
    if ((await machine.exec(isThere)).exitCode === 0) {
      await machine.run(takeBack);
      return;
    }
    const kept = await machine.exec('ls /var/lib/portcullis/runs/*/drifted');
    const told = kept.exitCode === 0 || (await this.#revertLog()).includes('they were 644');
    check(told, `what somebody else changed is gone without a word\n${await this.#revertLog()}`);
  }

  async #rollBack(host: Host, runId: string, force = false): Promise<void> {
    const { outcome } = await rollbackRun(
      {
        host,
        cluster: this.#stage.cluster,
        home: this.#stage.home,
        targetKey,
        runId,
        by: 'tester@faults',
        force,
        openSession,
        onLog: (text) => this.#log.push(`  ${text}`),
      },
      never,
    );
    // What somebody else had changed is part of what the run left, and is gone by now: a person decides.
    if (this.#fault.meddles === true && !force && outcome.reason.includes('changed since this run'))
      return this.#rollBack(host, runId, true);
    check(outcome.result === 'rolled-back', `rolling back by hand: ${JSON.stringify(outcome)}`);
    check(!outcome.reason.includes('did not work'), outcome.reason);
  }

  /** What a broken beginning left must not be in the way of the next run. */
  async #nextRunBegins(host: Host): Promise<void> {
    const { cluster, home } = this.#stage;
    const outcome = await runMetered(
      host,
      {
        plan: planOf(cluster, [{ kind: 'reload' }]),
        cluster,
        home,
        budgetSeconds: 60,
        confirmWithinSeconds: 60,
        mode: '',
      },
      new Meter(),
      () => undefined,
    );
    check(outcome.result === 'kept', `the next run: ${JSON.stringify(outcome)}`);
    const folders = runFolders(this.#stage).filter(({ state }) => state === 'none');
    check(folders.length === 0, `a broken beginning stays: ${JSON.stringify(folders)}`);
  }
}
