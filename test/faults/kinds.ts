import type { Firewall } from '../../shared/facts/network.ts';
import { planFirewall } from '../../shared/firewall/plan-firewall.ts';
import { readFirewall } from '../../shared/firewall/read-firewall.ts';
import type { Operation } from '../../shared/plan/operation.ts';
import type { Bench } from '../integration/apply/bench.ts';
import * as make from '../integration/apply/operations.ts';
import { readRaw } from '../integration/firewall/probe.ts';

/** Shell lines as root: what somebody else changes, whether that is still there, and how it is taken back. */
export interface Meddling {
  readonly change: string;
  readonly isThere: string;
  readonly takeBack: string;
}

/** One kind of operation, in the smallest plan that makes it count. */
export interface Kind {
  readonly name: string;
  /** Readies the host, once. */
  readonly setUp?: string;
  operations(bench: Bench): Promise<readonly Operation[]> | readonly Operation[];
  /** The file that the step changes; the run's own where it changes none. */
  target(bench: Bench): string;
  /** What another administrator does to the same thing meanwhile. */
  readonly meddle: (bench: Bench) => Meddling;
  /** Takes away what the undo leaves on purpose. */
  readonly remains?: (bench: Bench) => string;
}

const tls = '/var/lib/postgresql/tls';
const sshd = '/etc/ssh/sshd_config.d/60-hardening.conf';
const reload: Operation = { kind: 'reload' };
const statement = (sql: string): string =>
  `runuser -u postgres -- psql -XAtq -d postgres -c ${JSON.stringify(sql)}`;

const auto = ({ cluster }: Bench): string => `${cluster.dataDirectory}/postgresql.auto.conf`;
const note = '# changed by another administrator';
const appended = (path: string): Meddling => ({
  change: `echo '${note}' >>'${path}'`,
  isThere: `grep -q '${note}' '${path}'`,
  takeBack: `sed '/${note}/d' '${path}' >/run/faults-bytes && cat /run/faults-bytes >'${path}'`,
});
const setting = (bench: Bench): Meddling => ({
  change: statement('ALTER SYSTEM SET log_hostname = on'),
  isThere: `grep -q log_hostname '${auto(bench)}'`,
  takeBack: `${statement('ALTER SYSTEM RESET log_hostname')}; ${statement('SELECT pg_reload_conf()')}; sleep 0.3`,
});
const rule = (add: string, drop: string): Meddling => ({
  change: add,
  isThere: 'nft list ruleset | grep -q 7001',
  takeBack: drop,
});

const indexing = make.sql(
  ['CREATE INDEX CONCURRENTLY patients_clinic ON public.patients (clinic)'],
  ['DROP INDEX CONCURRENTLY IF EXISTS public.patients_clinic'],
  `SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.patients_clinic'::regclass`,
  { transactional: false },
);
const rowSecurity = make.sql(
  [
    'ALTER TABLE public.patients ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY own ON public.patients USING (clinic = current_setting('app.clinic', true))`,
    'REVOKE SELECT ON public.patients FROM PUBLIC',
    'ALTER ROLE app NOCREATEROLE CONNECTION LIMIT 7',
  ],
  [
    'ALTER ROLE app CREATEROLE CONNECTION LIMIT -1',
    'GRANT SELECT ON public.patients TO PUBLIC',
    'DROP POLICY own ON public.patients',
    'ALTER TABLE public.patients DISABLE ROW LEVEL SECURITY',
  ],
  `SELECT relrowsecurity FROM pg_class WHERE oid = 'public.patients'::regclass`,
);

/** A step that waits where somebody holds the table. */
export const lockedTable: Operation = make.sql(
  ['ALTER TABLE public.patients SET (fillfactor = 90)'],
  ['ALTER TABLE public.patients RESET (fillfactor)'],
  `SELECT reloptions IS NOT NULL FROM pg_class WHERE oid = 'public.patients'::regclass`,
);

/** The firewall as the program plans it for what it finds. */
async function firewall(
  { machine }: Bench,
  manager: 'ufw' | 'nft' | 'firewalld' | 'iptables',
): Promise<readonly Operation[]> {
  const raw = await readRaw(machine, { ufw: manager === 'ufw', firewalld: manager === 'firewalld' });
  const installed: Firewall['installed'] =
    manager === 'iptables' ? ['iptables', 'iptables-persistent'] : [manager];
  // The rules are loaded by a unit of another name, so there is none to enable.
  const units = raw.units.filter(({ name }) => name !== 'netfilter-persistent');
  const facts = { ...raw, installed, units };
  const network = machine.address.replace(/\.2$/, '');
  const plan = planFirewall(readFirewall(facts), facts, {
    port: 5432,
    allowNetworks: [`${network}.10/32`],
    sshPorts: [22],
    defaultDeny: true,
    enable: true,
  });
  if (plan === null) throw new Error('no plan for the firewall');
  const { commands, files, save, restore, before, after } = plan;
  return [
    {
      kind: 'firewall',
      manager: plan.manager,
      port: 5432,
      allow: [...plan.allow],
      sshPorts: [22],
      commands: [...commands],
      files: [...files],
      save: [...save],
      restore: [...restore],
      before: [...before],
      after: [...after],
      expects: [],
    },
  ];
}

export const kinds: readonly Kind[] = [
  {
    name: 'alter-system',
    operations: () => [make.setting('log_connections', 'on'), reload],
    target: auto,
    meddle: setting,
  },
  {
    name: 'setting-file',
    operations: ({ cluster }) => [make.settingInFile('log_disconnections', 'on', cluster.configFile), reload],
    target: ({ cluster }) => cluster.configFile,
    meddle: ({ cluster }) => appended(cluster.configFile),
  },
  {
    name: 'hba',
    operations: async (bench) => [await make.hbaChange(bench, /^host +all +all +127/, 'md5'), reload],
    target: ({ cluster }) => cluster.hbaFile,
    meddle: ({ cluster }) => appended(cluster.hbaFile),
  },
  {
    name: 'file',
    operations: () => [make.sshdFile('PermitRootLogin prohibit-password\nMaxAuthTries 5\n')],
    target: () => sshd,
    meddle: () => ({
      ...appended(sshd),
      takeBack: `sed -i '/${note}/d' ${sshd}; [ -s ${sshd} ] || rm -f ${sshd}`,
    }),
  },
  {
    name: 'file-mode',
    operations: ({ cluster }) => [make.restrict(cluster.hbaFile, 0o600, 0o640)],
    target: ({ cluster }) => cluster.hbaFile,
    meddle: ({ cluster }) => ({
      change: `chmod 644 ${cluster.hbaFile}`,
      isThere: `[ "$(stat -c %a ${cluster.hbaFile})" = 644 ]`,
      takeBack: `chmod 640 ${cluster.hbaFile}`,
    }),
  },
  {
    name: 'sql',
    operations: () => [rowSecurity],
    target: () => '/var/lib/portcullis/runs',
    meddle: () => ({
      change: statement('ALTER ROLE app CREATEDB'),
      isThere: `[ "$(${statement("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'app'")})" = t ]`,
      takeBack: statement('ALTER ROLE app NOCREATEDB'),
    }),
  },
  {
    name: 'sql-outside',
    operations: () => [indexing],
    target: () => '/var/lib/portcullis/runs',
    meddle: () => ({
      change: statement('ALTER TABLE public.patients SET (fillfactor = 80)'),
      isThere: `${statement("SELECT reloptions FROM pg_class WHERE relname = 'patients'")} | grep -q 80`,
      takeBack: statement('ALTER TABLE public.patients RESET (fillfactor)'),
    }),
  },
  {
    name: 'ufw',
    setUp: 'ufw allow 22/tcp && ufw allow 5432/tcp && ufw --force enable',
    operations: (bench) => firewall(bench, 'ufw'),
    target: () => '/etc/ufw/user.rules',
    meddle: () => rule('ufw allow 7001/tcp', 'ufw delete allow 7001/tcp'),
  },
  {
    name: 'nft',
    setUp: `systemctl -q disable --now ufw; printf '%s\\n' '#!/usr/sbin/nft -f' 'flush ruleset' 'table inet filter { chain input { type filter hook input priority filter; policy drop; iif lo accept; ct state established,related accept; tcp dport { 22, 5432, 7000 } accept; }' '}' >/etc/nftables.conf; systemctl -q enable --now nftables`,
    operations: (bench) => firewall(bench, 'nft'),
    target: () => '/etc/nftables.conf',
    meddle: () =>
      rule(
        'nft add rule inet filter input tcp dport 7001 accept',
        `nft delete rule inet filter input handle $(nft -a list chain inet filter input | sed -n 's/.*7001.*handle //p')`,
      ),
  },
  {
    name: 'firewalld',
    setUp:
      'systemctl -q disable --now ufw; systemctl -q enable --now firewalld; firewall-cmd -q --permanent --add-service=postgresql; firewall-cmd -q --reload',
    operations: (bench) => firewall(bench, 'firewalld'),
    target: () => '/etc/firewalld/zones/public.xml',
    meddle: () => rule('firewall-cmd -q --add-port=7001/tcp', 'firewall-cmd -q --remove-port=7001/tcp'),
  },
  {
    name: 'iptables',
    // Loaded at boot, as iptables-persistent does it.
    setUp: `systemctl -q disable --now ufw; mkdir -p /etc/iptables; iptables -A INPUT -p tcp --dport 5432 -j ACCEPT; iptables -A INPUT -p tcp --dport 7000 -j ACCEPT; iptables-save >/etc/iptables/rules.v4; ip6tables-save >/etc/iptables/rules.v6
printf '%s\\n' '[Unit]' 'Before=network-pre.target' '[Service]' 'Type=oneshot' 'ExecStart=/bin/sh -c "iptables-restore </etc/iptables/rules.v4; ip6tables-restore </etc/iptables/rules.v6"' '[Install]' 'WantedBy=multi-user.target' >/etc/systemd/system/load-rules.service; systemctl -q enable load-rules`,
    operations: (bench) => firewall(bench, 'iptables'),
    target: () => '/etc/iptables/rules.v4',
    meddle: () =>
      rule(
        'iptables -A INPUT -p tcp --dport 7001 -j ACCEPT',
        'iptables -D INPUT -p tcp --dport 7001 -j ACCEPT',
      ),
  },
  {
    name: 'certificate',
    setUp: `install -d -m 700 -o postgres -g postgres ${tls}`,
    operations: () => [
      {
        ...make.certificate(tls),
        certificatePath: `${tls}/server.crt`,
        keyPath: `${tls}/server.key`,
      },
      make.setting('ssl_cert_file', `${tls}/server.crt`),
      make.setting('ssl_key_file', `${tls}/server.key`),
      reload,
    ],
    target: () => `${tls}/server.key`,
    meddle: () => ({
      ...appended(`${tls}/server.key`),
      takeBack: `sed -i '/${note}/d' ${tls}/server.key; [ -s ${tls}/server.key ] || rm -f ${tls}/server.key`,
    }),
  },
  {
    name: 'package',
    operations: ({ cluster }) => [
      {
        kind: 'package',
        manager: 'apt',
        action: 'install',
        names: [`postgresql-${cluster.major}-pgaudit`],
        expects: [],
      },
    ],
    target: () => '/var/lib/portcullis/runs',
    // Somebody who installs the same at the same time waits for dpkg's lock.
    meddle: () => ({ change: 'dpkg --configure -a', isThere: 'true', takeBack: 'true' }),
    remains: ({ cluster }) => `dpkg --purge postgresql-${cluster.major}-pgaudit`,
  },
  {
    name: 'reload',
    operations: () => [reload],
    target: () => '/var/lib/portcullis/runs',
    meddle: setting,
  },
  {
    name: 'restart',
    operations: () => [
      make.setting('max_connections', '91', 'restart'),
      { kind: 'restart', reasons: ['max_connections'] },
    ],
    target: auto,
    meddle: setting,
  },
];

/** What every host has besides: a table, a role that may too much. */
export const seed = `
CREATE ROLE app LOGIN CREATEROLE;
CREATE TABLE public.patients (id int PRIMARY KEY, clinic text, name text);
INSERT INTO public.patients SELECT n, 'c' || n % 3, 'name ' || n FROM generate_series(1, 500) n;
GRANT SELECT ON public.patients TO PUBLIC;
`;
