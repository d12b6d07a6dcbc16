import { expect } from 'vitest';
import { openPasswords } from '../../hosts/seed-open.ts';
import type { Group } from './groups.ts';
import { login } from './proofs.ts';

/** Groups about the lines of postgresql.conf: those that the server refuses, and those that do not count. */

const folder = 'folder=$(ls -d /etc/postgresql/*/main)';

export const configurationGroups: readonly Group[] = [
  {
    name: 'lines of postgresql.conf',
    suites: ['bookworm', 'trixie'],
    fixes: ['disable-broken-settings', 'one-line-per-setting'],
    // The value of the file in place of that of ALTER SYSTEM; all others keep what is in force.
    answers: { 'one-line-per-setting': { work_mem: 'reset' } },
    prepare: `${folder}
cp -p "$folder/postgresql.conf" /root/conf.before
sed -i "s/^ssl_ecdh_curve = .*/ssl_ecdh_curve = 'prime256v1'/" "$folder/postgresql.conf"
printf '%s\\n' 'work_mem = 6MB' 'work_mem = 7MB # of the application' >> "$folder/postgresql.conf"
printf 'checkpoint_timeout = 6X\\r\\n' > "$folder/conf.d/typo.conf"
runuser -u postgres -- psql -Xqc "ALTER SYSTEM SET work_mem = '5MB'"
systemctl reload postgresql`,
    cleanUp: `${folder}
cp -p /root/conf.before "$folder/postgresql.conf"; rm "$folder/conf.d/typo.conf"
runuser -u postgres -- psql -Xqc 'ALTER SYSTEM RESET work_mem'; systemctl reload postgresql`,
    effect: async (host) => ({
      work_mem: await host.psql('SHOW work_mem'),
      checkpoint_timeout: await host.psql('SHOW checkpoint_timeout'),
      'lines with an error': await host.psql('SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL'),
      'settings with two values': await host.psql(
        "SELECT count(*) FROM (SELECT 1 FROM pg_file_settings WHERE sourcefile NOT LIKE '%.auto.conf' GROUP BY name HAVING count(DISTINCT setting) > 1) AS s",
      ),
    }),
    during: () => ({
      work_mem: '7MB',
      checkpoint_timeout: '5min',
      'lines with an error': '0',
      'settings with two values': '0',
    }),
    unchanged: ['checkpoint_timeout'],
  },
  {
    name: 'roles that belong to one database by their name',
    suites: ['bookworm'],
    fixes: ['common-role-names'],
    // Everybody is a role of one database then, Portcullis too. Lines with md5 are refused meanwhile.
    prepare: `${folder}
cp -p "$folder/pg_hba.conf" /root/hba.before; cp -p "$folder/postgresql.conf" /root/conf.before
sed -i "s/^ssl_ecdh_curve = .*/ssl_ecdh_curve = 'prime256v1'/" "$folder/postgresql.conf"
runuser -u postgres -- psql -Xqd postgres <<'SQL'
SET password_encryption = 'scram-sha-256';
SELECT format('CREATE ROLE %I SUPERUSER LOGIN', 'postgres@' || datname) FROM pg_database WHERE datallowconn \\gexec
CREATE ROLE "anna@shop" LOGIN PASSWORD 'anna-Pw1';
ALTER ROLE report PASSWORD '${openPasswords.report}';
SQL
printf '%s\\n' 'local all all trust' 'host shop all 10.0.0.0/8 scram-sha-256' > "$folder/pg_hba.conf"
echo 'db_user_namespace = on # as in the old days' >> "$folder/postgresql.conf"; systemctl reload postgresql`,
    cleanUp: `${folder}
cp -p /root/hba.before "$folder/pg_hba.conf"; cp -p /root/conf.before "$folder/postgresql.conf"
systemctl reload postgresql; sleep 0.3
runuser -u postgres -- psql -Xqd postgres <<'SQL'
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname LIKE '%@%' \\gexec
SQL`,
    effect: async (host) => {
      const shop = { database: 'shop', from: 10, tls: true } as const;
      return {
        anna: await login(host, { ...shop, user: 'anna', password: 'anna-Pw1' }),
        report: await login(host, { ...shop, user: 'report', password: openPasswords.report }),
      };
    },
    during: () => ({
      anna: expect.stringContaining('password authentication failed'),
      report: expect.stringMatching(/^TLSv1/),
    }),
  },
];

/** Fixes of what no server of a suite can have, with the reason. */
export const withoutFinding: Readonly<Record<'bookworm' | 'trixie', Readonly<Record<string, string>>>> = {
  bookworm: { 'bonjour-off': 'the builds of Debian have no Bonjour: with bonjour = on they do not start' },
  trixie: {
    'bonjour-off': 'the builds of Debian have no Bonjour: with bonjour = on they do not start',
    'common-role-names': 'PostgreSQL 17 has no db_user_namespace',
  },
};
