import { describe, expect, test } from 'vitest';
import { checks } from '../../../../shared/checks/registry.ts';
import { absent } from '../../../../shared/facts/fact.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { FileStatus } from '../../../../shared/facts/files.ts';
import type { AnyFix, Answers } from '../../../../shared/fixes/define-fix.ts';
import { fullLinePrefix, logLogins, logStructure } from '../../../../shared/fixes/logging/log-settings.ts';
import { auditClassesSet, loadPgaudit } from '../../../../shared/fixes/logging/pgaudit.ts';
import { privateLogs } from '../../../../shared/fixes/logging/private-logs.ts';
import { scramPasswords } from '../../../../shared/fixes/secrets/scram-passwords.ts';
import { fixes } from '../../../../shared/fixes/registry.ts';
import { buildPlan } from '../../../../shared/plan/build-plan.ts';
import { alterSystem } from '../../../../shared/plan/statements.ts';
import { fileStatus, folder } from '../../support/builders.ts';
import { hardenedFacts, judge, valueOf, withFact, withPart, withSettings } from '../../support/facts.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';

const base = hardenedFacts();
const tried = (fix: AnyFix, facts: FactSet) => tryFix(fix, facts, checks);
const planned = (fix: AnyFix, facts: FactSet, answers: Answers = {}) =>
  operationsOf(tried(fix, facts).plan(answers));

function after(fix: AnyFix, facts: FactSet, answers: Answers = {}): string {
  const check = checks.find(({ id }) => id === fix.resolves[0]);
  if (check === undefined) throw new Error('no such check');
  return judge(check, afterOperations(facts, planned(fix, facts, answers))).status;
}

describe('settings', () => {
  const major = (number: number) => withPart(base, 'cluster', { major: number });
  test.each([
    [logLogins, withSettings(base, { log_connections: 'off' }), 'log_connections', 'on'],
    [
      logLogins,
      withSettings(major(18), { log_connections: '' }),
      'log_connections',
      'receipt,authentication,authorization',
    ],
    [
      logStructure,
      withSettings(base, { log_statement: 'none', 'pgaudit.log': 'none' }),
      'log_statement',
      'ddl',
    ],
    [
      fullLinePrefix,
      withSettings(base, { log_line_prefix: '%m [%p] ' }),
      'log_line_prefix',
      '%m [%p] %q%h %u@%d app=%a line=%l code=%e ',
    ],
    [
      scramPasswords,
      withSettings(base, { password_encryption: 'md5' }),
      'password_encryption',
      'scram-sha-256',
    ],
  ] as const)('$id sets what its check asks for', (fix, facts, name, value) => {
    expect(planned(fix, facts)).toMatchObject([{ kind: 'setting', name, value, effect: 'reload' }]);
    expect(after(fix, facts)).toBe('pass');
    expect(tried(fix, facts).safe).toBe(true);
  });

  test('are not offered where they would not last', () => {
    const off = withSettings(base, { log_connections: { value: 'off', source: 'command line' } });
    expect(tried(logLogins, off).refused).toContain('command line');
  });

  test('a prefix of the person gets its blank, and has to name who it was', () => {
    const facts = withSettings(base, { log_line_prefix: '' });
    expect(planned(fullLinePrefix, facts, { prefix: "%t, '%u' %d %h" })).toMatchObject([
      { value: "%t, '%u' %d %h " },
    ]);
    expect(tried(fullLinePrefix, facts).plan({ prefix: '%m %u' })).toMatchObject({ ok: false });
    expect(tried(fullLinePrefix, facts).plan({ prefix: '%u %d\n' })).toMatchObject({ ok: false });
  });
});

describe('private-logs', () => {
  const files = (...statuses: FileStatus[]) =>
    withPart(base, 'logFiles', { directory: folder('/log', { mode: 0o755 }), files: statuses });
  const debian = fileStatus('/log/a.log', { mode: 0o644, group: 'adm' });

  test('takes away what others may do, and lets the group of logs read on', () => {
    const facts = files(debian, fileStatus('/log/b.log', { mode: 0o640, group: 'adm' }));
    expect(planned(privateLogs, facts)).toEqual([
      {
        kind: 'file-mode',
        path: '/log/a.log',
        mode: 0o640,
        owner: null,
        group: null,
        previous: { mode: 0o644, owner: 'postgres', group: 'adm' },
      },
    ]);
    expect(after(privateLogs, facts)).toBe('pass');
  });

  test('takes the right to read from a group that is not for logs', () => {
    const facts = files(fileStatus('/log/a.log', { mode: 0o644, group: 'deploy' }));
    expect(planned(privateLogs, facts)).toMatchObject([{ mode: 0o600 }]);
    expect(after(privateLogs, facts)).toBe('pass');
  });

  test('asks who may read new files', () => {
    const own = withSettings(base, { log_file_mode: '0644' });
    const shared = withSettings(files(debian), { log_file_mode: '0644' });
    expect(planned(privateLogs, own)).toMatchObject([{ name: 'log_file_mode', value: '0600' }]);
    expect(planned(privateLogs, shared)).toMatchObject([
      { name: 'log_file_mode', value: '0640' },
      { mode: 0o640 },
    ]);
    expect(planned(privateLogs, own, { mode: '0640' })).toMatchObject([{ value: '0640' }]);
    expect([after(privateLogs, own), after(privateLogs, shared)]).toEqual(['pass', 'pass']);
  });
});

describe('load-pgaudit', () => {
  const odd = 'we"ird; name';
  const missing = withSettings(
    withFact(
      base,
      'contents',
      valueOf(base, 'contents').map((content) => ({
        ...content,
        database: content.database === 'shop' ? odd : content.database,
        schemas: content.database === 'shop' ? [] : content.schemas,
        extensions: [],
      })),
    ),
    { shared_preload_libraries: 'pg_stat_statements, auto_explain', 'pgaudit.log': null },
  );
  const bare = withPart(withFact(missing, 'availableExtensions', []), 'packages', {
    packages: [{ name: 'postgresql-15-pgaudit', installed: null, candidate: '1.7.0-2' }],
  });

  test('installs, keeps the other libraries, restarts, then makes the extension', () => {
    const operations = planned(loadPgaudit, bare);
    expect(operations).toMatchObject([
      { kind: 'package', manager: 'apt', action: 'install', names: ['postgresql-15-pgaudit'] },
      {
        kind: 'setting',
        name: 'shared_preload_libraries',
        value: 'pg_stat_statements, auto_explain, pgaudit',
        effect: 'restart',
      },
      { kind: 'restart' },
      {
        kind: 'sql',
        database: 'postgres',
        statements: ['CREATE EXTENSION pgaudit WITH SCHEMA "public"'],
        inverse: ['DROP EXTENSION pgaudit'],
      },
      { kind: 'sql', database: odd, statements: ['CREATE EXTENSION pgaudit WITH SCHEMA "pg_catalog"'] },
    ]);
    expect(alterSystem('shared_preload_libraries', 'pg_stat_statements, auto_explain, pgaudit')).toBe(
      "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', 'auto_explain', 'pgaudit'",
    );
    expect(after(loadPgaudit, bare)).toBe('pass');
    expect(tried(loadPgaudit, bare).safe).toBe(true);
  });

  test('installs nothing that is there, and takes the databases that were chosen', () => {
    const kinds = (answers: Answers) => planned(loadPgaudit, missing, answers).map(({ kind }) => kind);
    expect(kinds({ databases: odd })).toEqual(['setting', 'restart', 'sql']);
    expect(kinds({ databases: '' })).toEqual(['setting', 'restart']);
  });

  test('only makes the extension where the library is loaded', () => {
    const loaded = withSettings(missing, { shared_preload_libraries: 'pgaudit' });
    expect(planned(loadPgaudit, loaded).map(({ kind }) => kind)).toEqual(['sql', 'sql']);
    expect(after(loadPgaudit, loaded)).toBe('pass');
    const standby = withPart(loaded, 'server', { inRecovery: true });
    expect(tried(loadPgaudit, standby).refused).toContain('primary');
  });

  test('says why it cannot', () => {
    expect(tried(loadPgaudit, withPart(bare, 'packages', { packages: [] })).refused).toContain('no package');
    expect(tried(loadPgaudit, { ...bare, packages: absent('shared with this machine') }).refused).toContain(
      'shared with this machine',
    );
  });

  describe('with audit-classes', () => {
    const findings = checks.map((check) => judge(check, bare));
    const build = (...ids: string[]) =>
      buildPlan({
        facts: bare,
        findings,
        fixes,
        chosen: ids.map((fix) => ({ fix, answers: {} })),
        preferences: { settingsVia: 'alter-system' },
        includeRestart: false,
        id: 'run',
        createdAt: '2026-11-22T10:00:00Z',
        target: { key: 'db1', label: 'db1' },
      });

    test.each([
      ['load-pgaudit', 'audit-classes'],
      ['audit-classes', 'load-pgaudit'],
    ])('makes one plan, in an order that works: %s, %s', (...ids) => {
      const built = build(...ids);
      if (!built.ok) throw new Error(JSON.stringify(built.problems));
      expect(
        built.plan.steps.map(({ operation }) => ('name' in operation ? operation.name : operation.kind)),
      ).toEqual([
        'package',
        'shared_preload_libraries',
        'reload',
        'restart',
        'sql',
        'sql',
        'pgaudit.log',
        'reload',
      ]);
      const classes = checks.find(({ id }) => id === 'audit-pgaudit-classes');
      expect(classes && judge(classes, built.simulation.facts).status).toBe('pass');
    });

    test('refuses the classes alone', () => {
      expect(build('audit-classes')).toMatchObject({
        ok: false,
        problems: [{ message: expect.stringContaining('pgAudit is not loaded') as string }],
      });
    });
  });
});

describe('audit-classes', () => {
  test.each([
    [null, 'ddl, role, write'],
    ['none', 'ddl, role, write'],
    ['read, ddl', 'read, ddl, role, write'],
    ['all, -write, -misc', 'all, -misc'],
    ['bogus, role', 'role, ddl, write'],
  ])('%j becomes %j', (before, expected) => {
    const facts = withSettings(base, { 'pgaudit.log': before });
    expect(planned(auditClassesSet, facts)).toMatchObject([{ name: 'pgaudit.log', value: expected }]);
    expect(after(auditClassesSet, facts)).toBe('pass');
  });
});
