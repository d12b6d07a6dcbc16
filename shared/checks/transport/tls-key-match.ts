import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { tlsIsOff } from '../support/tls-view.ts';

const short = (hash: string): string => (hash.length > 16 ? `${hash.slice(0, 16)}…` : hash);

export const tlsKeyMatch = defineCheck({
  id: 'tls-key-match',
  pillar: 'transport',
  severity: 'high',
  titles: {
    pass: 'Key and certificate belong together',
    fail: 'Key and certificate do not belong together',
    topic: 'Key and certificate as a pair',
  },
  why: 'The key proves that the certificate belongs to this server. When one of the files was changed without the other, a reload keeps the old pair in memory, and the next restart fails.',
  misuse: [
    'A renewal replaces the certificate and forgets the key.',
    'The server goes on with the old pair until it expires, or until it is restarted and stays down.',
    'TLS is switched off to get it up again.',
  ],
  byHand: [
    'Compare the public keys: openssl x509 -noout -pubkey -in server.crt | sha256sum; openssl pkey -pubout -in server.key | sha256sum',
    'Put the key there that the certificate was made with, or renew both together.',
    'SELECT pg_reload_conf(); then look into the log for an error about SSL.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('ssl-tcp.html', 'Secure TCP/IP connections with SSL')],
  },
  needs: ['settings', 'tlsFiles'],
  parameters: z.object({}),
  judge({ settings, tlsFiles: { certificate, key } }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    if (certificate.certificate === null) {
      const reason = certificate.problem ?? 'the certificate could not be read';
      return { status: 'not-assessed', summary: `${certificate.status.path}: ${reason}.` };
    }
    if (key.publicKeySha256 === null) {
      const reason =
        key.encrypted === true ? 'the key has a passphrase' : (key.problem ?? 'the key could not be read');
      return { status: 'not-assessed', summary: `${key.status.path}: ${reason}.` };
    }
    const evidence = [
      tableEvidence(
        ['File', 'Public key (SHA-256)'],
        [
          [certificate.status.path, short(certificate.certificate.publicKeySha256)],
          [key.status.path, short(key.publicKeySha256)],
        ],
      ),
    ];
    return certificate.certificate.publicKeySha256 === key.publicKeySha256
      ? { status: 'pass', summary: 'Both have the same public key.', evidence }
      : {
          status: 'fail',
          summary: `${key.status.path} is not the key of ${certificate.status.path}.`,
          evidence,
          subjects: [{ kind: 'file', name: key.status.path }],
        };
  },
});
