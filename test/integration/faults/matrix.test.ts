import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { bundleChild } from '../../faults/bundle.ts';
import { faults } from '../../faults/faults.ts';
import { kinds } from '../../faults/kinds.ts';
import { forget, learn, runCell } from '../../faults/matrix.ts';
import type { KnownPoint } from '../../faults/matrix.ts';
import type { Mode } from '../../faults/points.ts';
import { Stage } from '../../faults/stage.ts';

/** A fault, and where it strikes: what the point does, or nowhere where the plan itself is the fault. */
type Struck = readonly [fault: string, mode: Mode, side: 'p' | 'h', when: '-' | '+', title: RegExp];

const record = /^script record what is after/;
const rename = /^mv /;

/** Each fault once, the deadly ones more often; the whole of it is `npm run test:faults`. */
const cells: Readonly<Record<string, readonly Struck[]>> = {
  hba: [
    ['program-killed', '', 'p', '+', /^script step 1/],
    ['script-killed', '', 'h', '-', /^mv .*\.pg_hba|^mv .*pg_hba/],
    ['reset', '', 'p', '-', /^script prepare/],
    ['reset', '', 'p', '+', /^script keep/],
    ['reboot', '', 'p', '+', /^sql SELECT pg_reload_conf/],
    ['immutable', 'u', 'p', '-', /^script revert/],
    ['read-only', '', 'p', '-', /^script step 1/],
    ['journal-torn', '', 'h', '-', rename],
    ['clock-forward', '', 'p', '+', /^script arm/],
    ['data-lost', '', 'p', '-', record],
  ],
  sql: [
    ['program-killed', '', 'p', '-', /^sql COMMIT/],
    ['reset', '', 'p', '+', /^sql COMMIT/],
    ['script-killed', 'u', 'h', '-', /^runuser /],
    ['postgres-killed', '', 'p', '-', record],
    ['table-locked', '', 'p', '-', /^sql BEGIN/],
    ['statement-timeout', '', 'p', '+', /^sql COMMIT/],
    ['run-folder-full', 'u', 'p', '-', /^script revert/],
    ['clock-back', '', 'p', '+', /^script arm/],
    ['killed-data-lost', '', 'p', '+', record],
  ],
  nft: [
    ['dropped', '', 'p', '-', record],
    ['reboot-orderly', '', 'p', '+', /^script step 1/],
    ['reboot', 'u', 'h', '-', /^nft /],
    ['no-sudo', '', 'p', '-', record],
    ['disk-full', '', 'h', '-', /^nft /],
    ['disk-here-full', '', 'p', '-', /^script step 1/],
    ['cannot-start', '', 'p', '-', /^/],
  ],
};

describe
  .skipIf(hostsAvailable() !== null)
  .concurrent('whatever fails, the host is as before or as after', () => {
    let child = '';
    beforeAll(async () => {
      child = await bundleChild();
    });
    afterAll(() => rm(child, { force: true }));

    test.each(Object.keys(cells).map((name, index) => [name, 101 + index] as const))(
      '%s',
      async (name, index) => {
        const kind = kinds.find((one) => one.name === name);
        if (kind === undefined) throw new Error(name);
        const stage = await Stage.open(kind, `flt${index}`, index);
        try {
          const known = await learn(stage);
          const find = ([, mode, side, when, title]: Struck): KnownPoint | undefined =>
            known.find(
              ({ point, title: is }) =>
                point.mode === mode && point.side === side && point.when === when && title.test(is),
            );
          for (const one of cells[name] ?? []) {
            const fault = faults.find((each) => each.name === one[0]);
            const point = find(one);
            if (fault === undefined || point === undefined) throw new Error(`no such cell: ${one.join(' ')}`);
            const { result, log } = await runCell(stage, fault, fault.inPlan === true ? null : point, child);
            expect(result, `${result.problem ?? ''}\n${log}`).toMatchObject({ problem: null, struck: true });
            await forget(stage);
          }
        } finally {
          await stage.close();
        }
      },
      170_000,
    );
  });
