import { expect, test, type Page } from '@playwright/test';
import type { Preview } from '../../../shared/contract/values.ts';
import { settled, violations } from '../accessibility.ts';
import { dial } from './dial.ts';
import { callsOf, emit, reply } from './fake-backend.ts';
import { openWindow, type OpenWindow } from './open-window.ts';
import { connection, samplePreview, sampleReplies, sampleReport } from './sample.ts';

const transaction = {
  role: 'batch',
  database: 'shop',
  address: '10.20.30.7',
  application: 'nightly',
  state: 'active',
  command: 'UPDATE',
  seconds: 1560,
};

/** A plan whose last step is a restart, while somebody is in the middle of something. */
function restartPreview(): Preview {
  const preview = samplePreview();
  const number = preview.plan.steps.length + 1;
  return {
    ...preview,
    plan: {
      ...preview.plan,
      cutOff: [],
      notReversible: [],
      restart: { reasons: ['listen_addresses'], included: true },
      steps: [
        ...preview.plan.steps.map((step) => ({ ...step, reversible: true })),
        {
          number,
          title: 'Restart 15/main',
          operation: { kind: 'restart', reasons: ['listen_addresses'] },
          fixes: [],
          effect: 'restart',
          reversible: true,
          guarded: true,
        },
      ],
    },
    changes: [
      ...preview.changes,
      {
        kind: 'commands',
        step: number,
        title: 'Restart 15/main',
        as: 'root',
        lines: ['systemctl restart postgresql@15-main.service'],
        undo: [],
      },
    ],
    restart: {
      clients: [
        { role: 'shop_app', application: 'PgBouncer', address: '10.20.30.5', count: 24 },
        { role: 'batch', application: 'nightly', address: '10.20.30.7', count: 1 },
      ],
      sessions: 25,
      longTransactions: [transaction],
      prepared: [{ ...transaction, state: 'prepared', command: '', seconds: 90_000 }],
      backups: [{ role: 'barman', address: '10.20.30.9', application: 'barman_streaming' }],
      standbys: [{ application: 'db2', address: '10.20.30.6', sync: 'sync', behindBytes: 16_384 }],
      wraparoundVacuums: [{ database: 'shop', seconds: 4000 }],
      checkpoint: { secondsAgo: 240, replayBytes: 83_886_080 },
      maxWalBytes: 1_073_741_824,
      downtime: { fromSeconds: 1, toSeconds: 7, reason: 'a checkpoint is made right before' },
      poolers: [{ name: 'PgBouncer', behaviour: 'lets clients wait and connects again by itself' }],
      unknown: null,
    },
  };
}

/** Looks as a person and as axe; the pictures are kept with the results. */
async function look(page: Page, name: string): Promise<void> {
  await settled(page);
  await page.screenshot({ path: `test-results/restart/${name}.png` });
  expect.soft(await violations(page), name).toEqual([]);
}

let opened: OpenWindow | null = null;
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});

for (const scheme of ['light', 'dark'] as const)
  test(`a restart is shown, chosen and scheduled, ${scheme}`, async () => {
    const replies = { ...sampleReplies(), 'plan.build': { ok: true as const, preview: restartPreview() } };
    opened = await openWindow({ replies, scheme });
    const { page } = opened;
    await dial(page);
    await reply(page, 'connection.open', connection);
    await reply(page, 'scan.start', sampleReport());
    await page.getByRole('button', { name: /^Choose fixes/ }).click();
    await page.getByRole('button', { name: /Choose all that are safe/ }).click();
    await page.getByRole('button', { name: /^Preview the changes/ }).click();
    await page.getByRole('button', { name: /Restart 15\/main restart/ }).click();
    await expect(page.getByText('UPDATE, active, for 26 min').first()).toBeVisible();
    await look(page, `preview-${scheme}`);

    await page.getByRole('button', { name: /^Apply to/ }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('Wait for them').click();
    await dialog.getByText('Start later').click();
    await dialog.getByLabel('Start at').fill('02:30');
    await dialog.getByText('Keep the changes without').click();
    await look(page, `confirm-${scheme}`);
    await dialog.getByRole('button', { name: /^Apply to/ }).click();
    const [started] = (await callsOf(page, 'apply.start')) as { startAt: string }[];
    expect(started).toMatchObject({ restart: { busy: 'wait', waitSeconds: 600 }, keepWhenProven: true });
    expect(new Date(started?.startAt ?? '').getMinutes()).toBe(30);

    const startsAt = new Date(Date.now() + 5_000_000).toISOString();
    await emit(page, 'apply.event', { kind: 'phase', at: startsAt, phase: 'scheduled', startsAt });
    await expect(page.getByText(/The run starts in 1:2/)).toBeVisible();
    await look(page, `scheduled-${scheme}`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await callsOf(page, 'apply.rollBack')).toHaveLength(1);
  });
