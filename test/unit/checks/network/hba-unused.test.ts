import { describe, expect, test } from 'vitest';
import { hbaUnused } from '../../../../shared/checks/network/hba-unused.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { Login } from '../../../../shared/facts/logging.ts';
import { session } from '../../support/builders.ts';
import {
  hardenedFacts,
  hbaPath,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';

const login = (parts: Partial<Login>): Login => ({
  role: 'shop_app',
  database: 'shop',
  address: '10.20.30.11',
  tls: true,
  count: 3,
  lastAt: '2026-11-20T09:00:00.000Z',
  ...parts,
});

const rules = `local all postgres peer
local all all peer
hostssl shop shop_app 10.20.30.0/24 scram-sha-256
hostssl all all 10.1.0.0/16 scram-sha-256
host all all 10.66.0.0/16 reject
hostssl shop all 10.20.30.0/25 scram-sha-256
hostssl shop all 10.2.0.0/16 scram-sha-256`;

/** The hardened server with rules that were written long ago, nobody connected, and one login in the log. */
function written(logins: readonly Partial<Login>[], text = rules, modifiedAt = 1_700_000_000): FactSet {
  const facts = withHba(withFact(hardenedFacts(), 'sessions', []), `${text}\n`);
  const files = valueOf(facts, 'configurationFiles').map((file) => ({
    ...file,
    status: { ...file.status, modifiedAt },
  }));
  return withPart(withFact(facts, 'configurationFiles', files), 'logins', { logins: logins.map(login) });
}

/** `fail 4,6`: the lines that nobody uses. */
function outcome(facts: FactSet, parameters: unknown = {}): string {
  const { status, subjects, summary } = judge(hbaUnused, facts, parameters);
  if (status === 'pass') return status;
  if (status !== 'fail') return `${status}: ${summary}`;
  return `fail ${subjects.map(({ name }) => name.replace(`${hbaPath}:`, '')).join(',')}`;
}

describe('hba-unused', () => {
  test('names the lines that nobody came by, but not the way of the administrator, rejects and shadowed lines', () => {
    // Line 6 is not shadowed: it takes other roles than line 3.
    expect(outcome(written([{}]))).toBe('fail 2,4,6,7');
    expect(outcome(written([{}, { address: '10.1.9.9' }, { role: 'x', address: '10.20.30.4' }]))).toBe(
      'fail 2,7',
    );
    expect(
      outcome(written([{}], rules.replace('shop all 10.20.30.0/25', 'shop shop_app 10.20.30.0/25'))),
    ).toBe('fail 2,4,7');
  });

  test('an open session is a use, however old the login', () => {
    const facts = written([{}, { address: null, tls: false }, { role: 'x', address: '10.20.30.4' }]);
    const connected = withFact(facts, 'sessions', [
      session({ role: 'old', database: 'shop', address: '10.1.0.9', tls: true }),
      session({ role: 'old', database: 'shop', address: '10.2.0.9', tls: true }),
    ]);
    expect(outcome(facts)).toBe('fail 4,7');
    expect(outcome(connected)).toBe('pass');
  });

  test('a client that may come to a line uses it', () => {
    const text = `hostssl all all db.example.com scram-sha-256
hostssl shop shop_app 10.20.30.0/24 scram-sha-256
hostssl shop all 10.2.0.0/16 scram-sha-256`;
    expect(outcome(written([{}], text))).toBe('fail 3');
  });

  test.each<[what: string, facts: FactSet, expected: RegExp]>([
    [
      'a young log',
      withPart(written([{}]), 'logins', { since: '2026-11-18T10:00:00.000Z' }),
      /^not-assessed: .*four rules.*goes back to 2026-11-18, and 7 days are asked for/,
    ],
    [
      'a log without a time',
      withPart(written([{}]), 'logins', { since: null }),
      /^not-assessed: .*since when/,
    ],
    [
      'logins are not written down',
      withSettings(written([{}]), { log_connections: 'off' }),
      /^not-assessed: .*log_connections is off/,
    ],
    [
      'only arrivals are written down (18)',
      withSettings(written([{}]), { log_connections: 'receipt' }),
      /^not-assessed: .*log_connections is off/,
    ],
    [
      'a prefix that ties nothing together',
      withSettings(written([{}]), { log_line_prefix: '%m ' }),
      /^not-assessed: .*neither %h nor %p/,
    ],
    [
      'logins without arrivals (18), and no address in the prefix',
      withSettings(written([{}]), { log_connections: 'authorization', log_line_prefix: '%m [%p] ' }),
      /^not-assessed: .*neither %h nor %p/,
    ],
    [
      'an encrypted login whose address was lost',
      written([{}, { address: null }]),
      /^not-assessed: .*without their address/,
    ],
    [
      'names in the place of addresses',
      written([{ address: 'app1' }]),
      /^not-assessed: .*without their address/,
    ],
    [
      'sessions of others are not visible',
      withPart(written([{}]), 'server', { role: 'monitor', roleIsSuperuser: false }),
      /^not-assessed: .*monitor does not see/,
    ],
    [
      'a file that was changed since',
      written([{}], rules, 1_795_000_000),
      /^manual: .*changed on 2026-11-18.*line 2, line 4, line 6 and line 7/,
    ],
  ])('%s: no guess', (_, facts, expected) => {
    expect(outcome(facts)).toMatch(expected);
  });

  test('the profile says for how long', () => {
    expect(outcome(written([{}]), { days: 30 })).toBe('fail 2,4,6,7');
    expect(outcome(written([{}]), { days: 31 })).toMatch(/^not-assessed: .*31 days/);
  });

  test('csvlog has the address in each line', () => {
    const facts = withSettings(written([{}]), { log_line_prefix: '%m ', log_destination: 'csvlog' });
    expect(outcome(facts)).toBe('fail 2,4,6,7');
  });
});
