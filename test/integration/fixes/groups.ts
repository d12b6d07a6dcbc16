import { expect } from 'vitest';
import { openPasswords } from '../../hosts/seed-open.ts';
import type { Suite, TestHost } from '../../hosts/hosts.ts';
import { configurationGroups } from './groups-configuration.ts';
import { companionsClosed, companionsSeen, startCompanions, stopCompanions } from './companions.ts';
import { handshake, login, logOf, overSsh } from './proofs.ts';

/** Fixes that go into one plan, with what they need to find on the opened host. */
export interface Group {
  readonly name: string;
  readonly suites: readonly Suite[];
  readonly fixes: readonly string[];
  /** Answers in place of the default ones, by fix. `NET` stands for the network of the host: 10.231.11. */
  readonly answers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The program that the firewall has to be planned for. */
  readonly manager?: 'ufw' | 'firewalld' | 'nft' | 'iptables';
  /** Shell lines for root, run once before the group. */
  readonly prepare?: string;
  /** Shell lines for root that take back what would stand in the way of the next group. */
  readonly cleanUp?: string;
  /** The host is rebooted once the changes are kept: all that follows is what a boot makes of them. */
  readonly reboots?: boolean;
  /** What is seen from outside: before, while the changes are in force, and after the rollback as before. */
  readonly effect?: (host: TestHost) => Promise<Readonly<Record<string, string>>>;
  /** What `effect` must give while the changes are in force. */
  readonly during?: (host: TestHost) => Readonly<Record<string, unknown>>;
  /** What of it does not change: a way in that has to stay open. All else does. */
  readonly unchanged?: readonly string[];
  /** Fixes that cannot be undone in full: the rollback leaves their checks passed, with the reason. */
  readonly stays?: Readonly<Record<string, string>>;
  /** Lines of the snapshot that a rollback does not bring back, with the reason in `stays` or beside it. */
  readonly kept?: RegExp;
}

export const both: readonly Suite[] = ['bookworm', 'trixie'];
export const folder = 'folder=$(ls -d /etc/postgresql/*/main)';

/** Programs that an earlier one in the order of choice would be chosen before are hidden. */
export const hide = (...programs: readonly string[]): string =>
  programs
    .map(
      (program) =>
        `for p in /usr/sbin/${program} /usr/bin/${program}; do if [ -e $p ]; then mv $p $p.hidden; fi; done`,
    )
    .join('\n');

/** Those that earlier groups hid are there again. */
export const unhide =
  'for p in /usr/sbin/*.hidden /usr/bin/*.hidden; do if [ -e "$p" ]; then mv "$p" "${p%.hidden}"; fi; done';

export const report = { user: 'report', password: openPasswords.report, database: 'shop' } as const;

/** Whether PostgreSQL and sshd answer the addresses .10 and .20 of this side. */
async function reachable(host: TestHost): Promise<Record<string, string>> {
  const refused = async (from: 10 | 20): Promise<string> =>
    /timeout|EHOSTUNREACH|ECONNREFUSED/.test(await login(host, { ...report, from, tls: false }))
      ? 'shut'
      : 'open';
  return { 'from .20': await refused(20), 'from .10': await refused(10) };
}

/** What an account that is no administrator finds behind a socket. */
export async function socketOf(host: TestHost, folder: string): Promise<string> {
  const { stdout, exitCode } = await host.exec(
    `psql -X -w -h ${folder} -U report -d shop -At -c 'SELECT 1' 2>&1`,
    { user: 'plain' },
  );
  if (/Permission denied/.test(stdout)) return 'no permission';
  return /No such file/.test(stdout) ? 'no socket' : exitCode < 3 ? 'a server answers' : stdout;
}

/** What SSH gives to an account that is for tunnels from then on, and to that of the server. */
async function tunnels(host: TestHost): Promise<Record<string, string>> {
  return {
    'a tunnel to PostgreSQL': await overSsh(host, 'plain', 5432),
    'a tunnel elsewhere': await overSsh(host, 'plain', 22),
    'a command': await overSsh(host, 'plain', null),
    'as the account of the server': await overSsh(host, 'postgres', null),
  };
}

const hba = `# the rules of this group
local   all             all                                     trust
host    all             all             127.0.0.1/32            trust
host    shop            report          10.0.0.0/8              md5
host    shop            batch           10.9.0.0/16             password
# never reached: the line for 10.0.0.0/8 comes first
host    shop            report          10.1.2.0/24             scram-sha-256
host    all             all             0.0.0.0/0               scram-sha-256
`;

export const groups: readonly Group[] = [
  {
    name: 'what is live or needs a reload',
    suites: both,
    fixes: [
      'no-superuser',
      'no-createrole',
      'no-createdb',
      'no-bypassrls',
      'no-os-access',
      'no-public-tables',
      'enable-rls',
      'index-policy-columns',
      'invoker-views',
      'separate-databases',
      'log-logins',
      'full-line-prefix',
      'log-structure',
      'private-logs',
      'scram-passwords',
      'private-data-directory',
      'private-hba-files',
      'socket-folder',
      'tls-minimum',
      'tls-forward-secret-ciphers',
      'tls-modern-groups',
    ],
    prepare: `chmod 755 /var/lib/postgresql/*/main
chmod 2777 /run/postgresql`,
    cleanUp: `chmod 700 /var/lib/postgresql/*/main
chmod 2775 /run/postgresql`,
    effect: async (host) => ({
      'rows of a reader': await host.psql('SET ROLE report; SELECT count(*) FROM sales.invoices', 'shop'),
      'a new login in the log': String(
        (await login(host, { ...report, from: 1, tls: false })) !== '' &&
          /report@shop app=.* connection authorized/.test(await logOf(host)),
      ),
      'without forward secrecy': /Cipher is AES256-GCM/.test(
        await handshake(host, '-tls1_2 -cipher AES256-GCM-SHA384'),
      )
        ? 'accepted'
        : 'refused',
      'group of the handshake': /Temp Key: [^\n]*/.exec(await handshake(host, '-tls1_2'))?.[0] ?? 'none',
    }),
    during: () => ({
      'rows of a reader': '0',
      'a new login in the log': 'true',
      'group of the handshake': expect.stringMatching(/prime256v1|P-256/),
      'without forward secrecy': 'refused',
    }),
  },
  {
    name: 'the rules of pg_hba.conf',
    suites: both,
    fixes: [
      'local-proof',
      'trust-to-scram',
      'password-to-scram',
      'md5-to-scram',
      'require-tls-remote',
      'refuse-remote-superusers',
      'narrow-any-address',
      'disable-unreachable',
      'tls-key-private',
      // With the one that it waits for, and apart from no-superuser: a schema of a former superuser is not safe in a path.
      'no-public-create',
      'definer-search-path',
    ],
    unchanged: ['report with TLS', 'batch from .10'],
    answers: { 'narrow-any-address': { networks: 'NET.10/32' }, 'local-proof': { method: 'peer' } },
    prepare: `${folder}
cat > "$folder/pg_hba.conf" <<'HBA'
${hba}HBA
runuser -u postgres -- psql -Xqc "SET password_encryption = 'scram-sha-256'" -c "ALTER ROLE app PASSWORD '${openPasswords.app}'" -c "ALTER ROLE report PASSWORD '${openPasswords.report}'" -c "ALTER ROLE batch PASSWORD '${openPasswords.batch}'"
sed -i "s/^ssl_ecdh_curve = .*/ssl_ecdh_curve = 'prime256v1'/" "$folder/postgresql.conf"
systemctl reload postgresql; sleep 0.3
chmod 777 /etc/postgresql/tls; chmod 640 /etc/postgresql/tls/weak.key`,
    cleanUp: 'chmod 755 /etc/postgresql/tls; chmod 600 /etc/postgresql/tls/weak.key',
    effect: async (host) => {
      const batch = { user: 'batch', password: openPasswords.batch, database: 'shop' } as const;
      return {
        'report without TLS': await login(host, { ...report, from: 10, tls: false }),
        'report with TLS': await login(host, { ...report, from: 10, tls: true }),
        'batch from elsewhere': await login(host, { ...batch, from: 20, tls: true }),
        'batch from .10': await login(host, { ...batch, from: 10, tls: true }),
        'superuser from afar': await login(host, {
          user: 'app',
          password: openPasswords.app,
          database: 'postgres',
          from: 10,
          tls: true,
        }),
        'local as report': (
          await host.exec('psql -X -At -U report -d shop -c "SELECT 1" 2>&1', { user: 'postgres' })
        ).stdout,
      };
    },
    during: () => ({
      'report without TLS': expect.stringContaining('no pg_hba.conf entry'),
      'report with TLS': expect.stringMatching(/^TLSv1/),
      'batch from elsewhere': expect.stringContaining('no pg_hba.conf entry'),
      'batch from .10': expect.stringMatching(/^TLSv1/),
      'superuser from afar': expect.stringContaining('pg_hba.conf rejects'),
      'local as report': expect.stringContaining('Peer authentication failed'),
    }),
  },
  {
    name: 'more rules of pg_hba.conf, maps, and how connections are held',
    suites: both,
    fixes: [
      'ident-to-scram',
      'radius-to-scram',
      'ldap-with-tls',
      'pin-kerberos-realm',
      'local-superuser-peer',
      'narrow-replication',
      'narrow-broad-range',
      'name-databases',
      'name-roles',
      'disable-duplicates',
      'remove-unknown-names',
      'no-superuser-maps',
      'no-catch-all-maps',
      'drop-dead-clients',
      'short-login-time',
      'reload-now',
    ],
    answers: {
      'pin-kerberos-realm': { realm: 'EXAMPLE.COM' },
      'narrow-replication': { standbys: 'NET.10', role: 'repl' },
      'narrow-broad-range': { networks: 'NET.0/24' },
      'name-databases': { names: 'shop' },
      'name-roles': { names: 'report,batch' },
    },
    unchanged: ['report with TLS'],
    prepare: `${folder}
cat > "$folder/pg_hba.conf" <<'HBA'
# The program itself comes in by the first line; it names the databases that there are.
local   postgres,shop,template1,"odd ""name""" postgres         peer
local   shop            batch                                   peer map=boss
local   template1       batch                                   peer map=everybody
local   all             postgres,report                         scram-sha-256
host    shop            report          10.0.0.0/8              scram-sha-256
host    shop            report          10.0.0.0/8              md5
host    all             batch           10.1.2.0/24             ident
hostssl shop            all             10.1.3.0/24             radius radiusservers=10.1.1.1 radiussecrets=x
hostssl shop            batch           10.1.4.0/24             ldap ldapserver=10.1.1.1 ldapprefix=cn=
hostssl shop            batch           10.1.5.0/24             gss include_realm=0
host    replication     all             10.1.0.0/16             scram-sha-256
host    gone,shop       report          10.1.6.0/24             scram-sha-256
HBA
runuser -u postgres -- psql -Xqc "CREATE ROLE repl LOGIN REPLICATION PASSWORD 'repl-Pw1'" -c "SET password_encryption = 'scram-sha-256'" -c "ALTER ROLE report PASSWORD '${openPasswords.report}'" -c "ALTER ROLE batch PASSWORD '${openPasswords.batch}'"
sed -i "s/^ssl_ecdh_curve = .*/ssl_ecdh_curve = 'prime256v1'/" "$folder/postgresql.conf"
echo 'authentication_timeout = 300' >> "$folder/postgresql.conf"
printf '%s\\n' 'boss backup postgres' 'everybody /^(.*)$ batch' >> "$folder/pg_ident.conf"
systemctl reload postgresql; sleep 1.2; touch "$folder/pg_hba.conf"`,
    cleanUp: `${folder}
sed -i '/^authentication_timeout/d' "$folder/postgresql.conf"; sed -i '/^boss\\|^everybody/d' "$folder/pg_ident.conf"
runuser -u postgres -- psql -Xqc 'DROP ROLE repl'; systemctl reload postgresql`,
    stays: {
      'reload-now': 'the server has read its files, and what it had before stands in no file',
    },
    effect: async (host) => ({
      'report with TLS': await login(host, { ...report, from: 10, tls: true }),
      'report elsewhere': await host.psql(
        "SELECT count(*) FROM pg_hba_file_rules WHERE address = '10.0.0.0'",
      ),
    }),
    during: () => ({
      'report with TLS': expect.stringMatching(/^TLSv1/),
      'report elsewhere': '0',
    }),
  },
  {
    name: 'rules that nobody used',
    suites: both,
    fixes: ['disable-unused'],
    // A log of three weeks that knows of one login, and rules that are older.
    prepare: `${folder}
runuser -u postgres -- psql -Xqc "SET password_encryption = 'scram-sha-256'" -c "ALTER ROLE report PASSWORD '${openPasswords.report}'"
cp -p "$folder/pg_hba.conf" /root/hba.before; cp -p "$folder/postgresql.conf" /root/conf.before
cat > "$folder/pg_hba.conf" <<'HBA'
local   all             postgres                                peer
host    shop            report          10.0.0.0/8              scram-sha-256
host    shop            batch           10.0.0.0/8              scram-sha-256
HBA
printf '%s\\n' 'log_connections = on' "log_line_prefix = '%m [%p] '" >> "$folder/postgresql.conf"
sed -i "s/^ssl_ecdh_curve = .*/ssl_ecdh_curve = 'prime256v1'/" "$folder/postgresql.conf"
log=$(ls /var/log/postgresql/*-main.log); : > "$log"
printf '%s\\n' "$(date -u -d '21 days ago' '+%F %T').000 UTC [77] LOG:  connection received: host=[local]" > "$log.1"
touch -d '20 days ago' "$log.1"; systemctl reload postgresql; sleep 0.3; touch -d '40 days ago' "$folder/pg_hba.conf"`,
    cleanUp: `${folder}
cp -p /root/hba.before "$folder/pg_hba.conf"; cp -p /root/conf.before "$folder/postgresql.conf"
rm /var/log/postgresql/*-main.log.1; systemctl reload postgresql`,
    unchanged: ['report'],
    effect: async (host) => ({
      report: (await login(host, { ...report, from: 10, tls: true })).slice(0, 5),
      // A login that succeeds would be a use.
      batch: await login(host, { user: 'batch', password: 'wrong', database: 'shop', from: 10, tls: true }),
    }),
    during: () => ({ report: 'TLSv1', batch: expect.stringContaining('no pg_hba.conf entry') }),
  },
  {
    name: 'TLS from nothing, keys only for SSH, ufw',
    suites: ['bookworm'],
    fixes: ['tls-on', 'ssh-keys-only', 'ssh-refuse-postgres', 'limit-tunnels', 'firewall-chosen-networks'],
    answers: {
      'firewall-chosen-networks': { networks: 'NET.10/32', companions: 'NET.10/32' },
      'limit-tunnels': { tunnels: 'plain' },
    },
    manager: 'ufw',
    unchanged: ['from .10', 'a tunnel to PostgreSQL', 'beside PostgreSQL from .10'],
    prepare: `${folder}
sed -i 's/^ssl = on/ssl = off/' "$folder/postgresql.conf"; rm /etc/postgresql/tls/weak.key; systemctl reload postgresql
${startCompanions}`,
    cleanUp: stopCompanions,
    effect: async (host) => ({
      ...(await reachable(host)),
      ...(await companionsSeen(host)),
      tls: /subject=.*/.exec(await handshake(host))?.[0] ?? 'none',
      sshd: await host.run("sshd -T | grep '^passwordauthentication'"),
      ...(await tunnels(host)),
    }),
    during: (host) => ({
      ...companionsClosed,
      'from .20': 'shut',
      'from .10': 'open',
      tls: expect.stringContaining(host.name),
      sshd: 'passwordauthentication no',
      'a tunnel to PostgreSQL': 'through',
      'a tunnel elsewhere': 'no tunnel',
      'a command': 'no command',
      'as the account of the server': 'no login',
    }),
  },
  {
    name: 'TLS from nothing, keys only for SSH, firewalld',
    suites: ['trixie'],
    fixes: ['tls-on', 'ssh-keys-only', 'ssh-refuse-postgres', 'limit-tunnels', 'firewall-chosen-networks'],
    answers: {
      'firewall-chosen-networks': { networks: 'NET.10/32', companions: 'NET.10/32' },
      'limit-tunnels': { tunnels: 'plain' },
    },
    manager: 'firewalld',
    unchanged: ['from .10', 'a tunnel to PostgreSQL', 'beside PostgreSQL from .10'],
    prepare: `${folder}
${hide('ufw')}
sed -i 's/^ssl = on/ssl = off/' "$folder/postgresql.conf"; rm /etc/postgresql/tls/weak.key; systemctl reload postgresql
${startCompanions}`,
    cleanUp: stopCompanions,
    effect: async (host) => ({
      ...(await reachable(host)),
      ...(await companionsSeen(host)),
      tls: /subject=.*/.exec(await handshake(host))?.[0] ?? 'none',
      sshd: await host.run("sshd -T | grep '^passwordauthentication'"),
      ...(await tunnels(host)),
    }),
    during: (host) => ({
      ...companionsClosed,
      'from .20': 'shut',
      'from .10': 'open',
      tls: expect.stringContaining(host.name),
      sshd: 'passwordauthentication no',
      'a tunnel to PostgreSQL': 'through',
      'a tunnel elsewhere': 'no tunnel',
      'a command': 'no command',
      'as the account of the server': 'no login',
    }),
  },
  {
    name: 'rules that a reboot would lose',
    suites: both,
    fixes: ['firewall-at-boot'],
    manager: 'nft',
    prepare: `${hide('ufw', 'firewall-cmd')}
nft -f - <<'NFT'
table inet site {
  chain input {
    type filter hook input priority 0; policy accept;
    tcp dport 9999 drop
  }
}
NFT`,
    cleanUp: 'nft delete table inet site',
    effect: async (host) => ({
      'what boot loads': (
        await host.exec("unshare -n sh -c 'nft -f /etc/nftables.conf && nft list ruleset' | grep -c 9999")
      ).stdout.trim(),
      'starts at boot': (await host.exec('systemctl is-enabled nftables')).stdout.trim(),
      'in force': await host.run('nft list ruleset | grep -c 9999'),
    }),
    during: () => ({ 'what boot loads': '1', 'starts at boot': 'enabled', 'in force': '1' }),
    unchanged: ['in force'],
  },
  {
    name: 'ufw that does not start at boot',
    suites: ['bookworm'],
    fixes: ['firewall-at-boot'],
    manager: 'ufw',
    prepare: `${unhide}
ufw allow 22/tcp >/dev/null; ufw allow 5432/tcp >/dev/null; ufw --force enable >/dev/null; systemctl -q disable ufw`,
    cleanUp:
      'ufw --force disable >/dev/null; ufw --force reset >/dev/null; systemctl -q enable ufw; nft flush ruleset',
    effect: async (host) => ({
      'starts at boot': (await host.exec('systemctl is-enabled ufw')).stdout.trim(),
      'in force': await host.run("ufw status | grep -c '5432/tcp'"),
    }),
    during: () => ({ 'starts at boot': 'enabled', 'in force': '2' }),
    unchanged: ['in force'],
  },
  {
    name: 'rules of firewalld that are not stored',
    suites: ['trixie'],
    fixes: ['firewall-at-boot'],
    manager: 'firewalld',
    prepare: `${unhide}
${hide('ufw')}
systemctl start firewalld; firewall-cmd -q --add-service=ssh; firewall-cmd -q --add-port=5432/tcp`,
    cleanUp: 'systemctl stop firewalld; rm -f /etc/firewalld/zones/*.xml /etc/firewalld/zones/*.old',
    effect: async (host) => ({
      'starts at boot': (await host.exec('systemctl is-enabled firewalld')).stdout.trim(),
      stored: (await host.exec('firewall-cmd --permanent --list-ports')).stdout.trim(),
      'in force': await host.run('firewall-cmd --list-ports'),
    }),
    during: () => ({ 'starts at boot': 'enabled', stored: '5432/tcp', 'in force': '5432/tcp' }),
    unchanged: ['in force'],
  },
  {
    name: 'a new certificate, sockets by audience, nft',
    suites: both,
    fixes: ['tls-new-certificate', 'socket-folders', 'firewall-chosen-networks'],
    answers: {
      'firewall-chosen-networks': { networks: 'NET.10/32' },
      'socket-folders': { groups: 'plain' },
    },
    manager: 'nft',
    unchanged: ['from .10'],
    prepare: `${folder}
${hide('ufw', 'firewall-cmd')}
openssl req -x509 -newkey rsa:2048 -nodes -days 20 -subj /CN=weak -keyout /etc/postgresql/tls/weak.key -out /etc/postgresql/tls/weak.crt 2>/dev/null
chown postgres:postgres /etc/postgresql/tls/weak.*; chmod 600 /etc/postgresql/tls/weak.key
sed -i 's/^ssl = off/ssl = on/' "$folder/postgresql.conf"
sed -i "s#^unix_socket_directories = .*#unix_socket_directories = '/var/run/postgresql, /tmp'#" "$folder/postgresql.conf"; systemctl restart postgresql`,
    cleanUp: `${folder}
sed -i "s#^unix_socket_directories = .*#unix_socket_directories = '/var/run/postgresql'#" "$folder/postgresql.conf"; systemctl restart postgresql`,
    effect: async (host) => ({
      ...(await reachable(host)),
      'its own socket': await socketOf(host, '/run/postgresql-plain'),
      'the socket of the administrator': await socketOf(host, '/run/postgresql'),
      'the socket in /tmp': await socketOf(host, '/tmp'),
      tls: /subject=.*/.exec(await handshake(host))?.[0] ?? 'none',
    }),
    during: (host) => ({
      'from .20': 'shut',
      'from .10': 'open',
      'its own socket': 'a server answers',
      'the socket of the administrator': 'no permission',
      'the socket in /tmp': 'no socket',
      tls: expect.stringContaining(host.name),
    }),
  },
  {
    name: 'a passphrase for the key, lines that the server refuses, iptables',
    suites: both,
    fixes: ['tls-key-passphrase', 'disable-broken-lines', 'disable-broken-maps', 'firewall-chosen-networks'],
    answers: {
      'firewall-chosen-networks': { networks: 'NET.10/32' },
    },
    manager: 'iptables',
    unchanged: ['from .10'],
    prepare: `${folder}
${hide('nft')}
sed -i '4i host shop report 10.300.0.0/8 scram-sha-256' "$folder/pg_hba.conf"; echo 'broken line' >> "$folder/pg_ident.conf"; systemctl reload postgresql`,
    effect: async (host) => ({
      ...(await reachable(host)),
      tls: /subject=.*/.exec(await handshake(host))?.[0] ?? 'none',
      'broken lines': await host.psql('SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL'),
    }),
    during: (host) => ({
      'from .20': 'shut',
      'from .10': 'open',
      tls: expect.stringContaining(host.name),
      'broken lines': '0',
    }),
  },
  {
    name: 'what needs a restart',
    suites: both,
    fixes: [
      'listen-on-chosen',
      'socket-for-group',
      'load-pgaudit',
      'audit-classes',
      'restart-now',
      'reserve-places',
      'delay-guessing',
    ],
    answers: { 'listen-on-chosen': { addresses: 'localhost' } },
    prepare: `${folder}
sed -i '4d' "$folder/pg_hba.conf"
for p in /usr/sbin/*.hidden /usr/bin/*.hidden; do if [ -e "$p" ]; then mv "$p" "\${p%.hidden}"; fi; done
sed -i '/^broken line/d' "$folder/pg_ident.conf"
echo 'superuser_reserved_connections = 0' >> "$folder/postgresql.conf"; systemctl restart postgresql
runuser -u postgres -- psql -Xqc 'ALTER SYSTEM SET max_connections = 90'
systemctl reload postgresql`,
    effect: async (host) => {
      const name = `audited_${Date.now()}`;
      await host.psql(`CREATE TABLE ${name} (id integer); DROP TABLE ${name}`);
      return {
        listeners: await host.run("ss -Hltn 'sport = :5432' | awk '{ print $4 }' | sort | xargs"),
        'another account': (
          await host.exec('psql -X -U report -d shop -At -c "SELECT 1" 2>&1', { user: 'plain' })
        ).stdout,
        audited: String(new RegExp(`AUDIT: SESSION,.*CREATE TABLE,.*${name}`).test(await logOf(host))),
      };
    },
    during: () => ({
      listeners: '127.0.0.1:5432 [::1]:5432',
      'another account': expect.stringContaining('Permission denied'),
      audited: 'true',
    }),
    // An installed package is not removed: others may have begun to use it.
    kept: /^(max_connections\|.*|postgresql-\d+-pgaudit .*)\n/gm,
    stays: {
      'restart-now': 'the server read the value that waited, and the file with it is not a change of the run',
    },
  },
  ...configurationGroups,
];

/** Fixes that no rollback takes back, proved by a test of their own. */
export const oneWay: readonly string[] = ['update-server'];
