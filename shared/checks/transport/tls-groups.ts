import { z } from 'zod';
import { groupsSetting, judgeGroups, recommendedGroups } from '../../tls/groups.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { tlsIsOff } from '../support/tls-view.ts';
import { listOf } from '../support/words.ts';

const grades = {
  'post-quantum': 'resists quantum computers too',
  good: 'good',
  acceptable: 'sound, but out of use elsewhere',
  weak: 'too weak today',
  unknown: 'not known here',
} as const;

export const tlsGroups = defineCheck({
  id: 'tls-groups',
  pillar: 'transport',
  severity: 'low',
  titles: {
    pass: 'Keys are agreed on with modern groups',
    fail: 'Keys may be agreed on with weak groups',
    topic: 'Groups for key exchange',
  },
  why: 'Before anything is encrypted, client and server agree on a key over an open line. The group is the mathematics of that agreement. Short or forgotten groups make it the weakest part of the connection.',
  misuse: [
    'The traffic is recorded with the agreement at its beginning.',
    'A group of too few bits lets the key be computed from it.',
  ],
  byHand: [
    "Up to PostgreSQL 17: ALTER SYSTEM SET ssl_ecdh_curve = 'prime256v1';",
    "From 18 on: ALTER SYSTEM SET ssl_groups = 'X25519:prime256v1:secp384r1';",
    'SELECT pg_reload_conf(); then try it: openssl s_client -starttls postgres -connect db1:5432',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings, ssl_groups')],
  },
  needs: ['settings', 'cluster'],
  uses: ['tlsFiles'],
  parameters: z.object({}),
  judge({ settings, cluster }, _context, { tlsFiles }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    const name = groupsSetting(cluster.major);
    const setting = findSetting(settings, name) ?? findSetting(settings, 'ssl_ecdh_curve');
    if (setting === undefined) return settingMissing(name);
    const version = tlsFiles.state === 'collected' ? tlsFiles.value.opensslVersion : null;
    const { valid, groups } = judgeGroups(setting.value, cluster.major);
    const evidence = [
      settingEvidence(setting, recommendedGroups(cluster.major, version)),
      tableEvidence(
        ['Group', 'Judgement'],
        groups.map((group) => [group.name, grades[group.grade]]),
      ),
    ];
    const weak = groups.filter(({ grade }) => grade === 'weak');
    if (!valid || weak.length > 0) {
      return {
        status: 'fail',
        summary: valid
          ? `${listOf(weak.map((group) => group.name))} ${weak.length === 1 ? 'is' : 'are'} too weak today.`
          : `PostgreSQL ${cluster.major} cannot use the value ${setting.value}.`,
        evidence,
        subjects: [settingSubject(setting.name)],
        ...(valid ? {} : { title: 'The groups for key exchange cannot be used' }),
      };
    }
    const unknown = groups.filter(({ grade }) => grade === 'unknown');
    if (unknown.length > 0) {
      return {
        status: 'not-assessed',
        summary: `Nothing is known here of ${listOf(unknown.map((group) => group.name))}.`,
        evidence,
      };
    }
    return { status: 'pass', summary: `${listOf(groups.map((group) => group.name))}.`, evidence };
  },
});
