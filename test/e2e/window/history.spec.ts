import { expect, test, type Page } from '@playwright/test';
import path from 'node:path';
import { violations } from '../accessibility.ts';
import { callsOf, reply } from './fake-backend.ts';
import { openWindow, type OpenWindow } from './open-window.ts';
import { connection, sampleReplies, sampleRun } from './sample.ts';

let opened: OpenWindow | null = null;
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** Pictures for a person to look at, where they are asked for; what axe finds wrong in any case. */
async function looked(page: Page, name: string): Promise<void> {
  expect.soft(await violations(page), name).toEqual([]);
  const folder = process.env.PORTCULLIS_PICTURES;
  if (folder !== undefined) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

for (const scheme of ['light', 'dark'] as const)
  test(`an older run is rolled back operation by operation, ${scheme}`, async () => {
    const changed = {
      ...sampleRun('rolled-back', '2026-11-01T09:00:00Z'),
      intact: false,
      problems: ['On the host: Record 3 was changed.'],
      left: [1],
    };
    opened = await openWindow({
      scheme,
      replies: sampleReplies({
        'connection.open': connection,
        'history.list': [sampleRun('kept'), changed],
        'history.rollBack': 'later',
        'history.export': { path: '/home/mk/runs.json' },
      }),
    });
    const { page } = opened;
    await page.getByRole('combobox', { name: 'Host' }).fill('deploy@db1.example.internal');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Connect$/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Inspect', exact: true }).waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    const runs = page.getByRole('list', { name: 'Runs' });
    await runs.getByRole('button').nth(1).click();
    await expect(page.getByText('On the host: Record 3 was changed.')).toBeVisible();
    await looked(page, `history-record-${scheme}`);
    await runs.getByRole('button').first().click();
    await expect(page.getByText('2 things changed since.')).toBeVisible();
    await looked(page, `history-run-${scheme}`);
    await page.getByRole('button', { name: 'Export this run…' }).click();
    await expect(page.getByText('Saved as /home/mk/runs.json')).toBeVisible();

    await page.getByRole('button', { name: 'Roll back…' }).first().click();
    const dialog = page.getByRole('alertdialog');
    const confirm = dialog.getByRole('button', { name: /^Roll back/ });
    await expect(confirm).toBeDisabled();
    await expect(dialog.getByText('2 choices left')).toBeVisible();
    await dialog
      .getByRole('radiogroup', { name: /pg_hba/ })
      .getByText("Undo only this run's change")
      .click();
    // The second one by the keyboard.
    await dialog
      .getByRole('radiogroup', { name: /log_connections/ })
      .getByRole('radio')
      .first()
      .focus();
    await page.keyboard.press('ArrowDown');
    await expect(dialog.getByRole('radio', { name: /^Leave as it is now/ }).last()).toBeChecked();
    await expect(confirm).toBeEnabled();
    await looked(page, `history-dialog-${scheme}`);
    await confirm.click();
    expect((await callsOf(page, 'history.rollBack')).at(-1)).toEqual({
      run: sampleRun('kept').id,
      force: false,
      decisions: [
        { step: 1, choice: 'merge' },
        { step: 2, choice: 'leave' },
      ],
      breakLock: false,
    });

    const holder = {
      run: '20261122T141000Z-0123abcd',
      by: 'anna@desk',
      since: '2026-11-22T14:10:00Z',
      phase: 'waiting',
      guardArmed: true,
      guardSeconds: 132,
    } as const;
    await reply(page, 'history.rollBack', {
      outcome: {
        result: 'refused',
        runId: sampleRun('kept').id,
        reason: 'anna@desk has changed this host and has not confirmed yet.',
        next: 'Wait until that run is kept or rolled back.',
        finishByHand: [],
        holder,
      },
      drift: [],
      review: [],
    });
    await page.getByRole('button', { name: 'Break the lock…' }).click();
    await expect(dialog).toContainText('anna@desk');
    await expect(confirm).toBeDisabled();
    await dialog.getByRole('textbox').fill('break');
    await looked(page, `history-lock-${scheme}`);
    await confirm.click();
    expect((await callsOf(page, 'history.rollBack')).at(-1)).toMatchObject({ breakLock: true });
    expect(opened.complaints).toEqual([]);
  });
