import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { launchPortcullis, type LaunchedProgram } from '../launch.ts';
import { openedHost, type OpenedHost } from './opened-host.ts';
import * as person from './person.ts';
import { connectByKey, noLook } from './ssh.ts';

const reason = hostsAvailable();
test.skip(reason !== null, reason ?? '');

let opened: OpenedHost;
let program: LaunchedProgram;

test.beforeAll(async () => {
  opened = await openedHost('his3', 138);
  program = await launchPortcullis({ home: join(opened.home, 'data'), env: { HOME: opened.home } });
});
test.afterAll(async () => {
  await program?.close();
  await opened?.close();
});

test('later the run is rolled back from History: a rule that somebody added since stays', async () => {
  const { page, complaints } = program;
  const { host } = opened;
  const file = '/etc/postgresql/15/main/pg_hba.conf';
  const first = await host.readFile(file);
  await connectByKey(program, opened, noLook);
  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await person.heading(page, 'Fixes').waitFor();
  await page.getByRole('checkbox', { name: 'Choose: Ask TCP clients for a password' }).check({ force: true });
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await person.heading(page, 'Preview').waitFor();
  await page.getByRole('button', { name: /^Apply to/ }).click();
  const confirm = page.getByRole('alertdialog');
  const refuse = confirm.getByRole('checkbox', { name: /^Refuse / });
  if ((await refuse.count()) > 0) await refuse.check({ force: true });
  await confirm.getByRole('button', { name: `Apply to ${host.address}` }).click();
  await person.provenAndWaiting(page);
  const applied = await host.readFile(file);
  await page.getByRole('button', { name: /^Keep the changes/ }).click();
  await person.verified(page);

  await host.run(`printf '%s\\n' '# the new office' 'host all all 192.168.7.0/24 reject' >>${file}`);
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('list', { name: 'Runs' }).getByRole('button').first().click();
  await expect(page.getByText('1 thing changed since.')).toBeVisible({ timeout: 30_000 });
  await person.look(page, 'ssh-9-history', 'light');
  await page.getByRole('button', { name: 'Roll back…' }).first().click();
  const dialog = page.getByRole('alertdialog');
  const rollBack = dialog.getByRole('button', { name: `Roll back ${host.address}` });
  await expect(dialog.getByText('1 choice left')).toBeVisible({ timeout: 30_000 });
  await expect(rollBack).toBeDisabled();
  await dialog.getByText("Undo only this run's change").click();
  await person.look(page, 'ssh-9-choices', 'light');
  await rollBack.click();
  await expect(page.getByText(`Rolled back on ${host.address}.`)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('region', { name: 'Steps' }).getByText('undone').first()).toBeVisible();
  await expect(page.getByText('A new login to PostgreSQL')).toBeVisible();
  await person.look(page, 'ssh-9-rolled-back', 'light');
  const rules = await host.readFile(file);
  // What the run had changed is as it was first, and what was added since is there.
  expect(rules).toBe(`${first}# the new office\nhost all all 192.168.7.0/24 reject\n`);
  expect(applied).not.toBe(first);
  expect(complaints).toEqual([]);
});
