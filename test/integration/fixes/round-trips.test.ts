import { afterAll, beforeAll, describe, test } from 'vitest';
import { hostsAvailable, type Suite } from '../../hosts/hosts.ts';
import { openUp } from '../../hosts/seed-open.ts';
import { openBench, type Bench } from './bench.ts';
import { hostGroups } from './groups-hosts.ts';
import { groups } from './groups.ts';
import { roundTrip } from './round-trip.ts';
import { weaken } from './seed.ts';
import { snapshot, type Snapshot } from './snapshots.ts';

const suites: readonly { readonly suite: Suite; readonly index: number }[] = [
  { suite: 'bookworm', index: 11 },
  { suite: 'trixie', index: 12 },
];

const without = (state: Snapshot, kept: RegExp | undefined): Snapshot =>
  kept === undefined
    ? state
    : { ...state, settings: state.settings.replace(kept, ''), packages: state.packages.replace(kept, '') };

describe.skipIf(hostsAvailable() !== null).concurrent.each(suites)('on $suite', ({ suite, index }) => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await openBench(suite, `fix-${suite}`, index);
    await openUp(bench.host);
    await weaken(bench.machine);
  }, 120_000);

  afterAll(async () => {
    await bench.close();
  });

  describe.sequential('one after the other', () => {
    test.for([...groups, ...hostGroups].filter((group) => group.suites.includes(suite)))(
      '$name',
      { timeout: 120_000 },
      async (group, { expect }) => {
        const { kept } = group;
        await roundTrip(bench, group, {
          expect,
          preferences: { settingsVia: suite === 'bookworm' ? 'file' : 'alter-system' },
          snapshot: async (host) => without(await snapshot(host), kept),
        });
      },
    );
  });
});
