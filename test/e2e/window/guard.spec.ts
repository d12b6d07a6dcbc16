import { expect, test, type Page } from '@playwright/test';
import path from 'node:path';
import { violations } from '../accessibility.ts';
import { callsOf, reply } from './fake-backend.ts';
import { openWindow, type OpenWindow } from './open-window.ts';
import { connection, samplePreview, sampleReplies, sampleReport, sampleRun } from './sample.ts';

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

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true, level: 1 });

async function dial(page: Page): Promise<void> {
  await heading(page, 'Connect').waitFor();
  await page.getByRole('combobox', { name: 'Host' }).fill('deploy@db1.example.internal');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Connect$/ }).click();
}

async function toPreview(page: Page): Promise<void> {
  await dial(page);
  await reply(page, 'connection.open', connection);
  await heading(page, 'Inspect').waitFor();
  await reply(page, 'scan.start', sampleReport());
  await heading(page, 'Findings').waitFor();
  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await page.getByRole('button', { name: /Choose all that are safe/ }).click();
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await heading(page, 'Preview').waitFor();
}

for (const scheme of ['light', 'dark'] as const)
  test(`names who must still get in, ${scheme}`, async () => {
    const suggestions = [
      { role: 'app', address: '10.20.4.17', database: 'shop', seen: '8 sessions now, 412 logins in the log' },
      { role: 'reports', address: '10.20.9.3', database: 'shop', seen: '14 logins in the log' },
    ];
    opened = await openWindow({
      replies: sampleReplies({ 'plan.mustWork': 'later' }),
      scheme,
    });
    const { page } = opened;
    await toPreview(page);
    const answer = (judged: { verdict: 'allowed' | 'refused'; because: string }[]) =>
      reply(page, 'plan.mustWork', { suggestions, judged });
    await answer([]);
    await page.getByText('Must still work', { exact: true }).click();
    await page.getByRole('checkbox', { name: /^app from 10.20.4.17 to shop/ }).check({ force: true });
    await answer([{ verdict: 'allowed', because: 'pg_hba.conf:97 lets it in by scram-sha-256' }]);
    await page.getByLabel('Password of app, to try the login').fill('s3cret');
    await looked(page, `must-work-${scheme}`);
    await page.getByLabel('Role', { exact: true }).fill('batch');
    await page.getByLabel('From', { exact: true }).fill('10.77.0.0/16');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await answer([
      { verdict: 'allowed', because: 'pg_hba.conf:97 lets it in by scram-sha-256' },
      { verdict: 'refused', because: 'no line of pg_hba.conf lets it in' },
    ]);
    await expect(page.getByText('Would be refused: no line of pg_hba.conf lets it in')).toBeVisible();
    await expect(page.getByRole('button', { name: /^Apply to/ })).toBeDisabled();
    await looked(page, `must-work-refused-${scheme}`);
    await page.getByRole('checkbox', { name: /^batch from/ }).click({ force: true });
    await answer([{ verdict: 'allowed', because: 'pg_hba.conf:97 lets it in by scram-sha-256' }]);
    await page.getByRole('button', { name: /^Apply to/ }).click();
    const dialog = page.getByRole('alertdialog');
    for (const box of await dialog.getByRole('checkbox').all()) await box.check({ force: true });
    await dialog.getByRole('button', { name: /^Apply to/ }).click();
    await heading(page, 'Apply').waitFor();
    const [started] = await callsOf(page, 'apply.start');
    expect(started).toMatchObject({
      mustWork: [{ role: 'app', address: '10.20.4.17', database: 'shop', password: 's3cret' }],
    });
  });

for (const scheme of ['light', 'dark'] as const)
  test(`asks for a word where nothing rolls back, ${scheme}`, async () => {
    const preview = { ...samplePreview(), guard: 'none' as const };
    opened = await openWindow({ replies: sampleReplies({ 'plan.build': { ok: true, preview } }), scheme });
    const { page } = opened;
    await toPreview(page);
    await expect(page.getByText(/cannot roll back by itself/)).toBeVisible();
    await page.getByRole('button', { name: /^Apply to/ }).click();
    const dialog = page.getByRole('alertdialog');
    for (const box of await dialog.getByRole('checkbox').all()) await box.check({ force: true });
    const apply = dialog.getByRole('button', { name: /^Apply to/ });
    await expect(apply).toBeDisabled();
    await looked(page, `unguarded-${scheme}`);
    await dialog.getByRole('textbox', { name: /^Nothing rolls back/ }).fill('unguarded');
    await apply.click();
    await heading(page, 'Apply').waitFor();
    expect(await callsOf(page, 'apply.start')).toEqual([expect.objectContaining({ acceptUnguarded: true })]);
  });

test('a refusal for the missing guard comes back to that word', async () => {
  opened = await openWindow({ replies: sampleReplies(), scheme: 'light' });
  const { page } = opened;
  await toPreview(page);
  await page.getByRole('button', { name: /^Apply to/ }).click();
  const dialog = page.getByRole('alertdialog');
  for (const box of await dialog.getByRole('checkbox').all()) await box.check({ force: true });
  await dialog.getByRole('button', { name: /^Apply to/ }).click();
  await heading(page, 'Apply').waitFor();
  await reply(page, 'apply.start', {
    outcome: {
      result: 'refused',
      runId: null,
      reason: 'No guard.',
      next: '',
      finishByHand: [],
      refusal: 'unguarded',
    },
  });
  await expect(dialog.getByRole('textbox', { name: /^Nothing rolls back/ })).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const)
  test(`a rollback that failed is told at the next connection, ${scheme}`, async () => {
    const run = sampleRun('rollback-failed');
    opened = await openWindow({ replies: sampleReplies({ 'history.list': [run] }), scheme });
    const { page } = opened;
    await dial(page);
    await reply(page, 'connection.open', {
      ...connection,
      attention: [
        {
          run,
          message: `The rollback of the run of ${run.by} could not put everything back.`,
          needsRollback: true,
          commands: ["rm -f -- '/etc/x.conf'", `sh /var/lib/portcullis/runs/${run.id}/revert.sh --by person`],
          log: {
            path: `/var/lib/portcullis/runs/${run.id}/revert.log`,
            tail: ['2026-11-22T15:00:00Z NOT everything could be put back: 002'],
          },
        },
      ],
    });
    await heading(page, 'Inspect').waitFor();
    await expect(page.getByText(/could not put everything back\./)).toBeVisible();
    await page.getByText('Finish it by hand, as root on the host').click();
    await expect(page.getByText(/revert\.sh --by person/)).toBeVisible();
    await looked(page, `attention-${scheme}`);
    await page.getByRole('button', { name: 'Copy the commands' }).click();
    expect(await callsOf(page, 'app.copy')).toEqual([
      expect.objectContaining({ text: expect.stringContaining('revert.sh --by person') }),
    ]);
    await page.getByRole('button', { name: 'Show it and roll back' }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
  });
