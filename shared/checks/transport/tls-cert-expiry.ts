import { z } from 'zod';
import { certificateDaysLeft } from '../../tls/certificates.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { tlsIsOff } from '../support/tls-view.ts';
import { amount } from '../support/words.ts';

export const tlsCertExpiry = defineCheck({
  id: 'tls-cert-expiry',
  pillar: 'transport',
  severity: 'high',
  titles: {
    pass: 'The certificate is valid for some time yet',
    fail: 'The certificate is about to expire',
    topic: 'End of the certificate',
  },
  why: 'A client that checks the certificate refuses it from its last day on. Then applications stand still, and in the hurry the check is often switched off for good.',
  misuse: [
    'The certificate expires at night, and no application can log in.',
    'sslmode is set to require, "for now": clients no longer check whom they talk to.',
    'Someone in between can pose as the server from then on.',
  ],
  byHand: [
    'See its dates: openssl x509 -noout -dates -subject -in /etc/postgresql/tls/server.crt',
    'Renew it at your authority, or make a new one when it is self-signed.',
    'Put the new file in the place of the old one; SELECT pg_reload_conf(); is enough.',
    'Give clients that keep a copy the new certificate before that.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-010300', 'CD16-00-008400'],
    documentation: [postgresPage('ssl-tcp.html', 'Secure TCP/IP connections with SSL')],
  },
  needs: ['settings', 'tlsFiles'],
  parameters: z.object({
    /** Days left at which the severity becomes low, medium and high. */
    low: z.number().int().default(30),
    medium: z.number().int().default(14),
    high: z.number().int().default(7),
  }),
  judge({ settings, tlsFiles }, { parameters, now }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    const { certificate, status, problem } = tlsFiles.certificate;
    if (certificate === null) {
      return {
        status: 'not-assessed',
        summary: `${status.path}: ${problem ?? 'the certificate could not be read'}.`,
      };
    }
    const left = certificateDaysLeft(certificate, now);
    if (left === null) {
      return { status: 'not-assessed', summary: `The date ${certificate.notAfter} could not be understood.` };
    }
    const day = certificate.notAfter.slice(0, 10);
    const evidence = [
      tableEvidence(
        ['Certificate', status.path],
        [
          ['Subject', certificate.subject],
          ['Issuer', certificate.selfSigned ? `${certificate.issuer} (self-signed)` : certificate.issuer],
          ['Valid from', certificate.notBefore.slice(0, 10)],
          ['Valid to', day],
        ],
      ),
    ];
    const subjects = [{ kind: 'file', name: status.path }];
    if (Date.parse(certificate.notBefore) > Date.parse(now)) {
      const from = certificate.notBefore.slice(0, 10);
      return {
        status: 'fail',
        title: 'The certificate is not valid yet',
        summary: `It is valid from ${from} on; the clock of the host says ${now.slice(0, 10)}.`,
        evidence,
        subjects,
      };
    }
    if (left < 0) {
      return {
        status: 'fail',
        title: 'The certificate has expired',
        summary: `It expired on ${day}.`,
        evidence,
        subjects,
      };
    }
    if (left < parameters.low) {
      const severity = left < parameters.high ? 'high' : left < parameters.medium ? 'medium' : 'low';
      return {
        status: 'fail',
        title: `The certificate expires in ${amount(left, 'day')}`,
        summary: `It is valid until ${day}.`,
        evidence,
        subjects,
        severity,
      };
    }
    return { status: 'pass', summary: `It is valid for ${amount(left, 'day')}, until ${day}.`, evidence };
  },
});
