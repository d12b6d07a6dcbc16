import { describe, expect, test } from 'vitest';
import { selectSteps, undecided } from '../../../main/apply/review/select.ts';
import { textDiff } from '../../../main/apply/review/text-diff.ts';
import type { FileVersion, KeptFile } from '../../../main/apply/review/read-run.ts';
import type { Review, Reviewed } from '../../../main/apply/review/review-run.ts';
import { sha256 } from '../../../main/apply/operations/rewrite.ts';
import { reviewText } from '../../../main/terminal/history.ts';
import type { ReviewItem } from '../../../shared/contract/apply.ts';
import type { Operation } from '../../../shared/plan/operation.ts';

const version = (content: string): FileVersion => ({ sha256: sha256(content), rights: '640 0 0', content });
const file = (slot: string, path: string, before: string | null, after: string, now: string): KeptFile => ({
  kind: 'file',
  slot,
  path,
  before: before === null ? 'absent' : version(before),
  after: version(after),
  now: version(now),
});

function item(step: number, change: Partial<ReviewItem> = {}): ReviewItem {
  return {
    steps: [step],
    title: `Step ${step}`,
    kind: 'setting',
    place: '/auto.conf',
    changed: true,
    values: [],
    ran: null,
    since: null,
    merged: null,
    choices: ['before', 'merge', 'leave'],
    note: '',
    laterRun: null,
    ...change,
  };
}

const setting = (step: number, name: string, kept: KeptFile, change: Partial<ReviewItem> = {}): Reviewed => ({
  item: item(step, change),
  files: [kept],
  setting: name,
  merged: null,
});

function review(reviewed: readonly Reviewed[], operations: readonly Operation[] = []): Review {
  const kept = [...new Set(reviewed.flatMap(({ files }) => files))];
  const steps = operations.map((operation, index) => ({ number: index + 1, operation }));
  const record = { plan: { steps }, planText: '', files: new Map(), kept, rules: [] };
  return { record: record as unknown as Review['record'], reviewed, drift: [] };
}

describe('what a rollback is told to do', () => {
  const auto = file(
    '0001',
    '/auto.conf',
    "a = '1'\n",
    "a = '2'\nb = 'on'\n",
    "a = '2'\nb = 'on'\nnewer = '7'\n",
  );
  const settings = review([setting(1, 'a', auto), setting(2, 'b', auto)]);

  test('what was changed needs an answer', () => {
    expect(undecided(settings, [{ step: 1, choice: 'leave' }]).map(({ item: one }) => one.steps)).toEqual([
      [2],
    ]);
  });

  test('all of a file put back: the copy itself; one of them left or merged: line by line, and the rest stays', () => {
    const all = [1, 2].map((step) => ({ step, choice: 'before' as const }));
    expect(selectSteps(settings, all, false)).toEqual({ left: [], merged: [], replace: [] });
    expect(selectSteps(settings, [], true).replace).toEqual([]);
    expect(
      selectSteps(
        settings,
        [
          { step: 1, choice: 'merge' },
          { step: 2, choice: 'leave' },
        ],
        false,
      ),
    ).toEqual({
      left: [2],
      merged: [1],
      replace: [
        {
          slot: '0001',
          content: "a = '1'\nb = 'on'\nnewer = '7'\n",
          expected: sha256("a = '2'\nb = 'on'\nnewer = '7'\n"),
        },
      ],
    });
  });

  test('a line that is back already is written all the same: the copy would take what is newer along', () => {
    const done = file('0001', '/auto.conf', "a = '1'\n", "a = '2'\n", "a = '1'\nnewer = '7'\n");
    const { replace } = selectSteps(review([setting(1, 'a', done)]), [{ step: 1, choice: 'merge' }], false);
    expect(replace).toMatchObject([{ content: "a = '1'\nnewer = '7'\n" }]);
  });

  test('refused: what is not offered, a later run, a file that something left still needs', () => {
    const [first] = settings.reviewed;
    if (first === undefined) throw new Error('none');
    const merge = [{ step: 1, choice: 'merge' as const }];
    const noMerge = { ...first, item: item(1, { choices: ['before', 'leave'] }) };
    expect(() => selectSteps(review([noMerge]), merge, false)).toThrow('cannot be undone alone');
    const later = { ...first, item: item(1, { laterRun: 'RUN-B' }) };
    const back = [{ step: 1, choice: 'before' as const }];
    expect(() => selectSteps(review([later]), back, false)).toThrow('Run RUN-B changed /auto.conf later.');
    expect(selectSteps(review([later]), merge, false).merged).toEqual([1]);
    expect(() => selectSteps(settings, [{ step: 9, choice: 'leave' }], false)).toThrow('Step 9');
    const key = file('0002', '/etc/made.crt', null, 'x', 'x');
    const made: Reviewed = {
      item: item(1, { kind: 'certificate', changed: false, choices: ['before', 'leave'] }),
      files: [key],
      setting: null,
      merged: null,
    };
    const named = { kind: 'setting', name: 'ssl_cert_file', value: '/etc/made.crt' } as Operation;
    expect(() =>
      selectSteps(
        review([made, setting(2, 'ssl_cert_file', auto)], [{ kind: 'reload' }, named]),
        [{ step: 2, choice: 'leave' }],
        false,
      ),
    ).toThrow('ssl_cert_file would stay');
  });
});

test('what is shown has no secrets, no keys and no terminal escapes', () => {
  const diff = textDiff(
    'host all all ::1/128 ldap ldapbindpasswd=one\n',
    'host all all ::1/128 ldap ldapbindpasswd=two\n\u001b[31mred\u0007\n',
  );
  const lines = diff.hunks.flatMap(({ lines: all }) => all);
  expect(lines).toHaveLength(3);
  expect(lines.join('\n')).not.toMatch(/one|two/);
  for (const character of ['\u001b', '\u0007']) expect(lines.join('')).not.toContain(character);
  expect(textDiff('', '-----BEGIN PRIVATE KEY-----\n')).toMatchObject({
    hunks: [],
    note: 'A private key is not shown.',
  });
  const many = Array.from({ length: 900 }, (_, index) => `line ${index}\n`).join('');
  const cut = textDiff('', many);
  expect(cut.hunks.flatMap(({ lines: all }) => all)).toHaveLength(400);
  expect(cut.note).toContain('first 400');
  expect(reviewText([item(3, { title: 'evil \u001b[2J', note: 'seen' })], false)).toMatchInlineSnapshot(`
    "Step 3: evil  (/auto.conf): changed since
      seen
      choices: --put-back, --merge, --leave
    "
  `);
});
