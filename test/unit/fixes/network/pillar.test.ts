import { describe, expect, test } from 'vitest';
import { networkChecks } from '../../../../shared/checks/network/index.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { AnyFix, Answers } from '../../../../shared/fixes/define-fix.ts';
import {
  disableBrokenMaps,
  noCatchAllMaps,
  noSuperuserMaps,
} from '../../../../shared/fixes/network/ident-maps.ts';
import { listenOnChosen } from '../../../../shared/fixes/network/listen.ts';
import { socketForGroup } from '../../../../shared/fixes/network/sockets.ts';
import {
  delayGuessing,
  dropDeadClients,
  reloadNow,
  reservePlaces,
  shortLoginTime,
} from '../../../../shared/fixes/network/tcp-settings.ts';
import { absent } from '../../../../shared/facts/fact.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';
import {
  configurationFile,
  hardenedFacts,
  judge,
  valueOf,
  withFact,
  withHba,
  withPart,
  withSettings,
} from '../../support/facts.ts';

const base = hardenedFacts();

/** What the first check of a fix says once its operations ran. */
function settled(fix: AnyFix, facts: FactSet, answers: Answers = {}): string {
  const tried = tryFix(fix, facts, networkChecks);
  const after = afterOperations(facts, operationsOf(tried.plan(answers)));
  const check = networkChecks.find(({ id }) => id === tried.finding.check);
  return check === undefined ? 'no check' : judge(check, after).status;
}

function withIdent(text: string): FactSet {
  const using = withHba(base, 'local all all peer map=m\n');
  return withFact(
    using,
    'configurationFiles',
    valueOf(using, 'configurationFiles').map((file) =>
      file.role === 'pg_ident.conf' ? configurationFile('pg_ident.conf', file.path, text) : file,
    ),
  );
}

const cases: readonly (readonly [string, AnyFix, FactSet, Answers?])[] = [
  ['dead clients', dropDeadClients, withFact(base, 'fileSettings', [])],
  ['the time to log in', shortLoginTime, withSettings(base, { authentication_timeout: '600' })],
  [
    'places for superusers',
    reservePlaces,
    withSettings(base, { superuser_reserved_connections: { value: '0', context: 'postmaster' } }),
  ],
  [
    'guessing',
    delayGuessing,
    withFact(
      withSettings(base, { shared_preload_libraries: 'pgaudit', 'auth_delay.milliseconds': null }),
      'availableExtensions',
      [{ name: 'dblink', version: '1.2' }],
    ),
  ],
  ['a file that was not loaded', reloadNow, withPart(base, 'server', { loadedAt: '2020-01-01T00:00:00Z' })],
  ['a map to a superuser', noSuperuserMaps, withIdent('m backup postgres\n')],
  ['a map for everybody', noCatchAllMaps, withIdent('m /.* shop_app\n')],
  ['a broken map', disableBrokenMaps, { ...withIdent('m a\n'), identView: absent('before 15') }],
  [
    'listening for nobody',
    listenOnChosen,
    withHba(base, 'local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n'),
  ],
  [
    'a group by chance',
    socketForGroup,
    withPart(base, 'accounts', {
      groups: [
        { name: 'postgres', gid: 118, members: ['backup'] },
        { name: 'ssl-cert', gid: 117, members: ['postgres'] },
      ],
    }),
    { group: 'postgres' },
  ],
];

test.each(cases)('%s', (_, fix, facts, answers) => {
  expect(settled(fix, facts, answers)).toBe('pass');
});

describe('what they leave alone', () => {
  test('other libraries stay loaded', () => {
    const facts = withFact(
      withSettings(base, { shared_preload_libraries: 'pgaudit', 'auth_delay.milliseconds': null }),
      'availableExtensions',
      [{ name: 'dblink', version: '1.2' }],
    );
    expect(operationsOf(tryFix(delayGuessing, facts, networkChecks).plan())[0]).toMatchObject({
      name: 'shared_preload_libraries',
      value: 'pgaudit, auth_delay',
    });
    const without = withFact(facts, 'availableExtensions', []);
    expect(tryFix(delayGuessing, without, networkChecks).refused).toContain('not installed');
  });

  test('the number of connections is for a person to say', () => {
    const many = withSettings(base, { max_connections: '5000' });
    expect(tryFix(reservePlaces, many, networkChecks).refused).toContain('only you can tell');
  });

  test('the only way in for nobody: no TCP at all', () => {
    const local = withHba(withSettings(base, { listen_addresses: 'localhost' }), 'local all all peer\n');
    const tried = tryFix(listenOnChosen, local, networkChecks);
    expect(tried.finding.check).toBe('uds-only');
    expect(operationsOf(tried.plan())).toMatchObject([{ name: 'listen_addresses', value: '' }]);
  });

  test('other maps', () => {
    const facts = withIdent('m deploy shop_app\nm backup postgres\n');
    expect(operationsOf(tryFix(noSuperuserMaps, facts, networkChecks).plan())).toMatchObject([
      { kind: 'hba', file: '/etc/postgresql/15/main/pg_ident.conf', edits: [{ kind: 'disable', line: 2 }] },
    ]);
  });
});
