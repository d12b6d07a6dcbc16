import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../main/host/host.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import { startHost } from '../hosts/hosts.ts';
import type { Suite, TestHost } from '../hosts/hosts.ts';
import { findCluster, logIn, planOf } from '../integration/apply/bench.ts';
import type { Bench } from '../integration/apply/bench.ts';
import { Breakpoints } from './breakpoints.ts';
import { seed } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { readState, withoutTimes } from './state.ts';
import type { HostState } from './state.ts';
import type { Mode } from './points.ts';
import { Wire } from './wire.ts';

/** A host made ready for one kind of operation, with the wire that leads to it. */
export class Stage {
  readonly kind: Kind;
  readonly machine: TestHost;
  readonly wire: Wire;
  readonly home: string;
  readonly breakpoints: Breakpoints;
  readonly cluster: Cluster;
  #rebooting: Promise<void> | null = null;
  plan: Plan;
  before: HostState;
  /** As a run that nothing disturbed left it; null until it was seen. */
  after: HostState | null = null;

  private constructor(
    kind: Kind,
    machine: TestHost,
    wire: Wire,
    home: string,
    cluster: Cluster,
    plan: Plan,
    before: HostState,
  ) {
    this.kind = kind;
    this.machine = machine;
    this.wire = wire;
    this.home = home;
    this.breakpoints = new Breakpoints(machine);
    this.cluster = cluster;
    this.plan = plan;
    this.before = before;
  }

  static async open(kind: Kind, name: string, index: number, suite: Suite = 'bookworm'): Promise<Stage> {
    const machine = await startHost({ suite, name, index, running: true });
    const home = await mkdtemp(join(tmpdir(), 'portcullis-faults-'));
    const wire = await Wire.to(machine.address);
    await machine.psql(seed);
    if (kind.setUp !== undefined) await machine.run(kind.setUp);
    const host = await logInOver(wire, machine, home);
    const cluster = await findCluster(host);
    const bench: Bench = { machine, host, cluster, home, destination: '', close: async () => undefined };
    const plan = planOf(cluster, await kind.operations(bench));
    await host.close();
    return new Stage(kind, machine, wire, home, cluster, plan, await readState(machine));
  }

  logIn(): Promise<Host> {
    return logInOver(this.wire, this.machine, this.home);
  }

  /** The plan; for a run that is to be undone, so that it waits for a confirmation. */
  planFor(mode: Mode): Plan {
    if (mode === '' || this.plan.steps.some(({ guarded }) => guarded)) return this.plan;
    const operations = this.plan.steps.map(({ operation }) => operation);
    return planOf(this.cluster, [...operations, { kind: 'reload' }]);
  }

  /** Takes away what the undo leaves on purpose. */
  async takeRemains(): Promise<void> {
    const { remains } = this.kind;
    if (remains !== undefined) await this.machine.exec(remains(this.bench));
  }

  /** The file that the step changes. */
  get target(): string {
    return this.kind.target(this.bench);
  }

  /** Begins a reboot; `settled` waits for its end. */
  reboot(hard: boolean): void {
    this.#rebooting = this.machine.reboot({ hard });
    this.#rebooting.catch(() => undefined);
  }

  /** The host is up. */
  async settled(): Promise<void> {
    await this.#rebooting;
    this.#rebooting = null;
  }

  get bench(): Bench {
    const { machine, cluster, home } = this;
    // Only what kinds ask of a bench.
    return { machine, cluster, home, destination: '', close: async () => undefined } as Bench;
  }

  async rememberAfter(): Promise<void> {
    this.after = withoutTimes(await readState(this.machine));
  }

  async close(): Promise<void> {
    await this.wire.close();
    await this.machine.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}

function logInOver(wire: Wire, machine: TestHost, home: string): Promise<Host> {
  return logIn({ ...machine, address: `127.0.0.1:${wire.port}` }, home, 'ops');
}
