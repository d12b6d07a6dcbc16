import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAptPolicy, parseRpm } from '../../../main/collect/collectors/packages.ts';
import { parseIpAddr, parseProcNetTcp, parseSs } from '../../../main/collect/collectors/network.ts';
import { parseCiphers } from '../../../main/collect/collectors/tls-files.ts';
import { redactedForSaving, redactSecrets } from '../../../main/collect/facts-file.ts';
import { parsePlainFrames } from '../../../main/collect/parse-frames.ts';
import { readCertificate } from '../../../main/collect/parse/certificate.ts';
import { parseLogins } from '../../../main/collect/parse/logins.ts';
import { withoutSessionValues } from '../../../main/collect/parse/session-settings.ts';
import { factsFileSchema } from '../../../shared/facts/facts.ts';
import type { Setting } from '../../../shared/facts/cluster.ts';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../golden/facts/${name}.json`, import.meta.url), 'utf8'));

it('reads frames within frames, and one that was interrupted', () => {
  const output = Buffer.from(
    `\nB + a\nbody\n\nB - \n0\n\nB + b\n\nB + b\tfile one\nx\nB + y\nB - oh no\nmore\n1\n\nB - \n0\n\nB + c d e\nhalf`,
  );
  const frames = parsePlainFrames(output, 'B');
  expect(frames.get('a')).toMatchObject([{ label: '', exitCode: 0, bytes: Buffer.from('body\n') }]);
  expect(frames.get('b')?.map((one) => one.label)).toEqual(['file one', '']);
  expect(frames.get('c')).toMatchObject([{ label: 'd e', exitCode: -1, bytes: Buffer.from('half') }]);
});

it('reads ss', () => {
  const text = `LISTEN 0      244        127.0.0.1:5432      0.0.0.0:*    users:(("postgres",pid=51,fd=5))
LISTEN 0 128 [::]:22 [::]:* users:(("sshd",pid=7,fd=4),("systemd",pid=1,fd=3))
LISTEN 0 128 [fe80::1]%eth0:80 [::]:*
LISTEN 0 128 *:9187 *:*
ESTAB 0 0 1.2.3.4:1 5.6.7.8:2
garbage`;
  expect(parseSs(text)).toEqual([
    { address: '127.0.0.1', port: 5432, process: 'postgres', pid: 51 },
    { address: '::', port: 22, process: 'sshd', pid: 7 },
    { address: 'fe80::1', port: 80, process: null, pid: null },
    { address: '::', port: 9187, process: null, pid: null },
  ]);
});

it('reads /proc/net/tcp and tcp6', () => {
  const text = `  sl  local_address rem_address   st tx_queue
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000
   1: 0200E70A:0016 0100E70A:D431 01 00000000:00000000 00:00000000
   0: 00000000000000000000000000000000:1538 00000000000000000000000000000000:0000 0A 0
   0: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0`;
  expect(parseProcNetTcp(text).map(({ address, port }) => `${address} ${port}`)).toEqual([
    '127.0.0.1 5432',
    ':: 5432',
    '2001:db8:0:0:0:0:0:1 80',
  ]);
});

it('reads ip addr', () => {
  const text = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever
2: eth0@if3    inet6 fe80::1/64 scope link
3: tun0    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0
proc fe80000000000000abcd000000000001 02 40 20 80     eth1`;
  expect(parseIpAddr(text)).toEqual([
    { name: 'lo', address: '127.0.0.1', prefix: 8 },
    { name: 'eth0', address: 'fe80::1', prefix: 64 },
    { name: 'tun0', address: '10.8.0.2', prefix: 32 },
    { name: 'eth1', address: 'fe80:0000:0000:0000:abcd:0000:0000:0001', prefix: 64 },
  ]);
});

it('reads apt-cache policy, rpm and dnf', () => {
  const apt = `postgresql-15:
  Installed: 15.19-0+deb12u1
  Candidate: 15.20-0+deb12u1
  Version table:
     15.20-0+deb12u1 500
        500 mirror bookworm-security/main amd64 Packages
postgresql-15-pgaudit:
  Installed: (none)
  Candidate: 1.7.0-2
libssl3:amd64:
  Installed: (none)
  Candidate: (none)
`;
  expect(parseAptPolicy(apt)).toEqual([
    { name: 'postgresql-15', installed: '15.19-0+deb12u1', candidate: '15.20-0+deb12u1' },
    { name: 'postgresql-15-pgaudit', installed: null, candidate: '1.7.0-2' },
  ]);
  const listed = `Available Upgrades
postgresql-server.x86_64      16.14-1.el9      appstream
pgaudit16.noarch              1:16.0-3.el9     pgdg16`;
  expect(parseRpm('postgresql-server\t16.13-1.el9\nopenssl\t3.2-1', listed)).toEqual([
    { name: 'postgresql-server', installed: '16.13-1.el9', candidate: '16.14-1.el9' },
    { name: 'openssl', installed: '3.2-1', candidate: '3.2-1' },
    { name: 'pgaudit16', installed: null, candidate: '16.0-3.el9' },
  ]);
});

it('reads openssl ciphers', () => {
  expect(
    parseCiphers(`0x13,0x02 - TLS_AES_256_GCM_SHA384         TLSv1.3 Kx=any      Au=any   Enc=AESGCM(256)            Mac=AEAD
0xC0,0x0A - ECDHE-ECDSA-AES256-SHA         TLSv1 Kx=ECDH     Au=ECDSA Enc=AES(256)               Mac=SHA1`),
  ).toMatchObject([
    { name: 'TLS_AES_256_GCM_SHA384', protocol: 'TLSv1.3', keyExchange: 'any' },
    { name: 'ECDHE-ECDSA-AES256-SHA', protocol: 'TLSv1', encryption: 'AES(256)', mac: 'SHA1' },
  ]);
  expect(parseCiphers('Error in cipher list')).toBeNull();
});

it('reads a certificate', () => {
  const pem = readFileSync(new URL('ec.pem', import.meta.url), 'utf8');
  expect(readCertificate(`${pem}${pem}`)).toEqual({
    problem: null,
    certificate: {
      subject: String.raw`CN=db1.example, O=Test\, Inc`,
      issuer: String.raw`CN=db1.example, O=Test\, Inc`,
      serialNumber: '1AF22B23C054C553774D674E9921DC24B2EDA630',
      notBefore: '2026-11-22T12:58:11.000Z',
      notAfter: '2126-10-29T12:58:11.000Z',
      subjectAlternativeNames: ['DNS:db1.example', 'IP Address:10.0.0.1'],
      keyType: 'ec',
      keyBits: 384,
      signatureAlgorithm: 'ecdsa-with-SHA384',
      selfSigned: true,
      publicKeySha256: '4fc31c08e3eda929df9beaa6ea85bd88cf3a61a10059f53a840ff19853da7d46',
      fingerprintSha256: '4143855b181561f1cc91c5ed51bdf26296b2f8cd20aed21fa5fa7bae290dfffe',
    },
  });
  expect(readCertificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toMatchObject({
    certificate: null,
    problem: expect.stringContaining('not a certificate') as string,
  });
});

describe('logins', () => {
  const one = (text: string, prefix: string) => parseLogins(text, prefix).logins;

  it('ties the address to the login by the process', () => {
    const text = `2026-11-22 10:00:00.100 UTC [71] [unknown]@[unknown] LOG:  connection received: host=10.0.0.5 port=5000
2026-11-22 10:00:00.120 UTC [71] app@shop LOG:  connection authorized: user=app database=shop application_name=a b SSL enabled (protocol=TLSv1.3, cipher=X, bits=256)
2026-11-22 10:00:01.000 UTC [72] [unknown]@[unknown] LOG:  connection received: host=[local]
2026-11-22 10:00:01.000 UTC [72] me@db LOG:  connection authorized: user=me database=db
2026-11-22 10:00:02.000 UTC [73] postgres@postgres LOG:  connection authorized: user=postgres database=postgres application_name=portcullis
2026-11-22 10:00:03.000 UTC [71] app@shop LOG:  connection authorized: user=app database=shop SSL enabled (protocol=TLSv1.3)`;
    expect(one(text, '%m [%p] %q%u@%d ')).toEqual([
      {
        role: 'app',
        database: 'shop',
        address: '10.0.0.5',
        tls: true,
        tlsVersion: 'TLSv1.3',
        count: 2,
        lastAt: '2026-11-22T10:00:03.000Z',
      },
      { role: 'me', database: 'db', address: null, tls: false, count: 1, lastAt: '2026-11-22T10:00:01.000Z' },
    ]);
  });

  it('begins with the first line about a connection, of whomever, not with the file', () => {
    const text = `2026-11-20 10:00:00.000 UTC [1] LOG:  starting PostgreSQL
2026-11-22 10:00:00.000 UTC [2] LOG:  connection received: host=[local]
2026-11-22 10:00:00.000 UTC [2] LOG:  connection authorized: user=p database=p application_name=portcullis`;
    expect(parseLogins(text, '%m [%p] ')).toEqual({ logins: [], since: '2026-11-22T10:00:00.000Z' });
    expect(parseLogins(text.split('\n')[0] ?? '', '%m [%p] ').since).toBeNull();
  });

  it.each([
    ['%t:%r:%u@%d:[%p]: ', '2026-11-22 10:00:00 CET:10.1.1.1(5544):x@y:[9]: LOG:  '],
    ['%h %m ', '10.1.1.1 2026-11-22 10:00:00.000 +01 LOG:  '],
    ['< user=%u db=%d host=%h pid=%p >', '< user=x db=y host=10.1.1.1 pid=9 >LOG:  '],
  ])('finds the address by the prefix %s', (prefix, head) => {
    expect(one(`${head}replication connection authorized: user=x`, prefix)).toMatchObject([
      { role: 'x', address: '10.1.1.1', tls: false, replication: true },
    ]);
  });

  it('takes the line that let a client in from what was authenticated', () => {
    const head = (second: number) => `2026-11-22 10:00:0${second}.000 UTC [9] `;
    const text = `${head(0)}[unknown]@[unknown] LOG:  connection received: host=[local]
${head(0)}me@db LOG:  connection authenticated: identity="deploy" method=peer (/etc/postgresql/15/main/pg_hba.conf:118)
${head(0)}me@db LOG:  connection authorized: user=me database=db
${head(1)}[unknown]@[unknown] LOG:  connection received: host=10.0.0.7 port=5
${head(1)}rep@[unknown] LOG:  connection authenticated: user="rep" method=trust (/x y/hba:3)
${head(1)}rep@[unknown] LOG:  replication connection authorized: user=rep application_name=walreceiver SSL enabled (protocol=TLSv1.2, cipher=X, bits=256)
${head(2)}[unknown]@[unknown] LOG:  connection received: host=10.0.0.7 port=6
${head(2)}rep@shop LOG:  replication connection authorized: user=rep GSS (authenticated=yes, encrypted=yes, principal=x)`;
    expect(one(text, '%m [%p] %q%u@%d ')).toMatchObject([
      {
        ...{ role: 'me', database: 'db', method: 'peer', identity: 'deploy', line: 118, tls: false },
        file: '/etc/postgresql/15/main/pg_hba.conf',
      },
      {
        ...{
          role: 'rep',
          database: null,
          replication: true,
          physical: true,
          tls: true,
          tlsVersion: 'TLSv1.2',
        },
        ...{ method: 'trust', file: '/x y/hba', line: 3 },
      },
      { role: 'rep', database: 'shop', replication: true, gss: true, tls: false },
    ]);
    const [, , logical] = one(text, '%m [%p] %q%u@%d ');
    expect(logical).not.toHaveProperty('method');
    expect(one(text, '%m [%p] ')[1]).not.toHaveProperty('physical');
  });

  it('reads jsonlog and csvlog', () => {
    const json = JSON.stringify({
      timestamp: '2026-11-22 10:00:00.000 UTC',
      user: 'u',
      remote_host: '10.2.2.2',
      pid: 4,
      message: 'connection authorized: user=u database=d',
    });
    const csv =
      '2026-11-22 10:00:00.000 UTC,"c","d",12,"10.3.3.3:5000",abc.1,2,"authentication",2026-11-22 10:00:00 UTC,3/1,0,LOG,00000,"connection authorized: user=c database=""d""",,,,,,,,,"","client backend",,0';
    expect(one(`${json}\n${csv}\n{broken`, '%m ')).toMatchObject([
      { role: 'u', database: 'd', address: '10.2.2.2', lastAt: '2026-11-22T10:00:00.000Z' },
      { role: 'c', database: '"d"', address: '10.3.3.3' },
    ]);
  });

  it('ends on a hostile prefix and line, where a search that goes back would take days', () => {
    const line = `${'a '.repeat(5000)}connection authorized: user=x database=y`;
    expect(one(`${line}\n`.repeat(200), '%a%a%a%a%a%a%h%u %d%p')).toBeDefined();
    expect(one(`${line}\n`.repeat(200), '(((%a[%u%p')).toBeDefined();
  });
});

it('puts the values of the server in place of those of the session', () => {
  const setting = (name: string, more: Partial<Setting>): Setting => ({
    name,
    value: 'ours',
    unit: null,
    type: 'string',
    context: 'user',
    source: 'client',
    sourceFile: null,
    sourceLine: null,
    bootValue: 'boot',
    enumValues: null,
    pendingRestart: false,
    ...more,
  });
  const file = (name: string, value: string, sourceLine: number) => ({
    sourceFile: '/c',
    sourceLine,
    name,
    value,
    applied: true,
    error: null,
  });
  const fixed = withoutSessionValues(
    [
      setting('statement_timeout', { unit: 'ms', type: 'integer' }),
      setting('default_transaction_read_only', { type: 'bool' }),
      setting('search_path', {}),
      setting('work_mem', {}),
      setting('lock_timeout', { source: 'configuration file', value: '5' }),
    ],
    [file('statement_timeout', '2min', 4), file('default_transaction_read_only', 'yes', 5)],
  );
  expect(fixed.map((one) => [one.value, one.source, one.sourceLine])).toEqual([
    ['120000', 'configuration file', 4],
    ['on', 'configuration file', 5],
    ['boot', 'default', null],
    ['ours', 'client', null],
    ['5', 'configuration file', null],
  ]);
});

describe('what is saved', () => {
  it.each([
    [`host=h password=geheim user=u`, 'geheim'],
    [`primary_conninfo = 'host=h password=''ge heim'' user=u'`, 'ge heim'],
    [`host all all 0.0.0.0/0 ldap ldapbindpasswd="ge, heim" ldapbasedn="x"`, 'ge, heim'],
    [`radiussecrets="geheim,auch"`, 'geheim'],
    [`host all all all ldap "ldapbindpasswd=a ge, heim" ldapbasedn=x`, 'heim'],
    [`host all all all ldap ldapbindpasswd=a"ge heim"b ldapbasedn=x`, 'heim'],
    [`PASSWORD = geheim`, 'geheim'],
  ])('hides the secret of %s', (text, secret) => {
    expect(redactSecrets(text)).toContain('********');
    expect(redactSecrets(text)).not.toContain(secret);
    if (text.includes('ldapbasedn')) expect(redactSecrets(text)).toMatch(/\*{8}"? ldapbasedn="?x"?$/);
  });

  it('keeps a host that has no secrets as it is', () => {
    const file = factsFileSchema.parse(golden('trixie-17-default'));
    expect(redactedForSaving(file)).toEqual(file);
  });

  it('hides the secrets of settings and files', () => {
    const file = factsFileSchema.parse(golden('bookworm-15-open'));
    const { settings, configurationFiles } = file.facts;
    if (settings.state !== 'collected' || configurationFiles.state !== 'collected') throw new Error('golden');
    for (const one of settings.value) {
      if (one.name === 'ssl_passphrase_command') one.value = 'echo "geheim"';
      if (one.name === 'primary_conninfo') one.value = 'host=a password=geheim';
    }
    const first = configurationFiles.value[0];
    if (first)
      first.text += `\nssl_passphrase_command = 'echo geheim'\nprimary_conninfo = 'password=geheim'\n`;
    const saved = JSON.stringify(redactedForSaving(file));
    expect(saved).not.toContain('geheim');
    expect(saved).toContain(`primary_conninfo = 'password=********'`);
  });
});
