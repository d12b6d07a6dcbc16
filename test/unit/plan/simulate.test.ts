import { describe, expect, test } from 'vitest';
import { confFileErrors } from '../../../shared/checks/network/conf-file-errors.ts';
import { confPendingRestart } from '../../../shared/checks/network/conf-pending-restart.ts';
import { fnSecdefPath } from '../../../shared/checks/database/fn-secdef-path.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { simulate } from '../../../shared/plan/simulate.ts';
import { role } from '../support/builders.ts';
import { definer, grant, withContent } from '../support/contents.ts';
import { hardenedFacts, judge, valueOf, withFact, withSettings } from '../support/facts.ts';

describe('a restart', () => {
  test('brings into force what the view of the files marks as not applied', () => {
    const waiting = withSettings(hardenedFacts(), {
      max_connections: { value: '100', pendingRestart: true },
    });
    const facts = withFact(waiting, 'fileSettings', [
      ...valueOf(waiting, 'fileSettings'),
      {
        sourceFile: '/var/lib/postgresql/15/main/postgresql.auto.conf',
        sourceLine: 3,
        name: 'max_connections',
        value: '90',
        applied: false,
        error: 'setting could not be applied',
      },
    ]);
    expect(judge(confPendingRestart, facts).status).toBe('fail');
    const after = simulate(facts, [{ kind: 'restart', reasons: [] }]).facts;
    expect(valueOf(after, 'settings').find(({ name }) => name === 'max_connections')).toMatchObject({
      value: '90',
      pendingRestart: false,
    });
    expect([judge(confPendingRestart, after).status, judge(confFileErrors, after).status]).toEqual([
      'pass',
      'pass',
    ]);
  });
});

describe('a role that is no superuser any more', () => {
  const sql = (changes: Extract<Operation, { kind: 'sql' }>['changes']): Operation => ({
    kind: 'sql',
    database: 'shop',
    statements: [],
    inverse: [],
    transactional: true,
    changes,
    proof: 'SELECT true',
  });

  test('can lead a function astray whose search_path has a schema of his', () => {
    const content = withContent({
      schemas: [{ name: 'sales', owner: 'app', grants: [grant('app', 'CREATE', 'app')], defaultAcl: false }],
      definerFunctions: [definer({ schema: 'sales', owner: 'postgres', searchPath: 'sales, pg_temp' })],
    });
    const facts = withFact(content, 'roles', [
      ...valueOf(content, 'roles'),
      role('app', { superuser: true, login: true }),
    ]);
    expect(judge(fnSecdefPath, facts).status).toBe('pass');
    const after = simulate(facts, [sql([{ kind: 'role', role: 'app', set: { superuser: false } }])]).facts;
    expect(judge(fnSecdefPath, after).status).toBe('fail');
    const revoked = simulate(after, [
      sql([
        { kind: 'schema-revoke', database: 'shop', schema: 'sales', grantee: 'app', privilege: 'CREATE' },
      ]),
    ]).facts;
    expect(judge(fnSecdefPath, revoked).status).toBe('pass');
  });
});
