import { describe, expect, test } from 'vitest';
import { defineFix, type AnyFix } from '../../../shared/fixes/define-fix.ts';
import type { FactSet } from '../../../shared/facts/facts.ts';
import type { Finding } from '../../../shared/findings/finding.ts';
import { buildPlan } from '../../../shared/plan/build-plan.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { hardenedFacts, hbaPath, withFact } from '../support/facts.ts';
import { session } from '../support/builders.ts';

const open: Finding = {
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

/** A fix that yields just these operations. */
function fixOf(id: string, ...operations: Operation[]): AnyFix {
  return defineFix({
    id,
    resolves: ['hba-any-address'],
    title: `Fix ${id}`,
    description: '',
    effect: 'live',
    reversible: true,
    cutsOff: true,
    safe: true,
    needs: [],
    offer: () => ({ ok: true }),
    choices: () => [],
    plan: () => ({ ok: true, operations }),
  });
}

function plan(facts: FactSet, fixes: readonly AnyFix[], includeRestart = false) {
  return buildPlan({
    facts,
    findings: [open],
    fixes,
    chosen: fixes.map(({ id }) => ({ fix: id, answers: {} })),
    preferences: { settingsVia: 'alter-system' },
    includeRestart,
    id: 'p1',
    createdAt: '2026-11-22T10:00:00Z',
    target: { key: 'db1', label: 'db1' },
  });
}

const setting = (name: string, value: string, effect: 'reload' | 'restart' = 'reload'): Operation => ({
  kind: 'setting',
  name,
  value,
  via: 'alter-system',
  file: null,
  previous: { value: '', source: 'default' },
  effect,
});
const disable = (line: number): Operation => ({
  kind: 'hba',
  file: hbaPath,
  major: 15,
  edits: [{ kind: 'disable', file: hbaPath, line, note: 'test' }],
});
const sql: Operation = {
  kind: 'sql',
  database: 'shop',
  statements: ['SELECT 1'],
  inverse: [],
  transactional: true,
  changes: [],
  proof: 'SELECT true',
};

const titles = (built: ReturnType<typeof plan>): string[] =>
  built.ok
    ? built.plan.steps.map(({ operation }) => operation.kind)
    : built.problems.map(({ message }) => message);

describe('the order of a plan', () => {
  test('statements, then settings, one edit of pg_hba.conf, one reload; the restart only when wanted', () => {
    const fixes = [
      fixOf('a', disable(6)),
      fixOf('b', setting('listen_addresses', 'localhost', 'restart')),
      fixOf('c', setting('log_statement', 'ddl')),
      fixOf('d', sql),
    ];
    expect(titles(plan(hardenedFacts(), fixes))).toEqual(['sql', 'setting', 'setting', 'hba', 'reload']);
    const withRestart = plan(hardenedFacts(), fixes, true);
    expect(titles(withRestart)).toEqual(['sql', 'setting', 'setting', 'hba', 'reload', 'restart']);
    expect(withRestart.ok && withRestart.plan.restart).toEqual({
      reasons: ['listen_addresses'],
      included: true,
    });
  });

  test('what needs a preloaded library comes after the restart, with a reload of its own', () => {
    const fixes = [
      fixOf('a', setting('pgaudit.log', 'ddl')),
      fixOf('b', setting('shared_preload_libraries', 'pgaudit', 'restart')),
    ];
    const built = plan(hardenedFacts(), fixes, true);
    expect(
      built.ok &&
        built.plan.steps.map(({ operation }) =>
          operation.kind === 'setting' ? operation.name : operation.kind,
        ),
    ).toEqual(['shared_preload_libraries', 'reload', 'restart', 'pgaudit.log', 'reload']);
  });
});

describe('what cannot be one plan', () => {
  test('two values for one setting are refused, with both fixes named', () => {
    const built = plan(hardenedFacts(), [
      fixOf('a', setting('log_statement', 'ddl')),
      fixOf('b', setting('log_statement', 'all')),
    ]);
    expect(built).toMatchObject({
      ok: false,
      problems: [{ fixes: ['a', 'b'], message: 'log_statement cannot be both ddl and all' }],
    });
  });

  test('libraries to preload are joined instead', () => {
    const built = plan(hardenedFacts(), [
      fixOf('a', setting('shared_preload_libraries', 'pgaudit', 'restart')),
      fixOf('b', setting('shared_preload_libraries', 'auto_explain, pgaudit', 'restart')),
    ]);
    expect(built.ok && built.plan.steps[0]?.operation).toMatchObject({ value: 'pgaudit, auto_explain' });
  });

  test('a plan that refuses the session it is applied with is refused outright', () => {
    const built = plan(hardenedFacts(), [fixOf('a', disable(2), disable(3))]);
    expect(titles(built)[0]).toContain('would refuse Portcullis itself (role postgres)');
  });

  test('a fix that is not there is named', () => {
    const built = buildPlan({
      facts: hardenedFacts(),
      findings: [open],
      fixes: [],
      chosen: [{ fix: 'nope', answers: {} }],
      preferences: { settingsVia: 'file' },
      includeRestart: false,
      id: '',
      createdAt: '',
      target: { key: '', label: '' },
    });
    expect(titles(built)).toEqual(['There is no fix "nope".']);
  });
});

describe('who would be cut off', () => {
  const connected = (address: string | null, tls: boolean) =>
    withFact(withFact(hardenedFacts(), 'logins', { logins: [], since: null }), 'sessions', [
      session({ role: 'shop_app', database: 'shop', address, tls }),
    ]);

  test('the client whose line goes is named with what refuses it', () => {
    const built = plan(connected('10.20.30.7', true), [fixOf('a', disable(7))]);
    expect(built.ok && built.plan.cutOff).toMatchObject([
      {
        role: 'shop_app',
        address: '10.20.30.7',
        transport: 'TLS',
        seen: '1 session now',
        because: 'no line of pg_hba.conf lets it in',
        certainty: 'certain',
      },
    ]);
  });

  test('nobody is named when another line still lets the client in', () => {
    const built = plan(connected('127.0.0.1', false), [fixOf('a', disable(7))]);
    expect(built.ok && built.plan.cutOff).toEqual([]);
  });

  test('a firewall that leaves the network out refuses it too', () => {
    const firewall: Operation = {
      kind: 'firewall',
      manager: 'nft',
      port: 5432,
      allow: ['10.9.0.0/16'],
      sshPorts: [22],
      commands: [],
      files: [],
      save: [],
      restore: [],
      before: [],
      after: [],
      expects: [],
    };
    const built = plan(connected('10.20.30.7', true), [fixOf('a', firewall)]);
    expect(built.ok && built.plan.cutOff.map(({ because }) => because)).toEqual([
      'no firewall rule lets it in',
    ]);
  });

  test('a role that loses its login is refused whatever the line says', () => {
    const noLogin: Operation = {
      ...sql,
      kind: 'sql',
      changes: [{ kind: 'role', role: 'shop_app', set: { login: false } }],
    };
    const built = plan(connected('10.20.30.7', true), [fixOf('a', noLogin)]);
    expect(built.ok && built.plan.cutOff.map(({ because }) => because)).toEqual([
      'the role shop_app may not log in',
    ]);
  });
});
