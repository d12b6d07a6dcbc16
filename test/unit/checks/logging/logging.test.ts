import { describe, expect, test } from 'vitest';
import type { AnyCheck } from '../../../../shared/checks/define-check.ts';
import { auditPgauditClasses, auditPgauditLoaded } from '../../../../shared/checks/logging/audit-pgaudit.ts';
import { logFileMode } from '../../../../shared/checks/logging/log-file-mode.ts';
import {
  logConnections,
  logLinePrefix,
  logStatement,
} from '../../../../shared/checks/logging/log-settings.ts';
import { denied } from '../../../../shared/facts/fact.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { FileStatus } from '../../../../shared/facts/files.ts';
import { cis } from '../../../../shared/profiles/cis.ts';
import { fileStatus, folder } from '../../support/builders.ts';
import { hardenedFacts, judge, valueOf, withFact, withPart, withSettings } from '../../support/facts.ts';

const base = hardenedFacts();

function outcome(check: AnyCheck, facts: FactSet, parameters: unknown = {}): string {
  const finding = judge(check, facts, parameters);
  return finding.status === 'fail' ? `fail ${finding.severity}` : finding.status;
}

describe('log-connections', () => {
  test.each([
    ['on', 'pass'],
    ['off', 'fail high'],
    ['', 'fail high'],
    ['all', 'pass'],
    ['receipt,authentication,authorization', 'pass'],
    ['Receipt, Authentication, AUTHORIZATION, setup_durations', 'pass'],
    ['receipt,authorization', 'fail medium'],
    ['receipt', 'fail high'],
    ['1', 'pass'],
  ])('%j: %s', (value, expected) => {
    expect(outcome(logConnections, withSettings(base, { log_connections: value }))).toBe(expected);
  });

  test('a server without the setting is not judged', () => {
    expect(outcome(logConnections, withSettings(base, { log_connections: null }))).toBe('not-assessed');
  });
});

describe('log-statement', () => {
  const quiet = { 'pgaudit.log': 'none' };
  test.each([
    ['ddl', {}, {}, 'pass'],
    ['mod', {}, {}, 'pass'],
    ['all', {}, {}, 'pass'],
    ['none', quiet, {}, 'fail medium'],
    ['none', { 'pgaudit.log': 'ddl' }, {}, 'fail medium'],
    ['none', { 'pgaudit.log': 'all, -read' }, {}, 'pass'],
    ['none', { 'pgaudit.log': 'ddl, role' }, { auditCounts: false }, 'fail medium'],
    ['none', { 'pgaudit.log': 'ddl, role', shared_preload_libraries: '' }, {}, 'fail medium'],
    ['ddl', {}, { minimum: 'mod', auditCounts: false }, 'fail medium'],
    ['verbose', {}, {}, 'not-assessed'],
  ])('%s with %j and %j: %s', (value, changes, parameters, expected) => {
    const facts = withSettings(base, { log_statement: value, ...changes });
    expect(outcome(logStatement, facts, parameters)).toBe(expected);
  });
});

describe('log-line-prefix', () => {
  const of = (major: number) => cis.parameters(major)['log-line-prefix'];
  const full = '%m [%r] [%p]: [l-%l] %u@%d,app=%a,e=%e ';
  test.each([
    ['%m [%p] %q%u@%d %h ', {}, 'pass'],
    ['%t:%r:%u@%d:[%c]: ', {}, 'pass'],
    ['%-8u %10d %n %5p %r', {}, 'pass'],
    ['%m [%p] %q%u@%d ', {}, 'fail high'],
    ['', {}, 'fail high'],
    ['%%m %%p %%u %%d %%h', {}, 'fail high'],
    ['%s [%p] %u@%d %h ', {}, 'fail high'],
    ['%m %u@%d %h ', {}, 'fail low'],
    [full, of(17), 'pass'],
    [full.replace(',e=%e', ''), of(17), 'fail low'],
    [full.replace(',e=%e', ''), of(16), 'pass'],
  ])('%j with %j: %s', (value, parameters, expected) => {
    expect(outcome(logLinePrefix, withSettings(base, { log_line_prefix: value }), parameters)).toBe(expected);
  });

  test('does not matter where the log has fields of its own', () => {
    const json = withSettings(base, { log_line_prefix: '', log_destination: 'jsonlog' });
    expect(outcome(logLinePrefix, json)).toBe('not-applicable');
    expect(outcome(logLinePrefix, withSettings(json, { logging_collector: 'off' }))).toBe('fail high');
    expect(outcome(logLinePrefix, withSettings(json, { log_destination: 'csvlog, stderr' }))).toBe(
      'fail high',
    );
  });
});

describe('log-file-mode', () => {
  const files = (parts: Partial<FileStatus>, facts = base, directory: Partial<FileStatus> = {}) =>
    withPart(facts, 'logFiles', {
      directory: folder('/log', { mode: 0o750, owner: 'postgres', group: 'adm', ...directory }),
      files: [fileStatus('/log/a.log', { mode: 0o600, ...parts })],
    });
  const mode = (value: string, facts = base) => withSettings(facts, { log_file_mode: value });
  const noCollector = withSettings(base, { logging_collector: 'off', log_file_mode: '0644' });
  const journal = withFact(noCollector, 'logFiles', { destination: 'journal', directory: null, files: [] });
  const lost = withFact(noCollector, 'logFiles', { destination: 'unknown', directory: null, files: [] });
  const unseen: FactSet = { ...base, logFiles: denied('needs root') };
  test.each([
    ['0600', base, {}, 'pass'],
    ['0640', mode('0640'), {}, 'pass'],
    ['0640 where 0600 is asked for', mode('0640'), { maximum: '0600' }, 'fail medium'],
    ['0644', mode('0644'), {}, 'fail high'],
    ['an old file that all may read', files({ mode: 0o644 }), {}, 'fail high'],
    ['a file for the group adm', files({ mode: 0o640, group: 'adm' }), {}, 'pass'],
    ['a file for a group with members', files({ mode: 0o640, group: 'deploy' }), {}, 'fail medium'],
    ['a file for a group without other members', files({ mode: 0o640, group: 'ssl-cert' }), {}, 'pass'],
    ['a file that the group may write', files({ mode: 0o660, group: 'adm' }), {}, 'fail high'],
    ['a folder for all', files({}, base, { mode: 0o777 }), {}, 'fail high'],
    ['a sticky folder for all', files({}, base, { mode: 0o1777 }), {}, 'pass'],
    ['without the collector the setting has no effect', files({ mode: 0o640 }, noCollector), {}, 'pass'],
    ['but the files count', files({ mode: 0o644 }, noCollector), {}, 'fail high'],
    ['the journal', journal, {}, 'not-applicable'],
    ['no log found', lost, {}, 'not-assessed'],
    ['files not seen', unseen, {}, 'not-assessed'],
    ['files not seen, and the setting is bad', mode('0644', unseen), {}, 'fail high'],
    ['an ACL', files({ hasAcl: true }), {}, 'manual'],
  ])('%s', (_, facts, parameters, expected) => {
    expect(outcome(logFileMode, facts, parameters)).toBe(expected);
  });

  test('names the setting and each file', () => {
    const subjects = judge(logFileMode, files({ mode: 0o644 }, mode('0644'))).subjects;
    expect(subjects.map(({ name }) => name)).toEqual(['log_file_mode', '/log/a.log']);
  });
});

describe('audit-pgaudit-loaded', () => {
  const libraries = (value: string) => withSettings(base, { shared_preload_libraries: value });
  const version = (text: string | null, facts = base) =>
    withFact(
      facts,
      'contents',
      valueOf(base, 'contents').map((content, index) => ({
        ...content,
        extensions:
          index === 0 || text === null ? [] : [{ name: 'pgaudit', version: text, schema: 'public' }],
      })),
    );
  const templates = withFact(version('1.7'), 'databases', [
    ...valueOf(base, 'databases').map((one) => ({ ...one, template: one.name === 'postgres' })),
  ]);
  test.each([
    ['loaded, in every database', base, 'pass'],
    ['not loaded', libraries(''), 'fail high'],
    ['another library', libraries('pgauditlogtofile, pg_stat_statements'), 'fail high'],
    ['among others', libraries('pg_stat_statements, "pgaudit"'), 'pass'],
    ['by its path', libraries('$libdir/pgaudit'), 'pass'],
    ['without the extension', version(null), 'fail low'],
    ['of another major', version('1.6'), 'fail medium'],
    ['templates do not count', templates, 'pass'],
    ['databases not seen', { ...base, contents: denied('no rights') }, 'not-assessed'],
    [
      'one database not seen',
      withFact(base, 'skippedDatabases', [{ database: 'x', reason: 'permission denied' }]),
      'not-assessed',
    ],
    [
      'template0',
      withFact(base, 'skippedDatabases', [
        { database: 'template0', reason: 'it does not allow connections' },
      ]),
      'pass',
    ],
  ])('%s', (_, facts, expected) => {
    expect(outcome(auditPgauditLoaded, facts)).toBe(expected);
  });

  test.each([
    [13, '1.5', true],
    [14, '1.6.1', true],
    [16, '16.0', true],
    [17, '17.1', true],
    [18, '1.8', false],
    [17, '1.7', false],
  ])('on %i version %s fits: %s', (major, text, fits) => {
    const facts = withFact(base, 'contents', valueOf(version(text), 'contents').slice(1));
    expect(outcome(auditPgauditLoaded, withPart(facts, 'server', { major })) === 'pass').toBe(fits);
  });
});

describe('audit-pgaudit-classes', () => {
  test.each([
    ['ddl, role, write', {}, 'pass'],
    ['ALL', {}, 'pass'],
    ['all, -misc', {}, 'pass'],
    ['all, -write', {}, 'fail high'],
    ['none', {}, 'fail high'],
    ['ddl, role', {}, 'fail high'],
    ['ddl, role, write', { classes: ['ddl', 'role', 'read', 'write'] }, 'fail high'],
    [null, {}, 'fail high'],
  ])('%j with %j: %s', (value, parameters, expected) => {
    expect(outcome(auditPgauditClasses, withSettings(base, { 'pgaudit.log': value }), parameters)).toBe(
      expected,
    );
  });

  test('a value without the library is worth nothing', () => {
    const finding = judge(auditPgauditClasses, withSettings(base, { shared_preload_libraries: '' }));
    expect(finding).toMatchObject({ status: 'fail', title: 'Nothing is audited' });
  });
});
