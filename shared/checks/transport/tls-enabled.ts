import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { presentEvidence, rightsEvidence } from '../support/evidence.ts';
import { isLocalOnly, listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';

export const tlsEnabled = defineCheck({
  id: 'tls-enabled',
  pillar: 'transport',
  severity: 'critical',
  titles: {
    pass: 'TLS is on',
    fail: 'TLS is off',
    topic: 'TLS of the server',
  },
  why: 'Without TLS everything between client and server can be read and changed on its way: queries, results, and what logins prove. With TLS the line is closed, and the client can check which server it talks to.',
  misuse: [
    'Someone in the same network, or on a router on the way, records the traffic.',
    'Customer data stands in it as plain text.',
    'He can also answer in the place of the server, and change what is sent.',
  ],
  byHand: [
    'Get a certificate for the name of the host from your authority, or make one: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=db1 -keyout server.key -out server.crt',
    'Put both where the server reads them, owned by postgres, the key with mode 0600.',
    "ALTER SYSTEM SET ssl_cert_file = '…'; ALTER SYSTEM SET ssl_key_file = '…'; ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf();",
    'Try it: psql "host=db1 sslmode=require" -c "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid();"',
  ],
  references: {
    cis: ['6.8 (12, 14-17)'],
    stig: [
      'CD12-00-011400',
      'CD12-00-007200',
      'CD12-00-003000',
      'CD16-00-004900',
      'CD16-00-008800',
      'CD16-00-008900',
    ],
    documentation: [postgresPage('ssl-tcp.html', 'Secure TCP/IP connections with SSL')],
  },
  needs: ['settings'],
  uses: ['tlsFiles', 'sessions'],
  parameters: z.object({
    /** Ask for TLS also where no other machine can connect. */
    onLoopbackToo: z.boolean().default(false),
  }),
  judge({ settings }, { parameters }, { tlsFiles, sessions }) {
    const ssl = findSetting(settings, 'ssl');
    if (ssl === undefined) return settingMissing('ssl');
    const heard = listening(settings);
    const local = heard !== null && isLocalOnly(heard);
    const files = tlsFiles.state === 'collected' ? tlsFiles.value : null;
    const evidence = presentEvidence(
      settingEvidence(ssl, 'on'),
      files &&
        rightsEvidence([
          { status: files.certificate.status, note: files.certificate.problem ?? 'certificate' },
          { status: files.key.status, note: files.key.problem ?? 'key' },
        ]),
    );
    const subjects = [settingSubject('ssl')];
    if (ssl.value !== 'on') {
      if (local && !parameters.onLoopbackToo) {
        return {
          status: 'not-applicable',
          summary: 'TLS is off, and no connection comes from another machine.',
          evidence,
        };
      }
      return {
        status: 'fail',
        summary: 'The server offers no encryption.',
        evidence,
        subjects,
        ...(local ? { severity: 'low' as const } : {}),
      };
    }
    // ssl = on reloads without an error although certificate or key cannot be used; only a restart fails.
    const encrypted = sessions.state === 'collected' && sessions.value.some(({ tls }) => tls);
    const missing =
      files !== null && [files.certificate, files.key].find(({ status }) => status.type === 'missing');
    if (missing) {
      return {
        status: 'fail',
        title: 'TLS is set, but its files are missing',
        summary: `${missing.status.path} does not exist: the server offers no TLS, and its next start fails.`,
        evidence,
        subjects,
        severity: encrypted ? 'high' : 'critical',
      };
    }
    return { status: 'pass', summary: 'The server offers TLS.', evidence };
  },
});
