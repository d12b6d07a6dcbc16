import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { LaunchedProgram } from '../launch.ts';
import type { OpenedHost } from './opened-host.ts';
import { bar, chooseAllSafe, findingsShown, heading, openNext, provenAndWaiting } from './person.ts';

/** Looks at a stop on the way, where that is wanted. */
export type Look = (stop: string) => Promise<void>;
export const noLook: Look = () => Promise.resolve();

/** Connects as `admin` by key, is asked for the unknown host key and for the sudo password, and waits for the findings. */
export async function connectByKey(
  { page, app }: LaunchedProgram,
  { host, home }: OpenedHost,
  look: Look,
): Promise<void> {
  await heading(page, 'Connect').waitFor();
  await openNext(app, host.key);
  await page.getByRole('combobox', { name: 'Host', exact: true }).fill(`admin@${host.address}`);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /Log in with/ }).click();
  await page.getByRole('option', { name: 'A key file…' }).click();
  await expect(page.getByRole('button', { name: /Log in with/ })).toContainText('id');
  await look('1-connect');
  await bar(page)
    .getByRole('button', { name: /^Connect/ })
    .click();

  const disconnect = page.getByRole('button', { name: /^Disconnect/ });
  await expect(disconnect).toBeFocused();
  const shown = await page.getByText(/^SHA256:/).innerText();
  const own = await host.run('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  expect(own).toContain(shown);
  await look('1-host-key');
  await page.getByRole('button', { name: 'Remember and go on' }).click();

  const password = page.getByLabel(`Password of admin for sudo on ${host.address}`);
  await expect(password).toBeFocused();
  await look('1-sudo');
  await page.keyboard.type('S3cret-pw');
  await page.keyboard.press('Enter');
  await findingsShown(page);
  expect(await readFile(join(home, '.ssh', 'known_hosts'), 'utf8')).toContain(`${host.address} ssh-ed25519 `);
}

/** Chooses all that are safe and the question for a password, which is not: somebody came in without one. */
export async function chooseFixes({ page }: LaunchedProgram, look: Look): Promise<void> {
  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await chooseAllSafe(page);
  const box = page.getByRole('checkbox', { name: 'Choose: Ask TCP clients for a password' });
  await expect(box).not.toBeChecked();
  await box.check({ force: true });
  await expect(bar(page).getByText('1 client would be refused')).toBeVisible();
  await look('4-fixes');
}

/** Previews, reads who would be refused, accepts it, applies, and waits until everything is proven. */
export async function applyFixes({ page }: LaunchedProgram, { host }: OpenedHost, look: Look): Promise<void> {
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await heading(page, 'Preview').waitFor();
  const refused = page.getByRole('table', { name: 'Clients that would be refused' });
  await expect(refused.getByRole('row', { name: /report.*127\.0\.0\.1/ })).toBeVisible();
  const changes = page.getByRole('group', { name: 'The changes' });
  const rules = changes.getByRole('table', { name: 'Changes of /etc/postgresql/15/main/pg_hba.conf' });
  await expect(rules.getByRole('row', { name: /removed.*0\.0\.0\.0\/0/ }).first()).toBeAttached();
  await expect(changes.getByRole('article', { name: /^Firewall/ })).toContainText(
    'reachable from 10.0.0.0/8',
  );
  await look('5-preview');

  await page.getByRole('button', { name: /^Apply to/ }).click();
  const confirm = page.getByRole('alertdialog', { name: new RegExp(`^Apply .* to ${host.address}\\?$`) });
  const apply = confirm.getByRole('button', { name: `Apply to ${host.address}` });
  await expect(apply).toBeDisabled();
  await confirm.getByRole('checkbox', { name: /^Refuse report/ }).check({ force: true });
  await look('5-confirm');
  await apply.click();
  await provenAndWaiting(page);
  await look('6-apply');
}
