import { z } from 'zod';
import type { Sshd } from '../../facts/network.ts';
import { quoteShell } from '../../lib/quoting.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence, textEvidence } from '../support/evidence.ts';
import { judgeRules, rulePlace } from '../support/hba-view.ts';
import { isLocalOnly, listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { remoteSuperuserRules } from '../support/remote-superusers.ts';
import { settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { listOf, unique } from '../support/words.ts';

const first = ({ settings }: Sshd, name: string): string => settings[name]?.[0]?.toLowerCase() ?? '';

/** What sshd lets a client forward to: a TCP port on the host, or a socket file. */
function forwarding(sshd: Sshd | null, port: number): { readonly tcp: boolean; readonly socket: boolean } {
  if (sshd === null || !sshd.running || first(sshd, 'disableforwarding') === 'yes')
    return { tcp: false, socket: false };
  const open = (sshd.settings['permitopen'] ?? ['any']).flatMap((value) => value.split(/\s+/));
  const permitted = open.some(
    (entry) =>
      entry === 'any' ||
      new RegExp(`^(localhost|127\\.0\\.0\\.1|\\[?::1\\]?|\\*):(${port}|\\*)$`).test(entry),
  );
  const allows = (name: string) => ['yes', 'all', 'local', ''].includes(first(sshd, name));
  return {
    tcp: permitted && allows('allowtcpforwarding'),
    socket: open.includes('any') && allows('allowstreamlocalforwarding'),
  };
}

export const sshTunnelPath = defineCheck({
  id: 'ssh-tunnel-path',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Remote administration goes through SSH',
    fail: 'Remote administration does not use SSH',
    topic: 'The way of remote administration',
  },
  why: 'Administrators can reach the database through SSH: their key proves who they are, everything is encrypted, and the port of PostgreSQL stays closed for them. Then no superuser has to be let in over the network.',
  misuse: [
    'Because one administrator works from home, port and rules are open for superusers.',
    'His password, or that of postgres, is all that an attacker needs.',
  ],
  byHand: [
    'Open a tunnel from your machine: ssh -N -L 5433:127.0.0.1:5432 deploy@db1',
    'Give pgAdmin or psql the other end: psql -h 127.0.0.1 -p 5433 -U postgres',
    'When it works, refuse superusers from the network in pg_hba.conf: host all postgres all reject',
    "When no application comes over the network either: ALTER SYSTEM SET listen_addresses = 'localhost'; and restart.",
  ],
  references: {
    cis: ['5.3 (14-17)'],
    stig: [],
    documentation: [postgresPage('ssh-tunnels.html', 'Secure TCP/IP connections with SSH tunnels')],
  },
  needs: ['settings', 'configurationFiles', 'cluster', 'roles', 'memberships'],
  uses: ['sshd', 'system', 'interfaces', 'unixSockets'],
  parameters: z.object({}),
  judge(
    { settings, configurationFiles, cluster, roles, memberships },
    _context,
    { sshd, system, interfaces, unixSockets },
  ) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    const daemon = sshd.state === 'collected' ? sshd.value : null;
    const allowed = forwarding(daemon, found.port);
    const user = system.state === 'collected' ? system.value.loginUser : 'USER';
    const host = system.state === 'collected' ? system.value.hostname : 'HOST';
    const login = quoteShell(`${user}@${host}`);
    const directory = unixSockets.state === 'collected' ? unixSockets.value[0]?.directory : undefined;
    const lines = [
      ...(allowed.tcp && found.scope !== 'none'
        ? [['TCP port', `ssh -N -L 5433:127.0.0.1:${found.port} ${login}`]]
        : []),
      ...(allowed.socket && directory !== undefined
        ? [['Unix socket', `ssh -N -L ${quoteShell(`5433:${directory}/.s.PGSQL.${found.port}`)} ${login}`]]
        : []),
      ['On the host', `ssh -t ${login} sudo -u ${quoteShell(cluster.owner)} psql`],
    ];
    const evidence = [
      settingEvidence(found.setting, null),
      tableEvidence(['Way', 'Command'], lines),
      ...(daemon !== null && !allowed.tcp && !allowed.socket
        ? [textEvidence('sshd does not allow forwarding, so work on the host itself is the way.')]
        : []),
    ];
    if (isLocalOnly(found)) {
      return {
        status: 'pass',
        summary: 'PostgreSQL answers on the host only, so SSH is the way in.',
        evidence,
      };
    }
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const own = interfaces.state === 'collected' ? interfaces.value : null;
      const ways = remoteSuperuserRules(view, roles, memberships, settings, own);
      if (ways.length === 0) {
        return {
          status: 'pass',
          summary: 'No superuser may come over the network, so administration takes the way of SSH.',
          evidence,
        };
      }
      const places = unique(ways.map(({ rule }) => rulePlace(view, rule)));
      return {
        status: 'fail',
        summary: `Port ${found.port} is open to other machines, and ${listOf(unique(ways.map(({ role }) => role)))} may come in by ${listOf(places)} of pg_hba.conf.`,
        evidence,
        subjects: [settingSubject('listen_addresses')],
      };
    });
  },
});
