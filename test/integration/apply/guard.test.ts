import { spawn } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { probeGuard } from '../../../main/apply/guard/probe.ts';
import { listRuns, recoverRuns } from '../../../main/apply/runs.ts';
import { parseCommand } from '../../../main/terminal/arguments.ts';
import { runCommand } from '../../../main/terminal/run.ts';
import { readLocalJournals } from '../../../main/journal/local-journal.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import type { Suite } from '../../hosts/hosts.ts';
import { findCluster, inPhase, logIn, never, openBench, planOf, snapshot, start } from './bench.ts';
import type { Bench } from './bench.ts';
import * as make from './operations.ts';

async function withBench(
  suite: Suite,
  name: string,
  index: number,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const bench = await openBench(suite, name, index);
  try {
    await bench.machine.psql(make.seed);
    await work(bench);
  } finally {
    await bench.close();
  }
}

const changes = (bench: Bench) => [
  make.roleChange,
  make.setting('log_connections', 'on'),
  make.setting('max_connections', '91', 'restart'),
  make.restrict(bench.cluster.hbaFile, 0o600, 0o640),
  { kind: 'reload' as const },
];

const request = (bench: Bench) => ({
  host: bench.host,
  cluster: bench.cluster,
  home: bench.home,
  targetKey: 'test-host',
});

/** Waits on the host until its only run is over. */
async function ended(bench: Bench): Promise<string> {
  return bench.machine.run(
    'tries=0; while sleep 0.2; do tries=$((tries+1)); case $(cat /var/lib/portcullis/runs/*/status) in open* | reverting*) [ $tries -lt 300 ] || break ;; *) break ;; esac; done; cat /var/lib/portcullis/runs/*/status; sleep 1',
  );
}

describe.skipIf(hostsAvailable() !== null).concurrent('the guard on the host', () => {
  test('fires when nobody confirms, also while PostgreSQL is down', async () => {
    await withBench('bookworm', 'app73', 73, async (bench) => {
      const before = await snapshot(bench, []);
      const started = start(bench, planOf(bench.cluster, changes(bench)), { confirmWithinSeconds: 10 });
      await started.until(inPhase('waiting'));
      await bench.machine.run('systemctl stop postgresql@15-main');
      const outcome = await started.run.finished;
      expect(outcome, started.log()).toMatchObject({ result: 'rolled-back-by-guard', finishByHand: [] });
      expect(await snapshot(bench, [])).toBe(before);
      const [run] = await listRuns(request(bench), never);
      expect(run).toMatchObject({
        state: 'rolled-back-by-guard',
        intact: true,
        recorded: 'here-and-on-host',
      });
      expect(await recoverRuns(request(bench), never)).toEqual([]);
    });
  });

  test('a firewall rule that lets no new login in is found by the proof, and rolled back', async () => {
    await withBench('trixie', 'app74', 74, async (bench) => {
      const before = await snapshot(bench, ['/etc/nftables.d-portcullis.conf']);
      const plan = planOf(bench.cluster, [
        make.setting('log_connections', 'on'),
        { kind: 'reload' },
        make.firewall(true),
      ]);
      const started = start(bench, plan, { confirmWithinSeconds: 15, autoKeep: true });
      const outcome = await started.run.finished;
      // The old session lives on behind such a rule; the proof by a new login fails, so the program rolls back itself.
      expect(outcome, started.log()).toMatchObject({ result: 'rolled-back' });
      expect(started.log()).toContain('New SSH login failed');
      expect(await snapshot(bench, ['/etc/nftables.d-portcullis.conf'])).toBe(before);
    });
  });

  test('fires when a firewall rule cut every packet, also of the session that is open', async () => {
    await withBench('trixie', 'app70', 70, async (bench) => {
      const before = await snapshot(bench, ['/etc/nftables.d-portcullis.conf']);
      const cut = make.firewall(true);
      const everything = {
        ...cut,
        commands: cut.commands.map((line) =>
          line.replace(
            'tcp dport 22 ct state new drop',
            `tcp dport 22 drop' ' }' ' chain output {' '  type filter hook output priority -5;' '  tcp sport 22 drop`,
          ),
        ),
      };
      const second = start(
        bench,
        planOf(bench.cluster, [make.setting('log_connections', 'on'), everything]),
        { confirmWithinSeconds: 10, budgetSeconds: 10 },
      );
      const lost = await second.run.finished;
      expect(lost, second.log()).toMatchObject({ result: 'rolled-back-by-guard' });
      expect(await snapshot(bench, ['/etc/nftables.d-portcullis.conf'])).toBe(before);
    });
  });

  test('fires when the program was killed, and the next connection tells', async () => {
    await withBench('bookworm', 'app75', 75, async (bench) => {
      const before = await snapshot(bench, []);
      const program = fileURLToPath(new URL('child.mjs', import.meta.url));
      const child = spawn(process.execPath, [program, bench.machine.address, bench.machine.key, bench.home]);
      let said = '';
      await new Promise<void>((resolve, reject) => {
        child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
        child.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('"phase":"waiting"')) resolve();
        });
        child.on('exit', () => reject(new Error(said)));
      });
      child.kill('SIGKILL');
      const [unfinished] = await recoverRuns(request(bench), never);
      expect(unfinished).toMatchObject({ needsRollback: false, run: { state: 'unfinished' } });
      expect(await ended(bench)).toMatch(/^rolled-back .* guard/m);
      expect(await snapshot(bench, [])).toBe(before);
      const [local] = await readLocalJournals(bench.home, 'test-host');
      expect(local?.journal.intact).toBe(true);
      const told = await recoverRuns(request(bench), never);
      expect(told.map(({ message }) => message)).toEqual(['The host rolled everything back.']);
      expect(await recoverRuns(request(bench), never)).toEqual([]);
    });
  });

  test('fires after a reboot in between, with the restart-only setting back as well', async () => {
    await withBench('bookworm', 'app76', 76, async (bench) => {
      const before = await snapshot(bench, []);
      const started = start(bench, planOf(bench.cluster, changes(bench)), { confirmWithinSeconds: 12 });
      await started.until(inPhase('waiting'));
      await bench.machine.reboot();
      const outcome = await started.run.finished;
      expect(outcome, started.log()).toMatchObject({ result: 'rolled-back-by-guard' });
      expect(await bench.machine.psql('SHOW max_connections')).toBe('100');
      expect(await snapshot(bench, [])).toBe(before);
    });
  });

  test('a guard that cannot put a file back leaves its log and the commands, and the next connection shows them', async () => {
    await withBench('bookworm', 'grd10', 122, async (bench) => {
      const { machine, cluster } = bench;
      const before = await snapshot(bench, []);
      const started = start(bench, planOf(cluster, changes(bench)), { confirmWithinSeconds: 10 });
      await started.until(inPhase('waiting'));
      await machine.run(`chattr +i ${cluster.hbaFile}`);
      const outcome = await started.run.finished;
      expect(outcome, started.log()).toMatchObject({ result: 'rollback-failed' });

      let told = '';
      const words = ['scan', `ssh://ops@${machine.address}`, '--identity', machine.key, '--home', bench.home];
      const known = ['--known-hosts', `${bench.home}/known_hosts`, '--format', 'json'];
      const errors = new Writable({
        write: (chunk: Buffer, _, done) => {
          told += chunk.toString();
          done();
        },
      });
      const io = { write: () => undefined, errors, input: Readable.from([]), version: 'test' };
      expect(await runCommand(parseCommand([...words, ...known]), io, never)).toBe(0);
      const run = `/var/lib/portcullis/runs/${started.run.id}`;
      expect(told).toContain('could not put everything back.');
      expect(told).toContain(`Its log: ${run}/revert.log`);
      expect(told).toContain(`portcullis rollback TARGET ${started.run.id} --yes`);
      const commands = told
        .split('as root on the host:\n')[1]
        ?.split('\n')
        .filter((line) => /^ {4}/.test(line));
      expect(commands?.join('\n')).toMatch(/chmod .*pg_hba\.conf/);
      expect(commands?.at(-1)?.trim()).toBe(`sh ${run}/revert.sh --by person`);

      // What it says is what helps, once the obstacle is gone.
      await machine.run(`chattr -i ${cluster.hbaFile}; ${commands?.join('\n') ?? 'false'}`);
      expect(await machine.run(`cat ${run}/status`)).toMatch(/^rolled-back /);
      expect(await snapshot(bench, [])).toBe(before);
    });
  });

  test('without systemd, at keeps the wait across a reboot, also where cron does nothing', async () => {
    await withBench('bookworm', 'grd6', 118, async (bench) => {
      await bench.machine.run('systemctl start atd; systemctl disable --now cron');
      const before = await snapshot(bench, []);
      const started = start(bench, planOf(bench.cluster, changes(bench)), {
        confirmWithinSeconds: 12,
        guard: 'at',
      });
      await started.until(inPhase('waiting'));
      // One job for each deadline; the process that keeps it to the second waits besides.
      expect(await bench.machine.run('atq | wc -l; ps -eo args | grep -c "[g]uard.sh"')).toBe('2\n1');
      await bench.machine.reboot();
      const outcome = await started.run.finished;
      expect(outcome, started.log()).toMatchObject({ result: 'rolled-back-by-guard' });
      expect(await snapshot(bench, [])).toBe(before);

      // Keeping takes the jobs away.
      const host = await logIn(bench.machine, bench.home, 'ops');
      const again = { ...bench, host, cluster: await findCluster(host) };
      const kept = start(again, planOf(bench.cluster, changes(bench)), { autoKeep: true, guard: 'at' });
      expect(await kept.run.finished, kept.log()).toMatchObject({ result: 'kept' });
      expect(await bench.machine.run('atq | wc -l; ps -eo args | grep -c "[g]uard.sh" || :')).toBe('0\n0');
      await host.close();
    });
  });

  test('without systemd, the line in cron goes on with the wait after a reboot', async () => {
    await withBench('bookworm', 'grd7', 119, async (bench) => {
      await bench.machine.run('systemctl disable --now atd');
      const before = await snapshot(bench, []);
      const started = start(bench, planOf(bench.cluster, changes(bench)), {
        confirmWithinSeconds: 14,
        guard: 'detached',
      });
      await started.until(inPhase('waiting'));
      await bench.machine.reboot();
      const outcome = await started.run.finished;
      expect(outcome, started.log()).toMatchObject({ result: 'rolled-back-by-guard' });
      expect(await snapshot(bench, [])).toBe(before);
    });
  });

  test('which guard a host has is told before anything is planned to change', async () => {
    await withBench('bookworm', 'grd8', 120, async (bench) => {
      const { machine, host, cluster } = bench;
      const hidden = async (commands: string) => {
        await machine.run(commands);
        return probeGuard(host, cluster, never);
      };
      expect(await probeGuard(host, cluster, never)).toBe('systemd');
      expect(await hidden('systemctl start atd; mount -t tmpfs none /run/systemd')).toBe('at');
      expect(await hidden('kill $(pgrep -x atd); sleep 0.3')).toBe('detached');
      expect(
        await hidden('mount --bind /dev/null /usr/bin/setsid; mount --bind /dev/null /usr/bin/nohup'),
      ).toBe('none');
      const refused = await start(bench, planOf(cluster, changes(bench))).run.finished;
      expect(refused).toMatchObject({ result: 'refused', refusal: 'unguarded' });
      await machine.run('umount /usr/bin/setsid /usr/bin/nohup /run/systemd');
    });
  });

  test('works without systemd, by a process of its own and cron', async () => {
    await withBench('bookworm', 'app77', 77, async (bench) => {
      const before = await snapshot(bench, []);
      const started = start(bench, planOf(bench.cluster, changes(bench)), {
        confirmWithinSeconds: 10,
        guard: 'detached',
      });
      await started.until(inPhase('waiting'));
      expect(await bench.machine.run('cat /etc/cron.d/portcullis-*; ls /etc/systemd/system')).toMatch(
        /^@reboot root sh [^ ]*guard.sh$/m,
      );
      await bench.host.close();
      const outcome = await started.run.finished;
      expect(outcome, started.log()).toMatchObject({ result: 'rolled-back-by-guard' });
      const host = await logIn(bench.machine, bench.home, 'ops');
      expect(await snapshot({ ...bench, host, cluster: await findCluster(host) }, [])).toBe(before);

      // Keeping ends the process.
      const again = { ...bench, host };
      const kept = await start(again, planOf(bench.cluster, changes(bench)), {
        autoKeep: true,
        guard: 'detached',
      }).run.finished;
      expect(kept.result).toBe('kept');
      expect(
        await bench.machine.run(
          'ps -eo args | grep "[g]uard.sh" || ls /etc/cron.d | grep portcullis || echo gone',
        ),
      ).toBe('gone');
      await host.close();
    });
  });
});
