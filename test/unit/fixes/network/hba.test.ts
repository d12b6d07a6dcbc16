import { describe, expect, test } from 'vitest';
import { narrowAnyAddress, narrowBroadRange } from '../../../../shared/fixes/network/any-address.ts';
import { disableBrokenLines } from '../../../../shared/fixes/network/broken-lines.ts';
import {
  disableDuplicates,
  disableUnknownNames,
  nameDatabases,
  nameRoles,
} from '../../../../shared/fixes/network/hba-names.ts';
import {
  ldapWithTls,
  localSuperuserPeer,
  narrowReplication,
  pinRealm,
} from '../../../../shared/fixes/network/hba-rules.ts';
import { localTrust } from '../../../../shared/fixes/network/local-trust.ts';
import { requireTlsRemote } from '../../../../shared/fixes/network/require-tls.ts';
import {
  askTcpForPassword,
  identToScram,
  noCleartextPasswords,
  noMd5,
  radiusToScram,
} from '../../../../shared/fixes/network/scram-methods.ts';
import { refuseRemoteSuperusers } from '../../../../shared/fixes/network/superuser-remote.ts';
import { disableUnreachable } from '../../../../shared/fixes/network/unreachable.ts';
import { disableUnused } from '../../../../shared/fixes/network/unused.ts';
import { networkChecks } from '../../../../shared/checks/network/index.ts';
import { denied } from '../../../../shared/facts/fact.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { AnyFix, Answers } from '../../../../shared/fixes/define-fix.ts';
import { mergeOperations } from '../../../../shared/plan/merge.ts';
import { bootstrapRole, role, session } from '../../support/builders.ts';
import { afterOperations, hbaLines, operationsOf, tryFix } from '../../support/fixes.ts';
import {
  hardenedFacts,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';

const nobodySeen = withPart(withFact(hardenedFacts(), 'sessions', []), 'logins', { logins: [] });
const noLog = withSettings(nobodySeen, { log_connections: 'off' });
const freshLog = withPart(nobodySeen, 'logins', { since: '2026-11-21T10:00:00.000Z' });
const oldPassword = (facts: FactSet) =>
  withFact(facts, 'roles', [bootstrapRole(), role('shop_app'), role('old', { verifier: 'md5' })]);
const seen = (facts: FactSet, ...clients: Parameters<typeof session>[0][]) =>
  withFact(facts, 'sessions', clients.map(session));

/** The rules after the fix with its default answers, and the answers given. */
function fixed(fix: AnyFix, facts: FactSet, rules: string, answers: Answers = {}): readonly string[] {
  const before = withHba(facts, `${rules}\n`);
  return hbaLines(afterOperations(before, operationsOf(tryFix(fix, before).plan(answers))));
}

const isSafe = (fix: AnyFix, facts: FactSet, rules: string) => tryFix(fix, withHba(facts, `${rules}\n`)).safe;

describe('trust-to-scram, password-to-scram, md5-to-scram', () => {
  test('change the method and nothing else', () => {
    expect(
      fixed(askTcpForPassword, nobodySeen, 'local all all peer\nhost all all 10.0.0.0/8 trust # office'),
    ).toEqual(['local all all peer', 'host all all 10.0.0.0/8 scram-sha-256 # office']);
    expect(fixed(noMd5, nobodySeen, 'local all all md5\nhostssl a b samenet md5')).toEqual([
      'local all all scram-sha-256',
      'hostssl a b samenet scram-sha-256',
    ]);
  });

  test('what needs the clear password is asked for TLS instead', () => {
    const rules = 'host all all 10.0.0.0/8 password\nhost all all 10.0.0.0/8 ldap ldapserver=l ldapprefix=x';
    expect(fixed(noCleartextPasswords, nobodySeen, rules)).toEqual([
      'host all all 10.0.0.0/8 scram-sha-256',
      'hostssl all all 10.0.0.0/8 ldap ldapserver=l ldapprefix=x',
    ]);
    const off = tryFix(noCleartextPasswords, withHba(withSettings(nobodySeen, { ssl: 'off' }), rules)).plan();
    expect(off).toMatchObject({ ok: false, reason: expect.stringContaining('TLS, which is off') as string });
  });

  const rule = 'host all all 10.0.0.0/8 md5';
  test.each([
    ['every password is SCRAM', nobodySeen, rule, true],
    ['an old password, and its role was not seen in the log', oldPassword(nobodySeen), rule, true],
    ['an old password, and no log', oldPassword(noLog), rule, false],
    ['an old password, and a log of one day', oldPassword(freshLog), rule, false],
    [
      'an old password in use',
      seen(oldPassword(nobodySeen), { role: 'old', address: '10.1.1.1' }),
      rule,
      false,
    ],
    [
      'an old password in use by another line',
      seen(oldPassword(nobodySeen), { role: 'old', address: '10.1.1.1' }),
      'host all old 10.1.0.0/16 cert\nhost all shop_app 10.0.0.0/8 md5',
      true,
    ],
    [
      'a role without a password cannot use the line anyway',
      withFact(noLog, 'roles', [bootstrapRole()]),
      rule,
      true,
    ],
  ])('md5, %s: safe %s', (_, facts, rules, safe) => {
    // The line for certificates is hostssl only.
    expect(isSafe(noMd5, facts, rules.replace('host all old', 'hostssl all old'))).toBe(safe);
  });

  test('trust is safe as long as nobody without a password was seen using it', () => {
    expect(isSafe(askTcpForPassword, noLog, 'host all all 127.0.0.1/32 trust')).toBe(true);
    expect(isSafe(askTcpForPassword, nobodySeen, 'host all all 127.0.0.1/32 trust')).toBe(true);
  });
});

describe('local-proof', () => {
  test('peer needs no line more', () => {
    expect(fixed(localTrust, nobodySeen, 'local all all trust')).toEqual(['local all all peer']);
  });

  test('with passwords the administrator keeps his way in', () => {
    expect(fixed(localTrust, nobodySeen, 'local all all trust', { method: 'scram-sha-256' })).toEqual([
      'local all postgres peer',
      'local all all scram-sha-256',
    ]);
    expect(
      fixed(localTrust, nobodySeen, 'local all postgres peer\nlocal all all trust', {
        method: 'scram-sha-256',
      }),
    ).toEqual(['local all postgres peer', 'local all all scram-sha-256']);
  });

  test('asks for passwords where other roles with one were seen on the socket', () => {
    const facts = seen(nobodySeen, { address: null, role: 'shop_app', tls: false });
    expect(fixed(localTrust, facts, 'local all all trust')).toContain('local all all scram-sha-256');
    expect(isSafe(localTrust, facts, 'local all all trust')).toBe(false);
    expect(
      isSafe(localTrust, seen(nobodySeen, { address: null, role: 'postgres' }), 'local all all trust'),
    ).toBe(true);
  });

  test('takes no other method', () => {
    const tried = tryFix(localTrust, withHba(nobodySeen, 'local all all trust\n'));
    expect(tried.plan({ method: 'trust' }).ok).toBe(false);
  });
});

describe('narrow-any-address', () => {
  const clients = seen(
    nobodySeen,
    { address: '10.1.1.7' },
    { address: '10.1.1.9' },
    { address: '10.9.9.9', role: 'etl' },
    { address: '127.0.0.1' },
  );

  test('one rule becomes a rule for each network seen, neighbours as one', () => {
    expect(
      fixed(narrowAnyAddress, clients, 'hostssl all all 0.0.0.0/0 scram-sha-256\nlocal all all peer'),
    ).toEqual([
      'hostssl all all 10.1.1.0/24 scram-sha-256',
      'hostssl all all 10.9.9.9/32 scram-sha-256',
      'local all all peer',
    ]);
  });

  test('a network goes to the rule that its clients use; a line that nobody uses goes', () => {
    const rules =
      'hostssl all etl all scram-sha-256\nhostssl all all all scram-sha-256\nhostssl all all ::/0 scram-sha-256';
    const ipv6 = withHba(clients, `${rules}\n`);
    expect(hbaLines(afterOperations(ipv6, operationsOf(tryFix(narrowAnyAddress, ipv6).plan())))).toEqual([
      'hostssl all etl 10.9.9.9/32 scram-sha-256',
      'hostssl all all 10.1.1.0/24 scram-sha-256',
    ]);
  });

  test('a network that a person types in goes to every rule of its family', () => {
    const rules = 'hostssl all all 0.0.0.0/0 md5\nhostssl all all ::/0 md5';
    expect(fixed(narrowAnyAddress, nobodySeen, rules, { networks: '192.168.7.0/24, fd00::/64' })).toEqual([
      'hostssl all all 192.168.7.0/24 md5',
      'hostssl all all fd00::/64 md5',
    ]);
  });

  test.each(['10.0.0.0/99', 'example.org', '0.0.0.0/0', '::/0'])('refuses %s', (networks) => {
    expect(tryFix(narrowAnyAddress, withHba(clients, 'host all all all md5\n')).plan({ networks }).ok).toBe(
      false,
    );
  });

  test('offers own networks unticked, and says who was seen', () => {
    const [choice] = tryFix(narrowAnyAddress, withHba(clients, 'host all all all md5\n')).choices;
    expect(choice).toMatchObject({
      kind: 'networks',
      options: [
        { value: '10.1.1.0/24', seen: 'shop_app: 2 sessions now', chosen: true },
        { value: '10.9.9.9', seen: 'etl: 1 session now', chosen: true },
        { value: '10.20.30.0/24', seen: 'nobody seen', chosen: false },
      ],
    });
  });

  test('is safe only where sessions and log could be looked at', () => {
    expect(isSafe(narrowAnyAddress, clients, 'host all all all md5')).toBe(true);
    expect(isSafe(narrowAnyAddress, noLog, 'host all all all md5')).toBe(true);
    expect(
      isSafe(narrowAnyAddress, { ...clients, logins: denied('no rights') }, 'host all all all md5'),
    ).toBe(false);
  });
});

describe('refuse-remote-superusers', () => {
  test('rejects in front of the first rule that lets them in, and keeps replication', () => {
    const rules =
      'local all all peer\nhost replication postgres 10.0.0.0/8 md5\nhostssl all all 10.0.0.0/8 md5';
    expect(fixed(refuseRemoteSuperusers, nobodySeen, rules)).toEqual([
      'local all all peer',
      'host replication postgres 10.0.0.0/8 md5',
      'host all postgres all reject',
      'hostssl all all 10.0.0.0/8 md5',
    ]);
  });

  test('keeps loopback where a later rule lets a superuser with a password in', () => {
    const boss = withFact(nobodySeen, 'roles', [role('boss', { superuser: true })]);
    expect(fixed(refuseRemoteSuperusers, boss, 'host all all all md5')).toEqual([
      'host all boss 127.0.0.1/32 scram-sha-256',
      'host all boss ::1/128 scram-sha-256',
      'host all boss all reject',
      'host all all all md5',
    ]);
    const before = 'host all all 127.0.0.1/32 md5\nhost all all ::1/128 md5\nhost all all all md5';
    expect(fixed(refuseRemoteSuperusers, boss, before)).toEqual([
      'host all all 127.0.0.1/32 md5',
      'host all all ::1/128 md5',
      'host all boss all reject',
      'host all all all md5',
    ]);
  });

  test('a superuser in use is left out at first, and makes it unsafe', () => {
    const facts = withHba(
      seen(nobodySeen, { role: 'postgres', address: '10.1.1.1' }),
      'host all all 10.0.0.0/8 md5\n',
    );
    const tried = tryFix(refuseRemoteSuperusers, facts);
    expect(tried.safe).toBe(false);
    expect(tried.choices[0]).toMatchObject({ options: [{ value: 'postgres', chosen: false }] });
    expect(tried.plan().ok).toBe(false);
    expect(tried.plan({ roles: 'postgres' }).ok).toBe(true);
  });

  test('quotes names that need it, and writes others as bytes', () => {
    const facts = withFact(nobodySeen, 'roles', [bootstrapRole('all'), bootstrapRole('Jörg, Admin')]);
    expect(fixed(refuseRemoteSuperusers, facts, 'host all all 10.0.0.0/8 md5')).toEqual([
      'host all "J\u00c3\u00b6rg, Admin" all reject',
      'host all "all" all reject',
      'host all all 10.0.0.0/8 md5',
    ]);
  });
});

describe('require-tls-remote', () => {
  const rules =
    'host all all 10.0.0.0/8 md5\nhostnossl all all 10.9.0.0/16 md5\nhost all all 127.0.0.1/32 md5';
  test('changes the type of remote rules', () => {
    expect(fixed(requireTlsRemote, nobodySeen, rules)).toEqual([
      'hostssl all all 10.0.0.0/8 md5',
      'hostssl all all 10.9.0.0/16 md5',
      'host all all 127.0.0.1/32 md5',
    ]);
  });

  test('refuses while TLS is off, and says what to choose', () => {
    const plan = tryFix(
      requireTlsRemote,
      withHba(withSettings(nobodySeen, { ssl: 'off' }), `${rules}\n`),
    ).plan();
    expect(plan).toEqual({
      ok: false,
      reason: 'TLS is off, so nobody could log in. Choose "Switch TLS on" too.',
    });
  });

  test.each([
    ['TLS', { address: '10.1.1.1', tls: true }, true],
    ['plain', { address: '10.1.1.1', tls: false }, false],
    ['GSSAPI', { address: '10.1.1.1', tls: false, gss: true }, false],
    ['plain on loopback', { address: '127.0.0.1', tls: false }, true],
  ])('%s in use: safe %s', (_, client, safe) => {
    expect(isSafe(requireTlsRemote, seen(nobodySeen, client), rules)).toBe(safe);
  });

  test('for sessions that are older than the rules there is nothing to change', () => {
    const facts = seen(hardenedFacts(), { tls: false });
    expect(tryFix(requireTlsRemote, facts).refused).toContain('These sessions are older');
  });
});

describe('disable-unreachable, disable-broken-lines', () => {
  test('comments out what is never reached, but no reject', () => {
    const rules = 'host all all 10.0.0.0/8 md5\nhost all a 10.0.0.0/16 trust\nhost all b 10.0.0.0/16 reject';
    expect(fixed(disableUnreachable, nobodySeen, rules)).toEqual([
      'host all all 10.0.0.0/8 md5',
      'host all b 10.0.0.0/16 reject',
    ]);
    const only = withHba(nobodySeen, 'host all all 10.0.0.0/8 md5\nhost all b 10.0.0.0/16 reject\n');
    expect(tryFix(disableUnreachable, only).refused).toContain('These lines reject');
  });

  test('leaves a line behind a rule for any address, which counts again once that is narrowed', () => {
    const facts = withHba(nobodySeen, 'host all all 0.0.0.0/0 md5\nhost all a 10.0.0.0/8 md5\n');
    expect(tryFix(disableUnreachable, facts).refused).toContain('Narrow that one');
    expect(fixed(disableUnreachable, nobodySeen, 'host all all all md5\nhost all a ::/0 md5')).toHaveLength(
      1,
    );
  });

  test('comments out what the server refuses', () => {
    const facts = { ...nobodySeen, hbaView: denied('no superuser') };
    expect(fixed(disableBrokenLines, facts, 'nonsense\nlocal all all peer')).toEqual(['local all all peer']);
  });
});

describe('disable-unused', () => {
  const rules = [
    'local all postgres peer',
    'hostssl shop a 10.1.0.0/16 scram-sha-256',
    'hostssl shop b 10.2.0.0/16 scram-sha-256',
  ].join('\n');
  const old = (() => {
    const facts = withHba(nobodySeen, `${rules}\n`);
    const files = valueOf(facts, 'configurationFiles').map((file) => ({
      ...file,
      status: { ...file.status, modifiedAt: 1_700_000_000 },
    }));
    return withFact(facts, 'configurationFiles', files);
  })();

  test('comments out the lines that were chosen, with the period, and is never safe', () => {
    const tried = tryFix(disableUnused, old);
    expect([tried.refused, tried.safe]).toEqual([null, false]);
    expect(hbaLines(afterOperations(old, operationsOf(tried.plan())))).toEqual(['local all postgres peer']);
    const one = operationsOf(tried.plan({ lines: 'line 3' }));
    expect(hbaLines(afterOperations(old, one))).toEqual(rules.split('\n').slice(0, 2));
    expect(JSON.stringify(one)).toContain('no login came by this line since 2026-10-23');
    expect(tried.plan({ lines: '' })).toMatchObject({ ok: false });
  });
});

test('all together make one edit of the file, after which nothing of pg_hba.conf is open', () => {
  const facts = withHba(
    seen(nobodySeen, { address: '10.1.1.7' }, { address: '10.1.1.9' }, { address: '10.9.9.9' }),
    [
      'local all all trust',
      'host all all 127.0.0.1/32 trust',
      'host all all 0.0.0.0/0 md5',
      'host shop report 10.0.0.0/8 scram-sha-256',
      'host all all ::/0 password',
      'host replication all 0.0.0.0/0 md5',
      '',
    ].join('\n'),
  );
  const fixes = [
    localTrust,
    askTcpForPassword,
    noCleartextPasswords,
    noMd5,
    requireTlsRemote,
    refuseRemoteSuperusers,
    narrowAnyAddress,
    narrowBroadRange,
    narrowReplication,
    nameDatabases,
    nameRoles,
    disableUnknownNames,
  ];
  const merged = mergeOperations(
    fixes.flatMap((fix) =>
      operationsOf(tryFix(fix, facts).plan()).map((operation) => ({ operation, fixes: [fix.id] })),
    ),
  );
  if (!merged.ok) throw new Error(JSON.stringify(merged.conflicts));
  expect(merged.operations).toHaveLength(1);
  const after = afterOperations(
    facts,
    merged.operations.map(({ operation }) => operation),
  );
  expect(hbaLines(after)).toEqual([
    'local all all peer',
    'host all all 127.0.0.1/32 scram-sha-256',
    'host all postgres all reject',
    'hostssl shop shop_app 10.1.1.0/24 scram-sha-256',
    'hostssl shop shop_app 10.9.9.9/32 scram-sha-256',
  ]);
  const open = networkChecks
    .map((check) => judge(check, after))
    .filter(({ check, status }) => /hba/.test(check) && status === 'fail');
  expect(open.map(({ check }) => check)).toEqual(['fw-vs-hba']);
});

describe('fixes of single rules', () => {
  const standby = seen(nobodySeen, {
    role: 'repl',
    database: null,
    address: '10.20.30.7',
    replication: true,
  });
  const withReplicator = withFact(standby, 'roles', [
    bootstrapRole(),
    role('repl', { replication: true }),
    role('shop_app'),
  ]);
  const rows: [string, AnyFix, FactSet, string, readonly string[], Answers?][] = [
    [
      'ident',
      identToScram,
      nobodySeen,
      'host all all 10.0.0.0/8 ident map=m',
      ['host all all 10.0.0.0/8 scram-sha-256'],
    ],
    [
      'radius, with its options',
      radiusToScram,
      nobodySeen,
      'hostssl all all 10.0.0.0/8 radius radiusservers=r radiussecrets=s clientcert=verify-ca',
      ['hostssl all all 10.0.0.0/8 scram-sha-256 clientcert=verify-ca'],
    ],
    [
      'ldap',
      ldapWithTls,
      nobodySeen,
      'hostssl a b 10.0.0.0/8 ldap ldapserver=l ldapprefix=x\nhostssl c d 10.0.0.0/8 ldap ldapurl="ldap://l/dc=x"',
      [
        'hostssl a b 10.0.0.0/8 ldap ldapserver=l ldapprefix=x ldaptls=1',
        'hostssl c d 10.0.0.0/8 ldap ldapurl=ldaps://l/dc=x',
      ],
    ],
    [
      'Kerberos',
      pinRealm,
      nobodySeen,
      'hostssl a b 10.0.0.0/8 gss include_realm=0',
      ['hostssl a b 10.0.0.0/8 gss include_realm=0 krb_realm=EXAMPLE.COM'],
      { realm: 'EXAMPLE.COM' },
    ],
    [
      'replication of a known standby, beside a database',
      narrowReplication,
      withReplicator,
      'host replication,shop all 10.0.0.0/8 scram-sha-256',
      ['hostssl replication repl 10.20.30.7/32 scram-sha-256', 'host shop all 10.0.0.0/8 scram-sha-256'],
    ],
    [
      'replication of nobody',
      narrowReplication,
      nobodySeen,
      'host replication all 10.0.0.0/8 scram-sha-256',
      [],
    ],
    [
      'a name of each kind',
      disableUnknownNames,
      nobodySeen,
      'host shop,gone shop_app 10.20.30.0/24 scram-sha-256\nhost all +gone,gone 10.20.30.0/24 scram-sha-256',
      ['host shop shop_app 10.20.30.0/24 scram-sha-256'],
    ],
    [
      'the later of two',
      disableDuplicates,
      nobodySeen,
      'host shop shop_app 10.1.2.0/24 scram-sha-256\nhost shop shop_app 10.1.2.0 255.255.255.0 md5',
      ['host shop shop_app 10.1.2.0/24 scram-sha-256'],
    ],
    [
      'the administrator on the socket',
      localSuperuserPeer,
      nobodySeen,
      'local all all scram-sha-256',
      ['local all postgres peer', 'local all all scram-sha-256'],
    ],
    [
      'a local md5',
      localSuperuserPeer,
      nobodySeen,
      'local all postgres peer\nlocal all all md5',
      ['local all postgres peer', 'local all all scram-sha-256'],
    ],
  ];
  test.each(rows)('%s', (_, fix, facts, rules, expected, answers) => {
    expect(fixed(fix, facts, rules, answers)).toEqual(expected);
    const after = afterOperations(
      withHba(facts, `${rules}\n`),
      operationsOf(tryFix(fix, withHba(facts, `${rules}\n`)).plan(answers)),
    );
    const check = networkChecks.find(({ id }) => id === fix.resolves[0]);
    expect(check && judge(check, after).status).toBe('pass');
  });

  test('what they cannot know they ask for or leave', () => {
    const gss = withHba(nobodySeen, 'hostssl a b 10.0.0.0/8 gss include_realm=0\n');
    expect(tryFix(pinRealm, gss).plan()).toMatchObject({ ok: false });
    const broad = withHba(nobodySeen, 'host shop shop_app 10.0.0.0/8 scram-sha-256\n');
    expect(tryFix(narrowBroadRange, broad).plan({ networks: '10.0.0.0/9' })).toMatchObject({ ok: false });
    const other = withFact(nobodySeen, 'roles', [bootstrapRole(), role('boss', { superuser: true })]);
    expect(tryFix(localSuperuserPeer, withHba(other, 'local all all scram-sha-256\n')).refused).toContain(
      'Superuser boss',
    );
  });
});

describe('name-roles, name-databases, narrow-replication, narrow-broad-range', () => {
  const wide = 'hostssl all all 10.20.8.0/24 scram-sha-256';
  const one = seen(withFact(nobodySeen, 'roles', [bootstrapRole(), role('shop_app'), role('monthly')]), {
    role: 'shop_app',
    database: 'shop',
    address: '10.20.8.7',
    tls: true,
  });
  const short = withPart(one, 'logins', { since: '2026-11-21T10:00:00.000Z' });

  test('a log of weeks tells who comes; with a short one everybody stays named, and it is no safe fix', () => {
    expect(fixed(nameRoles, one, wide)).toEqual(['hostssl all shop_app 10.20.8.0/24 scram-sha-256']);
    expect(fixed(nameRoles, short, wide)[0]).toContain('shop_app,monthly');
    for (const fix of [nameRoles, nameDatabases])
      expect([isSafe(fix, one, wide), isSafe(fix, short, wide)]).toEqual([true, false]);
    const replication = 'hostssl replication all 10.0.0.0/8 scram-sha-256';
    const range = 'hostssl shop shop_app 10.0.0.0/8 scram-sha-256';
    expect([
      isSafe(narrowReplication, one, replication),
      isSafe(narrowReplication, short, replication),
    ]).toEqual([true, false]);
    expect([isSafe(narrowBroadRange, one, range), isSafe(narrowBroadRange, short, range)]).toEqual([
      true,
      false,
    ]);
  });
});
