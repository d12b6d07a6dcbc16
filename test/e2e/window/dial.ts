import type { Page } from '@playwright/test';
import { reply } from './fake-backend.ts';
import { connection, sampleReport } from './sample.ts';

/** Types a host into the first step and connects. */
export async function dial(page: Page, host = 'db1'): Promise<void> {
  await page.getByRole('combobox', { name: 'Host' }).fill(host);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Enter');
}

/** From the first step to the findings. */
export async function toFindings(page: Page, report = sampleReport()): Promise<void> {
  await dial(page);
  await reply(page, 'connection.open', connection);
  await reply(page, 'scan.start', report);
  await page.getByRole('heading', { level: 1, name: 'Findings' }).waitFor();
}
