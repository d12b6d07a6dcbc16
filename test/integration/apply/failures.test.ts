import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollbackRun } from '../../../main/apply/rollback-run.ts';
import { listRuns } from '../../../main/apply/runs.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import {
  applyAndKeep,
  findCluster,
  inPhase,
  logIn,
  never,
  openBench,
  openSession,
  planOf,
  snapshot,
  start,
} from './bench.ts';
import type { Bench } from './bench.ts';
import * as make from './operations.ts';

describe.skipIf(hostsAvailable() !== null)('when something stands in the way', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('bookworm', 'app78', 78);
    await bench.machine.psql(make.seed);
  });
  afterAll(async () => {
    await bench?.close();
  });

  const runsOnHost = () => bench.machine.run('ls /var/lib/portcullis/runs 2>/dev/null | wc -l');
  const back = (runId: string | null, force = false) =>
    rollbackRun(
      {
        host: bench.host,
        cluster: bench.cluster,
        home: bench.home,
        targetKey: 'test-host',
        runId: runId ?? '',
        by: 'tester@bench',
        force,
        openSession,
        onLog: () => undefined,
      },
      never,
    );

  test('a pg_hba.conf that refuses the administrator is rolled back, and the SQL before it too', async () => {
    const before = await snapshot(bench, []);
    const started = start(
      bench,
      planOf(bench.cluster, [
        make.roleChange,
        await make.hbaChange(bench, /^local +all +postgres/, 'reject'),
        { kind: 'reload' },
      ]),
    );
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(outcome.reason).toContain('pg_hba.conf');
    expect(await snapshot(bench, [])).toBe(before);
  });

  test('TLS settings that the server cannot use are found by the reload, before a restart would fail', async () => {
    const before = await snapshot(bench, []);
    const started = start(
      bench,
      planOf(bench.cluster, [make.setting('ssl_cert_file', '/etc/ssl/certs/none.pem'), { kind: 'reload' }]),
    );
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back' });
    expect(outcome.reason).toMatch(/refuses its new configuration|none\.pem/);
    expect(await snapshot(bench, [])).toBe(before);
  });

  test('a library that is not installed is found before the restart', async () => {
    const before = await snapshot(bench, []);
    const startedAt = await bench.machine.psql('SELECT pg_postmaster_start_time()');
    const plan = planOf(bench.cluster, [
      make.setting('shared_preload_libraries', 'no_such_library', 'restart'),
      { kind: 'restart', reasons: ['shared_preload_libraries'] },
    ]);
    const outcome = await start(bench, plan).run.finished;
    expect(outcome).toMatchObject({ result: 'rolled-back' });
    expect(outcome.reason).toContain('no_such_library');
    expect(await bench.machine.psql('SELECT pg_postmaster_start_time()')).toBe(startedAt);
    expect(await snapshot(bench, [])).toBe(before);
  });

  test('a server that does not start with its new settings is started with the old ones', async () => {
    const before = await snapshot(bench, []);
    // The library is there when it is looked for, and cannot be preloaded.
    const plan = planOf(bench.cluster, [
      make.roleChange,
      make.setting('shared_buffers', '900GB', 'restart'),
      { kind: 'restart', reasons: ['shared_buffers'] },
    ]);
    const started = start(bench, plan);
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(await snapshot(bench, [])).toBe(before);
  });

  test('statements that fail leave nothing', async () => {
    const before = await snapshot(bench, []);
    const plan = planOf(bench.cluster, [
      make.roleChange,
      make.sql(
        ['REVOKE ALL ON public.patients FROM PUBLIC', 'ALTER TABLE public.nothing ENABLE ROW LEVEL SECURITY'],
        ['SELECT 1/0'],
        'SELECT true',
      ),
    ]);
    const outcome = await start(bench, plan).run.finished;
    expect(outcome).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(await snapshot(bench, [])).toBe(before);
  });

  test('sshd refuses a bad file before it counts', async () => {
    const path = '/etc/ssh/sshd_config.d/60-hardening.conf';
    const before = await snapshot(bench, [path]);
    const outcome = await start(bench, planOf(bench.cluster, [make.sshdFile('NoSuchKeyword yes\n')])).run
      .finished;
    expect(outcome).toMatchObject({ result: 'rolled-back' });
    expect(outcome.reason).toContain('NoSuchKeyword');
    expect(await snapshot(bench, [path])).toBe(before);
  });

  test('what changed since the inspection is refused before anything is written', async () => {
    const runs = await runsOnHost();
    const plan = planOf(
      bench.cluster,
      [make.setting('log_connections', 'on')],
      [{ kind: 'file', path: bench.cluster.hbaFile, sha256: '0'.repeat(64) }],
    );
    expect(await start(bench, plan).run.finished).toMatchObject({ result: 'refused' });
    const other = planOf(
      bench.cluster,
      [make.setting('log_connections', 'on')],
      [{ kind: 'server', systemIdentifier: '1', versionNumber: 150000 }],
    );
    expect(await start(bench, other).run.finished).toMatchObject({ result: 'refused' });
    expect(await runsOnHost()).toBe(runs);
  });

  test('an account without sudo is refused', async () => {
    const host = await logIn(bench.machine, bench.home, 'plain');
    const outcome = await start(
      { ...bench, host, cluster: { ...bench.cluster } },
      planOf(bench.cluster, [make.setting('log_connections', 'on')]),
    ).run.finished;
    expect(outcome).toMatchObject({ result: 'refused' });
    expect(outcome.next).toContain('sudo');
    await host.close();
  });

  test('a disk without room is refused', async () => {
    await bench.machine.run(
      'mkdir -p /var/lib/portcullis; mount -t tmpfs -o size=512k none /var/lib/portcullis',
    );
    const outcome = await start(bench, planOf(bench.cluster, [make.setting('log_connections', 'on')])).run
      .finished;
    await bench.machine.run('umount /var/lib/portcullis');
    expect(outcome).toMatchObject({ result: 'refused' });
    expect(outcome.reason).toContain('no room');
  });

  test('the owner of the cluster may do it without root, in a folder of its own', async () => {
    const before = await snapshot(bench, []);
    const host = await logIn(bench.machine, bench.home, 'postgres');
    const own = { ...bench, host, cluster: await findCluster(host) };
    const started = start(
      own,
      planOf(own.cluster, [
        make.roleChange,
        make.setting('log_connections', 'on'),
        await make.hbaChange(bench, /^host +all +all +127/, 'md5'),
        { kind: 'reload' },
      ]),
    );
    await started.until(inPhase('waiting')).catch(() => undefined);
    expect(started.run.state().guard, started.log()).toMatchObject({ guard: 'at', armed: true });
    started.run.rollBack();
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back' });
    await bench.machine.run('rm -r /var/lib/postgresql/15/portcullis');
    expect(await snapshot(bench, [])).toBe(before);
    await host.close();
  });

  test('two administrators: the second one is told who holds the host', async () => {
    const started = start(
      bench,
      planOf(bench.cluster, [make.setting('log_connections', 'on'), { kind: 'reload' }]),
    );
    await started.until(inPhase('waiting'));
    const second = await start(bench, planOf(bench.cluster, [make.setting('log_hostname', 'on')]), {
      by: 'bob',
    }).run.finished;
    expect(second).toMatchObject({ result: 'refused' });
    expect(second.reason).toContain('tester@bench');
    started.run.rollBack();
    expect(await started.run.finished).toMatchObject({ result: 'rolled-back' });
  });

  test('runs are undone in reverse order, and newer changes are never overwritten unasked', async () => {
    const before = await snapshot(bench, []);
    const first = await applyAndKeep(
      bench,
      planOf(bench.cluster, [make.setting('log_connections', 'on'), { kind: 'reload' }]),
    );
    const second = await applyAndKeep(
      bench,
      planOf(bench.cluster, [make.setting('log_disconnections', 'on'), { kind: 'reload' }]),
    );
    const early = await back(first.runId);
    expect(early.outcome).toMatchObject({ result: 'refused' });
    expect(early.outcome.reason).toContain(second.runId);
    expect((await back(second.runId)).outcome).toMatchObject({ result: 'rolled-back' });

    await bench.machine.psql(`ALTER SYSTEM SET log_hostname = on`);
    const drifted = await back(first.runId);
    expect(drifted.outcome).toMatchObject({ result: 'refused' });
    expect(drifted.drift.map(({ subject }) => subject)).toEqual([
      '/var/lib/postgresql/15/main/postgresql.auto.conf',
    ]);
    expect((await back(first.runId, true)).outcome).toMatchObject({ result: 'rolled-back' });
    expect(await bench.machine.run(`cat /var/lib/portcullis/runs/${first.runId}/drifted/*/*`)).toContain(
      'log_hostname',
    );
    expect(await snapshot(bench, [])).toBe(before);
    expect((await back(first.runId)).outcome.reason).toContain('already');

    const runs = await listRuns(
      { host: bench.host, cluster: bench.cluster, home: bench.home, targetKey: 'test-host' },
      never,
    );
    expect(runs.every(({ intact }) => intact)).toBe(true);
    await bench.machine.run(
      `sed -i 's/tester@bench/somebody else/' /var/lib/portcullis/runs/${first.runId}/journal.jsonl`,
    );
    const changed = await listRuns(
      { host: bench.host, cluster: bench.cluster, home: bench.home, targetKey: 'test-host' },
      never,
    );
    expect(changed.find(({ id }) => id === first.runId)?.intact).toBe(false);
  });
});
