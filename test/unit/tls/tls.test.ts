import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../../shared/facts/tls.ts';
import {
  certificateCovers,
  certificateDaysLeft,
  certificateProblems,
} from '../../../shared/tls/certificates.ts';
import {
  judgeCiphers,
  judgeCipherString,
  parseOpensslCiphers,
  recommendedCiphers,
} from '../../../shared/tls/ciphers.ts';
import { judgeGroups, recommendedGroups } from '../../../shared/tls/groups.ts';
import { pemKeyState } from '../../../shared/tls/pem.ts';
import { allowedTlsProtocols, compareTlsProtocols, parseTlsProtocol } from '../../../shared/tls/protocols.ts';

const lines = `
          0x13,0x02 - TLS_AES_256_GCM_SHA384         TLSv1.3 Kx=any      Au=any   Enc=AESGCM(256)            Mac=AEAD
          0xC0,0x30 - ECDHE-RSA-AES256-GCM-SHA384    TLSv1.2 Kx=ECDH     Au=RSA   Enc=AESGCM(256)            Mac=AEAD
          0xC0,0x14 - ECDHE-RSA-AES256-SHA           TLSv1 Kx=ECDH     Au=RSA   Enc=AES(256)               Mac=SHA1
          0x00,0x9D - AES256-GCM-SHA384              TLSv1.2 Kx=RSA      Au=RSA   Enc=AESGCM(256)            Mac=AEAD
          0x00,0x05 - RC4-SHA                        SSLv3 Kx=RSA      Au=RSA   Enc=RC4(128)               Mac=SHA1
          0x00,0x0A - DES-CBC3-SHA                   SSLv3 Kx=RSA      Au=RSA   Enc=3DES(168)              Mac=SHA1
          0x00,0x3B - NULL-SHA256                    TLSv1.2 Kx=RSA      Au=RSA   Enc=None                   Mac=SHA256
          0x00,0xA7 - ADH-AES256-GCM-SHA384          TLSv1.2 Kx=DH       Au=None  Enc=AESGCM(256)            Mac=AEAD
          0x00,0x8C - PSK-AES128-CBC-SHA             SSLv3 Kx=PSK      Au=PSK   Enc=AES(128)               Mac=SHA1
          0xC0,0x29 - ECDH-RSA-AES128-SHA256         TLSv1.2 Kx=ECDH/RSA Au=ECDH  Enc=AES(128)               Mac=SHA256
`;

describe('judgeCiphers', () => {
  it('names each weak suite with its reasons and leaves out what cannot be used', () => {
    const { grade, weak, hasGood } = judgeCiphers(parseOpensslCiphers(lines));
    expect(Object.fromEntries(weak.map(({ suite, weaknesses }) => [suite, weaknesses]))).toEqual({
      'ECDHE-RSA-AES256-SHA': ['cbc'],
      'AES256-GCM-SHA384': ['no-forward-secrecy'],
      'RC4-SHA': ['rc4', 'no-forward-secrecy'],
      'DES-CBC3-SHA': ['des', 'no-forward-secrecy'],
      'NULL-SHA256': ['no-encryption', 'no-forward-secrecy'],
      'ADH-AES256-GCM-SHA384': ['no-authentication'],
      'ECDH-RSA-AES128-SHA256': ['cbc', 'no-forward-secrecy'],
    });
    expect([grade, hasGood]).toEqual(['broken', true]);
  });

  it('tells dated from good and does not pass an empty list', () => {
    const suites = parseOpensslCiphers(lines);
    expect(judgeCiphers(suites.slice(0, 3)).grade).toBe('dated');
    expect(judgeCiphers(suites.slice(0, 2)).grade).toBe('good');
    expect(judgeCiphers([]).grade).toBe('unknown');
  });
});

it.each([
  [recommendedCiphers, 'good'],
  ['ECDHE-RSA-AES256-GCM-SHA384:!aNULL', 'good'],
  ['HIGH:MEDIUM:+3DES:!aNULL', 'dated'],
  ['HIGH:!aNULL:!kRSA:!SHA1', 'unknown'],
  ['HIGH:RC4', 'broken'],
  ['ECDHE-RSA-AES256-GCM-SHA384:RC4-SHA', 'broken'],
  ['RC4:!RC4', 'unknown'],
  ['HIGH:-RC4:RC4', 'unknown'],
  ['ECDHE+AESGCM', 'unknown'],
  ['PROFILE=SYSTEM', 'unknown'],
  ['', 'unknown'],
])('judges the text "%s" as %s', (text, grade) => expect(judgeCipherString(text).grade).toBe(grade));

it('orders protocols', () => {
  expect(compareTlsProtocols('TLSv1.2', 'TLSv1')).toBeGreaterThan(0);
  expect(parseTlsProtocol('tlsv1.3')).toBe('TLSv1.3');
  expect(parseTlsProtocol('SSLv3')).toBeNull();
  expect(allowedTlsProtocols('TLSv1.2', '')).toEqual(['TLSv1.2', 'TLSv1.3']);
  expect(allowedTlsProtocols('TLSv1.3', 'TLSv1.2')).toEqual([]);
  expect(allowedTlsProtocols('x', '')).toBeNull();
});

it('judges groups by major', () => {
  expect(judgeGroups('X25519:prime256v1', 18)).toEqual({
    valid: true,
    groups: [
      { name: 'X25519', grade: 'good' },
      { name: 'prime256v1', grade: 'good' },
    ],
  });
  expect(judgeGroups('X25519:prime256v1', 17).valid).toBe(false);
  expect(judgeGroups('X25519', 17).valid).toBe(false);
  expect(judgeGroups('secp384r1', 17)).toMatchObject({ valid: true, groups: [{ grade: 'good' }] });
  expect(judgeGroups('?X25519MLKEM768/secp192k1:foo', 18).groups.map(({ grade }) => grade)).toEqual([
    'post-quantum',
    'weak',
    'unknown',
  ]);
  expect(recommendedGroups(18, 'OpenSSL 3.5.4 30 Sep 2025')).toContain('X25519MLKEM768');
  expect(recommendedGroups(18, 'OpenSSL 3.0.17')).not.toContain('MLKEM');
  expect(judgeGroups(recommendedGroups(15, null), 15).valid).toBe(true);
});

it.each([
  ['-----BEGIN ENCRYPTED PRIVATE KEY-----', 'encrypted'],
  ['-----BEGIN PRIVATE KEY-----', 'plain'],
  ['-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED', 'encrypted'],
  ['-----BEGIN EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----', 'plain'],
  ['-----BEGIN CERTIFICATE-----', 'no-key'],
  ['', 'no-key'],
])('reads %j as %s', (text, state) => expect(pemKeyState(text)).toBe(state));

describe('certificates', () => {
  const certificate: Certificate = {
    subject: 'CN=db1',
    issuer: 'CN=ca',
    serialNumber: '1',
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2026-12-01T00:00:00Z',
    subjectAlternativeNames: [
      'DNS:db1.example',
      'DNS:*.db.example',
      'IP Address:10.0.0.1',
      'IP Address:fd00:0:0::1',
    ],
    keyType: 'rsa',
    keyBits: 2048,
    signatureAlgorithm: 'sha256WithRSAEncryption',
    selfSigned: false,
    publicKeySha256: '',
    fingerprintSha256: '',
  };
  const now = '2026-11-22T12:00:00Z';

  it('counts days and finds problems', () => {
    expect(certificateDaysLeft(certificate, now)).toBe(8);
    expect(certificateProblems(certificate, now)).toEqual([]);
    expect(
      certificateProblems(
        { ...certificate, keyBits: 1024, signatureAlgorithm: 'ecdsa-with-SHA1', subjectAlternativeNames: [] },
        '2027-01-01T00:00:00Z',
      ),
    ).toEqual(['expired', 'short-key', 'weak-signature', 'no-names']);
    expect(certificateProblems({ ...certificate, keyType: 'ec', keyBits: 256 }, now)).toEqual([]);
  });

  it.each([
    ['DB1.example', true],
    ['a.db.example', true],
    ['a.b.db.example', false],
    ['db.example', false],
    ['10.0.0.1', true],
    ['10.0.0.2', false],
    ['fd00::1', true],
  ])('covers %s: %s', (host, covered) => expect(certificateCovers(certificate, host)).toBe(covered));
});
