import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FixPreferences } from '../../../shared/fixes/define-fix.ts';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { applyAndKeep, planFixes, rollBack } from '../fixes/bench.ts';
import { openTarget } from './target.ts';

const viaSystem: FixPreferences = { settingsVia: 'alter-system' };
const viaFile: FixPreferences = { settingsVia: 'file' };

let host: TestHost;

/** Bytes, rights and times of everything that belongs to a cluster's configuration, links as links. */
const configurationOf = (name: string): Promise<string> =>
  host.run(
    `find /etc/postgresql/17/${name} /srv/${name}-conf /srv/${name}-data/postgresql.auto.conf /var/lib/postgresql/17/${name}/postgresql.auto.conf -printf '%p %l %y %m %u:%g ' \\( -type f -printf '%T@ ' -exec sha256sum {} \\; -o -printf '\\n' \\) 2>/dev/null | sort`,
  );
const startOf = (name: string): Promise<string> =>
  host.run(`head -n 1 /var/lib/postgresql/17/${name}/postmaster.pid`);
const settingOf = (name: string, port: number): Promise<string> =>
  host.run(`psql -XAt -p ${port} -c 'SHOW ${name}'`, { user: 'postgres' });

beforeAll(async () => {
  if (hostsAvailable() !== null) return;
  host = await startHost({ suite: 'trixie', name: 'hrd4', index: 131, running: true });
  await host.run(`set -e
pg_createcluster 17 second -p 5433 >/dev/null 2>&1
pg_createcluster 17 third -p 5434 >/dev/null 2>&1
# The data folder and the configuration behind links, owned by root, with includes, duplicates and units.
mv /var/lib/postgresql/17/second /srv/second-data; ln -s /srv/second-data /var/lib/postgresql/17/second
mkdir /srv/second-conf; mv /etc/postgresql/17/second/postgresql.conf /srv/second-conf/real.conf
ln -s /srv/second-conf/real.conf /etc/postgresql/17/second/postgresql.conf
chown -R root:postgres /srv/second-conf; chmod 750 /srv/second-conf; chmod 640 /srv/second-conf/real.conf
mkdir -p /etc/postgresql/17/second/conf.d /etc/postgresql/17/second/more
cat >>/srv/second-conf/real.conf <<'CONF'
log_connections = off # the first one
LOG_Connections 'off'   # the last one of this file
work_mem = 8MB
include_if_exists 'nothing.conf'
include '/etc/postgresql/17/second/more/own.conf'
allow_alter_system = off
password_encryption = md5
CONF
printf "log_disconnections = off\\t# tab\\r\\n" >/etc/postgresql/17/second/more/own.conf
printf "log_line_prefix = '%%m ''x'' \\\\\\\\ é'" >/etc/postgresql/17/second/conf.d/10.conf
printf "# by hand\\nwork_mem = '16MB'  # not by the server\\npassword_encryption = 'md5'\\n" >>/srv/second-data/postgresql.auto.conf
systemctl start postgresql@17-second
for try in 1 2 3 4 5 6 7 8 9 10; do runuser -u postgres -- psql -p 5433 -Xqc 'SELECT' >/dev/null 2>&1 && break; sleep 0.3; done`);
}, 120_000);

afterAll(async () => {
  await host?.stop();
});

describe.skipIf(hostsAvailable() !== null)('hard configuration', () => {
  test('one of several clusters: includes, links, hand-made lines, no ALTER SYSTEM; the others stay', async () => {
    const second = await openTarget(host, '17/second');
    try {
      const [before, main, third] = [
        await configurationOf('second'),
        await configurationOf('main'),
        await configurationOf('third'),
      ];
      const started = await startOf('main');
      await second.scan();
      const wanted = ['log-logins', 'full-line-prefix', 'scram-passwords', 'local-proof'];
      const offers = second.session.offers(viaSystem).filter(({ id }) => wanted.includes(id));
      const preview = await planFixes(second.session, offers, {}, viaSystem);
      expect(
        preview.plan.steps.flatMap(({ operation }) =>
          operation.kind === 'setting' ? [[operation.name, operation.via, operation.file]] : [],
        ),
      ).toEqual(
        expect.arrayContaining([
          ['log_connections', 'file', '/etc/postgresql/17/second/postgresql.conf'],
          ['password_encryption', 'file', '/var/lib/postgresql/17/second/postgresql.auto.conf'],
          ['log_line_prefix', 'file', '/etc/postgresql/17/second/conf.d/10.conf'],
        ]),
      );
      const run = await applyAndKeep(second.session, preview);
      expect(await settingOf('log_connections', 5433)).toBe('on');
      expect(await settingOf('password_encryption', 5433)).toBe('scram-sha-256');
      expect(await settingOf('work_mem', 5433)).toBe('16MB');
      await rollBack(second.session, run);
      expect(await configurationOf('second')).toBe(before);
      expect(await configurationOf('main')).toBe(main);
      expect(await configurationOf('third')).toBe(third);
      expect(await startOf('main')).toBe(started);
    } finally {
      await second.close();
    }
  });

  test('a stopped cluster: its files are judged, its data are not assessed, nothing is offered for it', async () => {
    const third = await openTarget(host, '17/third');
    try {
      const report = await third.scan();
      const status = (id: string) => report.findings.find(({ check }) => check === id)?.status;
      expect(status('os-pgdata')).toBe('pass');
      expect(status('role-superuser-count')).toBe('not-assessed');
      for (const { check, status: one, summary } of report.findings)
        if (one === 'not-assessed') expect(summary, check).not.toBe('');
    } finally {
      await third.close();
    }
  });

  test('what Ansible or Patroni writes is left to them, with what to do there', async () => {
    const folder = '/etc/postgresql/17/main';
    await host.run(`cp -a ${folder} /srv/original
sed -i '1i # Ansible managed' ${folder}/postgresql.conf
sed -i '1i # BEGIN ANSIBLE MANAGED BLOCK\\nlocal all all trust\\n# END ANSIBLE MANAGED BLOCK' ${folder}/pg_hba.conf
systemctl reload postgresql@17-main`);
    const target = await openTarget(host, '17/main');
    const { session } = target;
    const reasonOf = (id: string, preferences: FixPreferences): string | null | undefined =>
      session.offers(preferences).find((offer) => offer.id === id)?.unavailable;
    try {
      await target.scan();
      expect(reasonOf('log-logins', viaSystem)).toBeNull();
      expect(reasonOf('log-logins', viaFile)).toContain('add `log_connections = on`');
      expect(reasonOf('local-proof', viaSystem)).toMatch(
        /managed by Ansible.*in place of `local all all trust`/,
      );
      expect(session.safeChoices(viaFile, true).map(({ fix }) => fix)).not.toContain('log-logins');
      const allowed = { ...viaSystem, editManaged: true };
      expect(reasonOf('local-proof', allowed)).toBeNull();
      const chosen = [{ fix: 'local-proof', answers: { method: 'peer' } }];
      expect(await session.plan(chosen, true, viaSystem)).toMatchObject({ ok: false });
      expect(await session.plan(chosen, true, allowed)).toMatchObject({ ok: true });

      // Patroni known by its process alone, then by its mark in the file.
      await host.run(`printf '#!/bin/sh\\nsleep 300\\n' >/usr/local/bin/patroni; chmod 755 /usr/local/bin/patroni
printf 'postgresql:\\n  data_dir: /var/lib/postgresql/17/main\\n' >/etc/patroni.yml
setsid /usr/local/bin/patroni /etc/patroni.yml </dev/null >/dev/null 2>&1 & sleep 0.2`);
      const patroni = await openTarget(host, '17/main');
      await patroni.scan();
      const offers = patroni.session.offers(allowed);
      await patroni.close();
      const find = (id: string) => offers.find((offer) => offer.id === id)?.unavailable;
      expect(find('log-logins')).toContain("under postgresql.parameters: log_connections: 'on'");
      expect(find('local-proof')).toContain('postgresql.pg_hba');
      const other = await openTarget(host, '17/second');
      await other.scan();
      expect(other.session.facts?.facts.cluster).toMatchObject({ value: { managedBy: null } });
      await other.close();
    } finally {
      await target.close();
      await host.run(`rm -rf ${folder}; mv /srv/original ${folder}; systemctl reload postgresql@17-main`);
    }
  });

  test('settings of the command line are told, and cannot be changed', async () => {
    await host.run(`echo "pg_ctl_options = '-o -clog_connections=off'" >/etc/postgresql/17/third/pg_ctl.conf
systemctl start postgresql@17-third
for try in 1 2 3 4 5 6 7 8 9 10; do runuser -u postgres -- psql -p 5434 -Xqc 'SELECT' >/dev/null 2>&1 && break; sleep 0.3; done`);
    const third = await openTarget(host, '17/third');
    try {
      await third.scan();
      const offer = third.session.offers(viaSystem).find(({ id }) => id === 'log-logins');
      expect(offer?.unavailable).toContain('command line');
    } finally {
      await third.close();
    }
  });
});
