import { z } from 'zod';
import type { Sshd } from '../../facts/network.ts';
import type { AnyCheck } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

type Values = Readonly<Record<string, readonly string[]>>;

/** The settings that hold for one account: those of Match blocks, and the general ones for the rest. */
function settingsFor({ settings, accounts = [] }: Sshd, name: string): Values {
  return { ...settings, ...(accounts.find((one) => one.name === name)?.settings ?? {}) };
}

const first = (values: Values, name: string): string => values[name]?.[0]?.toLowerCase() ?? '';

const sshPage = postgresPage('ssh-tunnels.html', 'Secure TCP/IP connections with SSH tunnels');

/** What an account may forward besides PostgreSQL; empty when nothing. */
function beyondPostgres(values: Values, port: number): readonly string[] {
  if (first(values, 'disableforwarding') === 'yes') return [];
  const tcp = first(values, 'allowtcpforwarding');
  const open = (values['permitopen'] ?? ['any']).flatMap((value) => value.split(/\s+/));
  const own = new RegExp(`^(localhost|127\\.0\\.0\\.1|\\[?::1\\]?):${port}$`);
  const elsewhere = open.filter((entry) => entry !== 'none' && !own.test(entry));
  const remote = ['yes', 'all', 'remote'].includes(tcp) && first(values, 'permitlisten') !== 'none';
  return [
    ...(['yes', 'all', 'local'].includes(tcp) && elsewhere.length > 0
      ? [elsewhere.includes('any') ? 'to every address' : `to ${listOf(elsewhere)}`]
      : []),
    ...(remote ? ['from other machines back through the host'] : []),
    ...(first(values, 'gatewayports') === 'yes' ? ['with ports that are open to other machines'] : []),
  ];
}

/** An account that is there for tunnels alone: no terminal, or a command of its own. */
const isForTunnels = (values: Values): boolean =>
  first(values, 'permittty') === 'no' || !['', 'none'].includes(first(values, 'forcecommand'));

const sshForwardingLimited = defineCheck({
  id: 'ssh-forwarding-limited',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Tunnels through SSH lead to PostgreSQL only',
    fail: 'Tunnels through SSH lead everywhere',
    topic: 'Forwarding by SSH',
  },
  why: 'Who may log in by SSH may, by default, use the host as a relay: to every port that the host itself reaches, past the firewall in front of it. People who only need the database need a tunnel to it, and nothing else.',
  misuse: [
    'The key of somebody who only reads reports is stolen.',
    'Through the host the thief reaches the other servers of the inner network, as if he sat there.',
  ],
  byHand: [
    'Make an account for tunnels: useradd --create-home --shell /usr/sbin/nologin pgtunnel, and put the keys into its .ssh/authorized_keys.',
    'For it, in a file of /etc/ssh/sshd_config.d: Match User pgtunnel, AllowTcpForwarding local, PermitOpen 127.0.0.1:5432, PermitTTY no, X11Forwarding no, AllowAgentForwarding no.',
    'For everybody else: AllowTcpForwarding no, except for administrators in a Match block of their own.',
    'Check before it counts: sshd -t; then systemctl reload ssh, keep this session open, and log in anew.',
  ],
  references: { cis: [], stig: [], documentation: [sshPage] },
  needs: ['sshd', 'settings', 'accounts'],
  uses: ['system'],
  parameters: z.object({
    /** Accounts that may forward to wherever they like; the one that inspects is always among them. */
    administrators: z.array(z.string()).default([]),
  }),
  judge({ sshd, settings, accounts }, { parameters }, { system }) {
    if (!sshd.running) return { status: 'not-applicable', summary: 'No SSH server is running on this host.' };
    if (Object.keys(sshd.settings).length === 0)
      return { status: 'not-assessed', summary: 'The effective settings of sshd could not be read.' };
    if (sshd.accounts === undefined)
      return {
        status: 'not-assessed',
        summary: 'What Match blocks of sshd say for single accounts was not asked.',
      };
    const port = listening(settings)?.port ?? 5432;
    const own = system.state === 'collected' ? system.value.loginUser : '';
    const known = sshd.accounts.map(({ name }) => name);
    const people = accounts.users
      .filter(
        ({ name, uid, shell }) =>
          ((uid >= 1000 && uid < 65_000) || uid === 0) &&
          (!/\/(nologin|false|sync)$/.test(shell) ||
            sshd.accountsWithKeys.includes(name) ||
            known.includes(name)),
      )
      .map(({ name }) => name);
    const rows = people.map((name) => {
      const values = settingsFor(sshd, name);
      return { name, values, beyond: beyondPostgres(values, port) };
    });
    const evidence = [
      tableEvidence(
        ['Account', 'May forward', 'Terminal'],
        rows.map(({ name, values, beyond }) => [
          name,
          listOf(beyond) || 'to PostgreSQL at most',
          first(values, 'permittty') === 'no' ? 'no' : 'yes',
        ]),
      ),
    ];
    const free = rows.filter(
      ({ name, beyond }) =>
        beyond.length > 0 && name !== own && name !== 'root' && !parameters.administrators.includes(name),
    );
    if (free.length === 0) {
      return {
        status: 'pass',
        summary: 'Apart from administrators nobody may forward to anything but PostgreSQL.',
        evidence,
      };
    }
    const tunnels = free.filter(({ values }) => isForTunnels(values));
    return {
      status: 'fail',
      summary: `${listOf(free.map(({ name }) => name))} may forward ${listOf(free[0]?.beyond ?? [])}.`,
      evidence,
      subjects: free.map(({ name }) => ({ kind: 'account', name })),
      // An account with a shell can relay by other means too; one for tunnels has nothing else.
      severity: tunnels.length > 0 ? 'medium' : 'low',
    };
  },
});

const sshPostgresAccount = defineCheck({
  id: 'ssh-postgres-account',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Nobody logs in by SSH as the account of the server',
    fail: 'The account of the server can be logged in to by SSH',
    topic: 'Logins by SSH as the account of the server',
  },
  why: 'The account that runs the server owns every file of the database, and peer makes it superuser without a password. Several people share it when it has a key or a password, and nobody can tell afterwards who did what.',
  misuse: [
    'A key in its authorized_keys belongs to somebody who left years ago.',
    'With it he is superuser of the database and owner of its files at once.',
  ],
  byHand: [
    'Work by your own account and sudo: sudo -u postgres psql',
    'Lock the password: passwd -l postgres',
    'Remove /var/lib/postgresql/.ssh/authorized_keys once nothing needs it, or write DenyUsers postgres into a file of /etc/ssh/sshd_config.d.',
    'sshd -t, then systemctl reload ssh.',
  ],
  references: {
    cis: ['4.1 (14-17)'],
    stig: ['CD12-00-003200', 'CD16-00-002700'],
    documentation: [postgresPage('postgres-user.html', 'The PostgreSQL user account')],
  },
  needs: ['ownerAccount', 'sshd'],
  parameters: z.object({}),
  judge({ ownerAccount, sshd }) {
    const { name, password, shell, keyFiles } = ownerAccount;
    if (!sshd.running) return { status: 'not-applicable', summary: 'No SSH server is running on this host.' };
    if (Object.keys(sshd.settings).length === 0)
      return { status: 'not-assessed', summary: 'The effective settings of sshd could not be read.' };
    const values = settingsFor(sshd, name);
    const listed = (setting: string) => (values[setting] ?? []).flatMap((value) => value.split(/\s+/));
    const denied = listed('denyusers').some((pattern) => pattern === name);
    const allowed = listed('allowusers').filter((pattern) => pattern !== '');
    const shut = denied || (allowed.length > 0 && !allowed.some((pattern) => matches(pattern, name)));
    const noShell = /\/(nologin|false)$/.test(shell);
    const keys = keyFiles.filter((file) => file.keys > 0);
    const byKey = keys.length > 0 && first(values, 'pubkeyauthentication') !== 'no';
    const byPassword = password === 'set' && first(values, 'passwordauthentication') !== 'no';
    const evidence = [
      tableEvidence(
        ['What', 'State'],
        [
          ['Account', name],
          ['Shell', shell],
          ['Password', password === 'none' ? 'empty' : password],
          ...keyFiles.map((file) => [file.path, `${file.keys} keys`]),
          ['sshd', denied ? `DenyUsers ${name}` : shut ? 'not in AllowUsers' : 'lets it in'],
        ],
      ),
    ];
    if (shut || noShell) {
      return {
        status: 'pass',
        summary: shut ? `sshd refuses ${name}.` : `${name} has no shell to log in to.`,
        evidence,
      };
    }
    const ways = [
      ...(byKey ? [`by a key in ${listOf(keys.map(({ path }) => path))}`] : []),
      ...(byPassword ? ['by a password'] : []),
      ...(password === 'none' && first(values, 'permitemptypasswords') === 'yes'
        ? ['without a password']
        : []),
    ];
    if (ways.length > 0) {
      return {
        status: 'fail',
        summary: `${name} can be logged in to ${listOf(ways)}.`,
        evidence,
        subjects: [{ kind: 'account', name }],
      };
    }
    return password === 'unknown'
      ? { status: 'not-assessed', summary: `Whether ${name} has a password could not be seen.`, evidence }
      : { status: 'pass', summary: `${name} has neither a password nor a key that sshd takes.`, evidence };
  },
});

/** sshd's patterns for users: `*` and `?`; what follows an @ is the host. */
function matches(pattern: string, name: string): boolean {
  const user = pattern.split('@')[0] ?? '';
  const text = user
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`).test(name);
}

/** Checks of what single accounts may do by SSH, in the order in which they are shown. */
export const sshAccountChecks: readonly AnyCheck[] = [sshForwardingLimited, sshPostgresAccount];
