import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollbackRun } from '../../../main/apply/rollback-run.ts';
import { listRuns } from '../../../main/apply/runs.ts';
import { changesOnHost, exportedRuns } from '../../../main/engine/past-runs.ts';
import { verifyRunsFile, writeRunsFile } from '../../../main/journal/runs-file.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import {
  applyAndKeep,
  inPhase,
  logIn,
  never,
  openBench,
  openSession,
  planOf,
  start,
} from '../apply/bench.ts';
import type { Bench } from '../apply/bench.ts';
import * as make from '../apply/operations.ts';

describe.skipIf(hostsAvailable() !== null)('two administrators of one host', () => {
  let alice: Bench;
  let bob: Bench;
  beforeAll(async () => {
    alice = await openBench('trixie', 'his2', 137);
    await alice.machine.psql(make.seed);
    const home = await mkdtemp(join(tmpdir(), 'portcullis-bob-'));
    bob = { ...alice, home, host: await logIn(alice.machine, home, 'ops') };
  });
  afterAll(async () => {
    await bob?.host.close();
    await rm(bob?.home ?? '', { recursive: true, force: true });
    await alice?.close();
  });

  const runsOf = ({ host, cluster, home }: Bench) =>
    listRuns({ host, cluster, home, targetKey: 'test-host' }, never);
  const plan = () =>
    planOf(alice.cluster, [make.setting('log_connections', 'on'), make.roleChange, { kind: 'reload' }]);
  const accept = { cutOff: false, unguarded: false, breakLock: false };
  const folder = (run: string) => `/var/lib/portcullis/runs/${run}`;

  test('both at the same moment: one goes on; the other learns who, and may break in only by rolling that run back', async () => {
    const [one, other] = [
      start(alice, plan(), { by: 'alice@laptop' }),
      start(bob, plan(), { by: 'bob@desk' }),
    ];
    const first = await Promise.race(
      [one, other]
        .map(async (run) => {
          await run.until(inPhase('waiting'));
          return run;
        })
        .map((waiting) => waiting.catch(() => new Promise<never>(() => undefined))),
    );
    const second = first === one ? other : one;
    const [winner, loser] = first === one ? ['alice@laptop', 'bob@desk'] : ['bob@desk', 'alice@laptop'];
    expect(await second.run.finished, second.log()).toMatchObject({
      result: 'refused',
      holder: { run: first.run.id, by: winner, guardArmed: expect.any(Boolean) as boolean },
    });

    // Looked at again while the first one waits for its confirmation.
    const bench = first === one ? bob : alice;
    const again = await start(bench, plan(), { by: loser }).run.finished;
    expect(again).toMatchObject({
      result: 'refused',
      holder: {
        run: first.run.id,
        phase: 'waiting',
        guardArmed: true,
        guardSeconds: expect.any(Number) as number,
      },
    });
    expect(again.reason).toMatch(
      /has unconfirmed changes on this host since .*Its guard rolls it back in \d+ s/,
    );
    expect(await alice.machine.psql('SHOW log_connections')).toBe('on');

    const breaking = start(
      bench,
      planOf(alice.cluster, [make.setting('log_hostname', 'on'), { kind: 'reload' }]),
      {
        by: loser,
        accept: { ...accept, breakLock: true },
        autoKeep: true,
      },
    );
    expect(await breaking.run.finished, breaking.log()).toMatchObject({ result: 'kept' });
    first.run.keep();
    expect(await first.run.finished, first.log()).toMatchObject({ result: 'rolled-back' });
    expect(await alice.machine.psql('SHOW log_connections; SHOW log_hostname')).toBe('off\non');
    expect(await alice.machine.run('ls -d /var/lib/portcullis/lock 2>/dev/null || echo free')).toBe('free');
    expect(await alice.machine.run('ls /etc/systemd/system | grep portcullis || echo none')).toBe('none');
  });

  test('the other sees the run with its changes, rolls it back, and the export of both is whole', async () => {
    const outcome = await applyAndKeep(
      alice,
      planOf(alice.cluster, [
        await make.hbaChange(alice, /^host +all +all +127/, 'md5'),
        make.roleChange,
        { kind: 'reload' },
      ]),
    );
    const id = outcome.runId ?? '';
    const seen = (await runsOf(bob)).find((run) => run.id === id);
    expect(seen).toMatchObject({ state: 'kept', recorded: 'on-host', by: 'tester@bench', problems: [] });
    const { changes } = await changesOnHost(bob.host, bob.cluster, id, never);
    const [diff, sql] = changes;
    expect(diff).toMatchObject({ kind: 'diff', path: alice.cluster.hbaFile });
    expect(diff?.kind === 'diff' && diff.before !== diff.after && diff.after.includes('10.9.0.0/16')).toBe(
      true,
    );
    expect(sql).toMatchObject({
      kind: 'sql',
      statements: make.roleChange.kind === 'sql' ? make.roleChange.statements : [],
    });

    const { outcome: back } = await rollbackRun(
      {
        ...bob,
        targetKey: 'test-host',
        runId: id,
        by: 'bob@desk',
        force: false,
        openSession,
        onLog: () => undefined,
      },
      never,
    );
    expect(back).toMatchObject({ result: 'rolled-back' });
    expect((await runsOf(alice)).find((run) => run.id === id)).toMatchObject({
      state: 'rolled-back',
      problems: [],
    });

    for (const { host, cluster, home } of [alice, bob]) {
      const runs = await exportedRuns({ host, cluster, home, targetKey: 'test-host' }, id, never);
      const text = writeRunsFile({ key: 'test-host', label: 'host' }, runs, new Date().toISOString());
      expect(verifyRunsFile(text)).toEqual({ runs: 1, problems: [] });
      expect(runs[0]?.plan?.steps).toHaveLength(3);
      expect(
        verifyRunsFile(text.replaceAll('CONNECTION LIMIT 7', 'CONNECTION LIMIT 8')).problems.join(),
      ).toMatch(/changed after[\s\S]*plan is not the one/);
    }
  });

  test('a record that was changed, cut or removed shows, and in what', async () => {
    const id = (await applyAndKeep(alice, planOf(alice.cluster, [make.roleChange]))).runId ?? '';
    const journal = `${folder(id)}/journal.jsonl`;
    const problems = async () => (await runsOf(alice)).find((run) => run.id === id)?.problems;
    expect(await problems()).toEqual([]);
    await alice.machine.run(`cp -a ${journal} /root/journal`);
    const tamper = async (command: string) => {
      await alice.machine.run(`cp -a /root/journal ${journal}; cd ${folder(id)}; ${command}`);
      return problems();
    };
    expect(await tamper(`sed -i 's/tester@bench/nobody/' journal.jsonl`)).toContain(
      'On the host: Record 1 was changed.',
    );
    expect(await tamper('sed -i 3d journal.jsonl')).toContain('On the host: Missing: record 3.');
    expect(
      await tamper(
        `{ sed -n 1p /root/journal; sed -n 3p /root/journal; sed -n 2p /root/journal; sed -n '4,$p' /root/journal; } >journal.jsonl`,
      ),
    ).toContain('On the host: Record 2 stands in another place than it was written.');
    expect((await tamper(`sed -i '$d' journal.jsonl`))?.join()).toMatch(
      /^The record on the host ends at \d+; this machine saw it up to \d+\.$/,
    );
    await alice.machine.run(`cp -a /root/journal ${journal}; mv ${folder(id)} /root/gone`);
    expect(await problems()).toEqual([
      'The folder of this run is gone from the host, and no rule removed it.',
    ]);
    await alice.machine.run(`mv /root/gone ${folder(id)}`);
    expect(await problems()).toEqual([]);
    const here = join(alice.home, 'runs', 'test-host', `${id}.jsonl`);
    const text = await readFile(here, 'utf8');
    await writeFile(here, text.split('\n').slice(0, 3).join('\n') + '\n');
    expect((await problems())?.join()).toMatch(
      /^The record on this machine ends at 3; the host saw it up to \d+\.$/,
    );
    await writeFile(here, text);
  });
});
