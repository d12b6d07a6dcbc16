import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shellLibrary } from '../../../main/apply/shell/library.ts';
import { revertScript } from '../../../main/apply/shell/revert-script.ts';
import type { RevertStep } from '../../../main/apply/shell/revert-script.ts';
import { runVariables } from '../../../main/apply/shell/run-variables.ts';
import type { RunPlace } from '../../../main/apply/shell/run-variables.ts';
import { readJournal } from '../../../main/journal/chain.ts';

const shells = ['dash', 'bash', 'busybox'].filter((name) => spawnSync('which', [name]).status === 0);
const runId = '20261122T120000Z-0123abcd';

// The scripts are POSIX sh; the program's own tests on hosts run them as root.
describe.skipIf(process.platform !== 'linux').each(shells)('revert.sh in %s', (shell) => {
  const argv = shell === 'busybox' ? ['sh'] : [];
  let base: string;
  let place: RunPlace;
  const file = (name: string) => join(base, name);
  const run = (...args: readonly string[]) => spawnSync(shell, [...argv, ...args], { encoding: 'utf8' });
  const status = () => readFileSync(file(`runs/${runId}/status`), 'utf8');

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'portcullis-revert-'));
    place = {
      runId,
      actor: { as: { kind: 'login' }, isRoot: false, folder: base },
      cluster: {
        id: 'x',
        name: 'x',
        major: 17,
        port: 5432,
        dataDirectory: file('data'),
        owner: userInfo().username,
        running: false,
        socketDirectories: [],
        configFile: file('data/postgresql.conf'),
        hbaFile: file('data/pg_hba.conf'),
        identFile: file('data/pg_ident.conf'),
        binDirectory: '/nonexistent',
        psql: null,
        service: { kind: 'pg_ctl' },
        origin: 'layout',
        managedBy: null,
      },
      superuser: `o'dd "one"`,
      database: 'postgres',
      hbaPath: file('data/pg_hba.conf'),
      serverLog: '',
      wasRunning: false,
    };
    mkdirSync(file('data'));
  });
  afterEach(() => {
    rmSync(base, { recursive: true, force: true });
  });

  /** Copies the file, then opens the run, as the program does it. */
  function open(steps: readonly RevertStep[], lines: readonly string[]): void {
    const script = [
      runVariables(place),
      shellLibrary,
      'set -e',
      'mkdir -p "$RUN"',
      ...lines,
      `note run-started ',"title":"with \\"quotes\\" and ü"'`,
      'put_state open program',
      ...steps.map(({ number }) => `mark started ${number}`),
    ].join('\n');
    const made = run('-c', script);
    expect(made.stderr + made.stdout).toBe('');
    writeFileSync(file(`runs/${runId}/revert.sh`), revertScript(place, steps, ['max_connections']));
  }

  test('puts bytes, mode and time back, removes what was not there, and may run twice', () => {
    const odd = file("odd name's $(x).conf");
    const [made, hba] = [file('made.conf'), file('data/pg_hba.conf')];
    const bytes = Buffer.from([0, 255, 10, 13, 39, 34]);
    writeFileSync(odd, bytes, { mode: 0o640 });
    utimesSync(odd, 1_700_000_000, 1_700_000_000.5);
    writeFileSync(hba, 'local all all peer\n', { mode: 0o600 });
    const quoted = `'${odd.replaceAll("'", `'\\''`)}'`;
    open(
      [
        {
          number: '001',
          title: 'One\nline',
          undo: [{ kind: 'file', slot: '0001', path: odd }],
          server: 'reload',
        },
        {
          number: '002',
          title: 'Two',
          undo: [{ kind: 'file', slot: '0002', path: made }],
          server: 'nothing',
        },
        {
          number: '003',
          title: 'Three',
          undo: [{ kind: 'rights', slot: '0003', path: hba }],
          server: 'nothing',
        },
        {
          number: '004',
          title: 'Four',
          undo: [{ kind: 'commands', title: 'commands', lines: [`echo undone >>${file('commands')}`] }],
          server: 'nothing',
        },
      ],
      [`keep_copy 0001 ${quoted}`, `keep_copy 0002 ${made}`, `keep_rights 0003 ${hba}`],
    );
    writeFileSync(odd, 'changed');
    writeFileSync(made, 'new');
    writeFileSync(hba, "changed by somebody, which is none of the step's business");
    execFileSync('chmod', ['644', odd, hba]);

    const reverted = run(file(`runs/${runId}/revert.sh`), '--by', 'guard');
    expect(reverted.status, readFileSync(file(`runs/${runId}/revert.log`), 'utf8')).toBe(0);
    expect(readFileSync(odd)).toEqual(bytes);
    expect(statSync(odd).mode & 0o777).toBe(0o640);
    expect(statSync(odd).mtimeMs).toBe(1_700_000_000_500);
    expect(() => statSync(made)).toThrow();
    expect(statSync(hba).mode & 0o777).toBe(0o600);
    expect(readFileSync(hba, 'utf8')).toContain('changed by somebody');
    expect(status()).toMatch(/^rolled-back .* guard\n$/);

    const journal = readJournal(readFileSync(file(`runs/${runId}/journal.jsonl`), 'utf8'));
    expect(journal.intact).toBe(true);
    expect(journal.entries.map(({ kind }) => kind)).toEqual(['run-started', 'revert-started', 'revert-done']);
    expect(journal.entries.at(-1)).toMatchObject({ undone: [4, 3, 2, 1], failed: [] });

    writeFileSync(odd, 'changed later');
    expect(run(file(`runs/${runId}/revert.sh`)).status).toBe(0);
    expect(readFileSync(odd, 'utf8')).toBe('changed later');
    expect(readFileSync(file('commands'), 'utf8')).toBe('undone\n');
  });

  test('one step that fails does not stop the others, and its command is left for a person', () => {
    const target = file('folder/one.conf');
    mkdirSync(file('folder'));
    writeFileSync(target, 'before');
    writeFileSync(file('two.conf'), 'before');
    open(
      [
        {
          number: '001',
          title: 'One',
          undo: [{ kind: 'file', slot: '0001', path: file('two.conf') }],
          server: 'nothing',
        },
        {
          number: '002',
          title: 'Two',
          undo: [{ kind: 'file', slot: '0002', path: target }],
          server: 'nothing',
        },
        {
          number: '003',
          title: 'Three',
          undo: [{ kind: 'commands', title: 'three', lines: ['false', `touch ${file('never')}`] }],
          server: 'nothing',
        },
      ],
      [`keep_copy 0001 ${file('two.conf')}`, `keep_copy 0002 ${target}`],
    );
    writeFileSync(file('two.conf'), 'after');
    rmSync(file('folder'), { recursive: true });
    expect(run(file(`runs/${runId}/revert.sh`), '--by', 'guard').status).toBe(1);
    expect(status()).toMatch(/^rollback-failed/);
    expect(readFileSync(file('two.conf'), 'utf8')).toBe('before');
    expect(() => statSync(file('never'))).toThrow();
    const todo = readFileSync(file(`runs/${runId}/todo/002`), 'utf8');

    mkdirSync(file('folder'));
    expect(run('-c', todo).status).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe('before');
  });

  test.each(['flock', 'mkdir'])(
    'a kept run is left alone by a guard that comes too late, and by two at once only one works (%s)',
    (way) => {
      writeFileSync(file('one.conf'), 'before');
      open(
        [
          {
            number: '001',
            title: 'One',
            undo: [
              { kind: 'file', slot: '0001', path: file('one.conf') },
              { kind: 'commands', title: 'slow', lines: [`sleep 0.3; echo ran >>${file('ran')}`] },
            ],
            server: 'nothing',
          },
        ],
        [`keep_copy 0001 ${file('one.conf')}`],
      );
      writeFileSync(file('one.conf'), 'after');
      const script = file(`runs/${runId}/revert.sh`);
      // Hosts without util-linux lock by a folder.
      const without = readFileSync(script, 'utf8').replaceAll(
        'flock ',
        way === 'flock' ? 'flock ' : 'no_such_flock ',
      );
      writeFileSync(script, without);
      run('-c', [runVariables(place), shellLibrary, 'put_state kept person'].join('\n'));
      expect(run(script, '--by', 'guard').status).toBe(0);
      expect(readFileSync(file('one.conf'), 'utf8')).toBe('after');
      const words = [shell, ...argv].join(' ');
      const both = run('-c', `${words} ${script} --by person & ${words} ${script} --by person; wait`);
      expect(both.status).toBe(0);
      expect(readFileSync(file('one.conf'), 'utf8')).toBe('before');
      expect(readFileSync(file('ran'), 'utf8')).toBe('ran\n');
    },
  );
});
