import { describe, expect, test } from 'vitest';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { findCluster, openBench, planOf, snapshot, start } from './bench.ts';
import * as make from './operations.ts';

// The hosts have getfacl and no getfattr; perl reads an attribute by its system call.
const attribute = (path: string): string =>
  `perl -e 'my ($p, $a, $v) = ("${path}", "user.origin", " " x 64); my $n = syscall(191, $p, $a, $v, 64); print $n < 0 ? "none" : substr($v, 0, $n)'`;
const setAttribute = (path: string): string =>
  `perl -e 'my ($p, $n, $v) = ("${path}", "user.origin", "ticket 4711"); syscall(188, $p, $n, $v, length $v, 0) == 0 or die $!'`;

describe.skipIf(hostsAvailable() !== null)('what belongs to a file besides its bytes', () => {
  test('links, ACLs and attributes outlive a run and its rollback; what cannot be put back is refused', async () => {
    const bench = await openBench('bookworm', 'grd4', 116);
    try {
      const { machine, cluster } = bench;
      // A careful administrator: the file is root's, elsewhere, and a link leads to it.
      const real = '/srv/postgresql/pg_hba.conf';
      await machine.run(
        `set -e; mkdir -p /srv/postgresql; mv ${cluster.hbaFile} ${real}; ln -s ${real} ${cluster.hbaFile}; chown root:postgres ${real}; chmod 644 ${real}
         setfacl -m u:plain:r,g:adm:r ${real}; ${setAttribute(real)}; setfacl -m u:plain:rx /etc/postgresql/15/main`,
      );
      const looks = () =>
        machine.run(
          `readlink ${cluster.hbaFile}; getfacl -p ${real} /etc/postgresql/15/main; ${attribute(real)}; ls -A /srv/postgresql /etc/postgresql/15/main`,
        );
      const before = [await looks(), await snapshot(bench, [real])];
      expect(before[0]).toContain('user:plain:r--');
      expect(before[0]).toContain('ticket 4711');
      const operations = async () => [
        make.restrict(cluster.hbaFile, 0o640, 0o644),
        make.restrict('/etc/postgresql/15/main', 0o700, 0o755),
        await make.hbaChange(bench, /^host +all +all +127/, 'md5'),
        make.setting('log_connections', 'on'),
        { kind: 'reload' as const },
      ];
      const run = start(bench, planOf(cluster, await operations()));
      await run.until((event) => event.kind === 'phase' && event.phase === 'waiting');
      const during = await looks();
      run.run.rollBack();
      const outcome = await run.run.finished;
      expect(outcome, run.log()).toMatchObject({ result: 'rolled-back', finishByHand: [] });
      expect([await looks(), await snapshot(bench, [real])]).toEqual(before);
      expect(during).toContain('ticket 4711');
      expect(during).toContain(real);

      // Refused before anything is written, with the reason and what to do.
      const refused = async (prepare: string, clean: string, path: string) => {
        await machine.run(prepare);
        const plan = planOf(await findCluster(bench.host), [
          path === real
            ? await make.hbaChange(bench, /^host +all +all +127/, 'md5')
            : make.setting('log_connections', 'on'),
        ]);
        const { finished } = start(bench, plan).run;
        const result = await finished;
        await machine.run(clean);
        expect(await machine.run('ls /var/lib/portcullis/runs | wc -l')).toBe('1');
        return `${result.result}: ${result.reason} ${result.next}`;
      };
      expect(await refused(`chattr +i ${real}`, `chattr -i ${real}`, real)).toMatch(
        /^refused: .*pg_hba\.conf cannot be changed: \/srv\/postgresql\/pg_hba\.conf is immutable \(chattr \+i\)\. .* chattr -i '?\/srv\/postgresql\/pg_hba\.conf'?$/,
      );
      const auto = '/var/lib/postgresql/15/main/postgresql.auto.conf';
      expect(await refused(`chattr +i ${auto}`, `chattr -i ${auto}`, auto)).toContain('is immutable');
      expect(await refused(`chattr +a /srv/postgresql`, `chattr -a /srv/postgresql`, real)).toContain(
        'chattr -a',
      );
      expect(await refused(`ln ${real} ${real}.other`, `rm ${real}.other`, real)).toContain(
        'it has 2 names (hard links)',
      );
      expect([await looks(), await snapshot(bench, [real])]).toEqual(before);
    } finally {
      await bench.close();
    }
  });
});
