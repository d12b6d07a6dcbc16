import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitList } from '../../../shared/config/lists.ts';
import { parseConfig } from '../../../shared/config/parse.ts';
import { resolveConfig } from '../../../shared/config/resolve.ts';
import { parseSettingValue } from '../../../shared/config/units.ts';
import type { SettingType } from '../../../shared/config/units.ts';
import { embeddedMajors, startEmbedded } from '../../servers/embedded.ts';
import type { EmbeddedServer } from '../../servers/embedded.ts';

/** More with PORTCULLIS_ORACLE=20: so many times as many cases. */
const factor = Number(process.env['PORTCULLIS_ORACLE'] ?? 1);
const seed = Number(process.env['PORTCULLIS_SEED'] ?? 1);

const name = fc.constantFrom(
  'work_mem',
  'Work_Mem',
  'application_name',
  'log_line_prefix',
  'my.setting',
  'My.Other',
  'statement_timeout',
);
const value = fc.constantFrom(
  ...[
    '4096',
    "'8MB'",
    "'it''s'",
    "'a\\'b\\\\c\\101\\n'",
    'abc',
    'a-b:c/d',
    'a.b',
    '1.5',
    '1.5e3',
    '0x1F',
    '+5',
    '-1',
    '10MB',
    "''",
  ],
  ...[
    "'open",
    '/tmp',
    '1 2',
    '"x"',
    'é',
    "'é'",
    '',
    '=',
    '1.5GB',
    '.5',
    '5.',
    "'a'b'",
    "'x'# note",
    'on#x',
    ';',
  ],
);
const setting = fc
  .tuple(
    name,
    fc.constantFrom(' = ', '=', ' ', '\t', '  =\t', ''),
    value,
    fc.constantFrom('', ' # note', '#x', '\r', ' \t'),
  )
  .map((parts) => parts.join(''));
const sound = fc
  .tuple(name, fc.constantFrom('4096', "'5120'", '6144'))
  .map(([one, other]) => `${one} = ${other}`);
const include = fc.constantFrom(
  ...[
    "include 'inc/one'",
    "INCLUDE = 'inc/one'",
    "include_dir 'inc/dir'",
    "include_if_exists 'inc/gone'",
    'include_if_exists one',
  ],
  ...[
    "include 'inc/gone'",
    "include_dir 'inc/gone'",
    "include ''",
    "include_dir ' '",
    "include 'postgresql.conf'",
  ],
);
const line = fc.oneof(
  { weight: 8, arbitrary: sound },
  { weight: 3, arbitrary: setting },
  { weight: 2, arbitrary: include },
  { weight: 1, arbitrary: fc.constantFrom('', '# x', ' ', "#'", 'x', '=', "'") },
);
const file = (maxLength: number, of: fc.Arbitrary<string> = line): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(of, fc.constantFrom('\n', '\n', '\r\n')), { maxLength })
    .map((lines) => lines.flat().join(''));
const configCase = fc.record({
  'postgresql.conf': file(8),
  'postgresql.auto.conf': file(3, sound),
  'inc/one': file(4, fc.oneof(sound, setting)),
  'inc/dir/a.conf': file(3, sound),
  'inc/dir/b.conf': file(2, fc.oneof(sound, sound, setting)),
  'inc/dir/.c.conf': fc.constant('bad'),
});

interface Row {
  readonly sourcefile: string | null;
  readonly sourceline: number | null;
  readonly name: string | null;
  readonly setting: string | null;
  readonly error: string | null;
}

type Files = Readonly<Record<string, string>>;

/** The view stops reading a file at its first syntax error, so what stands behind it is cut for the comparison. */
function cutAtError(path: string, text: string): string {
  const { lines } = parseConfig(text, path);
  const end = lines.findIndex(({ kind }) => kind === 'error');
  return end < 0
    ? text
    : lines
        .slice(0, end + 1)
        .map((one) => one.text)
        .join('');
}

function ours(folder: string, files: Files): unknown[] {
  const text = (path: string): string | null => {
    const found = files[path.slice(folder.length + 1)];
    return found === undefined ? null : cutAtError(path, found);
  };
  const parse = (file: string) => parseConfig(text(join(folder, file)) ?? '', join(folder, file));
  const list = (path: string) => {
    const inside = Object.keys(files).filter((file) => join(folder, file).startsWith(`${path}/`));
    return inside.length === 0 ? null : inside.map((file) => join(folder, file).slice(path.length + 1));
  };
  const main = parse('postgresql.conf');
  // When the first file is refused the server does not read the second.
  const refused = resolveConfig(main, null, text, list).problems.length > 0;
  const auto = refused ? null : parse('postgresql.auto.conf');
  const { entries, problems } = resolveConfig(main, auto, text, list);
  return [
    ...entries.map((entry) => ({ file: entry.file, line: entry.line, name: entry.name, value: entry.value })),
    ...problems.map(({ file: path, line: number, message }) => ({
      file: path,
      line: number,
      error: message,
    })),
  ];
}

const sorted = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

describe.each(embeddedMajors())('configuration files of PostgreSQL %i', (major) => {
  let server: EmbeddedServer;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startEmbedded({ major });
    client = await server.connect();
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  test('pg_file_settings', async () => {
    const cases = fc.sample(configCase, { numRuns: 200 * factor, seed });
    let count = 0;
    for (const files of cases) {
      await rm(join(server.dataDirectory, 'inc'), { recursive: true, force: true });
      for (const [path, text] of Object.entries(files)) await server.write(path, text);
      const { rows } = await client.query<Row>('SELECT * FROM pg_file_settings ORDER BY seqno');
      // Rows without a file are about what the file no longer sets.
      const theirs = rows
        .filter(({ sourcefile }) => sourcefile !== null)
        .map((row) =>
          row.name === null
            ? { file: row.sourcefile, line: row.sourceline, error: row.error }
            : { file: row.sourcefile, line: row.sourceline, name: row.name, value: row.setting },
        );
      const mine = ours(server.dataDirectory, files);
      expect({ files, rows: sorted(mine) }).toEqual({ files, rows: sorted(theirs) });
      // The order of entries decides which wins.
      const order = (list: readonly object[]) => list.filter((row) => 'name' in row);
      expect(order(mine as object[])).toEqual(order(theirs));
      count += theirs.length;
    }
    console.log(`PostgreSQL ${major}: ${cases.length} sets of files, ${count} entries alike`);
    expect(count).toBeGreaterThan(cases.length);
  });

  test('values with units', async () => {
    const names = [
      'work_mem',
      'temp_buffers',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'geqo_threshold',
      'vacuum_cost_delay',
    ].concat(
      [
        'seq_page_cost',
        'effective_cache_size',
        'deadlock_timeout',
        'log_parameter_max_length',
        'enable_seqscan',
        'synchronous_commit',
      ],
      [
        'log_min_duration_statement',
        'client_min_messages',
        'gin_pending_list_limit',
        'log_statement',
        'xmloption',
      ],
    );
    const types = await client.query<SettingType & { name: string }>(
      'SELECT name, vartype, unit, enumvals FROM pg_settings WHERE name = ANY($1)',
      [names],
    );
    const number = fc.constantFrom(
      '1',
      '100',
      '4096',
      '1.5',
      '0.5',
      '2.5',
      '1e3',
      '0x10',
      '010',
      '-1',
      '+7',
      '30.1',
      '999.999',
      '3000000000',
      '.5',
      '5.',
      '1e',
      '',
      '08',
      '0.0005',
    );
    const unit = fc.constantFrom(
      '',
      '',
      'kB',
      'MB',
      'GB',
      'TB',
      'B',
      'KB',
      'ms',
      's',
      'min',
      'h',
      'd',
      'us',
      ' kB',
      ' s ',
      'kBx',
      'k B',
    );
    const words = fc.constantFrom(
      'on',
      'OFF',
      'o',
      'tru',
      'y',
      'n',
      '0',
      '1',
      'false',
      'remote_apply',
      'Warning',
      'DDL',
      'none',
      'yes',
      'debug',
      'Content',
    );
    const texts = fc.sample(
      fc.oneof(
        fc.tuple(number, unit).map((parts) => parts.join('')),
        words,
      ),
      {
        numRuns: 200 * factor,
        seed,
      },
    );
    let [valid, count] = [0, 0];
    for (const type of types.rows) {
      for (const text of new Set(texts)) {
        count += 1;
        const mine = parseSettingValue(type, text);
        const outcome = await client
          .query<{ setting: string }>(
            'WITH changed AS MATERIALIZED (SELECT set_config($1, $2, false)) SELECT setting FROM changed, pg_settings WHERE name = $1',
            [type.name, text],
          )
          .then(async () => {
            const { rows } = await client.query<{ setting: string }>(
              'SELECT setting FROM pg_settings WHERE name = $1',
              [type.name],
            );
            return rows[0]?.setting ?? '';
          })
          .catch((error: Error) => error);
        const subject = [type.name, type.unit, text];
        if (outcome instanceof Error) {
          // The limits of each setting are not the parser's business.
          if (!/outside the valid range/.test(outcome.message))
            expect([...subject, mine.kind]).toEqual([...subject, 'invalid']);
          continue;
        }
        valid += 1;
        const theirs = parseSettingValue({ ...type, unit: null }, outcome);
        if (mine.kind === 'number' && theirs.kind === 'number' && type.vartype === 'real') {
          expect(mine.value).toBeCloseTo(theirs.value, 4);
        } else expect([...subject, mine]).toEqual([...subject, theirs]);
      }
    }
    console.log(`PostgreSQL ${major}: ${count} values alike, ${valid} of them valid`);
    expect(valid).toBeGreaterThan(100);
  });

  test('lists', async () => {
    const piece = fc.constantFrom('a', 'B', '"C d"', '"', '""', ',', ', ', ' ', '"x""y"', '\t', 'é', '$u');
    const texts = fc.sample(
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
      { numRuns: 200 * factor, seed },
    );
    for (const text of texts) {
      const accepted = await client.query("SELECT set_config('search_path', $1, false)", [text]).then(
        () => true,
        () => false,
      );
      expect([text, splitList(text, 'identifiers') !== null]).toEqual([text, accepted]);
    }
  });
});
