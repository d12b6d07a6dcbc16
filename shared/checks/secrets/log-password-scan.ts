import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { amount, listOf, unique } from '../support/words.ts';

const patterns: Readonly<Record<string, string>> = {
  'role-password': 'password of a role (CREATE or ALTER ROLE)',
  'user-mapping-password': 'password of a user mapping',
  'password-literal': 'password in a statement',
  'connection-password': 'password in a connection string',
};

const megabytes = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;

export const logPasswordScan = defineCheck({
  id: 'log-password-scan',
  pillar: 'secrets',
  severity: 'critical',
  titles: {
    pass: 'The server log holds no passwords',
    fail: 'The server log holds passwords',
    topic: 'Passwords in the server log',
  },
  why: 'A password that is typed into a statement is logged as it stands: with log_statement = ddl when it works, by default when it fails. Logs are read by many, copied to other machines and kept for years.',
  misuse: [
    'Somebody who may read logs, or the machine that collects them, is broken into.',
    'A search for "password" brings logins that still work.',
  ],
  byHand: [
    'Set each password that stands there anew, with \\password in psql: it computes the verifier on the client.',
    'Delete the files with them, or what log collectors have of them, once they are not needed as evidence.',
    'Close the files to other accounts meanwhile: chmod 0640.',
    'In scripts: SET LOCAL log_statement = none; SET LOCAL log_min_error_statement = panic; before the statement, in one transaction.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-002500', 'CD16-00-006100'],
    documentation: [
      postgresPage('sql-createrole.html', 'CREATE ROLE'),
      postgresPage('app-psql.html', 'psql, \\password'),
    ],
  },
  needs: ['logScan'],
  uses: ['logFiles'],
  parameters: z.object({}),
  judge({ logScan }, _context, { logFiles }) {
    const { hits, filesRead, bytesRead, truncated } = logScan;
    const read = `${amount(filesRead, 'file')}, ${megabytes(bytesRead)}`;
    if (hits.length > 0) {
      const places = unique(hits.map(({ path }) => path));
      const count = hits.reduce((sum, hit) => sum + hit.count, 0);
      const files = logFiles.state === 'collected' ? logFiles.value.files : [];
      const closed = places.every((path) => {
        const status = files.find((file) => file.path === path);
        return status !== undefined && (status.mode & 0o007) === 0;
      });
      return {
        status: 'fail',
        summary: `${amount(count, 'line has', 'lines have')} a password, in ${listOf(places, 3)}${truncated ? `. The rest was not searched (${read} were)` : ''}.`,
        evidence: [
          tableEvidence(
            ['File', 'What', 'Lines', 'First line'],
            hits.map(({ path, pattern, count: lines, firstLine }) => [
              path,
              patterns[pattern] ?? 'password',
              String(lines),
              firstLine === 0 ? 'not known' : String(firstLine),
            ]),
          ),
        ],
        subjects: places.map((name) => ({ kind: 'file', name })),
        severity: closed ? 'high' : 'critical',
      };
    }
    if (filesRead === 0) return { status: 'not-assessed', summary: 'No log file could be read.' };
    return truncated
      ? {
          status: 'not-assessed',
          summary: `Nothing was found, but not all could be searched: the limit was reached, or a file may not be read (${read} were).`,
        }
      : { status: 'pass', summary: `Nothing was found in ${read}.`, evidence: [] };
  },
});
