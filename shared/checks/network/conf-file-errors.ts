import { z } from 'zod';
import type { FileSetting } from '../../facts/cluster.ts';
import { defineCheck } from '../define-check.ts';
import { fileEvidence, presentEvidence, tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, unique } from '../support/words.ts';

/** With this message the view marks values that only a restart takes; conf-pending-restart is about those. */
const waitsForRestart = /^setting could not be applied$/i;

const placeOf = ({ sourceFile, sourceLine }: FileSetting): string =>
  `${sourceFile ?? 'an unknown file'}:${sourceLine ?? '?'}`;

export const confFileErrors = defineCheck({
  id: 'conf-file-errors',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'The configuration files have no errors',
    fail: 'The configuration files have errors',
    topic: 'Errors in the configuration files',
  },
  why: 'An error in a configuration file sleeps until somebody reloads or restarts. A reload then leaves out what it cannot read, and a restart can fail as a whole.',
  misuse: [
    'A typing error stands in postgresql.conf, and nobody notices as the server is running.',
    'A later change that protects the server is not taken over, because the file as a whole is refused.',
    'After a reboot the server does not start, and in the hurry protections are switched off.',
  ],
  byHand: [
    'See them: SELECT sourcefile, sourceline, name, setting, error FROM pg_file_settings WHERE error IS NOT NULL;',
    'Correct each line in its file.',
    'Look at the view again before the reload: it reads the files anew each time.',
    'SELECT pg_reload_conf(); then look into the log for a refusal.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('view-pg-file-settings.html', 'pg_file_settings')],
  },
  needs: ['fileSettings'],
  uses: ['settings', 'configurationFiles'],
  parameters: z.object({}),
  judge({ fileSettings }, _context, { settings, configurationFiles }) {
    const waiting = new Set(
      settings.state === 'collected'
        ? settings.value.filter(({ pendingRestart }) => pendingRestart).map(({ name }) => name)
        : [],
    );
    const errors = fileSettings.filter(
      ({ name, error }) =>
        error !== null && !(waitsForRestart.test(error) && name !== null && waiting.has(name)),
    );
    if (errors.length === 0) {
      return { status: 'pass', summary: 'The server can read every line of its files.', evidence: [] };
    }
    const files = configurationFiles.state === 'collected' ? configurationFiles.value : [];
    const shown = unique(errors.map(({ sourceFile }) => sourceFile)).map((path) => {
      const file = files.find((one) => one.path === path);
      const lines = errors.filter(({ sourceFile }) => sourceFile === path);
      return (
        file &&
        fileEvidence(
          file,
          lines.flatMap(({ sourceLine }) => sourceLine ?? []),
        )
      );
    });
    return {
      status: 'fail',
      title: `${countOf(errors.length, 'line')} of the configuration files ${errors.length === 1 ? 'has an error' : 'have errors'}`,
      summary: `${placeOf(errors[0] as FileSetting)}: ${errors[0]?.error ?? ''}.`,
      evidence: presentEvidence(
        ...shown,
        tableEvidence(
          ['Place', 'Setting', 'Value', 'Error'],
          errors.map((row) => [placeOf(row), row.name ?? '', row.value ?? '', row.error ?? '']),
        ),
      ),
      subjects: unique(errors.map(placeOf)).map((name) => ({ kind: 'file-line', name })),
    };
  },
});
