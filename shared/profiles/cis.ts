import type { Profile } from './profile.ts';

/** Where the CIS PostgreSQL Benchmark asks for more or for something else than the baseline. Numbers only. */
export const cis: Profile = {
  id: 'cis',
  title: 'CIS',
  description:
    'The parameters of the CIS PostgreSQL Benchmark for the version of the server, where it has one.',
  parameters: (major) => ({
    // 1.4: nobody but the server.
    'os-pgdata': { groupRead: false },
    // 3.1.6
    'log-file-mode': { maximum: '0600' },
    // 3.1.24: with application and number of the line; the benchmark for 17 adds the error code.
    'log-line-prefix': {
      escapes: ['m', 'p', 'l', 'u', 'd', 'a', 'h', ...(major !== null && major >= 17 ? ['e'] : [])],
    },
    // 3.1.25 asks for the setting beside pgAudit, 3.2.
    'log-statement': { minimum: 'ddl', auditCounts: false },
    // 6.8: on, whoever connects.
    'tls-enabled': { onLoopbackToo: true },
    // 6.9 of the benchmark for 17 asks for TLS 1.3; those for 14 to 16 for 1.2.
    ...(major !== null && major >= 17 ? { 'tls-min-version': { minimum: 'TLSv1.3' } } : {}),
  }),
};
