import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElectronApplication, Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { settled, violations } from '../accessibility.ts';
import { projectFolder } from '../launch.ts';

const pictures = join(projectFolder, 'test-results', 'pictures');

/** The big heading of a step. */
export const heading = (page: Page, name: string): Locator =>
  page.getByRole('heading', { level: 1, name, exact: true });

/** What the bar at the bottom says, and the buttons that stand there. */
export const bar = (page: Page): Locator => page.getByRole('contentinfo');

export type Scheme = 'light' | 'dark';

/**
 * Looks at the window as it stands: a picture, light and dark, goes to test-results/pictures, and the real contents have to fit
 * and to be accessible in `scheme`. One takes a second; the practice server is looked at in the dark, hosts in the light.
 */
export async function look(page: Page, name: string, scheme: Scheme): Promise<void> {
  await mkdir(pictures, { recursive: true });
  for (const colorScheme of scheme === 'dark' ? (['light', 'dark'] as const) : (['dark', 'light'] as const)) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) });
  }
  expect.soft(await violations(page), `${name}, ${scheme}`).toEqual([]);
  const fits = await page.evaluate(
    () =>
      document.documentElement.scrollWidth <= innerWidth &&
      document.documentElement.scrollHeight <= innerHeight,
  );
  expect.soft(fits, `${name} fits into the window`).toBe(true);
}

/** The next question where to save is answered with this path, as a person would in the system's own dialog. */
export async function saveNextAs(app: ElectronApplication, path: string): Promise<void> {
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, path);
}

/** The next question for a file is answered with this path. */
export async function openNext(app: ElectronApplication, path: string): Promise<void> {
  await app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
  }, path);
}

/** Waits for the end of an inspection: its findings are shown, or why it failed is the error. */
export async function findingsShown(page: Page): Promise<void> {
  const stopped = page.getByText('The inspection stopped.');
  await expect(heading(page, 'Findings').or(stopped)).toBeVisible({ timeout: 60_000 });
  if (await stopped.isVisible()) throw new Error(await page.getByRole('main').innerText());
}

/** The bar of the score, which says it in words. */
export const score = (page: Page): Locator => page.getByRole('img', { name: /points|^No score/ }).first();

/** How many findings are open, by what the bar says. */
export async function openCount(page: Page): Promise<number> {
  const text = await bar(page).innerText();
  const open = /(\d+) open:/.exec(text)?.[1];
  if (open === undefined) throw new Error(`The bar tells of no open findings: ${text}`);
  return Number(open);
}

/** On the Fixes step: chooses all that are safe. */
export async function chooseAllSafe(page: Page): Promise<void> {
  await heading(page, 'Fixes').waitFor();
  const choose = page.getByRole('button', { name: /^Choose all that are safe/ });
  await expect(choose).toBeEnabled();
  await choose.click();
}

/** Waits for the inspection after a run. */
export async function verified(page: Page): Promise<void> {
  await heading(page, 'Verify').waitFor();
  await expect(page.getByRole('grid', { name: 'Findings, before and after' })).toBeVisible({
    timeout: 60_000,
  });
}

/** Waits until the run asks whether to keep; a run that ended before is the error, with its log. */
export async function provenAndWaiting(page: Page): Promise<void> {
  const keep = page.getByRole('button', { name: /^Keep the changes/ });
  const over = page.getByRole('button', { name: /^Inspect again/ });
  await expect(keep.and(page.locator(':enabled')).or(over)).toBeVisible({ timeout: 120_000 });
  if (await over.isVisible()) throw new Error(await page.getByRole('main').innerText());
}

/** The file that was saved, after the window has said so. */
export async function savedFile(page: Page, path: string): Promise<Buffer> {
  await expect(page.getByText(`Saved as ${path}`)).toBeVisible({ timeout: 30_000 });
  return readFile(path);
}
