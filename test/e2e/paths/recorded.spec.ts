import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { launchPortcullis, projectFolder, type LaunchedProgram } from '../launch.ts';
import { reportSchema } from '../../../shared/report/model.ts';
import * as person from './person.ts';

const facts = join(projectFolder, 'test', 'golden', 'facts', 'bookworm-15-open.json');

let home: string;
let program: LaunchedProgram;

test.beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'portcullis-e2e-'));
  program = await launchPortcullis({ home });
});
test.afterAll(async () => {
  await program?.close();
  await rm(home, { recursive: true, force: true });
});

test('saved facts are judged and reported, and cannot be changed', async () => {
  const { page, app, complaints } = program;
  await page.getByRole('radio', { name: /^Saved facts/ }).check({ force: true });
  const open = person.bar(page).getByRole('button', { name: /^Open/ });
  await expect(open).toBeDisabled();
  await person.openNext(app, facts);
  await page.getByRole('button', { name: 'Choose a file…' }).click();
  await person.look(page, 'recorded-1-connect', 'dark');
  await open.click();
  await person.findingsShown(page);
  await expect(page.getByText('read only', { exact: true })).toBeVisible();
  const openFindings = await person.openCount(page);
  await person.look(page, 'recorded-3-findings', 'dark');

  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await person.chooseAllSafe(page);
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await person.heading(page, 'Preview').waitFor();
  await expect(person.bar(page).getByRole('button', { name: 'Apply' })).toBeDisabled();
  await expect(person.bar(page)).toContainText('there is no host to apply to');

  await page
    .getByRole('navigation', { name: 'Progress' })
    .getByRole('button', { name: /Findings/ })
    .click();
  await page.getByRole('button', { name: 'Report now' }).click();
  await person.heading(page, 'Report').waitFor();
  await person.look(page, 'recorded-8-report', 'dark');
  const file = join(home, 'report.json');
  await person.saveNextAs(app, file);
  await page.getByRole('button', { name: 'Save as JSON' }).click();
  const report = reportSchema.parse(JSON.parse((await person.savedFile(page, file)).toString('utf8')));
  expect(report.summary.fail).toBe(openFindings);
  expect(complaints).toEqual([]);
});
