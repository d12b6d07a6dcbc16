import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../../shared/plan/operation.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { inPhase, never, openBench, snapshot, start, type Bench } from '../apply/bench.ts';
import { setting, sql } from '../apply/operations.ts';
import { collectFacts } from '../../../main/collect/collect-facts.ts';
import { endTransactions, openTransaction, restartFor, startedAt, trialLeft, tryOut } from './support.ts';

describe.skipIf(hostsAvailable() !== null)('a restart that would fail is found while the server runs', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('bookworm', 'rst3', 144);
  });
  afterAll(async () => {
    await bench?.close();
  });

  test.each([
    ['shared_buffers', '900GB', 'could not map'],
    ['unix_socket_directories', '/run/nowhere', '/run/nowhere'],
    ['port', '22', 'in use'],
  ])('%s = %s', async (name, value, words) => {
    const [before, since] = [await snapshot(bench, []), await startedAt(bench)];
    const started = start(bench, restartFor(bench, name, value));
    const outcome = await tryOut(started);
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(outcome.reason).toContain(words);
    expect(await startedAt(bench)).toBe(since);
    expect([await snapshot(bench, []), await trialLeft(bench)]).toEqual([before, '']);
  });

  test('a trial whose script is killed is removed by the rollback', async () => {
    const [before, since] = [await snapshot(bench, []), await startedAt(bench)];
    const started = start(bench, restartFor(bench, 'max_connections', '91'));
    await started.until((event) => event.kind === 'log' && event.text.startsWith('postgres -C'));
    // Whoever holds the run's lock is the script.
    await bench.machine
      .run(`while [ ! -d /var/lib/portcullis-trial-*/data/base ]; do sleep 0.05; done; sleep 0.3
      for one in /proc/[0-9]*; do case $(readlink $one/fd/9 2>/dev/null) in */lock) kill -KILL "\${one#/proc/}" ;; esac; done`);
    const outcome = await tryOut(started);
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(await startedAt(bench)).toBe(since);
    expect([await snapshot(bench, []), await trialLeft(bench)]).toEqual([before, '']);
  });

  test('a long transaction stops the restart before and right before it; waiting lets it end', async () => {
    const since = await startedAt(bench);
    await openTransaction(bench);
    const stop = { busy: 'stop', waitSeconds: 0, longSeconds: 0 } as const;
    const refused = await start(bench, restartFor(bench, 'max_connections', '91'), { restart: stop }).run
      .finished;
    expect(refused).toMatchObject({ result: 'refused' });
    expect(refused.reason).toContain('postgres (psql): BEGIN');
    await endTransactions(bench);

    const late = sql(['SELECT pg_sleep(0)'], [], 'SELECT pg_sleep(4) IS NOT NULL', { transactional: false });
    const started = start(bench, restartFor(bench, 'max_connections', '91', [late]), {
      restart: { ...stop, longSeconds: 3 },
    });
    await started.until((event) => event.kind === 'step' && event.state === 'running');
    await openTransaction(bench);
    const stopped = await started.run.finished;
    expect(stopped, started.log()).toMatchObject({ result: 'rolled-back' });
    expect(stopped.reason).toContain('would cut off postgres (psql)');
    expect(await startedAt(bench)).toBe(since);

    const waiting = start(bench, restartFor(bench, 'max_connections', '91'), {
      restart: { busy: 'wait', waitSeconds: 40, longSeconds: 1 },
    });
    await waiting.until((event) => event.kind === 'log' && event.text.startsWith('waits for postgres'));
    await endTransactions(bench);
    const outcome = await tryOut(waiting);
    expect(outcome.reason, waiting.log()).toContain('as asked');
    expect(outcome.downtimeMs).toBeGreaterThan(50);
  });
});

describe.skipIf(hostsAvailable() !== null)('a restart', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('trixie', 'rst4', 145);
  });
  afterAll(async () => {
    await bench?.close();
  });

  test('that no second server foresees fails and is rolled back, also against a start limit of systemd', async () => {
    // What no second server can see: the unit itself refuses the new setting, and counts its starts.
    await bench.machine.run(`mkdir -p /etc/systemd/system/postgresql@17-main.service.d
      printf '[Unit]\\nStartLimitIntervalSec=600\\nStartLimitBurst=2\\n[Service]\\nTimeoutStartSec=90\\nExecStartPre=/bin/sh -c "! grep -q max_connections /var/lib/postgresql/17/main/postgresql.auto.conf"\\n' >/etc/systemd/system/postgresql@17-main.service.d/test.conf
      systemctl daemon-reload`);
    const before = await snapshot(bench, []);
    const started = start(bench, restartFor(bench, 'max_connections', '91'));
    const outcome = await tryOut(started);
    await bench.machine.run(
      'rm -r /etc/systemd/system/postgresql@17-main.service.d; systemctl daemon-reload',
    );
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect([await snapshot(bench, []), await trialLeft(bench)]).toEqual([before, '']);
  });

  test('at a chosen time compares anew, starts by itself and is kept once proven', async () => {
    const at = new Date(Date.now() + 4_000);
    const more = setting('max_prepared_transactions', '5', 'restart');
    const plan = restartFor(bench, 'max_connections', '92', [more]);
    const started = start(bench, plan, { startAt: at, autoKeep: true });
    await started.until(inPhase('scheduled'));
    const outcome = await started.run.finished;
    expect(outcome, started.log()).toMatchObject({ result: 'kept' });
    expect(outcome.downtimeMs).toBeGreaterThan(50);
    const first = started.events.find(inPhase('checking'));
    expect(Date.parse(first?.at ?? '')).toBeGreaterThanOrEqual(at.getTime());
    expect(started.log()).toContain('a second server started');
  });

  test('sees a base backup, a standby and a prepared transaction that it would meet', async () => {
    const { machine, host } = bench;
    const as = (command: string) =>
      machine.run(`runuser -u postgres -- sh -c '${command} >/dev/null 2>&1 &'`);
    await machine.psql("BEGIN; CREATE TABLE later (id int); PREPARE TRANSACTION 'later'", 'postgres');
    await machine.run('install -d -o postgres /tmp/wal /tmp/copy');
    const until = (query: string, count = 1) =>
      machine.run(
        `until [ "$(runuser -u postgres -- psql -XAtc "SELECT count(*) FROM ${query}")" = ${count} ]; do sleep 0.1; done`,
      );
    await as('pg_basebackup -D /tmp/copy --max-rate=32k --checkpoint=fast --wal-method=none');
    await until("pg_stat_progress_basebackup WHERE phase ~ 'streaming'");
    await as('pg_receivewal -D /tmp/wal');
    await until("pg_stat_replication WHERE state = 'streaming'");
    const { facts } = await collectFacts(host, {}, never);
    expect(facts.activity).toMatchObject({
      state: 'collected',
      value: {
        backups: [
          { role: 'postgres', application: 'pg_basebackup', phase: expect.stringMatching('streaming') },
        ],
        standbys: [{ role: 'postgres', application: 'pg_receivewal', state: 'streaming' }],
        prepared: [{ role: 'postgres', database: 'postgres', state: 'prepared' }],
      },
    });
    const [backup, standby] = [/base backup/i, /standby|pg_receivewal/i];
    const refused = await start(bench, restartFor(bench, 'max_connections', '94'), {
      restart: { busy: 'stop', waitSeconds: 0, longSeconds: 60 },
    }).run.finished;
    expect(refused).toMatchObject({ result: 'refused' });
    expect(refused.reason).toMatch(backup);
    expect(standby.test(refused.reason)).toBe(false);
    await machine.run('pkill pg_basebackup; pkill pg_receivewal');
    await until('pg_stat_replication', 0);
    await machine.psql("ROLLBACK PREPARED 'later'", 'postgres');
  });

  test('rolled back to rules with which no server starts leaves the server running', async () => {
    const file = bench.cluster.hbaFile;
    await bench.machine.run(`echo 'host all all nonsense' >>'${file}'`);
    const line = (await bench.machine.readFile(file)).split('\n').length - 1;
    const since = await startedAt(bench);
    const before = await snapshot(bench, []);
    const repair: Operation = {
      kind: 'hba',
      file,
      major: bench.cluster.major,
      edits: [{ kind: 'disable', file, line, note: 'the server could not read this line' }],
    };
    const started = start(bench, restartFor(bench, 'max_connections', '93', [repair]));
    const outcome = await tryOut(started);
    expect(outcome, started.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
    expect(await snapshot(bench, [])).toEqual(before);
    expect(await startedAt(bench)).not.toBe(since);
    expect(await bench.machine.psql('SHOW max_connections')).toBe('92');
  });
});
