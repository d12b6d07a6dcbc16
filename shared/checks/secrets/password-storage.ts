import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { countOf, listOf } from '../support/words.ts';

export const pwdEncryption = defineCheck({
  id: 'pwd-encryption',
  pillar: 'secrets',
  severity: 'high',
  titles: {
    pass: 'New passwords are stored as SCRAM verifiers',
    fail: 'New passwords are stored as md5 hashes',
    topic: 'How new passwords are stored',
  },
  why: 'An md5 hash is as good as the password: whoever copies it can log in with it where a rule says md5, and guesses the password at billions of tries a second. A SCRAM verifier can do neither.',
  misuse: [
    'A backup with pg_authid gets into wrong hands.',
    'The md5 hashes in it are enough to log in, without guessing a password.',
  ],
  byHand: [
    "ALTER SYSTEM SET password_encryption = 'scram-sha-256'; SELECT pg_reload_conf();",
    'Passwords that are stored stay as they are until each is set anew: \\password in psql.',
    'Clients need libpq 10 or a driver that knows SCRAM.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-009500', 'CD16-00-003800'],
    documentation: [postgresPage('auth-password.html', 'Password authentication')],
  },
  needs: ['settings'],
  parameters: z.object({}),
  judge({ settings }) {
    const setting = findSetting(settings, 'password_encryption');
    if (setting === undefined) return settingMissing('password_encryption');
    const evidence = [settingEvidence(setting, 'scram-sha-256')];
    return setting.value === 'scram-sha-256'
      ? { status: 'pass', summary: 'password_encryption is scram-sha-256.', evidence }
      : {
          status: 'fail',
          summary: `password_encryption is ${setting.value}.`,
          evidence,
          subjects: [settingSubject('password_encryption')],
        };
  },
});

export const pwdMd5Verifiers = defineCheck({
  id: 'pwd-md5-verifiers',
  pillar: 'secrets',
  severity: 'high',
  titles: {
    pass: 'No password is stored as an md5 hash',
    fail: 'Passwords are stored as md5 hashes',
    topic: 'Passwords that are stored as md5 hashes',
  },
  why: 'A password keeps the form in which it was set. Those set while md5 was the rule can be used without guessing by whoever reads them, and newer versions of PostgreSQL will refuse them.',
  misuse: [
    'pg_authid is read from a backup or a copy of the data folder.',
    'With the hash itself the attacker answers the question of an md5 rule, and is in.',
  ],
  byHand: [
    "See them: SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'md5%';",
    'First: SHOW password_encryption; it has to say scram-sha-256.',
    'Set each one anew, the same password will do: \\password app in psql. It computes the verifier here, so that the password is sent and logged nowhere.',
    'Once none is left, change md5 into scram-sha-256 in pg_hba.conf.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-009500', 'CD16-00-003800'],
    documentation: [postgresPage('auth-password.html', 'Password authentication')],
  },
  needs: ['roles'],
  parameters: z.object({}),
  judge({ roles }) {
    const own = roles.filter(({ predefined }) => !predefined);
    const old = own.filter(({ verifier }) => verifier === 'md5');
    const hidden = own.filter(({ verifier }) => verifier === 'unknown');
    const strange = own.filter(({ verifier }) => verifier === 'other');
    const evidence = [
      tableEvidence(
        ['Role', 'Stored as', 'May log in'],
        [...old, ...strange].map(({ name, verifier, login }) => [
          name,
          verifier === 'md5' ? 'md5' : 'a form that is not known',
          login ? 'yes' : 'no',
        ]),
      ),
    ];
    if (old.length > 0) {
      const names = old.map(({ name }) => name);
      return {
        status: 'fail',
        title: `${countOf(old.length, 'role has', 'roles have')} a password that is stored as an md5 hash`,
        summary: `${listOf(names)}${hidden.length > 0 ? `; of ${listOf(hidden.map(({ name }) => name))} it could not be seen` : ''}.`,
        evidence,
        subjects: names.map((name) => ({ kind: 'role', name })),
        severity: old.some(({ login }) => login) ? 'high' : 'low',
      };
    }
    if (hidden.length > 0)
      return { status: 'not-assessed', summary: 'Only a superuser may see how passwords are stored.' };
    if (strange.length > 0) {
      return {
        status: 'manual',
        summary: `The password of ${listOf(strange.map(({ name }) => name))} is stored in a form that is not known here.`,
        evidence,
      };
    }
    const scram = own.filter(({ verifier }) => verifier === 'scram-sha-256').length;
    return {
      status: 'pass',
      summary:
        scram === 0
          ? 'No role has a password.'
          : `${countOf(scram, 'password is', 'passwords are')} stored as SCRAM ${scram === 1 ? 'verifier' : 'verifiers'}.`,
      evidence: [],
    };
  },
});
