import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { openPasswords } from '../../hosts/seed-open.ts';
import { launchPortcullis, type LaunchedProgram } from '../launch.ts';
import { application, neighbour, openedHost, type OpenedHost } from './opened-host.ts';
import * as person from './person.ts';
import { applyFixes, chooseFixes, connectByKey } from './ssh.ts';

const reason = hostsAvailable();
test.skip(reason !== null, reason ?? '');

let opened: OpenedHost;
let program: LaunchedProgram;

test.beforeAll(async () => {
  opened = await openedHost('e2ekeep', 21);
  program = await launchPortcullis({ home: join(opened.home, 'data'), env: { HOME: opened.home } });
});
test.afterAll(async () => {
  await program?.close();
  await opened?.close();
});

const openAtFirst = {
  'hba-trust-host': 'Two rules ask TCP clients for no password',
  'hba-any-address': 'Three rules accept any address',
  'tls-enabled': 'TLS is off',
  'fw-active': 'No firewall is active on the host',
} as const;

test('a host over ssh with a sudo password is hardened, kept and reported', async () => {
  const { page, app, complaints } = program;
  const { host, home } = opened;
  const look = (stop: string) => person.look(page, `ssh-${stop}`, 'light');
  await connectByKey(program, opened, look);
  const search = page.getByRole('searchbox', { name: 'Search findings' });
  for (const [check, title] of Object.entries(openAtFirst)) {
    await search.fill(check);
    await expect(page.getByRole('row', { name: title })).toBeVisible();
  }
  await search.clear();
  await look('3-findings');
  await chooseFixes(program, look);
  await applyFixes(program, opened, look);
  await page.getByRole('button', { name: /^Keep the changes/ }).click();

  await person.verified(page);
  const compared = page.getByRole('grid', { name: 'Findings, before and after' });
  await expect(compared.getByRole('row', { name: 'Every TCP rule asks for a proof' })).toBeVisible();
  await expect(compared.getByRole('row', { name: 'A firewall is active on the host' })).toBeVisible();
  await look('7-verify');

  expect(await host.psql('SHOW ssl')).toBe('on');
  expect(await host.psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'app'")).toBe('f');
  const rules = await host.readFile('/etc/postgresql/15/main/pg_hba.conf');
  expect(rules).not.toMatch(/^host.*(trust|0\.0\.0\.0\/0)/m);
  expect(rules).toContain('# Opened for tests');
  expect(await host.run('ufw status')).toMatch(/^Status: active/);
  for (const role of ['app', 'report', 'batch'] as const)
    for (const tls of [true, false])
      expect(await application(host, role, neighbour(host), { tls })).toBe(role);
  const inside = (password: string) =>
    host.exec(`PGPASSWORD=${password} psql -XAtq -h 127.0.0.1 -U report -d shop -c 'SELECT current_user'`);
  expect((await inside(openPasswords.report)).stdout).toBe('report\n');
  expect((await inside('guessed')).stderr).toContain('password authentication failed');

  await person.bar(page).getByRole('button', { name: 'Report' }).click();
  await person.heading(page, 'Report').waitFor();
  const html = join(home, 'report.html');
  await person.saveNextAs(app, html);
  await page.getByRole('button', { name: 'Save as HTML', exact: true }).click();
  const report = (await person.savedFile(page, html)).toString('utf8');
  expect(report).toContain(host.address);
  expect(report).toContain('No firewall is active on the host');
  expect(report).not.toContain('S3cret-pw');
  expect(complaints).toEqual([]);
});
