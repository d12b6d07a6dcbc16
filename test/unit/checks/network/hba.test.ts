import { describe, expect, test } from 'vitest';
import type { AnyCheck } from '../../../../shared/checks/define-check.ts';
import { hbaAddressChecks } from '../../../../shared/checks/network/hba-addresses.ts';
import { hbaMethodChecks } from '../../../../shared/checks/network/hba-methods.ts';
import { hbaNameChecks } from '../../../../shared/checks/network/hba-names.ts';
import { denied } from '../../../../shared/facts/fact.ts';
import { hbaAnyAddress } from '../../../../shared/checks/network/hba-any-address.ts';
import { hbaMd5 } from '../../../../shared/checks/network/hba-md5.ts';
import { hbaNontlsRemote } from '../../../../shared/checks/network/hba-nontls-remote.ts';
import { hbaParseErrors } from '../../../../shared/checks/network/hba-parse-errors.ts';
import { hbaPasswordCleartext } from '../../../../shared/checks/network/hba-password-cleartext.ts';
import { hbaShadowed } from '../../../../shared/checks/network/hba-shadowed.ts';
import { hbaSuperuserRemote } from '../../../../shared/checks/network/hba-superuser-remote.ts';
import { hbaTrustHost } from '../../../../shared/checks/network/hba-trust-host.ts';
import { udsHbaLocalTrust } from '../../../../shared/checks/network/uds-hba-local-trust.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import { bootstrapRole, fileStatus, membership, role, unixSocket } from '../../support/builders.ts';
import {
  configurationFile,
  hardenedFacts,
  hbaPath,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';

const base = hardenedFacts();
const loopbackOnly = withSettings(base, { listen_addresses: 'localhost' });
const withoutSsl = withSettings(base, { ssl: 'off' });

/** Judges rules: `fail high 1,3` names the severity and the lines that are subjects. */
function outcome(check: AnyCheck, rules: string, facts: FactSet = base, parameters: unknown = {}): string {
  const finding = judge(check, withHba(facts, `${rules}\n`), parameters);
  if (finding.status !== 'fail') return finding.status;
  const lines = finding.subjects.map(({ name }) => name.replace(`${hbaPath}:`, ''));
  return `fail ${finding.severity} ${lines.join(',')}`;
}

type Rows = [what: string, rules: string, expected: string, facts?: FactSet, parameters?: unknown][];

describe('uds-hba-local-trust', () => {
  const closed = withFact(base, 'unixSockets', [
    unixSocket({ socket: fileStatus('/run/s', { type: 'socket', mode: 0o700 }) }),
  ]);
  const rows: Rows = [
    ['peer', 'local all all peer', 'pass'],
    ['trust', 'local all all trust', 'fail critical 1'],
    ['trust for one role', 'local all all peer\nlocal all backup trust', 'fail medium 2'],
    ['two of them', 'local all postgres trust\nlocal all all trust', 'fail critical 1,2'],
    ['hidden behind peer', 'local all all peer\nlocal all all trust', 'fail medium 2'],
    ['a socket that only the owner gets to', 'local all all trust', 'fail medium 1', closed],
    ['host rules are another check', 'host all all 127.0.0.1/32 trust', 'pass'],
    ['a quoted all is a role', 'local all "all" peer\nlocal all all trust', 'fail critical 2'],
  ];
  test.each(rows)('%s', (_, rules, expected, facts) => {
    expect(outcome(udsHbaLocalTrust, rules, facts)).toBe(expected);
  });

  test('says who gets in', () => {
    const finding = judge(udsHbaLocalTrust, withHba(base, 'local all all trust\n'));
    expect(JSON.stringify(finding.evidence)).toContain('Lets in 2 roles, 1 of them superuser: postgres.');
  });
});

describe('hba-trust-host', () => {
  const rows: Rows = [
    ['a password', 'host all all 10.0.0.0/8 scram-sha-256', 'pass'],
    ['a network', 'host all all 10.20.4.0/24 trust', 'fail critical 1'],
    ['loopback too: every account is there', 'host all all 127.0.0.1/32 trust', 'fail critical 1'],
    [
      'loopback without TCP',
      'host all all 127.0.0.1/32 trust',
      'fail medium 1',
      withSettings(base, { listen_addresses: '' }),
    ],
    [
      'a network that the server does not listen to',
      'host all all 10.0.0.0/8 trust',
      'fail medium 1',
      loopbackOnly,
    ],
    [
      'hidden behind a wider rule',
      'host all all all scram-sha-256\nhost all all 10.0.0.1/32 trust',
      'fail medium 2',
    ],
    ['half hidden', 'hostssl all all all scram-sha-256\nhost all all 10.0.0.1/32 trust', 'fail critical 2'],
    ['TLS only, without TLS', 'hostssl all all 10.0.0.1/32 trust', 'fail medium 1', withoutSsl],
    [
      'a verified certificate proves the role',
      'hostssl all all 10.0.0.0/8 trust clientcert=verify-full',
      'pass',
    ],
    [
      'a certificate of anybody proves none',
      'hostssl all all 10.0.0.0/8 trust clientcert=verify-ca',
      'fail critical 1',
    ],
    ['a role named trust', 'host all "trust" 10.0.0.0/8 scram-sha-256', 'pass'],
  ];
  test.each(rows)('%s', (_, rules, expected, facts) => {
    expect(outcome(hbaTrustHost, rules, facts)).toBe(expected);
  });

  test('names the network and marks the line', () => {
    const finding = judge(hbaTrustHost, withHba(base, '# office\nhost all all 10.20.4.0/24 trust\n# end\n'));
    expect(finding.title).toBe('The rule for 10.20.4.0/24 asks for no password');
    expect(finding.evidence[0]).toEqual({
      kind: 'file',
      path: hbaPath,
      lines: [
        { number: 1, text: '# office', marked: false },
        { number: 2, text: 'host all all 10.20.4.0/24 trust', marked: true },
        { number: 3, text: '# end', marked: false },
      ],
    });
  });
});

describe('hba-password-cleartext', () => {
  const rows: Rows = [
    ['scram', 'host all all 10.0.0.0/8 scram-sha-256', 'pass'],
    ['in clear over the network', 'host all all 10.0.0.0/8 password', 'fail high 1'],
    ['in clear inside TLS', 'hostssl all all 10.0.0.0/8 password', 'fail medium 1'],
    ['on the socket', 'local all all password', 'fail medium 1'],
    ['ldap without TLS', 'host all all 10.0.0.0/8 ldap ldapserver=l ldapprefix=x', 'fail high 1'],
    ['ldap inside TLS', 'hostssl all all 10.0.0.0/8 ldap ldapserver=l ldapprefix=x', 'pass'],
    ['pam on the host itself', 'host all all 127.0.0.1/32 pam', 'pass'],
    ['not listened to', 'host all all 10.0.0.0/8 password', 'fail low 1', loopbackOnly],
    ['hidden', 'host all all all reject\nhost all all 10.0.0.0/8 password', 'fail low 2'],
  ];
  test.each(rows)('%s', (_, rules, expected, facts) => {
    expect(outcome(hbaPasswordCleartext, rules, facts)).toBe(expected);
  });
});

describe('hba-md5', () => {
  const withOld = withFact(base, 'roles', [
    bootstrapRole(),
    role('shop_app'),
    role('old', { verifier: 'md5' }),
  ]);
  const unseen = withFact(base, 'roles', [role('shop_app', { verifier: 'unknown' })]);
  const rows: Rows = [
    ['scram', 'host all all 10.0.0.0/8 scram-sha-256', 'pass'],
    ['all passwords are SCRAM already', 'host all all 10.0.0.0/8 md5', 'fail medium 1'],
    ['a role with an old password', 'host all all 10.0.0.0/8 md5', 'fail high 1', withOld],
    ['that role does not use the line', 'host all shop_app 10.0.0.0/8 md5', 'fail medium 1', withOld],
    ['nobody could see the passwords', 'host all all 10.0.0.0/8 md5', 'fail high 1', unseen],
    ['hidden', 'host all all all reject\nhost all all 10.0.0.0/8 md5', 'fail low 2'],
    ['on the socket', 'local all all md5', 'fail medium 1'],
  ];
  test.each(rows)('%s', (_, rules, expected, facts) => {
    expect(outcome(hbaMd5, rules, facts)).toBe(expected);
  });

  test('names the roles that would be refused', () => {
    const finding = judge(hbaMd5, withHba(withOld, 'host all all all md5\n'));
    expect(finding.summary).toContain('1 role cannot do SCRAM yet: old');
  });
});

describe('hba-any-address', () => {
  const rows: Rows = [
    ['a network', 'host all all 10.0.0.0/8 md5', 'pass'],
    ['all', 'hostssl all all all scram-sha-256', 'fail high 1'],
    ['a prefix of 0', 'host all all 0.0.0.0/0 md5\nhost all all ::/0 md5', 'fail high 1,2'],
    ['a mask of 0', 'host all all 1.2.3.4 0.0.0.0 md5', 'fail high 1'],
    ['two halves', 'host all all 0.0.0.0/1 md5\nhost all all 128.0.0.0/1 md5', 'fail high 1,2'],
    ['reject', 'host all all all reject', 'pass'],
    ['a host named all', 'host all all "all" md5', 'pass'],
    ['hidden', 'host all all all reject\nhost all all 0.0.0.0/0 md5', 'fail low 2'],
    ['nobody can come from elsewhere', 'host all all all md5', 'not-applicable', loopbackOnly],
    [
      'a stricter profile',
      'host all all 10.0.0.0/8 md5',
      'fail high 1',
      base,
      { shortestPrefix: { ipv4: 16, ipv6: 48 } },
    ],
  ];
  test.each(rows)('%s', (_, rules, expected, facts, parameters) => {
    expect(outcome(hbaAnyAddress, rules, facts, parameters)).toBe(expected);
  });
});

describe('hba-superuser-remote', () => {
  const hidden = withFact(
    withFact(base, 'roles', [bootstrapRole(), role('dba'), role('boss', { superuser: true, login: false })]),
    'memberships',
    [membership('dba', 'boss')],
  );
  const rows: Rows = [
    ['by all', 'host all all 10.0.0.0/8 scram-sha-256', 'fail high 1'],
    ['by name', 'host all postgres 10.0.0.0/8 scram-sha-256', 'fail high 1'],
    ['in a list', 'host all shop_app,postgres 10.0.0.0/8 scram-sha-256', 'fail high 1'],
    ['other roles only', 'host all shop_app 10.0.0.0/8 scram-sha-256', 'pass'],
    ['rejected first', 'host all postgres all reject\nhost all all 10.0.0.0/8 scram-sha-256', 'pass'],
    [
      'rejected for TLS only',
      'hostssl all postgres all reject\nhost all all 10.0.0.0/8 scram-sha-256',
      'fail high 2',
    ],
    [
      'rejected too late',
      'host all all 10.0.0.0/8 scram-sha-256\nhost all postgres all reject',
      'fail high 1',
    ],
    ['loopback', 'host all all 127.0.0.1/32 scram-sha-256\nhost all all samehost scram-sha-256', 'pass'],
    ['replication alone', 'host replication postgres 10.0.0.0/8 scram-sha-256', 'pass'],
    ['a quoted "all" is another role', 'host all "all" 10.0.0.0/8 scram-sha-256', 'pass'],
    ['a regular expression, before 16 a name', 'host all /^post 10.0.0.0/8 scram-sha-256', 'pass'],
    [
      'a regular expression since 16',
      'host all /^post 10.0.0.0/8 scram-sha-256',
      'fail high 1',
      withPart(base, 'cluster', { major: 16 }),
    ],
    ['a group that leads to a superuser', 'host all +boss 10.0.0.0/8 scram-sha-256', 'fail high 1', hidden],
    ['nobody can come from elsewhere', 'host all all all md5', 'not-applicable', loopbackOnly],
    ['meant to', 'host all all 10.0.0.0/8 scram-sha-256', 'pass', base, { accepted: ['postgres'] }],
  ];
  test.each(rows)('%s', (_, rules, expected, facts, parameters) => {
    expect(outcome(hbaSuperuserRemote, rules, facts, parameters)).toBe(expected);
  });
});

describe('hba-nontls-remote', () => {
  const rows: Rows = [
    ['hostssl', 'hostssl all all 10.0.0.0/8 scram-sha-256', 'pass'],
    ['hostgssenc', 'hostgssenc all all 10.0.0.0/8 gss', 'pass'],
    ['host', 'host all all 10.0.0.0/8 scram-sha-256', 'fail high 1'],
    ['hostnossl', 'hostnossl all all 10.0.0.0/8 scram-sha-256', 'fail high 1'],
    ['hostnogssenc', 'hostnogssenc all all 10.0.0.0/8 scram-sha-256', 'fail high 1'],
    ['plain was rejected before', 'hostnossl all all all reject\nhost all all 10.0.0.0/8 md5', 'pass'],
    [
      'plain was rejected for others',
      'hostnossl all app all reject\nhost all all 10.0.0.0/8 md5',
      'fail high 2',
    ],
    [
      'loopback',
      'host all all 127.0.0.0/8 md5\nhost all all localhost md5\nhost all all samehost md5',
      'pass',
    ],
    ['reject', 'host all all all reject', 'pass'],
    ['nobody can come from elsewhere', 'host all all all md5', 'not-applicable', loopbackOnly],
  ];
  test.each(rows)('%s', (_, rules, expected, facts) => {
    expect(outcome(hbaNontlsRemote, rules, facts)).toBe(expected);
  });
});

describe('hba-shadowed', () => {
  const rows: Rows = [
    ['none', 'local all all peer\nhost all all 10.0.0.0/8 md5', 'pass'],
    ['one', 'host all all all md5\nhost all all 10.0.0.0/8 md5', 'fail medium 2'],
    [
      'a reject that never counts',
      'host all all 10.0.0.0/8 md5\nhost all bad 10.1.0.0/16 reject',
      'fail high 2',
    ],
    [
      'a reject behind a reject',
      'host all all 10.0.0.0/8 reject\nhost all bad 10.1.0.0/16 reject',
      'fail medium 2',
    ],
    ['hostssl without TLS is no shadow', 'hostssl all all 10.0.0.0/8 md5', 'pass', withoutSsl],
  ];
  test.each(rows)('%s', (_, rules, expected, facts) => {
    expect(outcome(hbaShadowed, rules, facts)).toBe(expected);
  });
});

describe('hba-parse-errors', () => {
  const bad = withHba(base, 'local all all peer\nhost all all 10.0.0.0/33 md5\n');
  const row = {
    file: hbaPath,
    line: 2,
    type: null,
    databases: [],
    users: [],
    address: null,
    netmask: null,
    method: null,
    options: [],
  };

  test('our reading counts where the server was not asked', () => {
    const finding = judge(hbaParseErrors, { ...bad, hbaView: { state: 'denied', reason: 'no superuser' } });
    expect([finding.status, finding.severity, finding.subjects[0]?.name]).toEqual([
      'fail',
      'critical',
      `${hbaPath}:2`,
    ]);
  });

  test('what the server says counts more', () => {
    expect(judge(hbaParseErrors, bad).status).toBe('pass');
    const finding = judge(hbaParseErrors, withFact(bad, 'hbaView', [{ ...row, error: 'invalid CIDR mask' }]));
    expect([finding.status, finding.summary]).toEqual(['fail', `${hbaPath} line 2: invalid CIDR mask.`]);
  });

  test('a remark on a rule that is loaded is no error', () => {
    const error = 'hostssl record cannot match because SSL is disabled';
    const finding = judge(hbaParseErrors, withFact(base, 'hbaView', [{ ...row, error }]));
    expect(finding.status).toBe('pass');
    expect(JSON.stringify(finding.evidence)).toContain(error);
  });
});

describe('all of them', () => {
  const checks = [
    udsHbaLocalTrust,
    hbaTrustHost,
    hbaPasswordCleartext,
    hbaMd5,
    hbaAnyAddress,
    hbaSuperuserRemote,
    hbaNontlsRemote,
    hbaShadowed,
  ];

  test.each(checks.map((check) => [check.id, check] as const))(
    '%s does not pass a file that is not in force',
    (_, check) => {
      const finding = judge(check, withHba(base, 'local all all peer\nnonsense\n'));
      expect(finding.status).toBe('not-assessed');
      expect(finding.summary).toContain(`refuses line 2 of ${hbaPath}`);
    },
  );

  test.each(checks.map((check) => [check.id, check] as const))(
    '%s is not assessed without the file',
    (_, check) => {
      const finding = judge(check, withHba(base, null));
      expect([finding.status, finding.summary]).toEqual([
        'not-assessed',
        `${hbaPath} could not be read: permission denied`,
      ]);
    },
  );

  test('follow includes, and stop when one cannot be read', () => {
    const main = withPart(withHba(base, 'include sub.conf\n'), 'cluster', { major: 16 });
    const files = valueOf(main, 'configurationFiles');
    const path = '/etc/postgresql/15/main/sub.conf';
    const read = withFact(main, 'configurationFiles', [
      ...files,
      configurationFile('include', path, 'host all all 10.0.0.0/8 trust\n'),
    ]);
    expect(judge(hbaTrustHost, read).subjects).toEqual([{ kind: 'hba-line', name: `${path}:1` }]);
    const unread = withFact(main, 'configurationFiles', [
      ...files,
      configurationFile('include', path, null, 'permission denied'),
    ]);
    expect(judge(hbaTrustHost, unread)).toMatchObject({
      status: 'not-assessed',
      summary: `${path} could not be read: permission denied`,
    });
  });

  test('know names outside ASCII, which the file holds as bytes', () => {
    const facts = withFact(base, 'roles', [bootstrapRole('müller')]);
    const bytes = 'host all m\u00c3\u00bcller 10.0.0.0/8 scram-sha-256\n';
    expect(judge(hbaSuperuserRemote, withHba(facts, bytes)).status).toBe('fail');
  });
});

describe('checks of single rules', () => {
  const of = (id: string): AnyCheck => {
    const check = [...hbaMethodChecks, ...hbaAddressChecks, ...hbaNameChecks].find((one) => one.id === id);
    if (check === undefined) throw new Error(id);
    return check;
  };
  const on18 = withPart(base, 'cluster', { major: 18 });
  const validated = withSettings(on18, { oauth_validator_libraries: 'v' });
  const oauth = 'hostssl a b 10.20.30.0/24 oauth issuer=';
  const worldReadable = (rules: string): FactSet =>
    withFact(
      base,
      'configurationFiles',
      valueOf(withHba(base, `${rules}\n`), 'configurationFiles').map((file) => ({
        ...file,
        status: { ...file.status, mode: 0o644 },
      })),
    );
  const rows: [string, string, string, string, FactSet?, unknown?][] = [
    ['hba-ident-host', 'TCP', 'host all all 10.20.30.0/24 ident', 'fail high 1'],
    ['hba-ident-host', 'on the socket it is peer', 'local all all ident', 'pass'],
    [
      'hba-ident-host',
      'behind a wider rule',
      'host all all all reject\nhost all all 10.0.0.0/8 ident',
      'fail low 2',
    ],
    ['hba-ident-host', 'unheard', 'host all all 10.0.0.0/8 ident', 'fail low 1', loopbackOnly],
    ['hba-radius', 'one', 'hostssl all all 10.0.0.0/8 radius radiusservers=r radiussecrets=s', 'fail high 1'],
    [
      'hba-radius',
      '19 has none',
      'local all all peer',
      'not-applicable',
      withPart(base, 'cluster', { major: 19 }),
    ],
    ['hba-ldap-plain', 'plain', 'hostssl a b all ldap ldapserver=l ldapprefix=x', 'fail high 1'],
    ['hba-ldap-plain', 'StartTLS', 'hostssl a b all ldap ldapserver=l ldapprefix=x ldaptls=1', 'pass'],
    [
      'hba-ldap-plain',
      'StartTLS switched off again',
      'hostssl a b all ldap ldapserver=l ldapprefix=x ldaptls=1 ldaptls=0',
      'fail high 1',
    ],
    ['hba-ldap-plain', 'ldaps', 'hostssl a b all ldap ldapurl="LDAPS://l/dc=x"', 'pass'],
    ['hba-gss-realm', 'thrown away', 'hostgssenc a b all gss include_realm=0', 'fail medium 1'],
    ['hba-gss-realm', 'pinned', 'hostgssenc a b all gss include_realm=0 krb_realm=X', 'pass'],
    ['hba-gss-realm', 'kept', 'hostgssenc a b all gss', 'pass'],
    ['hba-oauth', 'well said', `${oauth}https://i scope=db`, 'pass', validated],
    ['hba-oauth', 'no https', `${oauth}http://i scope=db`, 'fail medium 1', validated],
    [
      'hba-oauth',
      'the validator decides',
      `${oauth}https://i scope=db delegate_ident_mapping=1`,
      'fail medium 1',
      validated,
    ],
    ['hba-oauth', 'no validator', `${oauth}https://i scope=db`, 'fail medium 1', on18],
    ['uds-hba-local-not-peer', 'peer', 'local all all peer', 'pass'],
    [
      'uds-hba-local-not-peer',
      'SCRAM for the rest',
      'local all postgres peer\nlocal all all scram-sha-256',
      'pass',
    ],
    ['uds-hba-local-not-peer', 'SCRAM for a superuser', 'local all all scram-sha-256', 'fail medium 1'],
    ['uds-hba-local-not-peer', 'md5', 'local all postgres peer\nlocal all all md5', 'fail medium 2'],
    [
      'uds-hba-local-not-peer',
      'peer only',
      'local all postgres peer\nlocal all all scram-sha-256',
      'fail medium 2',
      base,
      { methods: ['peer'] },
    ],
    ['uds-hba-local-not-peer', 'trust is another check', 'local all all trust', 'pass'],
    ['hba-replication-broad', 'Debian', 'host replication all 127.0.0.1/32 scram-sha-256', 'pass'],
    ['hba-replication-broad', 'one standby', 'hostssl replication repl 10.20.30.7/32 scram-sha-256', 'pass'],
    [
      'hba-replication-broad',
      'every role',
      'hostssl replication all 10.20.30.7/32 scram-sha-256',
      'fail medium 1',
    ],
    [
      'hba-replication-broad',
      'without TLS',
      'host replication repl 10.20.30.7/32 scram-sha-256',
      'fail medium 1',
    ],
    [
      'hba-replication-broad',
      'a network',
      'hostssl replication repl 10.20.30.0/24 scram-sha-256',
      'fail medium 1',
    ],
    ['hba-replication-broad', 'any address', 'hostssl replication repl all scram-sha-256', 'fail high 1'],
    ['hba-replication-broad', 'all is not replication', 'host all all all scram-sha-256', 'pass'],
    ['hba-broad-range', 'a /16', 'host all all 10.1.0.0/16 scram-sha-256', 'pass'],
    ['hba-broad-range', 'a /15', 'host all all 10.0.0.0/15 scram-sha-256', 'fail medium 1'],
    ['hba-broad-range', 'IPv6', 'host all all 2001:db8::/32 scram-sha-256', 'fail medium 1'],
    ['hba-broad-range', 'loopback', 'host all all 127.0.0.0/8 scram-sha-256', 'pass'],
    ['hba-broad-range', 'any address is another check', 'host all all 0.0.0.0/0 scram-sha-256', 'pass'],
    [
      'hba-broad-range',
      'stricter',
      'host all all 10.1.0.0/16 scram-sha-256',
      'fail medium 1',
      base,
      { shortestPrefix: { ipv4: 24, ipv6: 64 } },
    ],
    ['hba-all-db', 'all', 'host all app 10.20.30.0/24 scram-sha-256', 'fail low 1'],
    ['hba-all-db', 'a database named all', 'host "all" app 10.20.30.0/24 scram-sha-256', 'pass'],
    ['hba-all-user', 'all beside a name', 'host shop app,all 10.20.30.0/24 scram-sha-256', 'fail low 1'],
    ['hba-all-user', 'refused', 'host shop all 10.20.30.0/24 reject', 'pass'],
    ['hba-hostname', 'a name', 'host all all db.example scram-sha-256', 'fail low 1'],
    ['hba-hostname', 'a suffix', 'host all all .example scram-sha-256', 'fail low 1'],
    ['hba-hostname', 'localhost', 'host all all localhost scram-sha-256', 'pass'],
    [
      'hba-duplicate',
      'in another writing',
      'host a,b c 10.1.2.0/24 md5\nhost b,a c 10.1.2.0 255.255.255.0 reject',
      'fail low 2',
    ],
    ['hba-duplicate', 'another type', 'host a c 10.1.2.0/24 md5\nhostssl a c 10.1.2.0/24 md5', 'pass'],
    [
      'hba-unknown-names',
      'a database',
      'host shop,nowhere shop_app 10.20.30.0/24 scram-sha-256',
      'fail low 1',
    ],
    ['hba-unknown-names', 'a group', 'host shop +nobody 10.20.30.0/24 scram-sha-256', 'fail low 1'],
    [
      'hba-unknown-names',
      'patterns and keywords',
      'host sameuser +postgres,/^x 10.20.30.0/24 scram-sha-256',
      'pass',
      withPart(base, 'cluster', { major: 16 }),
    ],
  ];
  test.each(rows)('%s: %s', (id, _, rules, expected, facts, parameters) => {
    expect(outcome(of(id), rules, facts, parameters)).toBe(expected);
  });

  test('a bind password that every account may read', () => {
    const rules = 'hostssl a b all ldap ldapserver=l ldaptls=1 ldapbasedn=x ldapbindpasswd=secret';
    expect(outcome(of('hba-ldap-plain'), rules)).toBe('pass');
    const finding = judge(of('hba-ldap-plain'), worldReadable(rules));
    expect([finding.status, finding.severity]).toEqual(['fail', 'medium']);
    expect(JSON.stringify(finding.evidence)).not.toContain('secret');
  });

  test('names cannot be judged without the catalog', () => {
    const finding = judge(of('hba-unknown-names'), { ...base, roles: denied('no login') });
    expect([finding.status, finding.summary]).toEqual(['not-assessed', 'no login']);
  });
});
