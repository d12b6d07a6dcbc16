import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { launchPortcullis, type LaunchedProgram } from '../launch.ts';
import { catalogState, fileState, openedHost, type OpenedHost } from './opened-host.ts';
import * as person from './person.ts';
import { connectByKey, noLook } from './ssh.ts';

const reason = hostsAvailable();
test.skip(reason !== null, reason ?? '');

let opened: OpenedHost;
let program: LaunchedProgram;

async function launch(): Promise<void> {
  program = await launchPortcullis({ home: join(opened.home, 'data'), env: { HOME: opened.home } });
}

/** Applies a fix that shuts somebody out, up to the question whether to keep it. */
async function changeSomething({ page }: LaunchedProgram): Promise<void> {
  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await page.getByRole('checkbox', { name: 'Choose: Ask TCP clients for a password' }).check({ force: true });
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await person.heading(page, 'Preview').waitFor();
  await page.getByRole('button', { name: /^Apply to/ }).click();
  const confirm = page.getByRole('alertdialog');
  await expect(confirm).toContainText('by a timer of systemd');
  await confirm.getByRole('checkbox', { name: /^Refuse report/ }).check({ force: true });
  await confirm.getByRole('button', { name: /^Apply to/ }).click();
  await person.provenAndWaiting(page);
}

test.beforeAll(async () => {
  opened = await openedHost('grd9', 121);
  const settings = {
    theme: 'system',
    mode: 'guided',
    settingsVia: 'alter-system',
    confirmWithinSeconds: 30,
    profile: 'baseline',
  };
  await mkdir(join(opened.home, 'data'), { recursive: true });
  await writeFile(join(opened.home, 'data', 'settings.json'), JSON.stringify(settings));
  await launch();
});
test.afterAll(async () => {
  await program?.close().catch(() => undefined);
  await opened?.close();
});

test('a program that is killed and a host that reboots: the host puts everything back, and the next start says so', async () => {
  const { host } = opened;
  const state = async () => ({ files: await fileState(host), catalogs: await catalogState(host) });
  const before = await state();
  await connectByKey(program, opened, noLook);
  await changeSomething(program);
  expect((await state()).files).not.toEqual(before.files);

  const ended = new Promise((resolve) => program.app.process().once('exit', resolve));
  program.app.process().kill('SIGKILL');
  await ended;
  await host.reboot();
  await expect
    .poll(() => host.run('cat /var/lib/portcullis/runs/*/status'), { timeout: 90_000 })
    .toMatch(/^rolled-back \S+ guard$/);
  await expect.poll(state, { timeout: 15_000 }).toEqual(before);
  expect(await host.run('systemctl list-units --all --plain --no-legend "portcullis*"')).toBe('');

  await launch();
  const { page, app } = program;
  await person.heading(page, 'Connect').waitFor();
  await person.openNext(app, host.key);
  await page.getByRole('combobox', { name: 'Host', exact: true }).fill(`admin@${host.address}`);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /Log in with/ }).click();
  await page.getByRole('option', { name: 'A key file…' }).click();
  await expect(page.getByRole('button', { name: /Log in with/ })).toContainText('id');
  await person
    .bar(page)
    .getByRole('button', { name: /^Connect/ })
    .click();
  await expect(page.getByLabel(`Password of admin for sudo on ${host.address}`)).toBeFocused();
  await page.keyboard.type('S3cret-pw');
  await page.keyboard.press('Enter');
  await person.findingsShown(page);
  await expect(page.getByText('The host rolled everything back.')).toBeVisible();
  await person.look(page, 'ssh-killed', 'light');
  await page.getByRole('button', { name: 'Show it', exact: true }).click();
  await expect(page.getByText('Rolled back by the host').first()).toBeVisible();
});
