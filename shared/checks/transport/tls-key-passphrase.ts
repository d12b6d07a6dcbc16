import { z } from 'zod';
import type { Severity } from '../../findings/finding.ts';
import { defineCheck } from '../define-check.ts';
import { groupWritable, worldWritable } from '../support/accounts.ts';
import { presentEvidence, rightsEvidence } from '../support/evidence.ts';
import { worstOf } from '../support/hba-findings.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, isOn, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { tlsIsOff } from '../support/tls-view.ts';

/** A command that prints what stands in it: the passphrase is then in the configuration for all to read. */
const printsItself = /^\s*(?:\/\S*\/)?(?:echo|printf)\b/;

export const tlsKeyPassphrase = defineCheck({
  id: 'tls-key-passphrase',
  pillar: 'transport',
  severity: 'medium',
  titles: {
    pass: 'The private key is protected by a passphrase',
    fail: 'The private key has no passphrase',
    topic: 'Passphrase of the private key',
  },
  why: 'A key without a passphrase can be used by whoever gets the file, from a backup or a copied disk, say. With a passphrase the file alone is worthless. The server asks a program for it when it starts.',
  misuse: [
    'A backup of /etc lies on a share that many can read.',
    'The key in it opens at once, and a false server can present the real certificate.',
  ],
  byHand: [
    'Encrypt the key: openssl pkey -aes-256-cbc -in server.key -out server-encrypted.key',
    'Write a program that prints the passphrase from a place apart (TPM, KMS, a file outside of backups), owned by root, mode 0755 at most.',
    "ALTER SYSTEM SET ssl_passphrase_command = '/usr/local/sbin/pg-key-passphrase %p';",
    'ALTER SYSTEM SET ssl_passphrase_command_supports_reload = on; set ssl_cert_file and ssl_key_file, then SELECT pg_reload_conf();',
  ],
  references: {
    cis: ['6.8 (12, 14-17)'],
    stig: ['CD12-00-010200', 'CD16-00-004100'],
    documentation: [
      postgresPage('runtime-config-connection.html', 'Connection settings, ssl_passphrase_command'),
    ],
  },
  needs: ['settings', 'tlsFiles'],
  parameters: z.object({}),
  judge({ settings, tlsFiles: { key, passphraseProgram } }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    const command = findSetting(settings, 'ssl_passphrase_command');
    const reload = findSetting(settings, 'ssl_passphrase_command_supports_reload');
    if (command === undefined) return settingMissing('ssl_passphrase_command');
    if (key.encrypted === null) {
      return {
        status: 'not-assessed',
        summary: `${key.status.path}: ${key.problem ?? 'it could not be read'}.`,
      };
    }
    // The command may hold a secret, so its text is shown only when it is a program's path.
    const shown = printsItself.test(command.value)
      ? { ...command, value: 'prints a text that stands in it' }
      : command;
    const evidence = presentEvidence(
      rightsEvidence([{ status: key.status, note: key.encrypted ? 'encrypted' : 'not encrypted' }]),
      command.value === '' ? null : settingEvidence(shown, 'a program owned by root'),
      command.value === '' || reload === undefined ? null : settingEvidence(reload, 'on'),
      passphraseProgram && rightsEvidence([{ status: passphraseProgram, note: 'prints the passphrase' }]),
    );
    if (!key.encrypted) {
      return {
        status: 'fail',
        summary: `${key.status.path} can be used by whoever gets a copy of it.`,
        evidence,
        subjects: [{ kind: 'file', name: key.status.path }],
      };
    }
    if (command.value === '') {
      return {
        status: 'pass',
        summary:
          'The passphrase is typed in at each start. A reload does not read a new key, and nobody can restart unattended.',
        evidence,
      };
    }
    const problems: { severity: Severity; note: string }[] = [];
    if (printsItself.test(command.value)) {
      problems.push({ severity: 'high', note: 'the passphrase stands in the configuration itself' });
    } else if (passphraseProgram === null || passphraseProgram.type === 'missing') {
      problems.push({ severity: 'high', note: 'the program was not found: the next start fails' });
    } else if (
      passphraseProgram.owner !== 'root' ||
      worldWritable(passphraseProgram) ||
      (groupWritable(passphraseProgram) && passphraseProgram.group !== 'root')
    ) {
      problems.push({ severity: 'high', note: `others than root may change ${passphraseProgram.path}` });
    }
    if (!isOn(settings, 'ssl_passphrase_command_supports_reload')) {
      problems.push({
        severity: 'low',
        note: 'a reload does not call it, so a renewed certificate is not taken over',
      });
    }
    if (problems.length > 0) {
      return {
        status: 'fail',
        title: 'The program for the passphrase of the key is not sound',
        summary: `ssl_passphrase_command: ${problems.map(({ note }) => note).join('; ')}.`,
        evidence,
        subjects: [settingSubject('ssl_passphrase_command')],
        severity: worstOf(problems),
      };
    }
    return {
      status: 'pass',
      summary: 'The key is encrypted, and a program of root hands out the passphrase.',
      evidence,
    };
  },
});
