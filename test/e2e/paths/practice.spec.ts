import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { createPracticeServer } from '../../../main/practice/practice-server.ts';
import { practiceHome } from '../../../main/store/data-home.ts';
import { launchPortcullis, type LaunchedProgram } from '../launch.ts';
import {
  bar,
  chooseAllSafe,
  findingsShown,
  heading,
  look,
  openCount,
  provenAndWaiting,
  saveNextAs,
  savedFile,
  score,
  verified,
} from './person.ts';

let home = '';
let program: LaunchedProgram;

test.beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'portcullis-e2e-practice-'));
  // The server's account has to pass: else the server lives in a folder outside this one.
  await chmod(home, 0o755);
  program = await launchPortcullis({ home });
});

test.afterEach(async () => {
  await program.close();
  await createPracticeServer({ directory: practiceHome(home) }).delete(AbortSignal.timeout(60_000));
  await rm(home, { recursive: true, force: true });
});

test('the practice server, from start to report, and back to where it was', async () => {
  const { page, app, complaints } = program;
  await heading(page, 'Connect').waitFor();
  await page.getByRole('radio', { name: /^Practice server/ }).check({ force: true });
  await look(page, 'practice-1-connect', 'dark');
  await page.getByRole('button', { name: /^Start and connect/ }).click();
  await findingsShown(page);
  const openBefore = await openCount(page);
  const scoreBefore = await score(page).getAttribute('aria-label');
  await look(page, 'practice-3-findings', 'dark');

  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await chooseAllSafe(page);
  await look(page, 'practice-4-fixes', 'dark');
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await heading(page, 'Preview').waitFor();
  await expect(
    page
      .getByRole('table', { name: /pg_hba\.conf/ })
      .getByText('trust')
      .first(),
  ).toBeVisible();
  await look(page, 'practice-5-preview', 'dark');

  await page.getByRole('button', { name: /^Apply to/ }).click();
  const confirm = page.getByRole('alertdialog', { name: /to Practice server\?$/ });
  await expect(confirm.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await look(page, 'practice-5-confirm', 'dark');
  await confirm.getByRole('button', { name: 'Apply to Practice server' }).click();
  await provenAndWaiting(page);
  await look(page, 'practice-6-apply', 'dark');
  await page.getByRole('button', { name: /^Keep the changes/ }).click();

  await verified(page);
  await expect(page.getByText('As predicted.')).toBeVisible();
  await look(page, 'practice-7-verify', 'dark');
  await bar(page).getByRole('button', { name: 'Report' }).click();
  await heading(page, 'Report').waitFor();
  await look(page, 'practice-8-report', 'dark');
  const html = join(home, 'report.html');
  await saveNextAs(app, html);
  await page.getByRole('button', { name: 'Save as HTML', exact: true }).click();
  const report = (await savedFile(page, html)).toString('utf8');
  expect(report).toContain('Practice server');
  expect(report).not.toMatch(/<script|src="http/);
  const pdf = join(home, 'report.pdf');
  await saveNextAs(app, pdf);
  await page.getByRole('button', { name: 'Save as PDF', exact: true }).click();
  const printed = await savedFile(page, pdf);
  expect(printed.subarray(0, 5).toString()).toBe('%PDF-');
  expect(printed.length).toBeGreaterThan(20_000);

  await page.getByRole('button', { name: 'History' }).click();
  const runs = page.getByRole('list', { name: 'Runs' });
  await runs.getByRole('button', { name: /Kept/ }).click();
  await expect(page.getByText('Nobody changed what this run touched since.')).toBeVisible({
    timeout: 30_000,
  });
  await look(page, 'practice-9-history', 'dark');
  await bar(page)
    .getByRole('button', { name: /^Roll back/ })
    .click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Roll back Practice server' }).click();
  await expect(page.getByText('Rolled back on Practice server.')).toBeVisible({ timeout: 60_000 });
  await look(page, 'practice-9-rolled-back', 'dark');
  await page.getByRole('button', { name: /^Inspect again/ }).click();
  await findingsShown(page);
  expect(await openCount(page)).toBe(openBefore);
  await expect(score(page)).toHaveAttribute('aria-label', scoreBefore ?? '');
  await page.getByRole('button', { name: 'History' }).click();
  await expect(runs.getByRole('button', { name: /Rolled back/ })).toHaveCount(1);
  expect(complaints).toEqual([]);

  // What outlives the window holds nothing of it: else its display and its locks would live on as well.
  const [pid] = readFileSync(join(practiceHome(home), 'data', 'postmaster.pid'), 'utf8').split('\n');
  const held = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  expect(held.length).toBeGreaterThan(3);
  expect(held.filter((file) => /\.pak$|\.asar$|\/window\//.test(file))).toEqual([]);
});
