import { describe, expect, test } from 'vitest';
import type { AnyCheck } from '../../../../shared/checks/define-check.ts';
import { logPasswordScan } from '../../../../shared/checks/secrets/log-password-scan.ts';
import { colPasswordPlain, colPasswordWeakhash } from '../../../../shared/checks/secrets/password-columns.ts';
import { pwdEncryption, pwdMd5Verifiers } from '../../../../shared/checks/secrets/password-storage.ts';
import type { DatabaseContent } from '../../../../shared/facts/catalog.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import { fileStatus, role } from '../../support/builders.ts';
import { hardenedFacts, judge, valueOf, withFact, withPart, withSettings } from '../../support/facts.ts';

const base = hardenedFacts();

function outcome(check: AnyCheck, facts: FactSet): string {
  const finding = judge(check, facts);
  return finding.status === 'fail' ? `fail ${finding.severity}` : finding.status;
}

test.each([
  ['scram-sha-256', 'pass'],
  ['md5', 'fail high'],
  ['on', 'fail high'],
  [null, 'not-assessed'],
])('pwd-encryption %s: %s', (value, expected) => {
  expect(outcome(pwdEncryption, withSettings(base, { password_encryption: value }))).toBe(expected);
});

describe('pwd-md5-verifiers', () => {
  const roles = (...parts: Parameters<typeof role>[1][]) =>
    withFact(
      base,
      'roles',
      parts.map((one, index) => role(`r${index}`, one)),
    );
  test.each([
    ['none', roles({}, { verifier: 'none' }), 'pass'],
    ['one that logs in', roles({}, { verifier: 'md5' }), 'fail high'],
    ['one that cannot log in', roles({ verifier: 'md5', login: false }), 'fail low'],
    ['hidden', roles({}, { verifier: 'unknown' }), 'not-assessed'],
    ['hidden and md5', roles({ verifier: 'unknown' }, { verifier: 'md5' }), 'fail high'],
    ['a form that is not known', roles({ verifier: 'other' }), 'manual'],
    ['predefined roles have none', roles({ verifier: 'unknown', predefined: true }), 'pass'],
  ])('%s', (_, facts, expected) => {
    expect(outcome(pwdMd5Verifiers, facts)).toBe(expected);
  });
});

type Column = DatabaseContent['passwordColumns'][number];
type Shapes = Partial<Column['shapes']>;

const column = (shapes: Shapes, parts: Partial<Column> = {}): Column => ({
  schema: 'public',
  table: 'users',
  column: 'password',
  type: 'text',
  sampled: Object.values(shapes).reduce((sum, count) => sum + count, 0),
  shapes: {
    bcrypt: 0,
    argon2: 0,
    shaCrypt: 0,
    pbkdf2OrScrypt: 0,
    md5Crypt: 0,
    hexDigest: 0,
    encrypted: 0,
    other: 0,
    ...shapes,
  },
  duplicates: 0,
  problem: null,
  ...parts,
});
const withColumns = (...columns: Column[]) =>
  withFact(
    base,
    'contents',
    valueOf(base, 'contents').map((content) =>
      content.database === 'shop' ? { ...content, passwordColumns: columns } : content,
    ),
  );
const unread = column({}, { problem: 'its values may not be read with these rights' });
const half = (facts: FactSet) =>
  withFact(facts, 'skippedDatabases', [{ database: 'hr', reason: 'permission denied' }]);

describe('password columns', () => {
  test.each([
    ['no such column', base, 'pass', 'pass'],
    ['slow hashes', withColumns(column({ bcrypt: 30, argon2: 8 })), 'pass', 'pass'],
    ['clear text', withColumns(column({ other: 40 })), 'fail critical', 'pass'],
    ['a few strays', withColumns(column({ bcrypt: 99, other: 1 })), 'fail medium', 'pass'],
    ['digests with salt or few rows', withColumns(column({ hexDigest: 9 })), 'pass', 'fail medium'],
    ['digests without salt', withColumns(column({ hexDigest: 9 }, { duplicates: 3 })), 'pass', 'fail high'],
    ['md5-crypt', withColumns(column({ md5Crypt: 9 })), 'pass', 'fail medium'],
    ['encrypted', withColumns(column({ encrypted: 9 })), 'pass', 'manual'],
    ['empty', withColumns(column({})), 'pass', 'pass'],
    ['not readable', withColumns(unread), 'not-assessed', 'not-assessed'],
    [
      'not readable beside a bad one',
      withColumns(unread, column({ other: 2 })),
      'fail critical',
      'not-assessed',
    ],
    ['not a password', withColumns(column({ other: 9 }, { column: 'password_reset_token' })), 'pass', 'pass'],
    ['a database not seen', half(base), 'not-assessed', 'not-assessed'],
    ['a bad one in spite of that', half(withColumns(column({ other: 9 }))), 'fail critical', 'not-assessed'],
  ])('%s', (_, facts, plain, weak) => {
    expect([outcome(colPasswordPlain, facts), outcome(colPasswordWeakhash, facts)]).toEqual([plain, weak]);
  });

  test('name the column with its database', () => {
    const facts = withColumns(column({ other: 3 }, { table: 'odd "table"' }));
    expect(judge(colPasswordPlain, facts).subjects).toEqual([
      { kind: 'column', name: 'shop.public.odd "table".password' },
    ]);
  });
});

describe('log-password-scan', () => {
  const path = '/var/log/postgresql/postgresql-2026-11-22.log';
  const hit = { path, pattern: 'role-password', count: 2, firstLine: 34 };
  const scan = (parts: Parameters<typeof withPart<'logScan'>>[2], facts = base) =>
    withPart(facts, 'logScan', parts);
  const open = withPart(base, 'logFiles', { files: [fileStatus(path, { mode: 0o644 })] });
  test.each([
    ['nothing', base, 'pass'],
    ['nothing in a part', scan({ truncated: true }), 'not-assessed'],
    ['no file', scan({ filesRead: 0, bytesRead: 0 }), 'not-assessed'],
    ['a hit in a file that all may read', scan({ hits: [hit] }, open), 'fail critical'],
    ['a hit in a private file', scan({ hits: [hit] }), 'fail high'],
    [
      'a hit in a file whose rights are not known',
      scan({ hits: [{ ...hit, path: '/gone' }] }),
      'fail critical',
    ],
    ['a hit in a part', scan({ hits: [hit], truncated: true }), 'fail high'],
  ])('%s', (_, facts, expected) => {
    expect(outcome(logPasswordScan, facts)).toBe(expected);
  });

  test('shows places and counts', () => {
    const finding = judge(
      logPasswordScan,
      scan({ hits: [hit, { ...hit, pattern: 'odd', count: 1, firstLine: 0 }] }),
    );
    expect(finding.summary).toBe(`3 lines have a password, in ${path}.`);
    expect(finding.evidence).toMatchObject([
      {
        rows: [
          [path, 'password of a role (CREATE or ALTER ROLE)', '2', '34'],
          [path, 'password', '1', 'not known'],
        ],
      },
    ]);
  });
});
