import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { findCluster, openBench, snapshot, start, type Bench } from '../apply/bench.ts';
import { restartFor, tryOut } from './support.ts';

describe.skipIf(hostsAvailable() !== null)('a restart of other services, and one that does not end', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('bookworm', 'rst5', 146);
  });
  afterAll(async () => {
    await bench?.close();
  });

  test.each(['pg_ctlcluster', 'pg_ctl'] as const)('started by hand, restarted by %s', async (kind) => {
    await bench.machine.run(
      'systemctl stop postgresql@15-main; pg_ctlcluster --skip-systemctl-redirect 15 main restart; sleep 1',
    );
    const cluster = { ...(await findCluster(bench.host)), service: { kind } };
    const before = await snapshot(bench, []);
    const started = start({ ...bench, cluster }, restartFor(bench, 'max_connections', '94'));
    const outcome = await tryOut(started);
    expect(outcome.reason, started.log()).toContain('as asked');
    expect(outcome.downtimeMs).toBeGreaterThan(50);
    expect(await snapshot(bench, [])).toBe(before);
    await bench.machine.run(
      'pg_ctlcluster --skip-systemctl-redirect 15 main stop; systemctl start postgresql@15-main; sleep 1',
    );
  });

  test('a session that cannot end is not waited for without end', async () => {
    await bench.machine
      .run(`(runuser -u postgres -- psql -c 'SELECT pg_sleep(1000)' >/dev/null 2>&1 &) ; sleep 1
      kill -STOP $(runuser -u postgres -- psql -Atc "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")`);
    const started = start(bench, restartFor(bench, 'max_connections', '93'));
    const outcome = await tryOut(started);
    expect(outcome.reason, started.log()).toContain('as asked');
    expect(started.log()).toContain('stopped at once and recovered');
  }, 240_000);
});
