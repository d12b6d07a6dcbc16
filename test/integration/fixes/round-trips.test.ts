import { afterAll, beforeAll, describe, test } from 'vitest';
import { fixes } from '../../../shared/fixes/registry.ts';
import type { Report } from '../../../shared/report/model.ts';
import { hostsAvailable, type Suite } from '../../hosts/hosts.ts';
import { openUp } from '../../hosts/seed-open.ts';
import { applyAndKeep, offersOf, openBench, openChecks, planFixes, rollBack, type Bench } from './bench.ts';
import { hostGroups } from './groups-hosts.ts';
import { groups, type Group } from './groups.ts';
import { weaken } from './seed.ts';
import { snapshot, type Snapshot } from './snapshots.ts';

const suites: readonly { readonly suite: Suite; readonly index: number }[] = [
  { suite: 'bookworm', index: 11 },
  { suite: 'trixie', index: 12 },
];

/** Of the checks that a fix resolves those that a report has open, by fix. */
function openOf(ids: readonly string[], report: Report): Record<string, readonly string[]> {
  const open = new Set(openChecks(report));
  return Object.fromEntries(
    ids.map((id) => [
      id,
      fixes.find((fix) => fix.id === id)?.resolves.filter((check) => open.has(check)) ?? [],
    ]),
  );
}

const without = (state: Snapshot, kept: RegExp | undefined): Snapshot =>
  kept === undefined
    ? state
    : { ...state, settings: state.settings.replace(kept, ''), packages: state.packages.replace(kept, '') };

const answersOn = (group: Group, address: string): NonNullable<Group['answers']> =>
  JSON.parse(
    JSON.stringify(group.answers ?? {}).replaceAll('NET', address.replace(/\.\d+$/, '')),
  ) as NonNullable<Group['answers']>;

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
        const { machine } = bench;
        const { fixes: ids, stays = {} } = group;
        const preferences = { settingsVia: suite === 'bookworm' ? 'file' : 'alter-system' } as const;
        await machine.run(`set -e\n${group.prepare ?? ''}\nsleep 0.3`);
        const seenBefore = await group.effect?.(machine);
        const original = await snapshot(machine);

        const before = await bench.scan();
        const failing = openOf(ids, before);
        for (const id of ids) expect(failing[id], `${id}: its check fails`).not.toEqual([]);

        const offers = offersOf(bench.session, ids, preferences);
        const preview = await planFixes(
          bench.session,
          offers,
          answersOn(group, machine.address),
          preferences,
        );
        const firewall = preview.plan.steps
          .map(({ operation }) => operation)
          .find(({ kind }) => kind === 'firewall');
        expect(firewall?.kind === 'firewall' ? firewall.manager : undefined).toBe(group.manager);
        const run = await applyAndKeep(bench.session, preview);
        if (group.reboots === true) {
          await machine.reboot();
          await bench.reconnect();
        }
        const seenDuring = await group.effect?.(machine);

        const after = await bench.scan();
        const left = openOf(ids, after);
        for (const id of ids) {
          const still = left[id]?.filter((check) => failing[id]?.includes(check));
          expect.soft(still, `${id}: its checks pass`).toEqual([]);
        }
        const predicted = preview.predicted.open.map(({ check }) => check).sort();
        expect.soft(openChecks(after), 'what the preview told').toEqual(predicted);
        expect.soft(seenDuring).toEqual(group.during?.(machine));
        for (const [what, seen] of Object.entries(seenDuring ?? {}))
          expect.soft(seen === seenBefore?.[what], what).toBe(group.unchanged?.includes(what) === true);

        await rollBack(bench.session, run);
        expect.soft(without(await snapshot(machine), group.kept)).toEqual(without(original, group.kept));
        const again = await bench.scan();
        const failingAgain = openOf(ids, again);
        for (const id of ids)
          expect
            .soft(failingAgain[id], `${id}: its check fails again`)
            .toEqual(id in stays ? [] : failing[id]);
        expect.soft(await group.effect?.(machine)).toEqual(seenBefore);
        await machine.run(`set -e\n${group.cleanUp ?? ''}`);
      },
    );
  });
});
