import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgres } from '../../../main/postgres/open-postgres.ts';
import type { OpenSession } from '../../../main/apply/step-tools.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { inPhase, openBench, openSession, planOf, snapshot, start } from './bench.ts';
import type { Bench } from './bench.ts';
import * as make from './operations.ts';

describe.skipIf(hostsAvailable() !== null)('inverse statements, when the easy way is shut', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('trixie', 'app79', 79);
    await bench.machine.psql(make.seed);
  });
  afterAll(async () => {
    await bench?.close();
  });

  const changes = () => [
    make.roleChange,
    make.sql(
      ["COMMENT ON TABLE public.patients IS 'new'"],
      [`COMMENT ON TABLE public.patients IS E'a;\n\nb'`, 'COMMENT ON TABLE public.patients IS NULL;'],
      'SELECT true',
    ),
    make.sql(
      ['CREATE INDEX CONCURRENTLY patients_name ON public.patients (name)'],
      ['DROP INDEX CONCURRENTLY IF EXISTS public.patients_name'],
      'SELECT true',
      { transactional: false },
    ),
    { kind: 'reload' as const },
  ];

  test('the owner has to give a password: pg_hba.conf opens for a moment and is back to the byte', async () => {
    const { hbaFile } = bench.cluster;
    const original = await bench.machine.run(`cp -a ${hbaFile} /root/hba; cat ${hbaFile}`);
    await bench.machine.psql(`ALTER ROLE postgres PASSWORD 'p0stgres'`);
    await bench.machine.writeFile(
      hbaFile,
      original.replaceAll(/^local(.*)peer$/gm, 'local$1scram-sha-256') + '\n',
    );
    const bySocket: OpenSession = (host, cluster, database, signal) =>
      openPostgres(
        host,
        cluster,
        {
          database,
          purpose: 'change',
          prompter: {
            ask: () => Promise.resolve({ kind: 'secrets', values: ['p0stgres'] }),
            progress: () => undefined,
          },
        },
        signal,
      );
    const state = () =>
      bench.machine.run(`stat -c '%a %U %G %y' ${hbaFile}; cat ${hbaFile}; ls -A $(dirname ${hbaFile})`);
    await bench.machine.run('systemctl reload postgresql@17-main');
    const before = await state();
    const started = start(bench, planOf(bench.cluster, changes()), { openSession: bySocket });
    await started.until(inPhase('waiting')).catch(() => undefined);
    started.run.rollBack();
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(started.log()).toContain('for a moment');
    expect(await state()).toBe(before);
    await bench.machine.run(`cp -a /root/hba ${hbaFile}; systemctl reload postgresql@17-main; sleep 1`);
    expect(
      await bench.machine.psql(
        `SELECT rolconnlimit FROM pg_roles WHERE rolname LIKE 'o''dd%'; SELECT obj_description('public.patients'::regclass) IS NULL; SELECT count(*) FROM pg_indexes WHERE indexname = 'patients_name'`,
      ),
    ).toBe('-1\nt\n0');
  });

  test('no psql and no session: single-user mode, and the server runs again', async () => {
    const before = await snapshot(bench, []);
    let refuse = false;
    const refusing: OpenSession = (...request) =>
      refuse ? Promise.reject(new Error('no session')) : openSession(...request);
    const without = { ...bench, cluster: { ...bench.cluster, psql: null } };
    const started = start(without, planOf(without.cluster, changes()), { openSession: refusing });
    await started.until(inPhase('waiting')).catch(() => undefined);
    refuse = true;
    started.run.rollBack();
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(started.log()).toContain('the server is stopped for the inverse statements');
    expect(await snapshot(bench, [])).toBe(before);
  });

  test('no psql on the host: a session of the program does it, without stopping the server', async () => {
    const before = await snapshot(bench, []);
    const startedAt = await bench.machine.psql('SELECT pg_postmaster_start_time()');
    const without = { ...bench, cluster: { ...bench.cluster, psql: null } };
    const started = start(without, planOf(without.cluster, changes()));
    await started.until(inPhase('waiting')).catch(() => undefined);
    started.run.rollBack();
    expect(await started.run.finished, started.log()).toMatchObject({
      result: 'rolled-back',
      finishByHand: [],
    });
    expect(await bench.machine.psql('SELECT pg_postmaster_start_time()')).toBe(startedAt);
    expect(await snapshot(bench, [])).toBe(before);
  });

  test('a rollback that cannot be finished says what to do by hand, and goes on from there', async () => {
    const started = start(
      bench,
      planOf(bench.cluster, [
        { kind: 'reload' },
        make.restrict(bench.cluster.hbaFile, 0o600, 0o640),
        make.sql(['CREATE TABLE public.extra ()'], ['DROP TABLE public.extra'], 'SELECT true'),
      ]),
    );
    await started.until(inPhase('waiting')).catch(() => undefined);
    await bench.machine.psql('CREATE VIEW public.on_it AS SELECT * FROM public.extra');
    started.run.rollBack();
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'rollback-failed' });
    expect(outcome.finishByHand).toHaveLength(1);
    // The other step was undone all the same.
    expect(await bench.machine.run(`stat -c %a ${bench.cluster.hbaFile}`)).toBe('640');
    await bench.machine.psql('DROP VIEW public.on_it');
    await bench.machine.run(`sh /var/lib/portcullis/runs/${outcome.runId ?? ''}/revert.sh`);
    expect(
      await bench.machine.run(`cut -d' ' -f1,3 /var/lib/portcullis/runs/${outcome.runId ?? ''}/status`),
    ).toBe('rolled-back person');
    expect(await bench.machine.psql(`SELECT to_regclass('public.extra') IS NULL`)).toBe('t');
  });
});
