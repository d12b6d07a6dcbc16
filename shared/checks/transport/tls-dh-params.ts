import { z } from 'zod';
import type { CipherSuite } from '../../tls/ciphers.ts';
import { judgeCipherString } from '../../tls/ciphers.ts';
import { defineCheck } from '../define-check.ts';
import { rightsEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import {
  findSetting,
  settingEvidence,
  settingMissing,
  settingSubject,
  settingValue,
} from '../support/settings.ts';
import { tlsIsOff } from '../support/tls-view.ts';
import { listOf } from '../support/words.ts';

/** The suites that agree on keys by plain Diffie-Hellman; null when the setting could not be expanded. */
function diffieHellmanSuites(
  value: string,
  expanded: readonly CipherSuite[] | null,
): readonly string[] | null {
  const names = value.split(/[:, ]+/).filter((name) => name !== '');
  if (judgeCipherString(value).grade === 'good') return names.filter((name) => /^DHE-/.test(name));
  if (expanded === null) return null;
  return expanded.filter(({ keyExchange }) => keyExchange === 'DH').map(({ name }) => name);
}

export const tlsDhParams = defineCheck({
  id: 'tls-dh-params',
  pillar: 'transport',
  severity: 'low',
  titles: {
    pass: 'Diffie-Hellman has strong parameters or is not used',
    fail: 'Diffie-Hellman lacks parameters of its own',
    topic: 'Parameters for Diffie-Hellman',
  },
  why: 'Ciphers whose name begins with DHE agree on a key with a large prime. When many servers share one prime, attacking it pays. A prime of its own, or none of these ciphers at all, takes the reward away.',
  misuse: [
    'A prime that thousands of servers use is attacked once, with much computing time.',
    'Recordings of all of them can be decrypted afterwards (Logjam).',
  ],
  byHand: [
    'Best leave these ciphers out: those with ECDHE do not need the parameters, see ssl_ciphers.',
    'Or make parameters, which takes minutes: openssl dhparam -out /etc/postgresql/dh2048.pem 2048',
    "ALTER SYSTEM SET ssl_dh_params_file = '/etc/postgresql/dh2048.pem'; SELECT pg_reload_conf();",
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [
      postgresPage('runtime-config-connection.html', 'Connection settings, ssl_dh_params_file'),
    ],
  },
  needs: ['settings', 'tlsFiles'],
  parameters: z.object({ minimumBits: z.number().int().default(2048) }),
  judge({ settings, tlsFiles }, { parameters }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    const setting = findSetting(settings, 'ssl_dh_params_file');
    if (setting === undefined) return settingMissing('ssl_dh_params_file');
    const suites = diffieHellmanSuites(settingValue(settings, 'ssl_ciphers') ?? '', tlsFiles.ciphers);
    if (suites === null) {
      return {
        status: 'not-assessed',
        summary: 'What ssl_ciphers allows could not be worked out on the host.',
      };
    }
    if (settingValue(settings, 'ssl_min_protocol_version') === 'TLSv1.3' || suites.length === 0) {
      return { status: 'pass', summary: 'No cipher that needs the parameters is allowed.', evidence: [] };
    }
    const file = tlsFiles.dhParameters;
    const evidence = [
      settingEvidence(setting, `a file with ${parameters.minimumBits} bits or more`),
      ...(file === null
        ? []
        : [rightsEvidence([{ status: file.status, note: file.problem ?? `${file.bits ?? '?'} bits` }])]),
    ];
    const subjects = [settingSubject('ssl_dh_params_file')];
    if (setting.value === '' || file === null) {
      return {
        status: 'fail',
        summary: `${listOf(suites, 3)} ${suites.length === 1 ? 'uses' : 'use'} the prime that comes with PostgreSQL.`,
        evidence,
        subjects,
      };
    }
    if (file.bits === null) {
      return {
        status: 'not-assessed',
        summary: `${file.status.path}: ${file.problem ?? 'its size is not known'}.`,
        evidence,
      };
    }
    return file.bits < parameters.minimumBits
      ? {
          status: 'fail',
          title: `The Diffie-Hellman parameters have ${file.bits} bits only`,
          summary: `${file.status.path} has ${file.bits} bits.`,
          evidence,
          subjects,
          severity: file.bits < 1024 ? 'high' : 'medium',
        }
      : { status: 'pass', summary: `${file.status.path} has ${file.bits} bits.`, evidence };
  },
});
