import { describe, expect, test } from 'vitest';
import { fwActive } from '../../../../shared/checks/network/fw-active.ts';
import { fwDefaultDeny } from '../../../../shared/checks/network/fw-default-deny.ts';
import { fwPgPortAny } from '../../../../shared/checks/network/fw-pg-port-any.ts';
import { fwVsHba } from '../../../../shared/checks/network/fw-vs-hba.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { Firewall } from '../../../../shared/facts/network.ts';
import { emptyFirewall, role } from '../../support/builders.ts';
import { hardenedFacts, judge, valueOf, withFact, withHba, withSettings } from '../../support/facts.ts';
import { nftFirewall } from '../../support/hardened-firewall.ts';

const base = hardenedFacts();
const withFirewall = (firewall: Firewall, facts: FactSet = base) => withFact(facts, 'firewall', firewall);
const none = withFirewall(emptyFirewall());
const open = withFirewall(nftFirewall({ policy: 'accept', postgres: [null] }));
const anyPort = withFirewall(nftFirewall({ policy: 'drop', postgres: [null] }));
const broken = withFirewall({ ...emptyFirewall(), nftRulesetJson: '{"nftables": [' });
/** A set that the kernel fills while it runs: who is in it cannot be told. */
const puzzle = withFirewall(
  nftFirewall({
    policy: 'drop',
    postgres: [],
    extra: {
      text: 'xt match "geoip" accept',
      expr: [{ xt: { type: 'match', name: 'geoip' } }, { accept: null }],
    },
  }),
);
const six = withFact(base, 'interfaces', [
  ...valueOf(base, 'interfaces'),
  { name: 'eth0', address: '2001:db8::5', prefix: 64 },
]);
const onlyFour = withFirewall(
  nftFirewall({
    policy: 'drop',
    postgres: ['10.20.30.0/24'],
    extra: {
      text: 'meta nfproto ipv6 accept',
      expr: [{ match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv6' } }, { accept: null }],
    },
  }),
  six,
);
/** iptables leads port 15432 on to PostgreSQL for a network that port 5432 is closed to. */
const redirected = withFirewall({
  ...emptyFirewall(),
  installed: ['iptables'],
  iptablesSave: `*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 15432 -j REDIRECT --to-ports 5432
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -s 10.20.30.0/24 -p tcp -m tcp --dport 5432 -j ACCEPT
-A INPUT -s 10.77.0.0/16 -p tcp -m conntrack --ctstate DNAT -j ACCEPT
COMMIT
`,
  ip6tablesSave: '*filter\n:INPUT DROP [0:0]\nCOMMIT\n',
});
const loopbackOnly = withSettings(open, { listen_addresses: 'localhost' });
const listensOnAny = (facts: FactSet) => withSettings(facts, { listen_addresses: '*' });

describe('fw-active', () => {
  test.each([
    ['nftables', base, 'pass'],
    ['rules that let all in', open, 'pass'],
    ['none', none, 'fail'],
    ['unreadable', broken, 'not-assessed'],
  ])('%s', (_, facts, expected) => {
    expect(judge(fwActive, facts).status).toBe(expected);
  });

  test('tells when the rules do not outlive a reboot', () => {
    const facts = withFirewall({
      ...valueOf(base, 'firewall'),
      units: [{ name: 'nftables', active: true, enabled: false }],
    });
    expect(judge(fwActive, facts).summary).toContain(
      'After a reboot it is gone: nftables.service is not enabled.',
    );
  });
});

describe('fw-default-deny', () => {
  test.each([
    ['drop', base, 'pass'],
    ['accept', open, 'fail'],
    ['no firewall', none, 'fail'],
    ['IPv6 left open', onlyFour, 'fail'],
    ['unreadable', broken, 'not-assessed'],
    ['hangs on a rule that is not understood', puzzle, 'not-assessed'],
  ])('%s', (_, facts, expected) => {
    expect(judge(fwDefaultDeny, facts).status).toBe(expected);
  });
});

describe('fw-pg-port-any', () => {
  test.each([
    ['one network', base, 'pass'],
    ['policy accept', open, 'fail'],
    ['any source', anyPort, 'fail'],
    ['no firewall', none, 'fail'],
    ['IPv6 left open, and listened on', listensOnAny(onlyFour), 'fail'],
    ['IPv6 left open, not listened on', onlyFour, 'pass'],
    ['only loopback is listened on', loopbackOnly, 'not-applicable'],
    ['a rule that is not understood', puzzle, 'not-assessed'],
    ['unreadable', broken, 'not-assessed'],
  ])('%s', (_, facts, expected) => {
    expect(judge(fwPgPortAny, facts).status).toBe(expected);
  });

  test('names the port and the rule', () => {
    const finding = judge(
      fwPgPortAny,
      withSettings(withFirewall(nftFirewall({ policy: 'accept', postgres: [] })), { port: '5433' }),
    );
    expect(finding.title).toBe('Port 5433 is open to any source');
    expect(JSON.stringify(finding.evidence)).toContain('policy accept');
  });
});

describe('fw-vs-hba', () => {
  const outcome = (facts: FactSet, rules?: string) => {
    const finding = judge(fwVsHba, rules === undefined ? facts : withHba(facts, `${rules}\n`));
    return finding.status === 'fail' ? `fail ${finding.severity}: ${finding.summary}` : finding.status;
  };

  test.each([
    ['both the same', base, undefined, 'pass'],
    [
      'a rule for less',
      base,
      'hostssl all all 10.20.30.0/25 md5',
      'fail medium: 10.20.30.128/25 pass the firewall, though nobody can log in from there.',
    ],
    [
      'a rule for more',
      base,
      'hostssl all all 10.20.30.0/24 md5\nhostssl all all 10.9.0.0/16 md5',
      'fail low: 10.9.0.0/16 have a rule but are kept away.',
    ],
    [
      'rejected in pg_hba.conf',
      base,
      'host all all 10.9.0.0/16 reject\nhostssl all all 10.20.30.0/24 md5',
      'pass',
    ],
    [
      'loopback rules do not count',
      base,
      'host all all 127.0.0.1/32 md5\nhostssl all all 10.20.30.0/24 md5',
      'pass',
    ],
    ['any and any agree', listensOnAny(anyPort), 'hostssl all all 0.0.0.0/0 md5', 'pass'],
    ['a host name may be anybody', base, 'hostssl all all app.example md5', 'pass'],
    [
      'a rule for a role that may not log in lets nobody in',
      withFact(base, 'roles', [...valueOf(base, 'roles'), role('off', { login: false })]),
      'hostssl all off 10.20.30.0/25 scram-sha-256\nhostssl all shop_app 10.20.30.128/25 scram-sha-256',
      'fail medium: 10.20.30.0/25 pass the firewall, though nobody can log in from there.',
    ],
    [
      'a redirect from another port is a way through the firewall',
      redirected,
      undefined,
      'fail medium: 10.77.0.0/16 pass the firewall, though nobody can log in from there.',
    ],
    ['no firewall', none, undefined, 'not-applicable'],
    ['only loopback is listened on', loopbackOnly, undefined, 'not-applicable'],
    ['a rule that is not understood', puzzle, undefined, 'not-assessed'],
    ['rules that could not be read', broken, undefined, 'not-assessed'],
  ])('%s', (_, facts, rules, expected) => {
    expect(outcome(facts, rules)).toBe(expected);
  });
});
