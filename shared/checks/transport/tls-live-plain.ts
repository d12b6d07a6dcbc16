import { z } from 'zod';
import { hasAddress } from '../../lib/network-set.ts';
import { parseAddress } from '../../lib/cidr.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { ownAddresses } from '../support/port-sources.ts';
import { postgresPage } from '../support/references.ts';
import { amount, countOf, listOf, unique } from '../support/words.ts';

export const tlsLivePlain = defineCheck({
  id: 'tls-live-plain',
  pillar: 'transport',
  severity: 'high',
  titles: {
    pass: 'No session from another machine is unencrypted now',
    fail: 'Sessions are not encrypted now',
    topic: 'Encryption of the sessions that are open',
  },
  why: 'This is no possibility but a fact: these clients are connected now, and what they send can be read on the way.',
  misuse: [
    'Someone in the network of the client records its traffic.',
    'He reads the queries and the data that they return, as they are.',
  ],
  byHand: [
    'See them: SELECT usename, datname, client_addr, application_name FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE client_addr IS NOT NULL AND NOT ssl;',
    'In each client set sslmode=verify-full, with the certificate of the authority as sslrootcert.',
    'Restart the client, look again, and then require it: hostssl in pg_hba.conf.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-003000', 'CD16-00-008900'],
    documentation: [
      postgresPage('monitoring-stats.html', 'pg_stat_ssl'),
      postgresPage('libpq-ssl.html', 'SSL support of clients'),
    ],
  },
  needs: ['sessions'],
  uses: ['interfaces'],
  parameters: z.object({}),
  judge({ sessions }, _context, { interfaces }) {
    const own = ownAddresses(interfaces.state === 'collected' ? interfaces.value : null);
    const remote = sessions.filter(({ address }) => {
      const parsed = parseAddress(address ?? '');
      return address !== null && (parsed === null || !hasAddress(own, parsed));
    });
    const plain = remote.filter(({ tls, gss }) => !tls && !gss);
    if (plain.length === 0) {
      return {
        status: 'pass',
        summary:
          remote.length === 0
            ? 'No session from another machine is open now.'
            : `${countOf(remote.length, 'session')} from other machines, all encrypted.`,
        evidence: [],
      };
    }
    const roles = unique(plain.map(({ role }) => role));
    return {
      status: 'fail',
      title: `${countOf(plain.length, 'session')} ${plain.length === 1 ? 'is' : 'are'} not encrypted now`,
      summary: `${listOf(roles)} from ${listOf(unique(plain.map(({ address }) => address ?? '')))}, of ${amount(remote.length, 'session')} from other machines.`,
      evidence: [
        tableEvidence(
          ['Role', 'Database', 'Address', 'Application'],
          plain.map(({ role, database, address, application }) => [
            role,
            database ?? '',
            address ?? '',
            application,
          ]),
        ),
      ],
      subjects: unique(plain.map(({ role, address }) => `${role}@${address ?? ''}`)).map((name) => ({
        kind: 'client',
        name,
      })),
    };
  },
});
