import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { tableEvidence } from '../support/evidence.ts';
import { listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

export const tcpListenAny = defineCheck({
  id: 'tcp-listen-any',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'PostgreSQL listens on chosen addresses only',
    fail: 'PostgreSQL listens on every interface',
    topic: 'Addresses that PostgreSQL listens on',
  },
  why: 'listen_addresses decides on which network cards the server answers at all. With every interface, a card added later, such as a guest network, a VPN or a container bridge, is open from the first moment.',
  misuse: [
    'A scan of a network that nobody thought of finds an answering PostgreSQL.',
    'Passwords are tried there, or a flaw of the server is used before any login.',
  ],
  byHand: [
    'See which addresses the host has: ip -brief address',
    'See which of them clients use: ss -Hnt state established sport = :5432',
    "As a superuser, with those: ALTER SYSTEM SET listen_addresses = 'localhost, 10.20.30.5';",
    'Restart PostgreSQL, then look: ss -Hltn sport = :5432',
  ],
  references: {
    cis: ['5.2 (14-17)'],
    stig: ['CD12-00-004150', 'CD16-00-008000'],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings, listen_addresses')],
  },
  needs: ['settings'],
  uses: ['listeners'],
  parameters: z.object({}),
  judge({ settings }, _context, { listeners }) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    const open =
      listeners.state === 'collected' ? listeners.value.filter(({ port }) => port === found.port) : [];
    const evidence = [
      settingEvidence(found.setting, 'localhost and the addresses that clients use'),
      ...(open.length > 0
        ? [
            tableEvidence(
              ['Listening now', 'Process'],
              open.map(({ address, port, process }) => [`${address} port ${port}`, process ?? 'not visible']),
            ),
          ]
        : []),
    ];
    if (found.scope === 'any') {
      return {
        status: 'fail',
        summary: `listen_addresses is ${found.setting.value}: port ${found.port} answers on every address of the host.`,
        evidence,
        subjects: [settingSubject('listen_addresses')],
      };
    }
    return {
      status: 'pass',
      summary:
        found.scope === 'none'
          ? 'The server does not listen on TCP.'
          : `It listens on ${listOf(found.entries)}.`,
      evidence,
    };
  },
});
