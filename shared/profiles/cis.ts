import type { Profile } from './profile.ts';

/** Where the CIS PostgreSQL Benchmark asks for more or for something else than the baseline. Numbers only. */
export const cis: Profile = {
  id: 'cis',
  title: 'CIS',
  description:
    'The parameters of the CIS PostgreSQL Benchmark for the version of the server, where it has one.',
  // 6.9 of the benchmark for 17 asks for TLS 1.3; those for 14 to 16 for 1.2.
  parameters: (major) => ({
    ...(major !== null && major >= 17 ? { 'tls-min-version': { minimum: 'TLSv1.3' } } : {}),
  }),
};
