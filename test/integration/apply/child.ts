import { start, logIn, findCluster, planOf } from './bench.ts';
import type { Bench } from './bench.ts';
import * as make from './operations.ts';
import type { TestHost } from '../../hosts/hosts.ts';

/** What the process that is to be killed does: applies a plan and never confirms. Tells its events on standard output. */
export async function applyAndWait(machine: Pick<TestHost, 'address' | 'key'>, home: string): Promise<void> {
  const host = await logIn(machine as TestHost, home, 'ops');
  const cluster = await findCluster(host);
  const bench: Bench = {
    machine: machine as TestHost,
    host,
    cluster,
    home,
    destination: '',
    close: async () => undefined,
  };
  const plan = planOf(cluster, [
    make.roleChange,
    make.setting('log_connections', 'on'),
    make.restrict(cluster.hbaFile, 0o600, 0o640),
    { kind: 'reload' },
  ]);
  const started = start(bench, plan, {
    confirmWithinSeconds: 10,
    onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
  });
  await started.run.finished;
}
