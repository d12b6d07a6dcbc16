import { tunnelGuide, tunnelTarget, tunnelTargetText } from '../../access/tunnel.ts';
import type { TunnelTarget } from '../../access/tunnel.ts';
import { isLocalOnly, listening } from '../../checks/support/listening.ts';
import { listOf } from '../../checks/support/words.ts';
import type { Finding } from '../../findings/finding.ts';
import { printable } from '../../lib/hostile-text.ts';
import { defineFix } from '../define-fix.ts';
import { allOffered, notOffered, offered } from '../support/offers.ts';
import type { OfferAnswer } from '../support/offers.ts';
import { plainAccount, readsSnippets, snippetPath, sshdSnippet } from '../support/sshd.ts';
import { ticked } from '../support/sql.ts';

/** Fixes of what accounts may do by SSH. The account that inspects is never among them. */

const accountsOf = (finding: Finding, own: string): readonly string[] =>
  finding.subjects
    .filter(({ kind, name }) => kind === 'account' && name !== own && name !== 'root')
    .map(({ name }) => name);

function writable(names: readonly string[]): OfferAnswer {
  const odd = names.find((name) => !plainAccount(name));
  return odd === undefined
    ? offered
    : notOffered(`The name ${printable(odd)} cannot be written into sshd's configuration.`);
}

export const refuseServerAccount = defineFix({
  id: 'ssh-refuse-postgres',
  resolves: ['ssh-postgres-account'],
  title: 'Refuse logins by SSH as the account of the server',
  description: `A file ${snippetPath('00-portcullis-accounts')} refuses that account. It is checked with sshd -t before sshd reads it. Its keys and its password stay where they are; sudo to it goes on. Programs that copy backups or standbys by SSH as this account would be refused.`,
  effect: 'live',
  reversible: true,
  cutsOff: true,
  // Backups and standbys may come by it, which no log of PostgreSQL tells.
  safe: false,
  needs: ['ownerAccount', 'system'],
  offer: ({ ownerAccount, system }) =>
    allOffered(
      readsSnippets(system),
      writable([ownerAccount.name]),
      ownerAccount.name === system.loginUser
        ? notOffered('You are logged in as this account. Log in as another one first.')
        : offered,
    ),
  choices: () => [],
  plan({ ownerAccount, system }) {
    if (ownerAccount.name === system.loginUser)
      return { ok: false, reason: 'This would refuse your own login.' };
    return {
      ok: true,
      operations: [sshdSnippet('00-portcullis-accounts', [`DenyUsers ${ownerAccount.name}`])],
    };
  },
});

/** What the clients of a tunnel write, as comments for the file: the administrator hands it on. */
function clientLines(target: TunnelTarget, hostname: string, account: string): readonly string[] {
  const host = plainAccount(hostname) ? hostname : 'HOST';
  const { config, command, clients } = tunnelGuide({ host, sshPort: null, account, target });
  return [
    `For a client of ${account}, in its ~/.ssh/config:`,
    ...config.split('\n').map((line) => `  ${line}`),
    `then: ${command}, and beside it`,
    ...clients.map(({ name, text }) => `  ${`${name}:`.padEnd(8)} ${text}`),
  ];
}

/** Where a tunnel may lead: to PostgreSQL and nowhere else. */
function forwardLines(target: TunnelTarget): readonly string[] {
  if (target.kind === 'socket')
    // sshd cannot name the socket that may be used; the permissions of its folder decide.
    return ['AllowTcpForwarding no', 'AllowStreamLocalForwarding local', 'GatewayPorts no'];
  const { port } = target;
  const places = [tunnelTargetText(target), `127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  return [
    'AllowTcpForwarding local',
    `PermitOpen ${[...new Set(places)].join(' ')}`,
    'AllowStreamLocalForwarding no',
    'GatewayPorts no',
  ];
}

const withoutTerminal: readonly string[] = [
  'PermitTTY no',
  'ForceCommand /usr/sbin/nologin',
  'X11Forwarding no',
  'AllowAgentForwarding no',
  'PermitTunnel no',
  'PubkeyAuthentication yes',
  'PasswordAuthentication no',
  'KbdInteractiveAuthentication no',
];

export const limitTunnels = defineFix({
  id: 'limit-tunnels',
  resolves: ['ssh-forwarding-limited'],
  title: 'Let tunnels through SSH lead to PostgreSQL only',
  description: `A file ${snippetPath('10-portcullis-tunnels')} lets these accounts forward to PostgreSQL and to nothing else. Those that you choose become accounts for tunnels: no terminal, no command, a key to log in. The file also says what clients write into ~/.ssh/config and into psql, pgAdmin and DBeaver. It is checked with sshd -t before sshd reads it. Your own account and root stay as they are.`,
  effect: 'live',
  reversible: true,
  cutsOff: true,
  // What people forward today is nowhere to be seen.
  safe: false,
  needs: ['sshd', 'system', 'accounts', 'settings'],
  offer: ({ system }, finding) =>
    allOffered(readsSnippets(system), writable(accountsOf(finding, system.loginUser))),
  choices({ sshd, system, accounts }, finding) {
    return [
      {
        kind: 'many',
        key: 'tunnels',
        label: 'Which accounts are for tunnels only? They lose the terminal and their password.',
        options: accountsOf(finding, system.loginUser).map((name) => {
          const shell = accounts.users.find((user) => user.name === name)?.shell ?? '';
          const closed = /\/(nologin|false)$/.test(shell);
          const key = sshd.accountsWithKeys.includes(name);
          return {
            value: name,
            label: name,
            seen: `${closed ? 'no shell' : shell}, ${key ? 'has a key' : 'no key that is known'}`,
            chosen: closed,
          };
        }),
      },
    ];
  },
  plan({ system, settings }, finding, answers, _preferences, all) {
    const names = accountsOf(finding, system.loginUser);
    const tunnels = ticked(answers, 'tunnels', names);
    const rest = names.filter((name) => !tunnels.includes(name));
    if (names.length === 0) return { ok: false, reason: 'No account is left to limit.' };
    const sockets = all.unixSockets.state === 'collected' ? all.unixSockets.value : null;
    const target = tunnelTarget(settings, sockets);
    const block = (accounts: readonly string[], lines: readonly string[]): readonly string[] =>
      accounts.length === 0 ? [] : [`Match User ${accounts.join(',')}`, ...lines.map((line) => `  ${line}`)];
    const found = listening(settings);
    const note =
      found !== null && !isLocalOnly(found)
        ? [`# PostgreSQL also answers ${listOf(found.entries)}: who may come that way pg_hba.conf says.`]
        : [];
    const hints = tunnels.length > 0 ? clientLines(target, system.hostname, tunnels[0] ?? '') : [];
    return {
      ok: true,
      operations: [
        sshdSnippet('10-portcullis-tunnels', [
          ...note,
          ...hints.map((line) => `# ${line}`),
          ...block(tunnels, [...forwardLines(target), ...withoutTerminal]),
          ...block(rest, forwardLines(target)),
          // What other files say must not fall into the last block.
          'Match all',
        ]),
      ],
    };
  },
});
