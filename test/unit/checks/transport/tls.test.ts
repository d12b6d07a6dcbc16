import { describe, expect, test } from 'vitest';
import type { AnyCheck } from '../../../../shared/checks/define-check.ts';
import { tlsCertExpiry } from '../../../../shared/checks/transport/tls-cert-expiry.ts';
import { tlsCiphers } from '../../../../shared/checks/transport/tls-ciphers.ts';
import { tlsDhParams } from '../../../../shared/checks/transport/tls-dh-params.ts';
import { tlsEnabled } from '../../../../shared/checks/transport/tls-enabled.ts';
import { tlsGroups } from '../../../../shared/checks/transport/tls-groups.ts';
import { tlsKeyMatch } from '../../../../shared/checks/transport/tls-key-match.ts';
import { tlsKeyPassphrase } from '../../../../shared/checks/transport/tls-key-passphrase.ts';
import { tlsKeyPerms } from '../../../../shared/checks/transport/tls-key-perms.ts';
import { tlsLivePlain } from '../../../../shared/checks/transport/tls-live-plain.ts';
import { tlsMinVersion } from '../../../../shared/checks/transport/tls-min-version.ts';
import type { FactSet, FactValue } from '../../../../shared/facts/facts.ts';
import { denied } from '../../../../shared/facts/fact.ts';
import type { Certificate } from '../../../../shared/facts/tls.ts';
import { parseOpensslCiphers } from '../../../../shared/tls/ciphers.ts';
import { certificate, fileStatus, folder, session } from '../../support/builders.ts';
import { hardenedFacts, judge, valueOf, withFact, withPart, withSettings } from '../../support/facts.ts';

const base = hardenedFacts();
const tls = valueOf(base, 'tlsFiles');
const off = withSettings(base, { ssl: 'off' });
const major = (facts: FactSet, number: number) => withPart(facts, 'cluster', { major: number });

function outcome(check: AnyCheck, facts: FactSet, parameters: unknown = {}): string {
  const { status, severity } = judge(check, facts, parameters);
  return status === 'fail' ? `fail ${severity}` : status;
}

const withKey = (parts: Partial<FactValue<'tlsFiles'>['key']>) =>
  withPart(base, 'tlsFiles', { key: { ...tls.key, ...parts } });
const withCertificate = (parts: Partial<Certificate>) =>
  withPart(base, 'tlsFiles', { certificate: { ...tls.certificate, certificate: certificate(parts) } });

describe('tls-enabled', () => {
  const local = withSettings(off, { listen_addresses: 'localhost' });
  const lost = withKey({ status: fileStatus('/gone', { type: 'missing' }) });
  test.each([
    ['on', base, {}, 'pass'],
    ['off', off, {}, 'fail critical'],
    ['off where nobody comes from elsewhere', local, {}, 'not-applicable'],
    ['and a profile that asks for it', local, { onLoopbackToo: true }, 'fail low'],
    ['on, but the key is missing', withFact(lost, 'sessions', []), {}, 'fail critical'],
    ['the same, with a context from before', lost, {}, 'fail high'],
    ['files not seen', { ...base, tlsFiles: denied('no rights') }, {}, 'pass'],
  ])('%s', (_, facts, parameters, expected) => {
    expect(outcome(tlsEnabled, facts, parameters)).toBe(expected);
  });
});

describe('tls-min-version', () => {
  const since = { since: { major: 17, minimum: 'TLSv1.3' } };
  test.each([
    ['TLSv1.2', '', {}, 15, 'pass'],
    ['TLSv1.3', '', {}, 15, 'pass'],
    ['TLSv1', '', {}, 15, 'fail high'],
    ['', '', {}, 15, 'fail high'],
    ['TLSv1', 'TLSv1.1', {}, 15, 'fail high'],
    ['TLSv1.2', '', since, 16, 'pass'],
    ['TLSv1.2', '', since, 17, 'fail medium'],
    ['SSLv9', '', {}, 15, 'not-assessed'],
  ])('%j to %j with %j on %i: %s', (lowest, highest, parameters, number, expected) => {
    const facts = withSettings(base, { ssl_min_protocol_version: lowest, ssl_max_protocol_version: highest });
    expect(outcome(tlsMinVersion, major(facts, number), parameters)).toBe(expected);
  });

  test('names the clients that use an old version', () => {
    const facts = withFact(withSettings(base, { ssl_min_protocol_version: 'TLSv1' }), 'sessions', [
      session({ role: 'legacy', tlsVersion: 'TLSv1.1' }),
      session(),
    ]);
    const table = judge(tlsMinVersion, facts).evidence.find(({ kind }) => kind === 'table');
    expect(table).toMatchObject({ rows: [['TLSv1.1', 'legacy', '10.20.30.11']] });
  });
});

describe('tls-ciphers', () => {
  const expanded = (text: string) => [...parseOpensslCiphers(text)];
  const gcm = '0xC0,0x30 - ECDHE-RSA-AES256-GCM-SHA384 TLSv1.2 Kx=ECDH Au=RSA Enc=AESGCM(256) Mac=AEAD\n';
  const cbc = '0xC0,0x28 - ECDHE-RSA-AES256-SHA384 TLSv1.2 Kx=ECDH Au=RSA Enc=AES(256) Mac=SHA384\n';
  const rsa = '0x00,0x9D - AES256-GCM-SHA384 TLSv1.2 Kx=RSA Au=RSA Enc=AESGCM(256) Mac=AEAD\n';
  const rc4 = '0x00,0x05 - RC4-SHA SSLv3 Kx=RSA Au=RSA Enc=RC4(128) Mac=SHA1\n';
  const three = '0x13,0x02 - TLS_AES_256_GCM_SHA384 TLSv1.3 Kx=any Au=any Enc=AESGCM(256) Mac=AEAD\n';

  test.each([
    ['good', 'HIGH', gcm + three, {}, 'pass'],
    ['CBC', 'HIGH', gcm + cbc, {}, 'fail medium'],
    ['CBC accepted', 'HIGH', gcm + cbc, { acceptCbc: true }, 'pass'],
    ['no forward secrecy', 'HIGH', gcm + rsa, {}, 'fail high'],
    ['broken', 'ALL', gcm + rc4, {}, 'fail high'],
    ['full names count although the facts are older', 'ECDHE-RSA-AES256-GCM-SHA384', rsa, {}, 'pass'],
    ['suites of TLS 1.3 alone say nothing', 'FOO', three, {}, 'not-assessed'],
  ])('%s', (_, value, text, parameters, expected) => {
    const facts = withPart(withSettings(base, { ssl_ciphers: value }), 'tlsFiles', {
      ciphers: expanded(text),
    });
    expect(outcome(tlsCiphers, facts, parameters)).toBe(expected);
  });

  test('without openssl on the host only what is certain counts', () => {
    const facts = withPart(base, 'tlsFiles', { ciphers: null });
    expect(outcome(tlsCiphers, withSettings(facts, { ssl_ciphers: 'HIGH:MEDIUM:+3DES:!aNULL' }))).toBe(
      'fail high',
    );
    expect(outcome(tlsCiphers, withSettings(facts, { ssl_ciphers: 'DEFAULT' }))).toBe('not-assessed');
  });

  test('matter little where no connection comes from another machine', () => {
    const local = withSettings(base, { ssl_ciphers: 'ALL:RC4', listen_addresses: 'localhost' });
    expect(outcome(tlsCiphers, withPart(local, 'tlsFiles', { ciphers: null }))).toBe('fail low');
    expect(outcome(tlsMinVersion, withSettings(local, { ssl_min_protocol_version: 'TLSv1' }))).toBe(
      'fail low',
    );
  });

  test('do not matter when TLS 1.3 is all that is accepted', () => {
    expect(
      outcome(tlsCiphers, withSettings(base, { ssl_ciphers: 'ALL', ssl_min_protocol_version: 'TLSv1.3' })),
    ).toBe('pass');
  });
});

describe('tls-groups', () => {
  test.each([
    ['prime256v1', 15, 'pass'],
    ['secp384r1', 15, 'pass'],
    ['secp224r1', 15, 'fail low'],
    ['X25519', 15, 'fail low'],
    ['mystery', 15, 'not-assessed'],
    ['X25519:prime256v1', 18, 'pass'],
    ['X25519MLKEM768:X25519', 18, 'pass'],
    ['X25519:sect163k1', 18, 'fail low'],
  ])('%s on %i: %s', (value, number, expected) => {
    const name = number >= 18 ? 'ssl_groups' : 'ssl_ecdh_curve';
    const facts = withSettings(base, { ssl_ecdh_curve: null, [name]: value });
    expect(outcome(tlsGroups, major(facts, number))).toBe(expected);
  });
});

describe('tls-dh-params', () => {
  const dhe = withSettings(base, { ssl_ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384' });
  const withFile = (bits: number | null) =>
    withPart(withSettings(dhe, { ssl_dh_params_file: '/etc/dh.pem' }), 'tlsFiles', {
      dhParameters: {
        status: fileStatus('/etc/dh.pem'),
        bits,
        problem: bits === null ? 'permission denied' : null,
      },
    });
  test.each([
    ['no suite needs them', base, 'pass'],
    ["PostgreSQL's own", dhe, 'fail low'],
    ['2048 bits', withFile(2048), 'pass'],
    ['1024 bits', withFile(1024), 'fail medium'],
    ['512 bits', withFile(512), 'fail high'],
    ['unreadable', withFile(null), 'not-assessed'],
    ['TLS 1.3 only', withSettings(dhe, { ssl_min_protocol_version: 'TLSv1.3' }), 'pass'],
    [
      'the setting could not be expanded',
      withPart(withSettings(base, { ssl_ciphers: 'HIGH' }), 'tlsFiles', { ciphers: null }),
      'not-assessed',
    ],
  ])('%s', (_, facts, expected) => {
    expect(outcome(tlsDhParams, facts)).toBe(expected);
  });
});

describe('tls-cert-expiry', () => {
  const until = (day: string) => withCertificate({ notAfter: `${day}T10:00:00.000Z` });
  test.each([
    ['months left', base, 'pass'],
    ['30 days', until('2026-12-22'), 'pass'],
    ['29 days', until('2026-12-21'), 'fail low'],
    ['13 days', until('2026-12-05'), 'fail medium'],
    ['6 days', until('2026-11-28'), 'fail high'],
    ['expired', until('2026-11-21'), 'fail high'],
    ['not valid yet', withCertificate({ notBefore: '2026-12-01T00:00:00.000Z' }), 'fail high'],
    ['an unknown form of date', withCertificate({ notAfter: 'soon' }), 'not-assessed'],
    [
      'unreadable',
      withPart(base, 'tlsFiles', {
        certificate: { ...tls.certificate, certificate: null, problem: 'permission denied' },
      }),
      'not-assessed',
    ],
  ])('%s', (_, facts, expected) => {
    expect(outcome(tlsCertExpiry, facts)).toBe(expected);
  });
});

describe('tls-key-match', () => {
  test.each([
    ['a pair', withKey({ encrypted: false, publicKeySha256: 'a1'.repeat(32) }), 'pass'],
    ['two strangers', withKey({ encrypted: false, publicKeySha256: 'c3'.repeat(32) }), 'fail high'],
    ['encrypted', base, 'not-assessed'],
  ])('%s', (_, facts, expected) => {
    expect(outcome(tlsKeyMatch, facts)).toBe(expected);
  });
});

describe('tls-key-perms', () => {
  const key = (mode: number, owner = 'postgres', group = 'postgres', hasAcl = false) =>
    withKey({ status: fileStatus('/k', { mode, owner, group, hasAcl }) });
  const shared = withPart(key(0o640, 'root', 'ssl-cert'), 'accounts', {
    groups: [{ name: 'ssl-cert', gid: 117, members: ['postgres', 'exim'] }],
  });
  test.each([
    ['of the server, 0600', key(0o600), 'pass'],
    ['of root, for the group', key(0o640, 'root', 'ssl-cert'), 'pass'],
    ['another service is in the group', shared, 'fail medium'],
    ['of the server, readable by its group', key(0o640), 'fail high'],
    ['readable by all', key(0o644), 'fail high'],
    ['of root, writable by its group', key(0o660, 'root', 'ssl-cert'), 'fail high'],
    ['of another account', key(0o600, 'deploy'), 'fail high'],
    ['with an ACL', key(0o600, 'postgres', 'postgres', true), 'manual'],
    ['in a folder for all', withKey({ folder: folder('/tmp/tls', { mode: 0o777 }) }), 'fail high'],
    [
      'a link',
      withKey({ status: fileStatus('/k', { type: 'link', mode: 0o777, target: '/real' }) }),
      'not-assessed',
    ],
    ['missing', withKey({ status: fileStatus('/k', { type: 'missing' }) }), 'not-assessed'],
  ])('%s', (_, facts, expected) => {
    expect(outcome(tlsKeyPerms, facts)).toBe(expected);
  });
});

describe('tls-key-passphrase', () => {
  const program = (parts: Parameters<typeof fileStatus>[1]) =>
    withPart(base, 'tlsFiles', {
      passphraseProgram: fileStatus('/p', { owner: 'root', group: 'root', mode: 0o755, ...parts }),
    });
  const command = (value: string) => withSettings(base, { ssl_passphrase_command: value });
  test.each([
    ['a program of root', base, 'pass'],
    ['not encrypted', withKey({ encrypted: false }), 'fail medium'],
    ['typed in at start', command(''), 'pass'],
    ['in the setting itself', command("echo 'secret'"), 'fail high'],
    ['a program that others may change', program({ mode: 0o777 }), 'fail high'],
    ['a program of the server', program({ owner: 'postgres' }), 'fail high'],
    ['a program that is gone', program({ type: 'missing' }), 'fail high'],
    [
      'not called at a reload',
      withSettings(base, { ssl_passphrase_command_supports_reload: 'off' }),
      'fail low',
    ],
    ['unreadable', withKey({ encrypted: null, problem: 'permission denied' }), 'not-assessed'],
  ])('%s', (_, facts, expected) => {
    expect(outcome(tlsKeyPassphrase, facts)).toBe(expected);
  });

  test('never shows a passphrase that stands in the command', () => {
    expect(JSON.stringify(judge(tlsKeyPassphrase, command('/bin/echo hunter2')))).not.toContain('hunter2');
  });
});

describe('tls-live-plain', () => {
  const plain = session({ tls: false, tlsVersion: null, tlsCipher: null });
  test.each([
    ['encrypted', [session()], 'pass'],
    ['none', [], 'pass'],
    ['plain', [session(), plain], 'fail high'],
    ['GSSAPI', [{ ...plain, gss: true }], 'pass'],
    ['on the socket', [{ ...plain, address: null }], 'pass'],
    [
      'on loopback',
      [
        { ...plain, address: '127.0.0.1' },
        { ...plain, address: '::1' },
      ],
      'pass',
    ],
    ["from the host's own address", [{ ...plain, address: '10.20.30.5' }], 'pass'],
  ])('%s', (_, sessions, expected) => {
    expect(outcome(tlsLivePlain, withFact(base, 'sessions', sessions))).toBe(expected);
  });

  test('counts them and names each client once', () => {
    const finding = judge(
      tlsLivePlain,
      withFact(base, 'sessions', [plain, plain, { ...plain, role: 'etl' }]),
    );
    expect(finding.title).toBe('Three sessions are not encrypted now');
    expect(finding.subjects.map(({ name }) => name)).toEqual(['shop_app@10.20.30.11', 'etl@10.20.30.11']);
  });
});

test.each(
  [
    tlsMinVersion,
    tlsCiphers,
    tlsGroups,
    tlsDhParams,
    tlsCertExpiry,
    tlsKeyMatch,
    tlsKeyPerms,
    tlsKeyPassphrase,
  ].map((check) => [check.id, check] as const),
)('%s does not apply while TLS is off', (_, check) => {
  expect(outcome(check, off)).toBe('not-applicable');
});
