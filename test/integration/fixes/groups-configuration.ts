import type { Group } from './groups.ts';

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
        'SELECT count(*) FROM (SELECT 1 FROM pg_file_settings GROUP BY name HAVING count(DISTINCT setting) > 1) AS s',
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
];
