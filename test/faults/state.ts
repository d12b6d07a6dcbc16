import type { TestHost } from '../hosts/hosts.ts';
import { rulesOf } from '../integration/firewall/apply.ts';

/** The host as far as a run can change it, and what a run might leave behind. */
export interface HostState {
  /** Path, type, mode, owner, size, time of change, hash: a line each. */
  readonly files: string;
  /** Firewall rules in force, units that are enabled or run, sshd as it would start. */
  readonly system: string;
  /** Rows of the catalogs, settings in force, rules of pg_hba as read. */
  readonly server: string;
  /** Temporary files, unit files, lines in cron, processes, sessions, locks: empty when all is well. */
  readonly left: string;
}

const places =
  '/etc/postgresql /etc/ufw /etc/default/ufw /etc/nftables.conf /etc/nftables.d /etc/portcullis.nft /etc/firewalld /etc/iptables /etc/ssh /etc/systemd/system /etc/cron.d /etc/sudoers.d /var/lib/postgresql/tls';

// Hidden files count: what an interrupted write left beside its target must not stay.
const look = String.raw`-printf '%p %y %m %u:%g %s %T@ %l\n'`;
const files = `find ${places} -maxdepth 5; find /var/lib/postgresql/*/main -maxdepth 1 -type f \\( -name '*.conf*' -o -name '.*' -o -name '*.crt' -o -name '*.key' \\)`;
const filesScript = `
{ ${files.replaceAll(/(maxdepth 5|\\\))/g, `$1 ${look}`)}; } 2>/dev/null | sed -E 's/^(\\S+ [dl] \\S+ \\S+) \\S+ \\S+/\\1/' | sort
{ ${files}; } 2>/dev/null | xargs -d '\\n' sha256sum 2>/dev/null | sort -k 2
getfacl -pR /etc/postgresql /etc/ssh 2>/dev/null | sha256sum
`;

const systemScript = `
for unit in ufw nftables firewalld; do echo $unit $(systemctl is-enabled $unit 2>/dev/null) $(systemctl is-active $unit); done
mkdir -p /run/sshd; sshd -T 2>&1 | sha256sum
dpkg-query -W -f '\${Package} \${Version} \${db:Status-Abbrev}\\n' | sha256sum; dpkg --audit
`;

const queries = `
SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolpassword FROM pg_authid ORDER BY 1;
SELECT setdatabase, setrole::regrole, setconfig FROM pg_db_role_setting ORDER BY 1, 2;
SELECT datname, datacl FROM pg_database ORDER BY 1;
SELECT nspname, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1;
SELECT relname, relkind, relrowsecurity, relforcerowsecurity, reloptions, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'public.patients'::regclass ORDER BY 1;
SELECT polname, polrelid::regclass, polcmd, polroles, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 1;
SELECT extname, extversion FROM pg_extension ORDER BY 1;
SELECT count(*), sum(hashtext(p::text)) FROM public.patients p;
SELECT name, setting, source, pending_restart FROM pg_settings WHERE source NOT IN ('client', 'session', 'default', 'override') ORDER BY 1;
SELECT type, database, user_name, address, netmask, auth_method, error FROM pg_hba_file_rules ORDER BY line_number;
SELECT gid FROM pg_prepared_xacts;
`;

/** Lists processes that belong to a run: by what they were started with. */
export const processes = `grep -lsaE -e 'portcullis/runs/[^ ]*[.]s[h]' -e 'IFS= read -r [l];' /proc/[0-9]*/cmdline`;

const leftScript = `
find /etc /var /tmp /root /home /usr/local -xdev \\( -path /var/lib/portcullis -o -path /run/faults \\) -prune -o -name '*portcullis*' ! -name portcullis.nft -print 2>/dev/null
systemctl list-units --all --plain --no-legend 'portcullis*'; systemctl list-unit-files --no-legend 'portcullis*'
crontab -l 2>/dev/null | grep portcullis
ls -d /var/lib/portcullis/lock /var/lib/portcullis/runs/*/lock.held /var/lib/portcullis/runs/*/door 2>/dev/null
${processes} | sed 's/^/process /'
runuser -u postgres -- psql -XAtq -d postgres -c "SELECT 'session ' || pid || ' ' || application_name || ' ' || query FROM pg_stat_activity WHERE application_name = 'portcullis'" 2>&1
true
`;

async function section(machine: TestHost, script: string): Promise<string> {
  return (await machine.exec(script)).stdout.trim();
}

/** What stands on the disk, in the kernel and in the server, and what a run left behind. Throws while the server is down. */
export async function readState(machine: TestHost): Promise<HostState> {
  const [files, system, rules, server] = await Promise.all([
    section(machine, filesScript),
    section(machine, systemScript),
    rulesOf(machine),
    machine.psql(queries),
  ]);
  return { files, system: `${system}\n${rules}`, server, left: await section(machine, leftScript) };
}

export const readLeft = (machine: TestHost): Promise<string> => section(machine, leftScript);

/** The lines that differ, as a person reads them. Empty when there are none. */
export function difference(wanted: HostState, found: HostState): string {
  const parts = (['files', 'system', 'server'] as const).flatMap((part) => {
    const [before, after] = [wanted[part].split('\n'), found[part].split('\n')];
    const missing = before.filter((line) => !after.includes(line));
    const added = after.filter((line) => !before.includes(line));
    return [...missing.map((line) => `${part} - ${line}`), ...added.map((line) => `${part} + ${line}`)];
  });
  return parts.slice(0, 12).join('\n');
}

/** The state without times and without what is made at random: two runs of one plan agree in it. */
export function withoutTimes(state: HostState): HostState {
  return {
    ...state,
    files: state.files
      .split('\n')
      .map((line) =>
        line
          .replace(/^(\S+ f \S+ \S+ \d+) \d+\.\d+/, '$1')
          .replace(/^(\/\S+\/tls\/\S+ f \S+ \S+) \d+/, '$1')
          .replace(/^[0-9a-f]{64}( {2}\/\S+\/tls\/)/, '-$1')
          // iptables-save writes the time and the counters; the rules are compared as the kernel holds them.
          .replace(/^(\/etc\/iptables\/\S+ f \S+ \S+) \d+/, '$1')
          .replace(/^[0-9a-f]{64}( {2}\/etc\/iptables\/)/, '-$1'),
      )
      .join('\n'),
  };
}
