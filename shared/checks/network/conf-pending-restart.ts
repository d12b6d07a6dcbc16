import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { settingPlace, settingSubject } from '../support/settings.ts';
import { countOf, listOf } from '../support/words.ts';

/** Settings that decide who gets in, what is logged and what runs inside the server. */
const protective =
  /^(listen_addresses|port|unix_socket_|ssl|hba_file|ident_file|shared_preload_libraries|logging_collector|log_|archive_mode|wal_level|krb_|max_connections$|superuser_reserved|reserved_connections|track_commit)/;

export const confPendingRestart = defineCheck({
  id: 'conf-pending-restart',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'No changed setting waits for a restart',
    fail: 'Changed settings wait for a restart',
    topic: 'Settings that wait for a restart',
  },
  why: 'Some settings count only from the next start on. Until then the files say one thing and the server does another: a closed address may still be open, an audit library may not be loaded yet.',
  misuse: [
    'An administrator restricts a setting, reads the file again and believes that it counts.',
    'The old value stays in force for weeks, and with it the opening that was meant to be closed.',
    'At the next crash or reboot the server comes up with values that nobody has tried.',
  ],
  byHand: [
    'See them: SELECT name, setting, sourcefile, sourceline FROM pg_settings WHERE pending_restart;',
    'Take a change back that nobody wants any more, in the file or with ALTER SYSTEM RESET, and reload.',
    'Restart in a quiet moment. Each session ends: systemctl restart postgresql@15-main',
  ],
  references: {
    cis: ['6.1, 6.3 (12, 14-17)'],
    stig: [],
    documentation: [postgresPage('view-pg-settings.html', 'pg_settings, pending_restart')],
  },
  needs: ['settings'],
  uses: ['fileSettings'],
  parameters: z.object({}),
  judge({ settings }, _context, { fileSettings }) {
    const waiting = settings.filter(({ pendingRestart }) => pendingRestart);
    if (waiting.length === 0) {
      return { status: 'pass', summary: 'The values in force are those of the files.', evidence: [] };
    }
    const written = new Map(
      fileSettings.state === 'collected' ? fileSettings.value.map(({ name, value }) => [name, value]) : [],
    );
    const names = waiting.map(({ name }) => name);
    return {
      status: 'fail',
      title: `${countOf(waiting.length, 'changed setting')} ${waiting.length === 1 ? 'waits' : 'wait'} for a restart`,
      summary: `${listOf(names)} ${names.length === 1 ? 'has' : 'have'} another value in the files than in force.`,
      evidence: [
        tableEvidence(
          ['Setting', 'In force', 'After a restart', 'Source of the value in force'],
          waiting.map((setting) => [
            setting.name,
            setting.value,
            written.get(setting.name) ?? 'not known',
            settingPlace(setting),
          ]),
        ),
      ],
      subjects: names.map(settingSubject),
      severity: names.some((name) => protective.test(name)) ? 'high' : 'medium',
    };
  },
});
