import { z } from 'zod';
import type { HbaViewRow } from '../../facts/cluster.ts';
import { defineCheck } from '../define-check.ts';
import { fileEvidence, presentEvidence, tableEvidence } from '../support/evidence.ts';
import { readHba } from '../support/hba-view.ts';
import type { HbaView } from '../support/hba-view.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, unique } from '../support/words.ts';

interface BadLine {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** The view's error column also holds remarks on rules that are loaded all the same (hba.c, parse_hba_line). */
const remark = /record cannot match because/i;

function fromServer(rows: readonly HbaViewRow[], view: HbaView | null): readonly BadLine[] {
  return rows.flatMap(({ file, line, error }) =>
    error === null || remark.test(error)
      ? []
      : { file: file ?? view?.path ?? 'pg_hba.conf', line, message: error },
  );
}

export const hbaParseErrors = defineCheck({
  id: 'hba-parse-errors',
  pillar: 'network',
  severity: 'critical',
  titles: {
    pass: 'The server can read all of pg_hba.conf',
    fail: 'The server refuses pg_hba.conf',
    topic: 'Errors in pg_hba.conf',
  },
  why: 'One line that the server cannot read makes it refuse the whole file. A reload keeps the old rules and says so in the log only. The next restart fails, and nobody can log in.',
  misuse: [
    'An administrator closes an opening in pg_hba.conf and reloads. No error is shown.',
    'Because of a typing error elsewhere in the file the old rules stay in force: the opening is still there.',
    'The next reboot of the host takes the database down for everybody.',
  ],
  byHand: [
    'See the lines: SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL;',
    'Correct them in pg_hba.conf, or put # in front of them.',
    'Ask the view again until it shows no error; it reads the file anew each time.',
    'SELECT pg_reload_conf(); then look into the log: it must not say "pg_hba.conf was not reloaded".',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('view-pg-hba-file-rules.html', 'pg_hba_file_rules')],
  },
  needs: ['configurationFiles', 'cluster'],
  uses: ['hbaView'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster }, _context, { hbaView }) {
    const reading = readHba(configurationFiles, cluster.major);
    const view = reading.ok ? reading.view : null;
    if (view === null && hbaView.state !== 'collected') {
      return { status: 'not-assessed', summary: reading.ok ? '' : reading.reason };
    }
    const rows = hbaView.state === 'collected' ? hbaView.value : null;
    // What the server itself says of the file counts more than our reading of it.
    const bad = rows === null ? (view?.problems ?? []) : fromServer(rows, view);
    const remarks = (rows ?? []).filter(({ error }) => error !== null && remark.test(error));
    const remarkEvidence =
      remarks.length === 0
        ? []
        : [
            tableEvidence(
              ['Line', 'Loaded, with a remark'],
              remarks.map(({ line, error }) => [`line ${line}`, error ?? '']),
            ),
          ];
    if (bad.length === 0) {
      const count = view?.rules.length ?? rows?.length ?? 0;
      const by = rows === null ? 'read with the rules of the server' : 'read by the server itself';
      return { status: 'pass', summary: `${count} rules, ${by}.`, evidence: remarkEvidence };
    }
    const shown = unique(bad.map(({ file }) => file)).map((path) => {
      const file = configurationFiles.find((one) => one.path === path);
      return (
        file &&
        fileEvidence(
          file,
          bad.filter((one) => one.file === path).map(({ line }) => line),
        )
      );
    });
    return {
      status: 'fail',
      title: `The server refuses pg_hba.conf for ${countOf(bad.length, 'line').toLowerCase()}`,
      summary: `${bad[0]?.file ?? ''} line ${bad[0]?.line ?? 0}: ${bad[0]?.message ?? ''}.`,
      evidence: presentEvidence(
        ...shown,
        tableEvidence(
          ['Line', 'What the server says'],
          bad.map(({ file, line, message }) => [`${file}:${line}`, message]),
        ),
        ...remarkEvidence,
      ),
      subjects: bad.map(({ file, line }) => ({ kind: 'hba-line', name: `${file}:${line}` })),
    };
  },
});
