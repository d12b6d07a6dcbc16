import { expect, test } from '@playwright/test';
import { violations } from '../accessibility.ts';
import { dial, toFindings } from './dial.ts';
import { callsOf, emit, refuse } from './fake-backend.ts';
import { openWindow, type OpenWindow } from './open-window.ts';
import { sampleEvents, sampleReplies, sampleReport, sampleSettings } from './sample.ts';
import { walk } from './walk.ts';

let opened: OpenWindow | null = null;
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});

for (const scheme of ['light', 'dark'] as const)
  for (const mode of ['guided', 'expert'] as const)
    test(`every step is accessible, ${scheme}, ${mode}`, async () => {
      const replies = sampleReplies();
      const settings = { ...sampleSettings, mode };
      opened = await openWindow({ replies: { ...replies, 'settings.get': settings }, scheme });
      const { page, complaints } = opened;
      await walk(page, async (stop) => {
        expect.soft(await violations(page), stop).toEqual([]);
        const scrolled = await page.evaluate(() => {
          scrollTo(0, 100);
          return scrollY;
        });
        expect.soft(scrolled, `${stop} scrolls as a whole`).toBe(0);
      });
      expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
    });

test('a narrow window shows the numbers of the steps only, and nothing is cut off', async () => {
  opened = await openWindow({ replies: sampleReplies(), size: [1024, 700] });
  const { page } = opened;
  await walk(page, async (stop) => {
    const bar = page.getByRole('contentinfo');
    const box = await bar.boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0), stop).toBeLessThanOrEqual(700);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(overflow, stop).toBe(false);
  });
});

test('an unknown host key has Disconnect as its default', async () => {
  opened = await openWindow({ replies: sampleReplies() });
  const { page } = opened;
  await dial(page);
  await emit(page, 'connection.prompt', {
    id: 'p1',
    prompt: {
      kind: 'host-key-unknown',
      host: 'db1',
      port: 22,
      keyType: 'ssh-ed25519',
      fingerprint: 'SHA256:abc',
      knownHostsLine: 'db1 ssh-ed25519 AAAA',
      knownHostsFile: '/home/mk/.ssh/known_hosts',
    },
  });
  await expect(page.getByRole('button', { name: 'Disconnect' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect
    .poll(() => callsOf(page, 'prompt.answer'))
    .toEqual([{ id: 'p1', answer: { kind: 'host-key', decision: 'disconnect' } }]);
});

test('a changed host key stops; nothing offers to go on', async () => {
  opened = await openWindow({ replies: sampleReplies() });
  const { page } = opened;
  await dial(page, 'old-db');
  await emit(page, 'connection.progress', { stage: 'host-key', state: 'failed', detail: '', elapsedMs: 4 });
  await refuse(page, 'connection.open', {
    code: 'host-key-changed',
    message: 'The host key of old-db has changed: SHA256:old was known, SHA256:new was shown.',
    next: 'Ask who runs it. Correct ~/.ssh/known_hosts:41, then connect again.',
  });
  await expect(page.getByText('SHA256:new')).toBeVisible();
  await expect(page.getByRole('button', { name: /go on|remember/i })).toHaveCount(0);
});

test('the list stays quick with 5,000 findings', async () => {
  opened = await openWindow({ replies: sampleReplies() });
  const { page } = opened;
  await toFindings(page, sampleReport(5000));
  const rows = page.getByRole('grid', { name: 'Findings' }).getByRole('row');
  await expect(rows.first()).toBeVisible();
  expect(await rows.count()).toBeLessThan(80);
  const typed = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('[data-list-search] input');
    input?.focus();
    const start = performance.now();
    document.execCommand('insertText', false, 'certificate');
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
    return performance.now() - start;
  });
  expect(typed).toBeLessThan(1500);
  await expect(page.getByRole('row', { name: /certificate expires/ }).first()).toBeVisible();
  await expect(page.getByRole('row', { name: /superuser/ })).toHaveCount(0);
});

test('keys: palette, sheet, continue, back, and the focus on the heading', async () => {
  opened = await openWindow({ replies: sampleReplies() });
  const { page } = opened;
  await toFindings(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Findings' })).toBeFocused();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('two roles have md5');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 2, name: 'Two roles have md5 verifiers' })).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Fixes' })).toBeFocused();
  await page.keyboard.press('Alt+ArrowLeft');
  await expect(page.getByRole('heading', { level: 1, name: 'Findings' })).toBeFocused();
});

test('losing the link during a run keeps the countdown and refuses what needs the link', async () => {
  opened = await openWindow({ replies: sampleReplies() });
  const { page } = opened;
  await walk(page, async (stop) => {
    if (stop !== 'apply') return;
    await expect(page.getByRole('button', { name: /^Keep the changes/ })).toBeEnabled();
    await emit(page, 'apply.event', { kind: 'phase', at: new Date().toISOString(), phase: 'link-lost' });
    await expect(
      page.getByText(/No link to the host. It does not need one: it rolls back by itself in 2:/),
    ).toBeVisible();
    await expect(page.getByRole('button', { name: /^Keep the changes/ })).toBeDisabled();
    await expect(page.getByRole('button', { name: 'Roll back now' })).toBeDisabled();
    // Nothing but this step can be opened while the run goes on.
    await expect(
      page.getByRole('navigation', { name: 'Progress' }).getByRole('button', { name: /Findings/ }),
    ).toHaveCount(0);
    for (const event of sampleEvents()) await emit(page, 'apply.event', event);
  });
});

test('a finding is waived with a reason and a day', async () => {
  opened = await openWindow({ replies: sampleReplies() });
  const { page } = opened;
  await toFindings(page);
  await page.getByRole('row', { name: /certificate expires/ }).click();
  await page.getByRole('button', { name: 'Waive…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Waive' }).click();
  await expect(dialog.getByText('Say why, in a few words.', { exact: false })).toBeVisible();
  await dialog.getByRole('textbox', { name: /Reason/ }).fill('Renewed next week by the authority');
  await dialog.getByRole('button', { name: 'Waive' }).click();
  await expect
    .poll(() => callsOf(page, 'waivers.set'))
    .toMatchObject([{ check: 'tls-cert-expiry', reason: 'Renewed next week by the authority' }]);
});
