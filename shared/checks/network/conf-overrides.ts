import { z } from 'zod';
import type { FileSetting } from '../../facts/cluster.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { settingSubject } from '../support/settings.ts';
import { countOf, listOf, unique } from '../support/words.ts';

const placeOf = ({ sourceFile, sourceLine }: FileSetting): string =>
  `${sourceFile ?? 'an unknown file'}:${sourceLine ?? '?'}`;

const isAutoConf = ({ sourceFile }: FileSetting): boolean =>
  sourceFile?.endsWith('/postgresql.auto.conf') === true;

/** What starts the server tells it where its files are; that overrides nobody's wish. */
const places: readonly string[] = [
  'config_file',
  'data_directory',
  'hba_file',
  'ident_file',
  'external_pid_file',
];

export const confOverrides = defineCheck({
  id: 'conf-overrides',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'What the configuration files say is what counts',
    fail: 'Lines of the configuration files do not count',
    topic: 'Settings that are given more than once',
  },
  why: 'When a setting stands twice, the last line wins; what is given on the command line wins over every file. Who reads or corrects the other line believes in a value that is not in force.',
  misuse: [
    'An administrator closes listen_addresses in postgresql.conf and reloads.',
    'Further down, or in an included file, stands the old value: nothing was closed.',
  ],
  byHand: [
    'See them: SELECT name, sourcefile, sourceline, setting, applied FROM pg_file_settings ORDER BY name, seqno;',
    'Put # in front of the lines that do not count.',
    'What ALTER SYSTEM has set: ALTER SYSTEM RESET name; what the command line has set: change it where the server is started.',
    'SELECT pg_reload_conf();',
  ],
  references: {
    cis: ['6.1, 6.2, 6.3, 6.4, 6.5, 6.6 (12, 14-17)'],
    stig: [],
    documentation: [postgresPage('config-setting.html', 'Setting parameters')],
  },
  needs: ['fileSettings', 'settings'],
  parameters: z.object({
    /** Whether a line counts as overridden when ALTER SYSTEM did it, which is the way of the server itself. */
    alterSystemCounts: z.boolean().default(false),
  }),
  judge({ fileSettings, settings }, { parameters }) {
    const rows = fileSettings.filter(
      (row) => row.name !== null && row.error === null && (parameters.alterSystemCounts || !isAutoConf(row)),
    );
    const names = unique(rows.map(({ name }) => name ?? ''));
    const twice = names.filter((name) => {
      const values = rows.filter((row) => row.name === name).map(({ value }) => value ?? '');
      return new Set(values).size > 1;
    });
    const outside = settings.filter(
      ({ name, source }) =>
        (source === 'command line' || source === 'environment variable') &&
        !places.includes(name) &&
        names.includes(name),
    );
    if (twice.length === 0 && outside.length === 0)
      return { status: 'pass', summary: 'No setting is given with two values.', evidence: [] };
    const found = unique([...twice, ...outside.map(({ name }) => name)]);
    return {
      status: 'fail',
      title: `${countOf(found.length, 'setting')} ${found.length === 1 ? 'is' : 'are'} given with two values`,
      summary: `${listOf(found)} ${found.length === 1 ? 'stands' : 'stand'} in more than one place, and only one of them counts.`,
      evidence: [
        tableEvidence(
          ['Setting', 'Place', 'Value', 'In force'],
          found.flatMap((name) => {
            const own = settings.find((setting) => setting.name === name);
            const isOutside = outside.some((setting) => setting.name === name);
            return [
              ...rows
                .filter((row) => row.name === name)
                .map((row) => [
                  name,
                  placeOf(row),
                  row.value ?? '',
                  row.applied && !isOutside ? 'yes' : 'no',
                ]),
              ...(isOutside ? [[name, own?.source ?? '', own?.value ?? '', 'yes']] : []),
            ];
          }),
        ),
      ],
      subjects: found.map(settingSubject),
      // A value from outside cannot be changed in any file, which is a surprise of another kind.
      severity: outside.length > 0 ? 'medium' : 'low',
    };
  },
});
