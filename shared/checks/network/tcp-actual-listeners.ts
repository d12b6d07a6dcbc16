import { z } from 'zod';
import type { Listener } from '../../facts/network.ts';
import { formatAddress, parseAddress } from '../../lib/cidr.ts';
import { defineCheck } from '../define-check.ts';
import { companionOf } from '../support/companions.ts';
import { tableEvidence } from '../support/evidence.ts';
import { isLoopbackEntry, isWildcard, listening } from '../support/listening.ts';
import type { Listening } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { settingEvidence, settingMissing } from '../support/settings.ts';
import { listOf } from '../support/words.ts';

interface Difference {
  readonly key: string;
  readonly note: string;
}

const sameAddress = (one: string, other: string): boolean => {
  const [left, right] = [parseAddress(one), parseAddress(other)];
  if (left === null || right === null) return one === other;
  return formatAddress(left) === formatAddress(right);
};

/** True when listen_addresses stands for this address; a host name may stand for any. */
function expected({ entries }: Listening, address: string): boolean {
  return entries.some(
    (entry) =>
      (isWildcard(entry) && (entry === '*' || isWildcard(address) || !isLoopbackEntry(entry))) ||
      (isLoopbackEntry(entry) && isLoopbackEntry(address)) ||
      sameAddress(entry, address) ||
      (!isLoopbackEntry(entry) && parseAddress(entry) === null),
  );
}

function missing(found: Listening, own: readonly Listener[]): readonly Difference[] {
  return found.entries
    .filter((entry) => {
      if (isWildcard(entry)) return !own.some(({ address }) => isWildcard(address));
      if (entry.toLowerCase() === 'localhost')
        return !own.some(({ address }) => isLoopbackEntry(address) || isWildcard(address));
      return (
        parseAddress(entry) !== null &&
        !own.some(({ address }) => sameAddress(entry, address) || isWildcard(address))
      );
    })
    .map((entry) => ({ key: `${entry}:${found.port}`, note: 'configured, but nothing listens there' }));
}

function companionNote(listener: Listener): string | null {
  const found = companionOf(listener);
  return found === null ? null : `${found.what} answers other machines`;
}

export const tcpActualListeners = defineCheck({
  id: 'tcp-actual-listeners',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'What listens is what is configured',
    fail: 'What listens differs from what is configured',
    topic: 'Ports that really listen',
  },
  why: 'The configuration says what was meant, the kernel says what is. A second server, a connection pooler or a metrics port beside PostgreSQL can be a way in that nobody watches, with rules of its own.',
  misuse: [
    'A pooler on port 6432 passes every client on from the host itself, so the addresses in pg_hba.conf mean nothing.',
    'A control interface such as that of Patroni takes commands without a password by default.',
    'A server left over from an upgrade has old passwords and gets no patches.',
  ],
  byHand: [
    'See what listens and who it is: ss -Hltnp',
    'Stop what nobody needs: systemctl disable --now NAME',
    'Bind the rest to loopback or to the address that clients use, in its own configuration.',
    'Where PostgreSQL itself listens elsewhere than configured, restart it.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-000100', 'CD16-00-003500'],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings')],
  },
  needs: ['settings', 'listeners', 'cluster'],
  uses: ['clusters'],
  parameters: z.object({
    /** Ports of companions that are meant to be reached from outside. */
    acceptedPorts: z.array(z.number().int()).default([]),
  }),
  judge({ settings, listeners, cluster }, { parameters }, { clusters }) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    const known = clusters.state === 'collected' ? clusters.value.filter(({ id }) => id !== cluster.id) : [];
    const own = listeners.filter(({ port }) => port === found.port);
    const unexpected = own
      .filter(({ address }) => !expected(found, address))
      .map(({ address, port }) => ({ key: `${address}:${port}`, note: 'listens, but is not configured' }));
    const beside = listeners
      .filter(({ port, address }) => port !== found.port && !isLoopbackEntry(address))
      .filter(({ port }) => !parameters.acceptedPorts.includes(port))
      .flatMap((listener) => {
        const sibling = known.find(({ port }) => port === listener.port);
        const note =
          sibling === undefined ? companionNote(listener) : `cluster ${sibling.id} answers other machines`;
        return note === null ? [] : [{ key: `${listener.address}:${listener.port}`, note }];
      });
    const differences = [...unexpected, ...missing(found, own), ...beside];
    const noted = new Map(differences.map(({ key, note }) => [key, note]));
    const relevant = listeners.filter(
      ({ address, port }) => port === found.port || noted.has(`${address}:${port}`),
    );
    const evidence = [
      settingEvidence(found.setting, null),
      tableEvidence(
        ['Listening', 'Process', 'Note'],
        relevant.map(({ address, port, process }) => [
          `${address} port ${port}`,
          process ?? 'not visible',
          noted.get(`${address}:${port}`) ?? '',
        ]),
      ),
    ];
    if (differences.length === 0) {
      const addresses = [...new Set(own.map(({ address }) => address))];
      const summary =
        addresses.length === 0
          ? `Nothing listens on port ${found.port}, as configured.`
          : `Port ${found.port} listens on ${listOf(addresses)}, as configured.`;
      return { status: 'pass', summary, evidence };
    }
    return {
      status: 'fail',
      summary: `${listOf(
        differences.map(({ key, note }) => `${key}: ${note}`),
        4,
      )}.`,
      evidence,
      subjects: differences.map(({ key }) => ({ kind: 'listener', name: key })),
    };
  },
});
