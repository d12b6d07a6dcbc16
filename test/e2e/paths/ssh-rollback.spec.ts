import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { launchPortcullis, type LaunchedProgram } from '../launch.ts';
import { catalogState, fileState, loadedRules, openedHost, type OpenedHost } from './opened-host.ts';
import * as person from './person.ts';
import { applyFixes, chooseFixes, connectByKey, noLook } from './ssh.ts';

const reason = hostsAvailable();
test.skip(reason !== null, reason ?? '');

let opened: OpenedHost;
let program: LaunchedProgram;

test.beforeAll(async () => {
  opened = await openedHost('e2eback', 22);
  program = await launchPortcullis({ home: join(opened.home, 'data'), env: { HOME: opened.home } });
});
test.afterAll(async () => {
  await program?.close();
  await opened?.close();
});

test('"Roll back now" puts a host back, byte for byte', async () => {
  const { page, complaints } = program;
  const { host } = opened;
  const state = async () => ({
    files: await fileState(host),
    rules: await loadedRules(host),
    catalogs: await catalogState(host),
  });
  const before = await state();
  expect(before.files).toContain('/etc/postgresql/15/main/pg_hba.conf');
  expect(before.files).toContain('/postgresql.auto.conf');
  await connectByKey(program, opened, noLook);
  const openBefore = await person.openCount(page);
  await chooseFixes(program, noLook);
  await applyFixes(program, opened, noLook);
  const changed = await state();
  expect(changed.files).not.toEqual(before.files);
  expect(changed.rules).not.toEqual(before.rules);
  expect(changed.catalogs).not.toEqual(before.catalogs);

  await page.getByRole('button', { name: 'Roll back now' }).click();
  await expect(page.getByText(`Rolled back on ${host.address}.`)).toBeVisible({ timeout: 90_000 });
  await person.look(page, 'ssh-6-rolled-back', 'light');
  expect(await state()).toEqual(before);
  expect(await host.run('systemctl list-units --all --plain --no-legend "portcullis*"')).toBe('');

  await page.getByRole('button', { name: /^Inspect again/ }).click();
  await person.verified(page);
  await expect(page.getByRole('region', { name: 'After' })).toBeVisible();
  await expect(person.bar(page).getByText(`0 closed, 0 new, ${openBefore} as before`)).toBeVisible();
  expect(complaints).toEqual([]);
});
