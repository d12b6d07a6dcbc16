import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { applyAndKeep, offersOf, openBench, openChecks, planFixes, type Bench } from './bench.ts';

const preferences = { settingsVia: 'alter-system' } as const;

describe.skipIf(hostsAvailable() !== null)('on a host that has not seen the last security release', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await openBench('bookworm-old', 'fix-update', 13);
  }, 300_000);

  afterAll(async () => {
    await bench.close();
  });

  test('update-server brings the newest minor version, and nothing says that it could be undone', async () => {
    const { machine, session } = bench;
    const old = await machine.psql('SHOW server_version');
    const before = openChecks(await bench.scan());
    expect(before).toEqual(expect.arrayContaining(['patch-minor', 'patch-cves']));

    const offers = offersOf(session, ['update-server'], preferences);
    expect(offers).toMatchObject([{ reversible: false, safe: false }]);
    const preview = await planFixes(session, offers, {}, preferences);
    expect(preview.plan.notReversible).toHaveLength(1);
    await applyAndKeep(session, preview);

    expect(openChecks(await bench.scan())).toEqual(preview.predicted.open.map(({ check }) => check).sort());
    expect(openChecks(await bench.scan())).not.toEqual(expect.arrayContaining(['patch-minor']));
    const updated = await machine.psql('SHOW server_version');
    expect(updated).not.toBe(old);
    const minor = (version: string): number => Number(/^15\.(\d+)/.exec(version)?.[1]);
    expect(minor(updated)).toBeGreaterThan(minor(old));
  }, 120_000);
});
