import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookAtRun, rollbackRun } from '../../../main/apply/rollback-run.ts';
import type { RollbackRequest } from '../../../main/apply/rollback-run.ts';
import { listRuns } from '../../../main/apply/runs.ts';
import type { ApplyEvent } from '../../../shared/contract/apply.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { applyAndKeep, never, openBench, openSession, planOf, snapshot } from '../apply/bench.ts';
import type { Bench } from '../apply/bench.ts';
import * as make from '../apply/operations.ts';

describe.skipIf(hostsAvailable() !== null)('rolling an older run back, operation by operation', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('bookworm', 'his1', 136);
    await bench.machine.psql(make.seed);
  });
  afterAll(async () => {
    await bench?.close();
  });

  const events: ApplyEvent[] = [];
  const back = (runId: string, options: Partial<RollbackRequest> = {}, signal = never) => {
    events.length = 0;
    return rollbackRun(
      {
        host: bench.host,
        cluster: bench.cluster,
        home: bench.home,
        targetKey: 'test-host',
        runId,
        by: 'tester@bench',
        force: false,
        openSession,
        onLog: () => undefined,
        onEvent: (event) => events.push(event),
        ...options,
      },
      signal,
    );
  };
  const steps = (state: string) =>
    events.flatMap((event) => (event.kind === 'step' && event.state === state ? [event.number] : []));
  const rights = (path: string) => bench.machine.run(`stat -c '%a %U:%G' ${path}`);
  const newest = async () =>
    (
      await listRuns(
        { host: bench.host, cluster: bench.cluster, home: bench.home, targetKey: 'test-host' },
        never,
      )
    )[0];

  /** Four kinds of operations, kept; a step each. */
  async function keptRun(): Promise<string> {
    const plan = planOf(bench.cluster, [
      make.roleChange,
      make.setting('log_connections', 'on'),
      make.setting('log_disconnections', 'on'),
      await make.hbaChange(bench, /^host +all +all +127/, 'md5'),
      make.restrict(bench.cluster.hbaFile, 0o600, 0o640),
      { kind: 'reload' },
    ]);
    return (await applyAndKeep(bench, plan)).runId ?? '';
  }

  test('a rule and a setting of others stay, what was left stays, the rest is undone', async () => {
    const { machine, cluster } = bench;
    const before = await machine.readFile(cluster.hbaFile);
    const runId = await keptRun();
    await machine.run(
      `printf '%s\\n' '# the new office' 'host all all 192.168.7.0/24 reject' >>${cluster.hbaFile}`,
    );
    await machine.psql(`ALTER SYSTEM SET log_statement = 'ddl'`);
    await machine.psql(`ALTER SYSTEM SET log_disconnections = 'off'`);
    const now = await machine.readFile(cluster.hbaFile);

    const seen = await lookAtRun({ ...bench, runId, openSession }, never);
    const item = (step: number) => seen.review.find((one) => one.steps.includes(step));
    expect(item(4)).toMatchObject({ changed: true, choices: ['before', 'merge', 'leave'], values: [] });
    expect(item(4)?.ran?.hunks.flatMap(({ lines }) => lines)).toContainEqual(
      expect.stringMatching(/^\+host +all +all +127.* md5$/),
    );
    expect(item(4)?.since?.hunks.flatMap(({ lines }) => lines)).toContain(
      '+host all all 192.168.7.0/24 reject',
    );
    expect(item(4)?.merged?.hunks.flatMap(({ lines }) => lines)).toContainEqual(
      expect.stringMatching(/^-host +all +all +10\.9/),
    );
    expect(item(2)).toMatchObject({
      changed: true,
      choices: ['before', 'merge', 'leave'],
      note: expect.stringContaining('Something else') as string,
    });
    expect(item(3)).toMatchObject({
      changed: true,
      values: [{ name: 'log_disconnections', before: 'not set', after: 'on', now: 'off' }],
    });
    expect(item(1)).toMatchObject({ changed: false, kind: 'sql' });
    expect(item(5)).toMatchObject({ changed: false, kind: 'file-mode' });

    // Nobody said what becomes of the two that were changed.
    expect((await back(runId)).outcome).toMatchObject({ result: 'refused' });
    expect((await back(runId, { decisions: [{ step: 4, choice: 'merge' }] })).outcome).toMatchObject({
      result: 'refused',
      reason: expect.stringContaining('postgresql.auto.conf') as string,
    });
    expect(await machine.readFile(cluster.hbaFile)).toBe(now);

    const { outcome } = await back(runId, {
      decisions: [
        { step: 1, choice: 'leave' },
        { step: 2, choice: 'merge' },
        { step: 3, choice: 'leave' },
        { step: 4, choice: 'merge' },
        { step: 5, choice: 'leave' },
      ],
    });
    const log = events.map((event) => JSON.stringify(event)).join('\n');
    expect(outcome, log).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(outcome.reason).toContain('1. ');
    expect(await machine.readFile(cluster.hbaFile)).toBe(
      `${before}# the new office\nhost all all 192.168.7.0/24 reject\n`,
    );
    expect(await rights(cluster.hbaFile)).toBe('600 postgres:postgres');
    const auto = await machine.readFile(`${cluster.dataDirectory}/postgresql.auto.conf`);
    expect(auto).toContain(`log_statement = 'ddl'`);
    expect(auto).toContain(`log_disconnections = 'off'`);
    expect(auto).not.toContain('log_connections');
    expect(await machine.psql(`SELECT rolconnlimit FROM pg_roles WHERE rolname LIKE 'o''dd%'`)).toBe('7');
    expect(await machine.psql(`SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL`)).toBe('0');
    expect(steps('undone').sort()).toEqual([2, 4, 6]);
    expect(events.filter(({ kind }) => kind === 'proof')).toHaveLength(4);
    expect(events.flatMap((event) => (event.kind === 'phase' ? [event.phase] : []))).toEqual([
      'checking',
      'rolling-back',
      'proving',
      'rolled-back',
    ]);
    expect(await newest()).toMatchObject({ id: runId, state: 'rolled-back', left: [1, 3, 5], intact: true });
    await machine.run(`printf %s "$(cat)" >${cluster.hbaFile}; chmod 640 ${cluster.hbaFile}`, {
      input: before,
    });
    await machine.psql(`ALTER ROLE "o'dd ""app\\" CREATEROLE CONNECTION LIMIT -1`);
    await machine.psql('ALTER SYSTEM RESET ALL');
    await machine.run('systemctl reload postgresql@15-main');
  });

  test('lines that the server would refuse never count, and nothing else is put back', async () => {
    const { machine, cluster } = bench;
    const plan = planOf(cluster, [
      make.roleChange,
      await make.hbaChange(bench, /^host +all +all +127/, 'md5'),
      { kind: 'reload' },
    ]);
    const runId = (await applyAndKeep(bench, plan)).runId ?? '';
    const now = await machine.readFile(cluster.hbaFile);
    const folder = `/var/lib/portcullis/runs/${runId}`;
    const slot = await machine.run(`sed -n 's/^file\\t\\([0-9]*\\)\\t.*/\\1/p' ${folder}/after | head -n 1`);
    await machine.run(
      `mkdir -p ${folder}/replace; { cat ${cluster.hbaFile}; echo 'host all all nonsense/99 md5'; } >${folder}/replace/${slot}`,
    );
    const refused = await machine.exec(`sh ${folder}/revert.sh --by person --replace ${slot}`);
    expect(refused.exitCode).toBe(3);
    expect(await machine.run(`tail -n 3 ${folder}/revert.log; cut -d' ' -f1 ${folder}/status`)).toMatch(
      /would refuse[\s\S]*nothing was put back\nkept$/,
    );
    expect(await machine.readFile(cluster.hbaFile)).toBe(now);
    expect(await machine.psql(`SELECT rolconnlimit FROM pg_roles WHERE rolname LIKE 'o''dd%'`)).toBe('7');

    // By hand, without the program: one step first, then no more than that.
    await machine.run(`sh ${folder}/revert.sh --only 1`);
    expect(await machine.psql(`SELECT rolconnlimit FROM pg_roles WHERE rolname LIKE 'o''dd%'`)).toBe('-1');
    expect(await machine.readFile(cluster.hbaFile)).toBe(now);
    expect(await newest()).toMatchObject({ id: runId, state: 'rolled-back', left: [2, 3] });
    expect(await machine.run('ls -d /var/lib/portcullis/lock 2>/dev/null || echo free')).toBe('free');
  });

  test('a later run of the same file stands in the way, unless its file is left or merged', async () => {
    const { machine, cluster } = bench;
    const first = planOf(cluster, [
      await make.hbaChange(bench, /^host +all +all +127/, 'scram-sha-256'),
      make.setting('log_connections', 'on'),
      { kind: 'reload' },
    ]);
    const firstRun = (await applyAndKeep(bench, first)).runId ?? '';
    const second = planOf(cluster, [
      await make.hbaChange(bench, /^host +all +all +::1/, 'md5'),
      { kind: 'reload' },
    ]);
    const secondRun = (await applyAndKeep(bench, second)).runId ?? '';
    const { outcome } = await back(firstRun, { decisions: [{ step: 1, choice: 'before' }] });
    expect(outcome).toMatchObject({
      result: 'refused',
      reason: expect.stringContaining(secondRun) as string,
    });
    const rules = await machine.readFile(cluster.hbaFile);
    const left = await back(firstRun, { decisions: [{ step: 1, choice: 'leave' }] });
    expect(left.outcome).toMatchObject({ result: 'rolled-back' });
    expect(await machine.readFile(cluster.hbaFile)).toBe(rules);
    expect(await machine.psql('SHOW log_connections')).toBe('off');

    // Cancelled before the host begins: nothing is changed.
    const stop = new AbortController();
    const before = await snapshot(bench, []);
    const cancelled = await back(
      secondRun,
      {
        onEvent: (event) => {
          if (event.kind === 'phase') stop.abort();
        },
      },
      stop.signal,
    );
    expect(cancelled.outcome).toMatchObject({ result: 'refused', reason: 'Cancelled; nothing was changed.' });
    expect(await snapshot(bench, [])).toBe(before);
    expect(await newest()).toMatchObject({ id: secondRun, state: 'kept' });
  });
});
