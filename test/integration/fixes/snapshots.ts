import type { TestHost } from '../../hosts/hosts.ts';
import { catalogSnapshot, filesSnapshot } from '../acceptance/snapshots.ts';
import { rulesOf } from '../firewall/apply.ts';

/** Mode and owner of what fixes restrict without changing its content, and folders in which they make files. */
const rights = `stat -c '%n %a %U:%G' /var/lib/postgresql/*/main /run/postgresql /run/postgresql/.s.PGSQL.* /var/log/postgresql /var/log/postgresql/*.log /etc/postgresql/tls /etc/postgresql/*/main /etc/ssh/sshd_config.d`;

const settings =
  "SELECT name, setting, pending_restart FROM pg_settings WHERE source NOT IN ('client', 'session') ORDER BY 1";
const roleSettings = 'SELECT setdatabase, setrole::regrole, setconfig FROM pg_db_role_setting ORDER BY 1, 2';
const rules =
  'SELECT type, database, user_name, address, netmask, auth_method, error IS NULL FROM pg_hba_file_rules ORDER BY line_number';

export interface Snapshot {
  readonly files: readonly string[];
  readonly rights: string;
  readonly catalogs: readonly string[];
  readonly settings: string;
  readonly firewall: string;
  readonly packages: string;
  readonly units: string;
  readonly sshd: string;
  readonly listeners: string;
}

/** Everything that a fix can change, as it stands on the host: on the disk and in force. */
export async function snapshot(host: TestHost): Promise<Snapshot> {
  return {
    files: await filesSnapshot(host),
    rights: await host.run(rights),
    catalogs: await catalogSnapshot(host),
    settings: [await host.psql(settings), await host.psql(roleSettings), await host.psql(rules)].join('\n'),
    firewall: await rulesOf(host),
    packages: await host.run("dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'"),
    units: await host.run(
      'for unit in ufw nftables firewalld; do echo $unit $(systemctl is-enabled $unit) $(systemctl is-active $unit); done',
    ),
    sshd: await host.run('sshd -T'),
    listeners: await host.run("ss -Hltn 'sport = :5432' | awk '{ print $4 }' | sort"),
  };
}
