import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHba } from '../../../shared/hba/parse.ts';
import { linesOf, undoWithin } from '../../../shared/history/merge-lines.ts';
import { restoreSettings, settingIn } from '../../../shared/history/restore-settings.ts';

const line = fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'local all all peer\n', 'a\r\n');
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('', 'end', 'local all all'))
  .map(([lines, end]) => lines.join('') + end);

describe('undoing one change of a text', () => {
  test('nothing newer: what was before; nothing undone: what is now; undone by hand already: what is now', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(undoWithin(before, after, after)).toBe(before);
        expect(undoWithin(after, after, before)).toBe(before);
        expect(undoWithin(before, after, before)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  test('every line comes whole from before or now, and none is lost that the change did not bring', () => {
    fc.assert(
      fc.property(text, text, text, (before, after, now) => {
        const merged = undoWithin(before, after, now);
        if (merged === null) return;
        const known = new Set([...linesOf(before), ...linesOf(now), ...linesOf(after)]);
        for (const one of linesOf(merged)) expect(known).toContain(one);
        const kept = (one: string) => !linesOf(after).includes(one);
        for (const one of linesOf(now).filter(kept)) expect(linesOf(merged)).toContain(one);
        for (const one of linesOf(before).filter(kept)) expect(linesOf(merged)).toContain(one);
      }),
      { numRuns: 500 },
    );
  });

  const address = fc.integer({ min: 0, max: 255 }).map((last) => `10.0.${last}.0/24`);
  const rule = fc
    .tuple(fc.constantFrom('app', '"odd name"', 'all'), address, fc.constantFrom('md5', 'scram-sha-256'))
    .map(([user, network, method]) => `host all ${user} ${network} ${method}\n`);

  test('rules of pg_hba.conf: a rule added elsewhere stays, the result parses, the run is undone', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(rule, { minLength: 4, maxLength: 20 }),
        fc.nat(),
        fc.nat(),
        (rules, which, where) => {
          const changed = which % rules.length;
          const old = rules[changed] ?? '';
          const before = rules.join('');
          const after = rules.with(changed, `${old.trim()} # by the run\n`).join('');
          const added = '# Büro\nhost all new 192.168.7.0/24 reject\n';
          const now = linesOf(after)
            .toSpliced(where % (rules.length + 1), 0, added)
            .join('');
          const merged = undoWithin(before, after, now);
          expect(merged).not.toBeNull();
          expect(merged).toContain(added);
          expect((merged ?? '').replace(added, '')).toBe(before);
          const parsed = parseHba(merged ?? '', { path: 'pg_hba.conf', major: 17 });
          expect(parsed.lines.filter(({ kind }) => kind === 'error')).toEqual([]);
          expect(parsed.lines.filter(({ kind }) => kind === 'rule')).toHaveLength(rules.length + 1);
        },
      ),
    );
  });
});

test('the same lines, changed by both: no merge; two last lines never run into one', () => {
  expect(undoWithin('a\nold\n', 'a\nrun\n', 'a\nother\n')).toBeNull();
  expect(undoWithin('a\n', 'a\nrun\n', 'a\nrun\nnewer\n')).toBe('a\nnewer\n');
  expect(undoWithin('a', 'a\nrun\n', 'a\nrun\nnewer\n')).toBeNull();
  expect(undoWithin('a\nx\n', 'a\n', 'a\ny\n')).toBeNull();
});

test('settings: only those named get their old line back, the last one counts', () => {
  const before = "work_mem = 4MB\nport = 5432 # ours\nwork_mem = '8MB'\n";
  const now = "port = 5433\nwork_mem = '1GB'\nlog_connections = on\nextra = 'newer'";
  const back = restoreSettings(now, before, ['WORK_MEM', 'log_connections', 'port']);
  expect(back).toBe("port = 5432 # ours\nwork_mem = '8MB'\nextra = 'newer'");
  expect(settingIn(back, 'log_connections')).toBeNull();
  expect(restoreSettings("extra = 'newer'", before, ['port'])).toBe("extra = 'newer'\nport = 5432 # ours\n");
});
