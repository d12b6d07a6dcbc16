import { describe, expect, test } from 'vitest';
import { transportChecks } from '../../../../shared/checks/transport/index.ts';
import { keyPassphrase, privateKeyMode } from '../../../../shared/fixes/transport/private-key.ts';
import { renewCertificate } from '../../../../shared/fixes/transport/renew-certificate.ts';
import { switchTlsOn } from '../../../../shared/fixes/transport/tls-on.ts';
import {
  forwardSecretCiphers,
  modernGroups,
  refuseOldTls,
} from '../../../../shared/fixes/transport/versions-and-ciphers.ts';
import type { FactSet, FactValue } from '../../../../shared/facts/facts.ts';
import { certificate, fileStatus, folder, session } from '../../support/builders.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';
import { hardenedFacts, judge, valueOf, withFact, withPart, withSettings } from '../../support/facts.ts';

const base = hardenedFacts();
const tls = valueOf(base, 'tlsFiles');
const pair = 'a1'.repeat(32);
const plainKey = { ...tls.key, encrypted: false, publicKeySha256: pair };
const withTls = (facts: FactSet, parts: Partial<FactValue<'tlsFiles'>>) => withPart(facts, 'tlsFiles', parts);
const selfSigned = { ...tls.certificate, certificate: certificate({ selfSigned: true }) };

function statusAfter(check: string, facts: FactSet, operations: ReturnType<typeof operationsOf>): string {
  const found = transportChecks.find(({ id }) => id === check);
  if (found === undefined) throw new Error(check);
  return judge(found, afterOperations(facts, operations)).status;
}

describe('tls-on', () => {
  const off = withSettings(base, { ssl: 'off' });
  const made = [
    {
      kind: 'certificate',
      certificatePath: '/etc/postgresql/15/main/portcullis-20261122.crt',
      owner: 'postgres',
      group: 'postgres',
    },
    { name: 'ssl_cert_file', value: '/etc/postgresql/15/main/portcullis-20261122.crt' },
    { name: 'ssl_key_file', value: '/etc/postgresql/15/main/portcullis-20261122.key' },
    { name: 'ssl', value: 'on', effect: 'reload' },
  ];
  const snakeoil = fileStatus('/etc/ssl/private/ssl-cert-snakeoil.key', {
    mode: 0o640,
    owner: 'root',
    group: 'ssl-cert',
  });

  test.each([
    ['a pair that the server can use', { key: plainKey }, [{ name: 'ssl', value: 'on' }]],
    ["Debian's own pair", { key: { ...plainKey, status: snakeoil } }, [{ name: 'ssl', value: 'on' }]],
    ['no certificate', { certificate: { ...tls.certificate, certificate: null, problem: 'missing' } }, made],
    ['a key that does not fit', { key: { ...plainKey, publicKeySha256: 'ff' } }, made],
    [
      'a key that the server refuses',
      { key: { ...plainKey, status: fileStatus('/k', { mode: 0o644 }) } },
      made,
    ],
    ['a key with a passphrase', {}, made],
    [
      'an expired certificate',
      {
        key: plainKey,
        certificate: { ...tls.certificate, certificate: certificate({ notAfter: '2026-01-01T00:00:00Z' }) },
      },
      made,
    ],
  ])('%s', (_, parts, expected) => {
    const facts = withTls(off, parts);
    const tried = tryFix(switchTlsOn, facts);
    const operations = operationsOf(tried.plan());
    expect(operations).toMatchObject(expected);
    expect([tried.safe, statusAfter('tls-enabled', facts, operations)]).toEqual([true, 'pass']);
  });

  test('weak ciphers and versions go before anybody uses them', () => {
    const weak = withSettings(off, { ssl_ciphers: 'HIGH:!aNULL', ssl_min_protocol_version: 'TLSv1' });
    const facts = withTls(weak, { key: plainKey, ciphers: null });
    expect(operationsOf(tryFix(switchTlsOn, facts).plan())).toMatchObject([
      { name: 'ssl_ciphers' },
      { name: 'ssl_min_protocol_version', value: 'TLSv1.2' },
      { name: 'ssl', value: 'on' },
    ]);
  });

  test('the certificate is for the names and addresses of the host', () => {
    const facts = withTls(off, { key: { ...plainKey, publicKeySha256: 'ff' } });
    expect(operationsOf(tryFix(switchTlsOn, facts).plan())[0]).toMatchObject({
      commonName: 'db1',
      alternativeNames: ['DNS:db1', 'DNS:localhost', 'IP:10.20.30.5'],
      passphrase: null,
    });
  });
});

describe('tls-minimum', () => {
  const old = withSettings(base, { ssl_min_protocol_version: 'TLSv1' });

  test('raises the minimum, and lifts a maximum below it', () => {
    const operations = operationsOf(tryFix(refuseOldTls, old).plan());
    expect(operations).toMatchObject([{ name: 'ssl_min_protocol_version', value: 'TLSv1.2' }]);
    expect(statusAfter('tls-min-version', old, operations)).toBe('pass');
    const capped = withSettings(old, { ssl_max_protocol_version: 'TLSv1.1' });
    expect(operationsOf(tryFix(refuseOldTls, capped).plan())).toMatchObject([
      { name: 'ssl_max_protocol_version', value: null },
      { name: 'ssl_min_protocol_version', value: 'TLSv1.2' },
    ]);
  });

  test('is safe as long as no session is older', () => {
    expect(tryFix(refuseOldTls, old).safe).toBe(true);
    expect(tryFix(refuseOldTls, withFact(old, 'sessions', [session({ tlsVersion: 'TLSv1.1' })])).safe).toBe(
      false,
    );
  });

  test('takes no version that is obsolete', () => {
    expect(tryFix(refuseOldTls, old).plan({ minimum: 'TLSv1.1' }).ok).toBe(false);
    expect(operationsOf(tryFix(refuseOldTls, old).plan({ minimum: 'TLSv1.3' }))).toMatchObject([
      { value: 'TLSv1.3' },
    ]);
  });
});

describe('tls-forward-secret-ciphers, tls-modern-groups', () => {
  const weak = withTls(withSettings(base, { ssl_ciphers: 'HIGH:!aNULL' }), {
    ciphers: [
      {
        name: 'DHE-RSA-AES256-SHA',
        protocol: 'SSLv3',
        keyExchange: 'DH',
        authentication: 'RSA',
        encryption: 'AES(256)',
        mac: 'SHA1',
      },
    ],
  });

  test('settle ciphers and Diffie-Hellman together', () => {
    const operations = operationsOf(tryFix(forwardSecretCiphers, weak).plan());
    expect(statusAfter('tls-ciphers', weak, operations)).toBe('pass');
    expect(statusAfter('tls-dh-params', weak, operations)).toBe('pass');
  });

  test.each([
    ['TLS 1.3', {}, true],
    ['a suite that stays', { tlsVersion: 'TLSv1.2', tlsCipher: 'ECDHE-RSA-AES256-GCM-SHA384' }, true],
    ['a suite that goes', { tlsVersion: 'TLSv1.2', tlsCipher: 'AES256-SHA' }, false],
  ])('with %s in use: safe %s', (_, client, safe) => {
    expect(tryFix(forwardSecretCiphers, withFact(weak, 'sessions', [session(client)])).safe).toBe(safe);
  });

  test.each([
    [15, 'ssl_ecdh_curve', 'prime256v1'],
    [18, 'ssl_groups', 'X25519:prime256v1:secp384r1'],
  ])('groups of %i', (major, name, value) => {
    const facts = withPart(withSettings(base, { ssl_ecdh_curve: null, [name]: 'secp224r1' }), 'cluster', {
      major,
    });
    const operations = operationsOf(tryFix(modernGroups, facts).plan());
    expect(operations).toMatchObject([{ name, value }]);
    expect(statusAfter('tls-groups', facts, operations)).toBe('pass');
  });
});

describe('tls-new-certificate', () => {
  const ending = (parts: Parameters<typeof certificate>[0]) =>
    withTls(base, {
      certificate: {
        ...tls.certificate,
        certificate: certificate({ notAfter: '2026-11-25T00:00:00Z', ...parts }),
      },
    });

  test('renews what is self-signed, never in the place of what is there', () => {
    const facts = ending({ selfSigned: true });
    const tried = tryFix(renewCertificate, facts);
    expect(tried.safe).toBe(false);
    expect(statusAfter('tls-cert-expiry', facts, operationsOf(tried.plan()))).toBe('pass');
    const again = withTls(facts, {
      certificate: {
        ...valueOf(facts, 'tlsFiles').certificate,
        status: fileStatus('/etc/postgresql/15/main/portcullis-20261122.crt'),
      },
    });
    expect(operationsOf(tryFix(renewCertificate, again).plan())[0]).toMatchObject({
      certificatePath: '/etc/postgresql/15/main/portcullis-20261122-2.crt',
    });
  });

  test('leaves certificates of an authority to it', () => {
    expect(tryFix(renewCertificate, ending({})).refused).toContain('Renew it there');
  });
});

describe('tls-key-private', () => {
  const key = (mode: number, owner: string, group: string, above = tls.key.folder) =>
    withTls(base, {
      key: { ...plainKey, status: fileStatus('/etc/tls/k', { mode, owner, group }), folder: above },
    });

  test.each([
    ['of the server', key(0o644, 'postgres', 'postgres'), [{ mode: 0o600, owner: null }]],
    ['of root', key(0o644, 'root', 'ssl-cert'), [{ mode: 0o640, owner: null }]],
    ['of somebody else', key(0o640, 'deploy', 'deploy'), [{ mode: 0o600, owner: 'postgres' }]],
    [
      'in an open folder',
      key(0o600, 'postgres', 'postgres', folder('/etc/tls', { mode: 0o777 })),
      [{ path: '/etc/tls', mode: 0o755 }],
    ],
  ])('%s', (_, facts, expected) => {
    const tried = tryFix(privateKeyMode, facts);
    const operations = operationsOf(tried.plan());
    expect(operations).toMatchObject(expected);
    expect([tried.safe, statusAfter('tls-key-perms', facts, operations)]).toEqual([true, 'pass']);
  });

  test('does not take a shared key from other services', () => {
    const shared = withPart(key(0o640, 'root', 'ssl-cert'), 'accounts', {
      groups: [{ name: 'ssl-cert', gid: 117, members: ['postgres', 'exim'] }],
    });
    expect(tryFix(privateKeyMode, shared).refused).toContain('a key of its own');
  });
});

describe('tls-key-passphrase', () => {
  const bare = withTls(
    withSettings(base, { ssl_passphrase_command: '', ssl_passphrase_command_supports_reload: 'off' }),
    {
      key: plainKey,
      certificate: selfSigned,
      passphraseProgram: null,
    },
  );

  test('makes an encrypted key whose passphrase a program of root prints', () => {
    const tried = tryFix(keyPassphrase, bare);
    const operations = operationsOf(tried.plan());
    const stem = '/etc/postgresql/15/main/portcullis-20261122';
    expect(operations).toMatchObject([
      { kind: 'certificate', passphrase: { file: `${stem}.pass`, program: '/bin/cat' } },
      { name: 'ssl_passphrase_command', value: `/bin/cat ${stem}.pass` },
      { name: 'ssl_passphrase_command_supports_reload', value: 'on' },
      { name: 'ssl_cert_file' },
      { name: 'ssl_key_file' },
    ]);
    expect([tried.safe, statusAfter('tls-key-passphrase', bare, operations)]).toEqual([false, 'pass']);
  });

  test('keeps the key of an authority', () => {
    expect(tryFix(keyPassphrase, withTls(bare, { certificate: tls.certificate })).refused).toContain(
      'by hand',
    );
  });

  test('mends the program of a key that is encrypted already', () => {
    const facts = withTls(withSettings(base, { ssl_passphrase_command_supports_reload: 'off' }), {
      passphraseProgram: fileStatus('/p', { owner: 'postgres', mode: 0o777 }),
    });
    const operations = operationsOf(tryFix(keyPassphrase, facts).plan());
    expect(operations).toMatchObject([
      { kind: 'file-mode', path: '/p', mode: 0o755, owner: 'root' },
      { name: 'ssl_passphrase_command_supports_reload', value: 'on' },
    ]);
    expect(statusAfter('tls-key-passphrase', facts, operations)).not.toBe('not-assessed');
  });
});
