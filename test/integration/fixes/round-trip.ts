import type { ExpectStatic } from 'vitest';
import type { FixPreferences } from '../../../shared/fixes/define-fix.ts';
import { fixes } from '../../../shared/fixes/registry.ts';
import type { Preview } from '../../../shared/contract/values.ts';
import type { Report } from '../../../shared/report/model.ts';
import type { TestHost } from '../../hosts/hosts.ts';
import { applyAndKeep, offersOf, openChecks, planFixes, rollBack, type Bench } from './bench.ts';
import type { Group } from './groups.ts';

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

const answersOn = (group: Group, address: string): NonNullable<Group['answers']> =>
  JSON.parse(
    JSON.stringify(group.answers ?? {}).replaceAll('NET', address.replace(/\.\d+$/, '')),
  ) as NonNullable<Group['answers']>;

export interface TripOptions {
  readonly expect: ExpectStatic;
  readonly preferences: FixPreferences;
  /** Everything that the fixes can change, as it stands on the host. */
  readonly snapshot: (host: TestHost) => Promise<unknown>;
  /** A look at the plan before it is applied. */
  readonly planned?: (preview: Preview) => void;
}

/**
 * The proof of the fixes of a group: their checks fail, the fixes are applied and kept, the checks pass and nothing happened
 * that the preview did not tell; the rollback brings back what was there, byte for byte, and the checks fail again.
 */
export async function roundTrip(
  bench: Bench,
  group: Group,
  { expect, preferences, snapshot, planned }: TripOptions,
): Promise<void> {
  const { machine } = bench;
  const { fixes: ids, stays = {} } = group;
  await machine.run(`set -e\n${group.prepare ?? ''}\nsleep 0.3`);
  const seenBefore = await group.effect?.(machine);
  const original = await snapshot(machine);

  const before = await bench.scan();
  const failing = openOf(ids, before);
  for (const id of ids) expect(failing[id], `${id}: its check fails`).not.toEqual([]);

  const offers = offersOf(bench.session, ids, preferences);
  const preview = await planFixes(bench.session, offers, answersOn(group, machine.address), preferences);
  const firewall = preview.plan.steps
    .map(({ operation }) => operation)
    .find(({ kind }) => kind === 'firewall');
  expect(firewall?.kind === 'firewall' ? firewall.manager : undefined).toBe(group.manager);
  planned?.(preview);
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
  expect.soft(await snapshot(machine)).toEqual(original);
  const again = await bench.scan();
  const failingAgain = openOf(ids, again);
  for (const id of ids)
    expect.soft(failingAgain[id], `${id}: its check fails again`).toEqual(id in stays ? [] : failing[id]);
  expect.soft(await group.effect?.(machine)).toEqual(seenBefore);
  await machine.run(`set -e\n${group.cleanUp ?? ''}`);
}
