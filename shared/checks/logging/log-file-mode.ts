import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { isSticky, worldWritable } from '../support/accounts.ts';
import { modeText, presentEvidence } from '../support/evidence.ts';
import { judgeRights, type RightsProblem } from '../support/file-rights.ts';
import { worstOf } from '../support/hba-findings.ts';
import { logFileProblems } from '../support/log-files.ts';
import { modeOfSetting } from '../support/log-settings.ts';
import { postgresPage } from '../support/references.ts';
import { findSetting, isOn, settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';

export const logFileMode = defineCheck({
  id: 'log-file-mode',
  pillar: 'logging',
  severity: 'high',
  titles: {
    pass: 'The log is closed to other accounts',
    fail: 'Other accounts can read the log',
    topic: 'Rights on log files',
  },
  why: 'The log has statements with data in them, names of roles and databases, and at times passwords. It shows an intruder what is there and what he has to look like.',
  misuse: [
    'Any account of the host reads the log.',
    'It finds a password that was typed into a statement, or the personal data of an error message.',
  ],
  byHand: [
    "ALTER SYSTEM SET log_file_mode = '0640'; SELECT pg_reload_conf(); It counts for new files.",
    'Files that are there already: chmod o-rwx /var/log/postgresql/*',
    'Where logrotate makes the files, see "create" in /etc/logrotate.d/postgresql-common.',
  ],
  references: {
    cis: ['3.1.6 (12, 14-17)'],
    stig: [
      'CD12-00-004200',
      'CD16-00-002000',
      'CD12-00-000400',
      'CD16-00-002100',
      'CD12-00-002300',
      'CD16-00-002200',
    ],
    documentation: [
      postgresPage('runtime-config-logging.html', 'Error reporting and logging, log_file_mode'),
    ],
  },
  needs: ['settings', 'cluster'],
  uses: ['logFiles', 'accounts'],
  parameters: z.object({
    /** The widest log_file_mode that is accepted. */
    maximum: z
      .string()
      .regex(/^0[0-7]{3}$/)
      .default('0640'),
  }),
  judge({ settings, cluster }, { parameters }, { logFiles, accounts }) {
    const collector = isOn(settings, 'logging_collector');
    const setting = findSetting(settings, 'log_file_mode');
    if (collector && setting === undefined) return settingMissing('log_file_mode');
    const mode = collector && setting !== undefined ? modeOfSetting(setting.value) : null;
    const maximum = Number.parseInt(parameters.maximum, 8);
    const wide = mode !== null && (mode & ~maximum) !== 0;
    const shown =
      collector && setting !== undefined ? settingEvidence(setting, `${parameters.maximum} or less`) : null;
    const settingPart = {
      summary: `log_file_mode is ${mode === null ? '' : modeText(mode)}: new files get it.`,
      severity: mode !== null && (mode & 0o027) !== 0 ? ('high' as const) : ('medium' as const),
    };
    if (logFiles.state !== 'collected') {
      if (!wide)
        return { status: 'not-assessed', summary: logFiles.reason, evidence: presentEvidence(shown) };
      return {
        status: 'fail',
        summary: `${settingPart.summary} The files themselves were not seen: ${logFiles.reason}.`,
        evidence: presentEvidence(shown),
        subjects: [settingSubject('log_file_mode')],
        severity: settingPart.severity,
      };
    }
    const { destination, directory, files } = logFiles.value;
    if (!collector && directory === null) {
      return destination === 'journal'
        ? {
            status: 'not-applicable',
            summary: 'The server logs to the journal of the system, which has rights of its own.',
          }
        : { status: 'not-assessed', summary: 'Where the server writes its log was not found.' };
    }
    const known = accounts.state === 'collected' ? accounts.value : null;
    const folderProblems: readonly RightsProblem[] =
      directory !== null && directory.type === 'directory' && worldWritable(directory) && !isSticky(directory)
        ? [{ severity: 'high', note: 'every account can replace the files in it' }]
        : [];
    const rights = judgeRights([
      ...files.map((status) => ({ status, problems: logFileProblems(status, cluster.owner, known) })),
      ...(directory === null ? [] : [{ status: directory, problems: folderProblems }]),
    ]);
    const evidence = presentEvidence(shown, ...(rights.evidence ?? []));
    if (!wide) {
      return files.length === 0 && rights.status === 'pass' && !collector
        ? { status: 'not-assessed', summary: 'No log file was found.', evidence }
        : { ...rights, evidence };
    }
    const failed = rights.status === 'fail' ? rights : null;
    return {
      status: 'fail',
      summary: failed === null ? settingPart.summary : `${settingPart.summary} ${failed.summary}`,
      evidence,
      subjects: [settingSubject('log_file_mode'), ...(failed?.subjects ?? [])],
      severity: worstOf([
        settingPart,
        ...(failed?.severity === undefined ? [] : [{ severity: failed.severity }]),
      ]),
    };
  },
});
