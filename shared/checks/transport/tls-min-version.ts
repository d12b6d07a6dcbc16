import { z } from 'zod';
import {
  allowedTlsProtocols,
  compareTlsProtocols,
  parseTlsProtocol,
  tlsProtocols,
} from '../../tls/protocols.ts';
import { defineCheck } from '../define-check.ts';
import { presentEvidence, tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { lineSeverity, tlsIsOff } from '../support/tls-view.ts';
import { listOf } from '../support/words.ts';

export const tlsMinVersion = defineCheck({
  id: 'tls-min-version',
  pillar: 'transport',
  severity: 'high',
  titles: {
    pass: 'Old versions of TLS are refused',
    fail: 'Old versions of TLS are accepted',
    topic: 'Oldest version of TLS',
  },
  why: 'TLS 1.0 and 1.1 rest on broken hashes and were withdrawn in 2021. A server that still accepts them can be talked into using them, even by a client that could do better.',
  misuse: [
    'Someone in between drops the first messages until both sides fall back to TLS 1.0.',
    'Known attacks on its ciphers then uncover parts of the traffic.',
  ],
  byHand: [
    'See what clients use: SELECT version, count(*) FROM pg_stat_ssl WHERE ssl GROUP BY 1;',
    "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2'; SELECT pg_reload_conf();",
    'Sessions that are open stay. Let each client log in anew.',
  ],
  references: {
    cis: ['6.9 (14-17)'],
    stig: ['CD12-00-007200', 'CD16-00-008800'],
    documentation: [
      postgresPage('runtime-config-connection.html', 'Connection settings, ssl_min_protocol_version'),
    ],
  },
  needs: ['settings', 'cluster'],
  uses: ['sessions'],
  parameters: z.object({
    minimum: z.enum(tlsProtocols).default('TLSv1.2'),
    /** The minimum for this major and later ones, where a profile asks for more there. */
    since: z
      .object({ major: z.number().int(), minimum: z.enum(tlsProtocols) })
      .nullable()
      .default(null),
  }),
  judge({ settings, cluster }, { parameters }, { sessions }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    const lowest = findSetting(settings, 'ssl_min_protocol_version');
    if (lowest === undefined) return settingMissing('ssl_min_protocol_version');
    const highest = findSetting(settings, 'ssl_max_protocol_version');
    const { since } = parameters;
    const wanted = since !== null && cluster.major >= since.major ? since.minimum : parameters.minimum;
    const allowed = allowedTlsProtocols(lowest.value, highest?.value ?? '');
    const inUse = sessions.state === 'collected' ? sessions.value.filter(({ tls }) => tls) : [];
    const old = inUse.filter(({ tlsVersion }) => {
      const version = parseTlsProtocol(tlsVersion ?? '');
      return version !== null && compareTlsProtocols(version, wanted) < 0;
    });
    const evidence = presentEvidence(
      settingEvidence(lowest, `${wanted} or newer`),
      highest && highest.value !== '' ? settingEvidence(highest, null) : null,
      old.length === 0
        ? null
        : tableEvidence(
            ['Connected now with', 'Role', 'Address'],
            old.map(({ tlsVersion, role, address }) => [tlsVersion ?? '', role, address ?? '']),
          ),
    );
    if (allowed === null) {
      return {
        status: 'not-assessed',
        summary: `${lowest.value} is not a version of TLS that is known here.`,
        evidence,
      };
    }
    const tooOld = allowed.filter((version) => compareTlsProtocols(version, wanted) < 0);
    if (tooOld.length > 0) {
      return {
        status: 'fail',
        title: `${listOf(tooOld)} ${tooOld.length === 1 ? 'is' : 'are'} accepted`,
        summary: `The server accepts ${listOf(allowed)}.`,
        evidence,
        subjects: [settingSubject('ssl_min_protocol_version')],
        // TLS 1.2 is sound; asking for 1.3 alone is a matter of policy.
        severity: lineSeverity(
          settings,
          tooOld.every((version) => version === 'TLSv1.2') ? 'medium' : 'high',
        ),
      };
    }
    return { status: 'pass', summary: `The server accepts ${listOf(allowed)}.`, evidence };
  },
});
