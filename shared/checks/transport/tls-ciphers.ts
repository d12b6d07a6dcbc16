import { z } from 'zod';
import { cipherWeaknesses, judgeCiphers, judgeCipherString } from '../../tls/ciphers.ts';
import type { CipherJudgement, CipherSuite } from '../../tls/ciphers.ts';
import { allowedTlsProtocols } from '../../tls/protocols.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import {
  findSetting,
  settingEvidence,
  settingMissing,
  settingSubject,
  settingValue,
} from '../support/settings.ts';
import { lineSeverity, tlsIsOff } from '../support/tls-view.ts';
import { amount, listOf } from '../support/words.ts';

/**
 * A list of full names says by itself what it allows. Words such as HIGH mean what the OpenSSL of the host makes of
 * them, so its expansion counts, without the suites of TLS 1.3, which the setting does not rule.
 */
export function judgeSetting(value: string, expanded: readonly CipherSuite[] | null): CipherJudgement {
  const byName = judgeCipherString(value);
  if (byName.grade === 'good' || expanded === null) return byName;
  const ruled = expanded.filter(({ protocol }) => protocol !== 'TLSv1.3');
  return ruled.length === 0 ? byName : judgeCiphers(ruled);
}

export const tlsCiphers = defineCheck({
  id: 'tls-ciphers',
  pillar: 'transport',
  severity: 'high',
  titles: {
    pass: 'Only forward-secret ciphers are allowed',
    fail: 'Ciphers without forward secrecy allowed',
    topic: 'Ciphers of TLS 1.2',
  },
  why: 'The cipher decides what a recording of the traffic is worth. With forward secrecy each connection has a key of its own that is thrown away. Without it, whoever gets the key of the server later can read all recordings.',
  misuse: [
    'Someone records encrypted traffic for months.',
    'One day a backup with the key of the server falls into his hands.',
    'With a cipher of the old kind he decrypts all that he has recorded.',
  ],
  byHand: [
    "See what the setting means on the host: openssl ciphers -v 'HIGH:MEDIUM:+3DES:!aNULL'",
    'See what clients use: SELECT cipher, count(*) FROM pg_stat_ssl WHERE ssl GROUP BY 1;',
    "ALTER SYSTEM SET ssl_ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';",
    'SELECT pg_reload_conf(); then let each client log in anew.',
  ],
  references: {
    cis: ['6.10 (14-17)'],
    stig: ['CD12-00-008200', 'CD16-00-012300'],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings, ssl_ciphers')],
  },
  needs: ['settings'],
  uses: ['tlsFiles'],
  parameters: z.object({
    /** Accept suites in CBC mode, as long as they are forward secret. */
    acceptCbc: z.boolean().default(false),
  }),
  judge({ settings }, { parameters }, { tlsFiles }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    const setting = findSetting(settings, 'ssl_ciphers');
    if (setting === undefined) return settingMissing('ssl_ciphers');
    const wanted = 'suites with ECDHE and AES-GCM or ChaCha20 only';
    const protocols = allowedTlsProtocols(
      settingValue(settings, 'ssl_min_protocol_version') ?? '',
      settingValue(settings, 'ssl_max_protocol_version') ?? '',
    );
    if (protocols !== null && protocols.every((protocol) => protocol === 'TLSv1.3')) {
      return {
        status: 'pass',
        summary: 'Only TLS 1.3 is accepted, and all its ciphers are forward secret.',
        evidence: [settingEvidence(setting, null)],
      };
    }
    const expanded = tlsFiles.state === 'collected' ? tlsFiles.value.ciphers : null;
    const judged = judgeSetting(setting.value, expanded);
    const weak = judged.weak
      .map(({ suite, weaknesses }) => ({
        suite,
        weaknesses: weaknesses.filter((one) => one !== 'cbc' || !parameters.acceptCbc),
      }))
      .filter(({ weaknesses }) => weaknesses.length > 0);
    if (judged.grade === 'unknown') {
      return {
        status: 'not-assessed',
        summary: 'What ssl_ciphers allows could not be worked out: openssl was not found on the host.',
        evidence: [settingEvidence(setting, wanted)],
      };
    }
    if (weak.length === 0) {
      return {
        status: 'pass',
        summary: 'Each suite is forward secret and authenticates what it encrypts.',
        evidence: [settingEvidence(setting, null)],
      };
    }
    const all = weak.flatMap(({ weaknesses }) => weaknesses);
    const broken = weak.filter(({ weaknesses }) =>
      weaknesses.some((one) => cipherWeaknesses[one].grade === 'broken'),
    );
    const secret = !all.includes('no-forward-secrecy');
    return {
      status: 'fail',
      title:
        broken.length > 0
          ? 'Broken ciphers are allowed'
          : secret
            ? 'Ciphers in CBC mode are allowed'
            : 'Ciphers without forward secrecy allowed',
      summary:
        broken.length > 0
          ? `${listOf(broken.map(({ suite }) => suite))} ${broken.length === 1 ? 'is' : 'are'} allowed.`
          : `${amount(weak.length, 'suite')} of TLS 1.2 ${weak.length === 1 ? 'has' : 'have'} known weaknesses.`,
      evidence: [
        settingEvidence(setting, wanted),
        tableEvidence(
          ['Suite', 'Weakness'],
          weak.map(({ suite, weaknesses }) => [
            suite,
            listOf(weaknesses.map((one) => cipherWeaknesses[one].text)),
          ]),
        ),
      ],
      subjects: [settingSubject('ssl_ciphers')],
      severity: lineSeverity(settings, broken.length > 0 || !secret ? 'high' : 'medium'),
    };
  },
});
