import type { TestHost } from '../../hosts/hosts.ts';

/** Every file of PostgreSQL's and the firewall's configuration, of sshd and systemd: hash, mode, owner, time of change. */
export async function filesSnapshot(host: TestHost): Promise<string[]> {
  const data = '/var/lib/postgresql/*/main';
  const folders =
    '/etc/postgresql /etc/ufw /etc/default/ufw /etc/nftables.conf /etc/nftables.d /etc/ssh /etc/systemd/system /etc/firewalld /etc/iptables';
  const command = `find ${folders} ${data}/postgresql.auto.conf /etc/ssl/private ${data}/*.key ${data}/*.crt -maxdepth 4 -type f -printf '%p %m %u:%g %T@ ' -exec sha256sum {} \\; 2>/dev/null | sort`;
  return (await host.exec(command)).stdout.split('\n');
}

const queries = [
  'SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolpassword FROM pg_authid ORDER BY 1',
  'SELECT roleid::regrole, member::regrole, grantor::regrole, admin_option FROM pg_auth_members ORDER BY 1, 2',
  "SELECT datname, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(datacl, acldefault('d', datdba))) x) FROM pg_database ORDER BY 1",
];
const databaseQueries = [
  "SELECT nspname, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) x) FROM pg_namespace ORDER BY 1",
  "SELECT oid::regclass, relrowsecurity, relforcerowsecurity, reloptions, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(relacl, acldefault('r', relowner))) x) FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
  'SELECT polname, polrelid::regclass, polcmd, polroles, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 1, 2',
  "SELECT oid::regprocedure, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
  'SELECT extname, extversion FROM pg_extension ORDER BY 1',
];

/**
 * The rows of the catalogs that fixes change. ACL entries are sorted, and a missing ACL is what it stands for: no statement
 * of SQL makes an ACL missing again, and it means the same.
 */
export async function catalogSnapshot(host: TestHost): Promise<string[]> {
  const rows: string[] = [];
  for (const query of queries) rows.push(await host.psql(query));
  for (const database of ['postgres', 'shop']) {
    for (const query of databaseQueries) rows.push(`${database}: ${await host.psql(query, database)}`);
  }
  return rows;
}
