import { describe, expect, test } from 'vitest';
import { shellLibrary } from '../../../main/apply/shell/library.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import type { TestHost } from '../../hosts/hosts.ts';

/*
 * The server's account owns the folders of its configuration and swaps names there while root changes the files. What
 * root did outside those folders is looked for afterwards: bytes, owner, mode, names, and the time of the last change
 * of an inode, which no account can set.
 */

const folder = '/var/lib/postgresql/race/conf';
const hba = `${folder}/pg_hba.conf`;

/** Each brings the server's folders into a state that leads elsewhere, if it still can. */
const attacks: Readonly<Record<string, string>> = {
  'the file becomes a link': `mv ${hba} ${hba}.was && ln -s /srv/outside/conf/pg_hba.conf ${hba}`,
  'the file becomes a link to a folder': `mv ${hba} ${hba}.was && ln -s /srv/outside/conf ${hba}`,
  'its folder becomes a link': `mv ${folder} ${folder}.was && ln -s /srv/outside/conf ${folder}`,
  'the folder above becomes a link': `cd /var/lib/postgresql && mv race race.was && ln -s /srv/outside race`,
  'the private folder becomes a link': `for d in ${folder}/.portcullis-X; do [ -d $d ] && mv $d $d.was && ln -s /srv/outside/conf $d; done; for f in ${folder}/.pg_hba*; do [ -e $f ] && mv $f $f.was && ln -s /srv/outside/conf/pg_hba.conf $f; done`,
};
/** The server's account takes its own swaps back, to swap again. */
const goBack = `cd /var/lib/postgresql; [ ! -L race ] || { rm race; mv race.was race; }; [ ! -L race/conf ] || { rm race/conf; mv race/conf.was race/conf; }; [ ! -L ${hba} ] || rm ${hba}; [ ! -e ${hba}.was ] || mv -f ${hba}.was ${hba}; rm -f ${folder}/.portcullis-X 2>/dev/null; :`;

/** What root does, each from the same start: the file differs from its copy, its mode too. */
const operations: Readonly<Record<string, string>> = {
  rewrite: `printf new | rewrite ${hba} $(printf new | sha256sum | cut -c1-64)`,
  write_file: `printf new | write_file ${hba} $(printf new | sha256sum | cut -c1-64) postgres:postgres 640`,
  remove_file: `remove_file ${hba}`,
  keep_copy: `keep_copy 0009 ${hba}`,
  put_back: `put_back 0001 ${hba}`,
  keep_rights: `keep_rights 0009 ${hba}`,
  change_rights: `change_rights 0002 ${hba} root:postgres 604`,
  put_back_rights: `put_back_rights 0003 ${hba}`,
};

const head = [
  'ID=X; BASE=/root/race; RUN=/root/race/run; OWNER=postgres; PGDATA=/nonexistent',
  shellLibrary,
  'set +e',
].join('\n');

// As root before each run of an operation; the folders are the server's.
const reset = `rm -rf /var/lib/postgresql/race /var/lib/postgresql/race.was; mkdir -p ${folder}
  printf changed >${hba}; chmod 640 ${hba}; chown -R postgres:postgres /var/lib/postgresql/race
  rights ${hba} >/root/race/run/rights/0002; echo '600 0 0' >/root/race/run/rights/0003`;

const outside = `find /srv/outside /root/race/victim -printf '%p %y %l %m %U:%G %s %T@ %C@ %n\\n' | sort; cat /srv/outside/conf/pg_hba.conf`;

async function prepare(host: TestHost): Promise<void> {
  await host.run(`mkdir -p /srv/outside/conf /root/race/run/rights /root/race/run/backup /root/race/victim
    printf 'not yours' >/srv/outside/conf/pg_hba.conf; chmod 600 /srv/outside/conf/pg_hba.conf
    printf before >/root/race/run/backup/0001; chown postgres:postgres /root/race/run/backup/0001`);
}

/** The whole matrix takes minutes; without it each attack on one operation, and two attacks on the others. */
const whole = process.env.PORTCULLIS_ALL_RACES === '1';
const cases = Object.entries(attacks).flatMap(([attack, lines], index) =>
  Object.entries(operations)
    .filter(
      ([name]) =>
        whole ||
        name === 'put_back' ||
        (index === 0 && name === 'keep_copy') ||
        (index === 1 && ['rewrite', 'change_rights'].includes(name)) ||
        (index === 2 && ['write_file', 'put_back_rights'].includes(name)),
    )
    .map(([name, operation]) => ({ attack, lines, name, operation })),
);

describe.skipIf(hostsAvailable() !== null)('files in folders that the server can change', () => {
  test('nothing outside is touched, whichever name is swapped before whichever command', async () => {
    const host = await startHost({ suite: 'bookworm', name: 'grd2', index: 114 });
    try {
      await prepare(host);
      // A program of this name comes first in PATH: counts, attacks as the server's account when its turn has come.
      await host.run(`mkdir /root/race/bin; cd /root/race/bin
        printf '%s\\n' '#!/bin/sh' 'read -r n </root/race/count; n=$((n+1)); echo $n >/root/race/count; read -r turn </root/race/turn' 'if [ $n = $turn ]; then PATH=/usr/bin:/bin /usr/sbin/runuser -u postgres -- /bin/sh /tmp/attack.sh 2>/dev/null; fi' 'exec "/usr/bin/\${0##*/}" "$@"' >one
        chmod 755 one; for name in cp mv ln rm rmdir mkdir chmod chown find stat env sync cat cmp dd getfacl setfacl; do ln one $name; done`);
      const runs = cases.map(
        ({ attack, lines, name, operation }) => `
            printf '%s' ${quoteShell(lines)} >/tmp/attack.sh; chmod 644 /tmp/attack.sh
            turn=0
            while [ $turn -lt 60 ]; do
              turn=$((turn + 1)); echo $turn >/root/race/turn
              ${reset}
              echo 0 >/root/race/count
              ( PATH=/root/race/bin:$PATH; ${operation} ) >/dev/null 2>&1
              read -r count </root/race/count
              [ $count -ge $turn ] || break
            done
            [ "$before" = "$(${outside})" ] || { echo ${quoteShell(`${name}: ${attack}`)}; ${outside}; exit 1; }
            total=$((total + turn))`,
      );
      const script = [head, `before=$(${outside})`, 'total=0', ...runs, 'echo "$total"'].join('\n');
      const result = await host.exec('sh -s', { input: script, timeout: 300_000 });
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      // Each operation was attacked at each of its commands.
      expect(Number(result.stdout)).toBeGreaterThan(whole ? 400 : 80);

      // And one that swaps as fast as it can, all names at once, while root goes on.
      const storm = Object.values(attacks)
        .map((lines) => `( ${lines} ) 2>/dev/null; ${goBack}`)
        .join('; ');
      const race = [
        head,
        `${reset}; before=$(${outside})`,
        `printf '%s' ${quoteShell(`end=$(($(date +%s) + 5)); while [ $(date +%s) -lt $end ]; do ${storm}; done`)} >/tmp/storm.sh; chmod 644 /tmp/storm.sh`,
        'runuser -u postgres -- sh /tmp/storm.sh 2>/dev/null & storm=$!',
        'rounds=0; won=0',
        'while kill -0 $storm 2>/dev/null; do',
        ...Object.values(operations).map(
          (operation) => `( ${operation} ) >/dev/null 2>&1 && won=$((won + 1)); rounds=$((rounds + 1))`,
        ),
        'done',
        `[ "$before" = "$(${outside})" ] || { echo "$before"; echo ---; ${outside}; exit 1; }`,
        'echo "$rounds $won"',
      ].join('\n');
      const raced = await host.exec('sh -s', { input: race, timeout: 60_000 });
      expect(raced).toMatchObject({ exitCode: 0, stderr: '' });
      expect(Number(raced.stdout.split(' ')[0])).toBeGreaterThan(20);
    } finally {
      await host.stop();
    }
  }, 300_000);
});
