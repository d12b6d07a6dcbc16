import { describe, expect, test } from 'vitest';
import type { FactSet } from '../../../shared/facts/facts.ts';
import { accessChange } from '../../../shared/plan/cut-off.ts';
import type { FactChange, Operation } from '../../../shared/plan/operation.ts';
import { ownPathRefusals } from '../../../shared/plan/own-path.ts';
import { simulate } from '../../../shared/plan/simulate.ts';
import { role } from '../support/builders.ts';
import { hardenedFacts, hbaPath, valueOf, withFact, withPart, withSettings } from '../support/facts.ts';

const own = { clientAddress: '10.20.30.99', sshPort: 22 };
const refusals = (facts: FactSet, ...operations: Operation[]): string =>
  ownPathRefusals(accessChange(facts, simulate(facts, operations).facts, operations), own).join('\n');

const sshdFile = (content: string): Operation => ({
  kind: 'file',
  path: '/etc/ssh/sshd_config.d/00-portcullis.conf',
  content,
  mode: 0o644,
  owner: 'root',
  group: 'root',
  previousSha256: null,
  validate: null,
  activate: null,
});
const restartSetting = (name: string, value: string, included: boolean): Operation[] => [
  {
    kind: 'setting',
    name,
    value,
    via: 'alter-system',
    file: null,
    previous: { value: '', source: 'default' },
    effect: 'restart',
  },
  ...(included ? [{ kind: 'restart' as const, reasons: [name] }] : []),
];
const sql = (change: FactChange): Operation => ({
  kind: 'sql',
  database: 'postgres',
  statements: [],
  inverse: [],
  transactional: true,
  changes: [change],
  proof: 'SELECT true',
});
const firewall = (sshPorts: number[]): Operation => ({
  kind: 'firewall',
  manager: 'nft',
  port: 5432,
  allow: ['10.20.30.0/24'],
  sshPorts,
  commands: [],
  files: [],
  save: [],
  restore: [],
  before: [],
  after: [],
  expects: [],
});
const openFirewall = withPart(hardenedFacts(), 'firewall', {
  nftRulesetJson: '{"nftables": []}',
  nftRuleset: '',
  iptablesSave: null,
  ip6tablesSave: null,
});

/** Logged in over TCP with a password, through sshd. */
const byTcp = (): FactSet => {
  const facts = withPart(hardenedFacts(), 'server', { role: 'admin', connection: 'tcp' });
  return withFact(facts, 'roles', [...valueOf(facts, 'roles'), role('admin', { superuser: true })]);
};
const byPassword = (user: string): FactSet =>
  withPart(withPart(hardenedFacts(), 'system', { loginUser: user, loggedInWith: 'password' }), 'sshd', {
    settings: { passwordauthentication: ['yes'], permitrootlogin: ['yes'] },
  });

describe('a plan that shuts its own person out is found', () => {
  test.each<[string, FactSet, Operation[], string]>([
    [
      'by the local line',
      hardenedFacts(),
      [
        {
          kind: 'hba',
          file: hbaPath,
          major: 15,
          edits: [2, 3].map((line) => ({ kind: 'disable', file: hbaPath, line, note: '' })),
        },
      ],
      'no line of pg_hba.conf',
    ],
    [
      'by listen_addresses',
      byTcp(),
      restartSetting('listen_addresses', '10.20.30.5', true),
      'no longer listen',
    ],
    [
      'by listen_addresses, with the restart left for later',
      byTcp(),
      restartSetting('listen_addresses', '', false),
      'no longer listen',
    ],
    ['by the port', hardenedFacts(), restartSetting('port', '5433', true), 'port 5433'],
    [
      'by the folder of the socket',
      hardenedFacts(),
      restartSetting('unix_socket_directories', '/srv/pg', true),
      'no Unix socket',
    ],
    [
      'by the socket’s permissions',
      withPart(hardenedFacts(), 'server', { connection: 'socket' }),
      restartSetting('unix_socket_permissions', '0700', true),
      'account deploy may not connect',
    ],
    [
      'by NOLOGIN',
      hardenedFacts(),
      [sql({ kind: 'role', role: 'postgres', set: { login: false } })],
      'may not log in',
    ],
    [
      'by the password taken away',
      byTcp(),
      [sql({ kind: 'role', role: 'admin', set: { verifier: 'none' } })],
      'has none',
    ],
    [
      'by an md5 verifier',
      byTcp(),
      [sql({ kind: 'role', role: 'admin', set: { verifier: 'md5' } })],
      'is md5',
    ],
    ['by the firewall', openFirewall, [firewall([2222])], 'no firewall rule'],
    ['by AllowUsers', hardenedFacts(), [sshdFile('AllowUsers alice bob\n')], 'lets in only alice bob'],
    ['by DenyUsers', hardenedFacts(), [sshdFile('DenyUsers dep*\n')], 'refuses deploy'],
    ['by AllowGroups', hardenedFacts(), [sshdFile('AllowGroups wheel\n')], 'groups that deploy is not in'],
    ['by PermitRootLogin', byPassword('root'), [sshdFile('PermitRootLogin no\n')], 'root'],
    [
      'by keys only for root',
      byPassword('root'),
      [sshdFile('PermitRootLogin prohibit-password\n')],
      'no passwords',
    ],
    [
      'by keys only',
      byPassword('deploy'),
      [sshdFile('PasswordAuthentication no\nKbdInteractiveAuthentication no\n')],
      'no passwords',
    ],
    [
      'by the end of keys',
      withPart(hardenedFacts(), 'system', { loggedInWith: 'key' }),
      [sshdFile('PubkeyAuthentication no\n')],
      'no keys',
    ],
    ['by the port of sshd', hardenedFacts(), [sshdFile('Port 2222\n')], 'listens on port 2222'],
    ['by the end of forwarding', byTcp(), [sshdFile('AllowTcpForwarding no\n')], 'no tunnel'],
  ])('%s', (_name, facts, operations, text) => {
    expect(refusals(facts)).toBe('');
    expect(refusals(facts, ...operations)).toContain(text);
  });

  test.each<[string, FactSet, Operation[]]>([
    ['a firewall that keeps ssh open', openFirewall, [firewall([22])]],
    [
      'a Match block for others',
      hardenedFacts(),
      [sshdFile('Match User tunnel\n  AllowTcpForwarding no\n  PermitTTY no\n')],
    ],
    ['AllowUsers with the own account', hardenedFacts(), [sshdFile('AllowUsers alice dep?oy@10.*\n')]],
    [
      'listen_addresses that keeps the loopback',
      byTcp(),
      restartSetting('listen_addresses', 'localhost', true),
    ],
    ['TLS required of others', withSettings(hardenedFacts(), {}), [{ kind: 'reload' }]],
  ])('and one with %s is not', (_name, facts, operations) => {
    expect(refusals(facts, ...operations)).toBe('');
  });
});
