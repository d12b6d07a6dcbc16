import { join } from 'node:path';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIdent, resolveIdent } from '../../../shared/hba/ident.ts';
import { embeddedMajors, startEmbedded } from '../../servers/embedded.ts';
import type { EmbeddedServer } from '../../servers/embedded.ts';

/** More with PORTCULLIS_ORACLE=20: so many times as many files. */
const factor = Number(process.env['PORTCULLIS_ORACLE'] ?? 1);
const seed = Number(process.env['PORTCULLIS_SEED'] ?? 1);

const word = fc.constantFrom(
  ...[
    'm',
    '"my map"',
    'ann',
    '"all"',
    'all',
    '+staff',
    '/^(.*)@corp$',
    '"/^a,b$"',
    '/(a',
    '\\1',
    'a,b',
    'a, b',
    '@words',
    '@gone',
  ],
  ...['#x', '""', '"', 'é', '/a**', 'include', 'ann@corp'],
);
const line = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.constantFrom(' ', '\t', '  ', ' \\\n'))
  .map(([words, gap]) => words.join(gap));
const threeWords = fc.array(word, { minLength: 3, maxLength: 3 }).map((words) => words.join(' '));
const identFile = fc
  .array(fc.tuple(fc.oneof(threeWords, line), fc.constantFrom('\n', '\r\n')), { maxLength: 8 })
  .map((lines) => lines.flat().join(''));

interface Row {
  readonly line_number: number;
  readonly map_name: string | null;
  readonly sys_name: string | null;
  readonly pg_username: string | null;
  readonly error: string | null;
}

// The view came with 15.
describe.each(embeddedMajors().filter((major) => major >= 15))(
  'pg_ident_file_mappings of PostgreSQL %i',
  (major) => {
    let server: EmbeddedServer;
    let client: pg.Client;
    beforeAll(async () => {
      server = await startEmbedded({ major });
      await server.write('words', 'one "two" # three\n');
      client = await server.connect();
    });
    afterAll(async () => {
      await client.end();
      await server.stop();
    });

    test('generated files', async () => {
      const path = join(server.dataDirectory, 'pg_ident.conf');
      let count = 0;
      const cases = fc.sample(identFile, { numRuns: 200 * factor, seed });
      for (const text of cases) {
        await server.write('pg_ident.conf', text);
        const { rows } = await client.query<Row>('SELECT * FROM pg_ident_file_mappings');
        // The server can open its folder and finds nothing in it.
        const getFile = (file: string) =>
          file === join(server.dataDirectory, 'words')
            ? 'one "two" # three\n'
            : file === server.dataDirectory
              ? ''
              : null;
        const { mappings, problems } = resolveIdent(parseIdent(text, { path, major }), getFile);
        const mine = [
          ...mappings.map((one) => [one.line, one.map, one.systemUser.text, one.databaseUser.text]),
          ...problems.map((problem) => [problem.line, problem.message]),
        ];
        const theirs = rows.map((row) =>
          row.error === null
            ? [row.line_number, row.map_name, row.sys_name, row.pg_username]
            : [row.line_number, row.error],
        );
        const byLine = (list: (typeof mine)[number][]) =>
          list.sort((one, other) => Number(one[0]) - Number(other[0]));
        expect({ text, rows: byLine(mine) }).toEqual({ text, rows: byLine(theirs as typeof mine) });
        count += rows.length;
      }
      console.log(`PostgreSQL ${major}: ${cases.length} pg_ident.conf, ${count} lines alike`);
      expect(count).toBeGreaterThan(cases.length);
    });
  },
);
