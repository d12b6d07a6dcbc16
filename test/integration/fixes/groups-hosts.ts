import { expect } from 'vitest';
import type { TestHost } from '../../hosts/hosts.ts';
import { both, folder, report, unhide, type Group } from './groups.ts';
import { login } from './proofs.ts';

/**
 * iptables-persistent as Debian's packages lay it out: unit, program, folder of plug-ins. The packages themselves are not
 * there: a host has no way to the outside, and they cannot be installed beside ufw.
 */
const iptablesPersistent = `mkdir -p /usr/share/netfilter-persistent/plugins.d /usr/share/doc/iptables-persistent /etc/iptables
cat > /usr/share/netfilter-persistent/plugins.d/15-ip4tables <<'PLUGIN'
#!/bin/sh
if [ "$1" = start ] && [ -f /etc/iptables/rules.v4 ]; then iptables-restore < /etc/iptables/rules.v4; fi
PLUGIN
cat > /usr/share/netfilter-persistent/plugins.d/25-ip6tables <<'PLUGIN'
#!/bin/sh
if [ "$1" = start ] && [ -f /etc/iptables/rules.v6 ]; then ip6tables-restore < /etc/iptables/rules.v6; fi
PLUGIN
cat > /usr/sbin/netfilter-persistent <<'PROGRAM'
#!/bin/sh
run-parts -a "$1" /usr/share/netfilter-persistent/plugins.d
PROGRAM
chmod 755 /usr/sbin/netfilter-persistent /usr/share/netfilter-persistent/plugins.d/*
cat > /etc/systemd/system/netfilter-persistent.service <<'UNIT'
[Unit]
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=systemd-modules-load.service local-fs.target
Conflicts=shutdown.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/netfilter-persistent start
[Install]
WantedBy=multi-user.target
Alias=iptables.service ip6tables.service
UNIT
systemctl daemon-reload`;

const removeIptablesPersistent = `systemctl -q disable netfilter-persistent; systemctl stop netfilter-persistent
rm -r /etc/systemd/system/netfilter-persistent.service /usr/sbin/netfilter-persistent /usr/share/netfilter-persistent /usr/share/doc/iptables-persistent /etc/iptables
systemctl daemon-reload`;

/** A login from .20 while somebody has made the name of the application lead there too. */
async function withForgedName(host: TestHost): Promise<string> {
  const network = host.address.replace(/\.\d+$/, '');
  await host.run(`cp /etc/hosts /etc/hosts.before; echo '${network}.20 app1.example.internal' >> /etc/hosts`);
  try {
    return await login(host, { ...report, from: 20, tls: false });
  } finally {
    await host.run('cat /etc/hosts.before > /etc/hosts; rm /etc/hosts.before');
  }
}

/** Groups about what stands around the server: the name service, files that are read in, a reboot. */
export const hostGroups: readonly Group[] = [
  {
    name: 'host names and lists in pg_hba.conf, and rules of iptables over a reboot',
    suites: both,
    fixes: ['firewall-at-boot', 'addresses-for-host-names', 'private-hba-files'],
    manager: 'iptables',
    reboots: true,
    prepare: `${unhide}
${folder}
${iptablesPersistent}
nft flush ruleset
# What ufw set in the kernel before is as a boot sets it.
for name in net.ipv4.conf.all.accept_redirects net.ipv4.conf.default.log_martians; do sysctl -qw "$name=$(unshare -n sysctl -n "$name")"; done
iptables -A INPUT -p tcp --dport 9999 -j DROP; ip6tables -A INPUT -p tcp --dport 9999 -j DROP
cp -p "$folder/pg_hba.conf" /root/hba.before; cp -p /etc/hosts /root/hosts.before
address=$(ip -4 -o addr show dev eth0 | sed 's/.* inet \\([0-9.]*\\)\\.[0-9]*\\/.*/\\1/')
echo "$address.10 app1.example.internal" >> /etc/hosts
printf '%s\\n' batch > "$folder/readers"; chown plain: "$folder/readers"; chmod 666 "$folder/readers"
cat > "$folder/pg_hba.conf" <<'HBA'
local   all             postgres                                peer
host    shop            report          app1.example.internal   scram-sha-256
host    shop            @readers        10.9.9.0/24             scram-sha-256
HBA
runuser -u postgres -- psql -Xqc "SET password_encryption = 'scram-sha-256'" -c "ALTER ROLE report PASSWORD '${report.password}'"
sed -i "s/^ssl_ecdh_curve = .*/ssl_ecdh_curve = 'prime256v1'/" "$folder/postgresql.conf"
systemctl reload postgresql; sleep 0.3`,
    cleanUp: `${folder}
cp -p /root/hba.before "$folder/pg_hba.conf"; cat /root/hosts.before > /etc/hosts; rm "$folder/readers"
nft flush ruleset
${removeIptablesPersistent}
systemctl reload postgresql`,
    effect: async (host) => ({
      'from .10': await login(host, { ...report, from: 10, tls: false }),
      'from .20, its name forged': await withForgedName(host),
      'the list can be written to': (
        await host.exec('echo batch > "$(ls -d /etc/postgresql/*/main)/readers" && echo yes || echo no', {
          user: 'plain',
        })
      ).stdout.trim(),
      'starts at boot': (await host.exec('systemctl is-enabled netfilter-persistent')).stdout.trim(),
      stored: (
        await host.exec('cat /etc/iptables/rules.v4 /etc/iptables/rules.v6 | grep -c 9999')
      ).stdout.trim(),
      'in force': await host.run('iptables-save | grep -c 9999; ip6tables-save | grep -c 9999'),
    }),
    during: () => ({
      'from .10': 'plain',
      'from .20, its name forged': expect.stringContaining('no pg_hba.conf entry'),
      'the list can be written to': 'no',
      'starts at boot': 'enabled',
      stored: '2',
      'in force': '1\n1',
    }),
    unchanged: ['from .10', 'in force'],
  },
];
