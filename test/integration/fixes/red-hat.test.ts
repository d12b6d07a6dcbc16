import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostsAvailable, type TestHost } from '../../hosts/hosts.ts';
import { openPasswords, openUp } from '../../hosts/seed-open.ts';
import { rulesOf } from '../firewall/apply.ts';
import { openBench, type Bench } from './bench.ts';
import { report, socketOf, type Group } from './groups.ts';
import { login } from './proofs.ts';
import { layOutAsRedHat, redHat } from './red-hat-layout.ts';
import { roundTrip } from './round-trip.ts';

const { data, bin, unit, major } = redHat;

/** What the fixes of the group can change: files with their rights, what is in force, roles. */
async function snapshot(host: TestHost): Promise<Record<string, string>> {
  return {
    files: await host.run(
      `find ${data}/*.conf ${data}/*.crt ${data}/*.key /etc/systemd/system /etc/tmpfiles.d /etc/sysconfig -type f -printf '%p %m %u:%g %T@ ' -exec sha256sum {} \\; 2>/dev/null | sort`,
    ),
    others: await host.run(
      `ls -A ${data} /var/lib/pgsql/${major} /etc/postgresql /run/postgresql 2>&1 || true`,
    ),
    firewall: await rulesOf(host),
    rights: await host.run(`stat -c '%n %a %U:%G' ${data} /var/lib/pgsql/${major} /run/postgresql`),
    settings: await host.psql(
      "SELECT name, setting, pending_restart FROM pg_settings WHERE source NOT IN ('client', 'session') ORDER BY 1",
    ),
    roles: await host.psql('SELECT rolname, rolsuper, rolpassword FROM pg_authid ORDER BY 1'),
  };
}

const group: Group = {
  name: 'settings, rules, rights, TLS and a restart',
  suites: ['bookworm'],
  fixes: [
    'log-logins',
    'reserve-places',
    'local-proof',
    'trust-to-scram',
    'password-to-scram',
    'narrow-any-address',
    'private-hba-files',
    'socket-folders',
    'tls-on',
  ],
  answers: {
    'narrow-any-address': { networks: 'NET.10/32' },
    'local-proof': { method: 'peer' },
    'socket-folders': { groups: 'plain' },
  },
  prepare: `printf '%s\\n' 'log_connections = off' 'superuser_reserved_connections = 0' >> ${data}/postgresql.conf
runuser -u postgres -- psql -Xqc "SET password_encryption = 'scram-sha-256'" -c "ALTER ROLE report PASSWORD '${openPasswords.report}'"
systemctl restart ${unit}; chmod 644 ${data}/pg_hba.conf`,
  unchanged: ['its unit'],
  effect: async (host) => ({
    'from .20': await login(host, { ...report, database: 'postgres', from: 20, tls: false }),
    'from .10 with TLS': await login(host, { ...report, from: 10, tls: true }),
    'its own socket': await socketOf(host, '/run/postgresql-plain'),
    'the socket of the administrator': await socketOf(host, '/run/postgresql'),
    'the socket in /tmp': await socketOf(host, '/tmp'),
    'places for superusers': await host.psql('SHOW superuser_reserved_connections'),
    'its unit': await host.run(`systemctl is-active ${unit}`),
  }),
  during: () => ({
    'from .20': expect.stringContaining('no pg_hba.conf entry'),
    'from .10 with TLS': expect.stringMatching(/^TLSv1/),
    'its own socket': 'a server answers',
    'the socket of the administrator': 'no permission',
    'the socket in /tmp': 'no socket',
    'places for superusers': '3',
    'its unit': 'active',
  }),
};

/**
 * Units and files of iptables-services as Red Hat's package lays them out. The host has the rules from nobody, as a person
 * leaves them who made them by hand; firewalld, which is the other choice there, is proved in the groups.
 */
const iptablesUnits = (['iptables', 'ip6tables'] as const)
  .map(
    (name) => `cat > /usr/lib/systemd/system/${name}.service <<'UNIT'
[Unit]
Before=network-pre.target
AssertPathExists=/etc/sysconfig/${name}
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '/usr/sbin/${name}-restore < /etc/sysconfig/${name}'
[Install]
WantedBy=multi-user.target
UNIT`,
  )
  .join('\n');

const atBoot: Group = {
  name: 'rules of iptables over a reboot',
  suites: ['bookworm'],
  fixes: ['firewall-at-boot'],
  manager: 'iptables',
  reboots: true,
  prepare: `${iptablesUnits}
mkdir -p /etc/sysconfig; systemctl daemon-reload
iptables -A INPUT -p tcp --dport 9999 -j DROP; ip6tables -A INPUT -p tcp --dport 9999 -j DROP`,
  unchanged: ['in force', 'its unit'],
  effect: async (host) => ({
    'starts at boot': (await host.exec('systemctl is-enabled iptables ip6tables | xargs')).stdout.trim(),
    stored: (
      await host.exec('cat /etc/sysconfig/iptables /etc/sysconfig/ip6tables | grep -c 9999')
    ).stdout.trim(),
    'in force': await host.run('iptables-save | grep -c 9999; ip6tables-save | grep -c 9999'),
    'its unit': await host.run(`systemctl is-active ${unit}`),
  }),
  during: () => ({
    'starts at boot': 'enabled enabled',
    stored: '2',
    'in force': '1\n1',
    'its unit': 'active',
  }),
};

describe.skipIf(hostsAvailable() !== null)('a server laid out as on Red Hat', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await openBench('bookworm', 'fix-red-hat', 195);
    await openUp(bench.host);
    await layOutAsRedHat(bench.machine);
    await bench.reconnect();
  }, 120_000);

  afterAll(async () => {
    await bench.close();
  });

  test('is found with its folders and its unit', () => {
    expect(bench.cluster).toMatchObject({
      major,
      port: 5432,
      owner: 'postgres',
      running: true,
      dataDirectory: data,
      configFile: `${data}/postgresql.conf`,
      hbaFile: `${data}/pg_hba.conf`,
      identFile: `${data}/pg_ident.conf`,
      binDirectory: bin,
      psql: `${bin}/psql`,
      service: { kind: 'systemd', unit },
    });
  });

  test('makes the round trip', { timeout: 120_000 }, async () => {
    await roundTrip(bench, group, {
      expect,
      preferences: { settingsVia: 'alter-system' },
      snapshot,
      planned: (preview) => {
        const told = JSON.stringify(preview);
        expect(told).toContain(`systemctl restart ${unit}`);
        expect(told).not.toMatch(/\/etc\/postgresql|postgresql@|pg_ctlcluster/);
      },
    });
  });

  test('comes up after a reboot with the rules that were stored', { timeout: 120_000 }, async () => {
    await roundTrip(bench, atBoot, { expect, preferences: { settingsVia: 'file' }, snapshot });
  });
});
