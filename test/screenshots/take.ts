import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { createPracticeServer } from '../../main/practice/practice-server.ts';
import { practiceHome } from '../../main/store/data-home.ts';
import { launchPortcullis, projectFolder } from '../e2e/launch.ts';
import { smallerPng } from './smaller-png.ts';

const folder = join(projectFolder, 'docs', 'screenshots');
const maximumBytes = 250_000;

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

/** One picture in light and one in dark. */
async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const path = join(folder, `${name}-${colorScheme}.png`);
    const picture = smallerPng(await page.screenshot({ animations: 'disabled', scale: 'css' }));
    if (picture.length > maximumBytes) throw new Error(`${path} has more than ${maximumBytes} bytes.`);
    await writeFile(path, picture);
    console.log(`${name}-${colorScheme}.png ${Math.round(picture.length / 1024)} KB`);
  }
}

async function walk(page: Page): Promise<void> {
  await heading(page, 'Connect').waitFor();
  await page.getByRole('radio', { name: /Practice server/ }).check({ force: true });
  await page.getByText('A real PostgreSQL').waitFor();
  await take(page, '1-connect');
  await page.getByRole('button', { name: 'Start and connect' }).click();
  await heading(page, 'Findings').waitFor({ timeout: 120_000 });
  await page
    .getByRole('row', { name: /Local logins|ask|password/ })
    .first()
    .click();
  await take(page, '2-findings');
  await page.getByRole('radio', { name: 'Exposure' }).check({ force: true });
  await page.getByRole('group', { name: /^Exposure picture/ }).waitFor();
  await take(page, '7-exposure');
  await page.keyboard.press('Control+K');
  await page.keyboard.type('edit pg_hba');
  await page.keyboard.press('Enter');
  await heading(page, 'pg_hba.conf').waitFor();
  await page
    .getByRole('grid', { name: 'Lines' })
    .getByRole('row', { name: /shop shop_app/ })
    .click();
  await page.getByRole('group', { name: 'The open line' }).waitFor();
  await take(page, '8-pg-hba');
  await page.getByRole('button', { name: 'Findings', exact: true }).click();
  await heading(page, 'Findings').waitFor();
  await page.getByRole('radio', { name: 'List' }).check({ force: true });
  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await heading(page, 'Fixes').waitFor();
  await page.getByRole('button', { name: /Choose all that are safe/ }).click();
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await heading(page, 'Preview').waitFor();
  // The diff of pg_hba.conf, where somebody who scrolls has it before him.
  await page.getByRole('group', { name: 'The changes' }).evaluate((list) => {
    const diff = [...list.children].filter((change) => change.textContent.includes('pg_hba.conf')).at(-1);
    const above =
      diff === undefined ? 0 : diff.getBoundingClientRect().top - list.getBoundingClientRect().top;
    list.scrollTop += above;
  });
  await take(page, '3-preview');
  await page.getByRole('button', { name: /^Apply to/ }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.waitFor();
  for (const box of await dialog.getByRole('checkbox').all()) await box.check({ force: true });
  await dialog.getByRole('button', { name: /^Apply to/ }).click();
  await heading(page, 'Apply').waitFor();
  const keep = page.getByRole('button', { name: /^Keep the changes/ });
  await keep.and(page.locator(':enabled')).waitFor({ timeout: 120_000 });
  await take(page, '4-apply');
  await keep.click();
  await heading(page, 'Verify').waitFor();
  await page.getByRole('grid', { name: 'Findings, before and after' }).waitFor({ timeout: 60_000 });
  await take(page, '5-verify');
  await page.getByRole('contentinfo').getByRole('button', { name: 'Report' }).click();
  await heading(page, 'Report').waitFor();
  await take(page, '6-report');
}

/** Walks through the real window with the practice server and takes the pictures of docs/screenshots. */
export async function takeScreenshots(): Promise<void> {
  const home = join(tmpdir(), 'portcullis-screenshots');
  await mkdir(folder, { recursive: true });
  // Open to the server's account, so that everything is in this folder, also for root.
  await mkdir(home, { recursive: true, mode: 0o755 });
  const program = await launchPortcullis({ home });
  try {
    await program.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.setContentSize(1280, 800),
    );
    await walk(program.page);
  } catch (error) {
    await program.page.screenshot({ path: join(projectFolder, 'test-results', 'screenshots-failed.png') });
    throw error;
  } finally {
    await program.close();
    await createPracticeServer({ directory: practiceHome(home) }).delete(AbortSignal.timeout(30_000));
    await rm(home, { recursive: true, force: true });
  }
}
