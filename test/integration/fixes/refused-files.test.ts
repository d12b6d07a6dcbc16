import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { applyAndKeep, never, offersOf, openBench, planFixes, type Bench } from './bench.ts';

const preferences = { settingsVia: 'alter-system', editManaged: false } as const;

describe.skipIf(hostsAvailable() !== null)('a file of which the server takes nothing', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await openBench('bookworm', 'refused', 196);
  });
  afterAll(() => bench.close());

  test('is put back by the rollback, which tells what stays in force', async () => {
    const { machine, session } = bench;
    const file = '/etc/postgresql/15/main/postgresql.conf';
    await machine.run(`printf '%s\\n' 'work_mem = 7MB' 'wurk_mem = 6MB' >> ${file}`);
    await machine.psql('SELECT pg_reload_conf()');
    const before = await machine.readFile(file);
    await bench.scan();
    const offers = offersOf(session, ['disable-broken-settings'], preferences);
    const runId = await applyAndKeep(session, await planFixes(session, offers, {}, preferences));
    expect(await machine.psql('SHOW work_mem')).toBe('7MB');

    const choices = { force: false, decisions: [], breakLock: false };
    const { outcome } = await session.history.rollBack(runId, choices, () => undefined, never);
    expect(outcome.result).toBe('rolled-back');
    expect(outcome.reason).toMatch(/refuses its configuration files.*postgresql\.conf:\d+: unrecognized/);
    expect(await machine.readFile(file)).toBe(before);
    expect(await machine.psql('SHOW work_mem')).toBe('7MB');
  });
});
