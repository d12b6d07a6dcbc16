import type { Page } from '@playwright/test';
import { emit, reply } from './fake-backend.ts';
import { connection, sampleEvents, sampleReport, sampleRun } from './sample.ts';

export const stops = [
  'connect',
  'connecting',
  'inspect',
  'findings',
  'fixes',
  'preview',
  'confirm',
  'apply',
  'verify',
  'report',
  'history',
  'settings',
] as const;
export type Stop = (typeof stops)[number];

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

/** Walks through the window from the first step and calls `at` at each stop. */
export async function walk(page: Page, at: (stop: Stop) => Promise<void>): Promise<void> {
  await heading(page, 'Connect').waitFor();
  await at('connect');
  await page.getByRole('combobox', { name: 'Host' }).fill('deploy@db1.example.internal');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Connect$/ }).click();
  await emit(page, 'connection.progress', {
    stage: 'name',
    state: 'done',
    detail: '10.20.31.11, via bastion',
    elapsedMs: 3,
  });
  await emit(page, 'connection.progress', {
    stage: 'tcp',
    state: 'done',
    detail: 'port 22: SSH-2.0-OpenSSH_9.2p1',
    elapsedMs: 9,
  });
  await emit(page, 'connection.progress', {
    stage: 'host-key',
    state: 'running',
    detail: '',
    elapsedMs: null,
  });
  await emit(page, 'connection.prompt', {
    id: 'p1',
    prompt: {
      kind: 'host-key-unknown',
      host: 'db1.example.internal',
      port: 22,
      keyType: 'ssh-ed25519',
      fingerprint: 'SHA256:/mbeom70GY1H2wy/NoUuLLHQXUd4/fj3aoKJaS+rnUg',
      knownHostsLine:
        'db1.example.internal ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6wslBr7fk/GZjBUy7ZKPmEnzxDiC6SRpQvtVYTILm2',
      knownHostsFile: '/home/mk/.ssh/known_hosts',
    },
  });
  await page.getByRole('button', { name: 'Disconnect' }).waitFor();
  await at('connecting');
  await page.getByRole('button', { name: 'Remember and go on' }).click();
  await reply(page, 'connection.open', connection);
  await heading(page, 'Inspect').waitFor();
  await emit(page, 'scan.progress', { subject: 'firewall', done: 1, total: 15 });
  await emit(page, 'scan.progress', { subject: 'databases', done: 2, total: 15 });
  await at('inspect');
  await reply(page, 'scan.start', sampleReport());
  await heading(page, 'Findings').waitFor();
  await page.getByRole('row', { name: /The office network/ }).click();
  await at('findings');
  await page.getByRole('button', { name: /^Choose fixes/ }).click();
  await heading(page, 'Fixes').waitFor();
  await page.getByRole('button', { name: /Choose all that are safe/ }).click();
  await page.getByRole('row', { name: /Port 5432/ }).click();
  await page.keyboard.press('Space');
  await at('fixes');
  await page.getByRole('button', { name: /^Preview the changes/ }).click();
  await heading(page, 'Preview').waitFor();
  await at('preview');
  await page.getByRole('button', { name: /^Apply to/ }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.waitFor();
  await at('confirm');
  for (const box of await dialog.getByRole('checkbox').all()) await box.check({ force: true });
  await dialog.getByRole('button', { name: /^Apply to/ }).click();
  await heading(page, 'Apply').waitFor();
  for (const event of sampleEvents()) await emit(page, 'apply.event', event);
  await at('apply');
  await page.getByRole('button', { name: /^Keep the changes/ }).click();
  await reply(page, 'apply.start', {
    outcome: {
      result: 'kept',
      runId: sampleRun('kept').id,
      reason: 'You kept the changes.',
      next: '',
      finishByHand: [],
    },
  });
  await heading(page, 'Verify').waitFor();
  await page.getByRole('grid', { name: 'Findings, before and after' }).waitFor();
  await at('verify');
  await page.getByRole('contentinfo').getByRole('button', { name: 'Report' }).click();
  await heading(page, 'Report').waitFor();
  await at('report');
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('list', { name: 'Runs' }).getByRole('button').first().click();
  await page.getByText('A rollback asks for each what becomes of it.').waitFor();
  await at('history');
  await page.getByRole('button', { name: 'Settings' }).click();
  await heading(page, 'Settings').waitFor();
  await at('settings');
}
