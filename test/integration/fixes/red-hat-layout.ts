import type { TestHost } from '../../hosts/hosts.ts';

const major = 15;

/** Where the server is once it is laid out so. */
export const redHat = {
  major,
  data: `/var/lib/pgsql/${major}/data`,
  bin: `/usr/pgsql-${major}/bin`,
  unit: `postgresql-${major}.service`,
} as const;

/**
 * Lays the server of a bookworm host out as the packages of PGDG for Red Hat do: the programs in /usr/pgsql-15/bin, the
 * data with the configuration in /var/lib/pgsql/15/data, a unit postgresql-15.service, a log by the server's collector in
 * the data folder. Nothing of Debian's layout is left: a command that relies on it fails. It is the same PostgreSQL, from
 * Debian's package; dnf and SELinux are not there.
 */
export async function layOutAsRedHat(host: TestHost): Promise<void> {
  const { data, bin, unit } = redHat;
  await host.run(`set -e
systemctl -q disable postgresql; systemctl stop postgresql postgresql@${major}-main
mkdir -p ${data.replace(/\/data$/, '')}
mv /usr/lib/postgresql/${major} ${bin.replace(/\/bin$/, '')}
mv /var/lib/postgresql/${major}/main ${data}
for file in postgresql.conf pg_hba.conf pg_ident.conf; do mv /etc/postgresql/${major}/main/$file ${data}/; done
rm -r /etc/postgresql /lib/systemd/system/postgresql*.service /lib/systemd/system-generators/postgresql-generator
chown -R postgres:postgres /var/lib/pgsql; chmod 700 ${data} /var/lib/pgsql/${major}; chmod 600 ${data}/*.conf
sed -i -E '/^(data_directory|hba_file|ident_file|external_pid_file|stats_temp_directory|include_dir|cluster_name|unix_socket_directories|ssl|ssl_cert_file|ssl_key_file) /d' ${data}/postgresql.conf
cat >> ${data}/postgresql.conf <<'CONF'
unix_socket_directories = '/run/postgresql, /tmp'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_line_prefix = '%m [%p] '
CONF
# The wrappers of Debian look for its clusters.
for program in psql pg_dump pg_isready; do ln -sf ${bin}/$program /usr/bin/$program; done
rm -f /usr/bin/pg_ctlcluster /usr/bin/pg_lsclusters
echo 'd /run/postgresql 0755 postgres postgres -' > /etc/tmpfiles.d/postgresql-common.conf
chmod g-s /run/postgresql; chmod 755 /run/postgresql
cat > /usr/lib/systemd/system/${unit} <<'UNIT'
[Unit]
Description=PostgreSQL ${major} database server
After=network-online.target
Wants=network-online.target
[Service]
Type=notify
User=postgres
Group=postgres
Environment=PGDATA=${data}/
OOMScoreAdjust=-1000
Environment=PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj
Environment=PG_OOM_ADJUST_VALUE=0
ExecStart=${bin}/postgres -D \${PGDATA}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGINT
TimeoutSec=0
TimeoutStartSec=0
TimeoutStopSec=1h
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload; systemctl -q enable --now ${unit}`);
}
