import { settingValue } from '../../checks/support/settings.ts';
import type { FactSet } from '../../facts/facts.ts';
import { recommendedCiphers, recommendedCipherSuites } from '../../tls/ciphers.ts';
import { groupsSetting, recommendedGroups } from '../../tls/groups.ts';
import { compareTlsProtocols, parseTlsProtocol } from '../../tls/protocols.ts';
import type { TlsProtocol } from '../../tls/protocols.ts';
import { defineFix } from '../define-fix.ts';
import { settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';

/** Sessions that are encrypted now; null when they could not be seen. */
function tlsSessions({ sessions }: FactSet) {
  return sessions.state === 'collected' ? sessions.value.filter(({ tls }) => tls) : null;
}

/** The minimum to propose: 1.2, and 1.3 where 1.2 is there already and a profile asks for more. */
function proposed(present: string | null): TlsProtocol {
  const version = parseTlsProtocol(present ?? '');
  return version !== null && compareTlsProtocols(version, 'TLSv1.2') >= 0 ? 'TLSv1.3' : 'TLSv1.2';
}

function olderThan(all: FactSet, minimum: TlsProtocol): number {
  return (tlsSessions(all) ?? []).filter(({ tlsVersion }) => {
    const version = parseTlsProtocol(tlsVersion ?? '');
    return version !== null && compareTlsProtocols(version, minimum) < 0;
  }).length;
}

export const refuseOldTls = defineFix({
  id: 'tls-minimum',
  resolves: ['tls-min-version'],
  title: 'Refuse old versions of TLS',
  description: 'Clients that can do no better would be refused at their next login. Open sessions stay.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['settings', 'cluster'],
  safeFor: ({ settings }, _finding, all) =>
    tlsSessions(all) !== null &&
    olderThan(all, proposed(settingValue(settings, 'ssl_min_protocol_version'))) === 0,
  offer: ({ settings }) => settable(settings, ['ssl_min_protocol_version']),
  choices: ({ settings }, _finding, all) => {
    const chosen = proposed(settingValue(settings, 'ssl_min_protocol_version'));
    return [
      {
        kind: 'one',
        key: 'minimum',
        label: 'Which is the oldest version that is accepted?',
        options: (['TLSv1.2', 'TLSv1.3'] as const).map((version) => ({
          value: version,
          label: version.replace('TLSv', 'TLS '),
          seen: `${olderThan(all, version)} sessions with an older one now`,
          chosen: version === chosen,
        })),
      },
    ];
  },
  plan({ settings, cluster }, _finding, answers, preferences) {
    const place = { settings, cluster, preferences };
    const present = settingValue(settings, 'ssl_min_protocol_version');
    const minimum = parseTlsProtocol(answers['minimum'] ?? proposed(present));
    if (minimum === null || compareTlsProtocols(minimum, 'TLSv1.2') < 0) {
      return { ok: false, reason: 'Choose TLSv1.2 or TLSv1.3.' };
    }
    const highest = parseTlsProtocol(settingValue(settings, 'ssl_max_protocol_version') ?? '');
    const capped = highest !== null && compareTlsProtocols(highest, minimum) < 0;
    return {
      ok: true,
      operations: [
        ...(capped ? [setting(place, 'ssl_max_protocol_version', null)] : []),
        setting(place, 'ssl_min_protocol_version', minimum),
      ],
    };
  },
});

export const forwardSecretCiphers = defineFix({
  id: 'tls-forward-secret-ciphers',
  resolves: ['tls-ciphers', 'tls-dh-params'],
  title: 'Allow only forward-secret ciphers',
  description:
    'ssl_ciphers becomes a list of six suites with ECDHE, which every client of the last ten years knows. Suites that need Diffie-Hellman parameters are not among them, so none have to be made.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['settings', 'cluster'],
  safeFor: (_facts, _finding, all) =>
    tlsSessions(all)?.every(
      ({ tlsVersion, tlsCipher }) =>
        tlsVersion === 'TLSv1.3' || recommendedCipherSuites.includes(tlsCipher ?? ''),
    ) ?? false,
  offer: ({ settings }) => settable(settings, ['ssl_ciphers']),
  choices: () => [],
  plan: ({ settings, cluster }, _finding, _answers, preferences) => ({
    ok: true,
    operations: [setting({ settings, cluster, preferences }, 'ssl_ciphers', recommendedCiphers)],
  }),
});

export const modernGroups = defineFix({
  id: 'tls-modern-groups',
  resolves: ['tls-groups'],
  title: 'Agree on keys with modern groups',
  description: 'The setting for key exchange gets the groups that clients of the last ten years know.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster'],
  offer: ({ settings, cluster }) => settable(settings, [groupsSetting(cluster.major)]),
  choices: () => [],
  plan: ({ settings, cluster }, _finding, _answers, preferences, all) => {
    const version = all.tlsFiles.state === 'collected' ? all.tlsFiles.value.opensslVersion : null;
    const value = recommendedGroups(cluster.major, version);
    return {
      ok: true,
      operations: [setting({ settings, cluster, preferences }, groupsSetting(cluster.major), value)],
    };
  },
});
