import { describe, expect, test } from 'vitest';
import { planTitle } from '../../../main/engine/planning.ts';
import { withoutSecrets } from '../../../main/apply/review/changes.ts';
import { mergeTexts } from '../../../shared/hba/editor/merge-texts.ts';
import { defineFix, type AnyFix } from '../../../shared/fixes/define-fix.ts';
import type { FactSet } from '../../../shared/facts/facts.ts';
import type { Finding } from '../../../shared/findings/finding.ts';
import { buildPlan } from '../../../shared/plan/build-plan.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { previewChanges } from '../../../shared/plan/preview.ts';
import {
  hardenedFacts,
  hardenedHba,
  hbaPath,
  valueOf,
  withFact,
  withHba,
  withPart,
} from '../support/facts.ts';
import { session } from '../support/builders.ts';

const finding: Finding = {
  check: 'hba-any-address',
  pillar: 'network',
  status: 'fail',
  severity: 'high',
  title: '',
  summary: '',
  subjects: [],
  evidence: [],
  why: '',
  misuse: [],
  byHand: [],
  fixes: [],
  references: { cis: [], stig: [], documentation: [] },
  waiver: null,
};

function fixOf(...operations: Operation[]): AnyFix {
  return defineFix({
    id: 'a-fix',
    resolves: ['hba-any-address'],
    title: 'A fix',
    description: '',
    effect: 'reload',
    reversible: true,
    cutsOff: true,
    safe: true,
    needs: [],
    offer: () => ({ ok: true }),
    choices: () => [],
    plan: () => ({ ok: true, operations }),
  });
}

const shaOf = (facts: FactSet): string | null =>
  valueOf(facts, 'configurationFiles').find(({ path }) => path === hbaPath)?.sha256 ?? null;

function plan(facts: FactSet, text: string, fixes: readonly AnyFix[] = [], sha256 = shaOf(facts)) {
  return buildPlan({
    facts,
    findings: [finding],
    fixes,
    chosen: fixes.map(({ id }) => ({ fix: id, answers: {} })),
    hbaTexts: [{ path: hbaPath, text, sha256 }],
    preferences: { settingsVia: 'alter-system' },
    includeRestart: false,
    id: 'p1',
    createdAt: '2026-11-22T10:00:00Z',
    target: { key: 'db1', label: 'db1' },
  });
}

const facts = hardenedFacts();
const messages = (result: ReturnType<typeof plan>): readonly string[] =>
  result.ok ? [] : result.problems.map(({ message }) => message);
const edited = hardenedHba.replace('10.20.30.0/24', '10.20.31.0/24');

describe('an edited pg_hba.conf', () => {
  test('becomes one guarded operation and a reload, held against the file as inspected', () => {
    const built = plan(facts, edited);
    if (!built.ok) throw new Error(messages(built).join());
    expect(built.plan.steps.map(({ title, guarded }) => [title, guarded])).toEqual([
      ['Write pg_hba.conf', true],
      ['Reload PostgreSQL', true],
    ]);
    expect(built.plan.preconditions).toContainEqual({ kind: 'file', path: hbaPath, sha256: shaOf(facts) });
    expect(previewChanges(built.plan, facts)[0]).toMatchObject({ before: hardenedHba, after: edited });
    expect(planTitle(built.plan)).toBe('Edit of pg_hba.conf');
  });

  test('foretells who would be refused', () => {
    const connected = withFact(facts, 'sessions', [
      session({ role: 'shop_app', database: 'shop', address: '10.20.30.7', tls: true }),
    ]);
    const built = plan(connected, edited);
    expect(built.ok && built.plan.cutOff).toMatchObject([
      { role: 'shop_app', address: '10.20.30.7', gate: 'hba' },
      { role: 'shop_app', address: '10.20.30.11' },
    ]);
  });

  test('is refused where it would refuse the own way in', () => {
    expect(messages(plan(facts, hardenedHba.replaceAll(/^local.*\n/gm, ''))).join()).toContain(
      'Nobody could undo it from here',
    );
  });

  test('goes together with a fix for other lines, and is refused with a fix for the same', () => {
    const disable = (line: number) =>
      fixOf({
        kind: 'hba',
        file: hbaPath,
        major: 15,
        edits: [{ kind: 'disable', file: hbaPath, line, note: 'off' }],
      });
    const both = plan(facts, edited, [disable(3)]);
    if (!both.ok) throw new Error(messages(both).join());
    expect(planTitle(both.plan)).toBe('Edit of pg_hba.conf; 1 fix: a-fix');
    expect(previewChanges(both.plan, facts)[0]).toMatchObject({
      after: edited.replace(
        'local   all             all',
        '# Portcullis: off\n# local   all             all',
      ),
    });
    const conflict = plan(facts, edited, [disable(7)]);
    expect(conflict.ok ? [] : conflict.problems).toEqual([
      {
        fixes: ['a-fix'],
        message: `${hbaPath}, line 7: this line was edited by hand, and something else changes it too; leave out one of the two`,
      },
    ]);
  });

  test('is refused when the server would refuse a line, when the file became another, when it is managed', () => {
    expect(messages(plan(facts, `${edited}host all\n`))).toEqual([
      expect.stringContaining(`${hbaPath}, line 8: The line ends too early: the role is missing.`),
    ]);
    expect(messages(plan(facts, edited, [], 'other'))).toEqual([
      expect.stringContaining('is not what it was'),
    ]);
    const patroni = withPart(facts, 'cluster', { managedBy: 'Patroni' });
    expect(messages(plan(patroni, edited))).toEqual([expect.stringContaining('Patroni runs this cluster')]);
  });

  test('never holds a password, whether it stays, moves or is typed', () => {
    const secret = 'host all bob all ldap ldapserver=x ldapbasedn=y ldapbindpasswd=geheim\n';
    const ldap = withHba(facts, `${secret}${hardenedHba}`);
    const shown = secret.replace('geheim', '********');
    const moved = plan(ldap, `${hardenedHba}${shown}`);
    if (!moved.ok) throw new Error(messages(moved).join());
    expect(JSON.stringify(moved.plan)).not.toContain('geheim');
    expect(previewChanges(moved.plan, ldap)[0]).toMatchObject({ after: `${hardenedHba}${secret}` });
    // What is shown and kept of the change.
    expect(JSON.stringify(previewChanges(moved.plan, ldap).map(withoutSecrets))).not.toContain('geheim');
    expect(messages(plan(ldap, `${shown.replace('bob', 'eve')}${hardenedHba}`)).join()).toContain(
      'line 1: the password in this line is not shown',
    );
    expect(messages(plan(ldap, `${shown}${hardenedHba}${secret}`)).join()).toContain(
      'line 9: a password would be kept',
    );
  });
});

test('two changes of a text are joined where they do not touch each other', () => {
  expect(mergeTexts('a\nb\nc\nd\n', 'a\nB\nc\nd\n', 'a\nb\nc\nd\ne\n')).toBe('a\nB\nc\nd\ne\n');
  expect(mergeTexts('a\nb\nc\n', 'a\nB\nc\n', 'a\nb\nC\n')).toBeNull();
  expect(mergeTexts('a\n', 'a\n', 'b\n')).toBe('b\n');
});
