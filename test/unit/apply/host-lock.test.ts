import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHolder } from '../../../main/apply/host-lock.ts';
import { shellLibrary } from '../../../main/apply/shell/library.ts';
import { readJournal } from '../../../main/journal/chain.ts';
import { pruneLine, runsToPrune } from '../../../main/journal/keep-rule.ts';

const runs = ['20261122T120000Z-0000000a', '20261122T120000Z-0000000b'] as const;

describe.skipIf(process.platform !== 'linux')('the lock of a host', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'portcullis-lock-'));
    mkdirSync(join(base, 'runs'));
  });
  afterEach(() => {
    rmSync(base, { recursive: true, force: true });
  });
  const head = (id: string): string =>
    `ID=${id}; BASE='${base}'; RUN="$BASE/runs/$ID"; OWNER=x\n${shellLibrary}\n`;
  const sh = (script: string) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  /** Without flock the turns are folders. */
  const withoutFlock = `command() { case "$2" in flock) return 1 ;; esac; which "$2"; }\n`;
  const take = (id: string, before = ''): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn('sh', [
        '-c',
        `${head(id)}${before}mkdir -p "$RUN"; in_turn host_lock who-${id.slice(-1)} apply && put_state open program && echo taken`,
      ]);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      child.on('error', reject);
      child.on('close', () => resolve(output));
    });

  test.each([
    ['turns by flock', '', Number(process.env.ROUNDS ?? 20)],
    ['turns by folders', withoutFlock, 2],
  ])(
    'two at the same moment, also over a stale lock: always one, the other is told who (%s)',
    async (_, before, times) => {
      for (let round = 0; round < times; round += 1) {
        rmSync(join(base, 'lock'), { recursive: true, force: true });
        for (const id of runs) rmSync(join(base, 'runs', id), { recursive: true, force: true });
        if (round % 2 === 1) {
          // A run that is over left its lock behind: both find it stale.
          mkdirSync(join(base, 'lock'));
          mkdirSync(join(base, 'runs', 'old'), { recursive: true });
          writeFileSync(join(base, 'runs', 'old', 'status'), 'kept 2026-01-01T00:00:00Z person\n');
          writeFileSync(join(base, 'lock', 'owner'), 'old\tsomebody\t2026-01-01T00:00:00Z\tapply\t-\n');
        }
        const outputs = await Promise.all(runs.map((id) => take(id, before)));
        const [taken, held] = [
          outputs.filter((text) => text.includes('taken')),
          outputs.filter((text) => text.startsWith('held')),
        ];
        expect([taken.length, held.length], outputs.join('|')).toEqual([1, 1]);
        const owner = readFileSync(join(base, 'lock', 'owner'), 'utf8').split('\t');
        const holder = readHolder(held[0] ?? '');
        expect(holder).toMatchObject({ run: owner[0], by: owner[1], guardArmed: false });
      }
    },
    60_000,
  );

  test('it counts while its run is open or rolled back, not when it is over; a dead preparation is nobody', () => {
    const [mine, other] = runs;
    const state = (text: string) =>
      sh(
        `${head(other)}mkdir -p "$RUN"; put_state ${text} program; rm -rf "$BASE/lock"; ID=${other} in_turn host_lock bob apply; true`,
      );
    const tries = () =>
      sh(`${head(mine)}mkdir -p "$RUN"; in_turn host_lock alice apply && echo taken`).stdout;
    for (const word of ['open', 'reverting']) {
      state(word);
      expect(readHolder(tries())).toMatchObject({ run: other, by: 'bob' });
    }
    for (const word of ['kept', 'rolled-back', 'rollback-failed']) {
      state(word);
      expect(tries()).toBe('taken\n');
    }
    // The process that was making the folder is gone.
    sh(`${head(other)}rm -rf "$RUN" "$BASE/lock"; in_turn host_lock bob apply`);
    expect(tries()).toBe('taken\n');
    // Given back by another it is not.
    sh(`${head(other)}release_host`);
    expect(existsSync(join(base, 'lock'))).toBe(true);
    sh(`${head(mine)}release_host`);
    expect(existsSync(join(base, 'lock'))).toBe(false);
  });

  test('old runs go by the rule, the same here and on the host; what is not over and the last kept one stay', () => {
    const states = [
      'kept',
      'rolled-back',
      'open',
      'rollback-failed',
      'rolled-back',
      'reverting',
      'rolled-back',
    ];
    const now = new Date('2026-11-22T12:00:00Z');
    const all = states.map((state, index) => ({
      id: `2026${String(index + 1).padStart(2, '0')}01T000000Z-0000000${index}`,
      state,
    }));
    const self = '20261122T110000Z-000000ff';
    for (const rule of [
      { count: 3, days: 365 },
      { count: 50, days: 200 },
      { count: 1, days: 1 },
      { count: 50, days: 365 },
    ]) {
      rmSync(join(base, 'runs'), { recursive: true, force: true });
      for (const { id, state } of [...all, { id: self, state: 'rolled-back' }]) {
        mkdirSync(join(base, 'runs', id), { recursive: true });
        writeFileSync(join(base, 'runs', id, 'status'), `${state} 2026-01-01T00:00:00Z person\n`);
      }
      const expected = runsToPrune([...all, { id: self, state: 'rolled-back' }], rule, now);
      const output = sh(`${head(self)}${pruneLine(rule, now)}`).stdout;
      expect(output.split('\n').filter(Boolean).sort()).toEqual(expected.map((id) => `pruned\t${id}`).sort());
      const left = readdirSync(join(base, 'runs')).filter((name) => name.startsWith('2026'));
      expect(left).toHaveLength(all.length + 1 - expected.length);
      for (const stays of [all[0], all[2], all[3], all[5]]) expect(left).toContain(stays?.id);
    }
    expect(runsToPrune(all, { count: 1, days: 1 }, now)).toHaveLength(3);
    const record = readJournal(readFileSync(join(base, 'journal.jsonl'), 'utf8'));
    expect(record.intact).toBe(true);
    expect(record.entries.every(({ kind }) => kind === 'pruned')).toBe(true);
  });
});
