import { expect, test, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pictureSchema } from '../../../shared/access/picture-schema.ts';
import { violations } from '../accessibility.ts';
import { dial, toFindings } from './dial.ts';
import { callsOf, reply } from './fake-backend.ts';
import { openWindow, type OpenWindow } from './open-window.ts';
import { connection, sampleReplies, sampleReport } from './sample.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const pictures = process.env.PORTCULLIS_PICTURES;

/** The picture of a recorded host, as main computes it. */
const picture = (name: string) =>
  pictureSchema.parse(JSON.parse(readFileSync(path.join(root, `test/golden/pictures/${name}.json`), 'utf8')));

const replies = (name: string) => ({
  ...sampleReplies(),
  'exposure.get': {
    ok: true as const,
    picture: picture(name),
    databases: ['shop', 'postgres'],
    roles: ['app', 'report'],
  },
  'reach.ask': {
    verdict: 'allowed' as const,
    because: {
      gate: 'hba' as const,
      rule: 'host all all 0.0.0.0/0 md5',
      file: '/etc/postgresql/15/main/pg_hba.conf',
      line: 5,
    },
    method: 'md5',
    transport: 'tcp-plain' as const,
  },
});

let opened: OpenWindow | null = null;
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function toExposure(page: Page): Promise<void> {
  await toFindings(page);
  await page.getByRole('radio', { name: 'Exposure' }).check({ force: true });
  await page.getByRole('group', { name: /^Exposure picture/ }).waitFor();
}

for (const scheme of ['light', 'dark'] as const)
  for (const name of ['bookworm-15-open', 'trixie-17-default'])
    test(`the picture of ${name} is accessible, ${scheme}`, async () => {
      opened = await openWindow({ replies: replies(name), scheme });
      const { page } = opened;
      await toExposure(page);
      expect(await violations(page)).toEqual([]);
      if (pictures !== undefined)
        for (const width of [1280, 1024]) {
          await page.setViewportSize({ width, height: 800 });
          await page.screenshot({ path: path.join(pictures, `${name}-${scheme}-${width}.png`) });
        }
      expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
    });

test('the keys reach each lane in order, mark its rows, and lead to its finding', async () => {
  opened = await openWindow({ replies: replies('bookworm-15-open') });
  const { page } = opened;
  await toExposure(page);
  const lanes = page.getByRole('group', { name: /^Exposure picture/ }).getByRole('button');
  await expect(lanes).toHaveCount(picture('bookworm-15-open').lanes.length);
  await lanes.first().focus();
  for (const [index, lane] of picture('bookworm-15-open').lanes.entries()) {
    if (index > 0) await page.keyboard.press('Tab');
    await expect(page.locator(':focus')).toHaveAccessibleName(
      new RegExp(`^${lane.label.replace('.', '\\.')}`),
    );
    await expect(page.locator(`tr[data-lane="${lane.id}"]`).first()).toHaveAttribute('aria-current', 'true');
    await expect(page.locator('tr[aria-current]').first()).toHaveAttribute('data-lane', lane.id);
  }
  await lanes.first().focus();
  await page.keyboard.press('Enter');
  await expect(
    page.getByRole('heading', { level: 2, name: 'Port 5432 is open to any source' }),
  ).toBeVisible();
});

test('a question is answered as it is written; the table is copied, the picture saved', async () => {
  opened = await openWindow({ replies: replies('bookworm-15-open') });
  const { page } = opened;
  await toExposure(page);
  const bar = page.getByRole('search', { name: 'Ask about one client' });
  await bar.getByRole('textbox').fill('10.20.40.15');
  await expect(bar.getByText('Yes, by line 5, by md5.')).toBeVisible();
  expect((await callsOf(page, 'reach.ask')).at(-1)).toEqual({
    address: '10.20.40.15',
    role: 'app',
    database: 'shop',
    tls: null,
  });
  await page.getByRole('button', { name: 'Copy table' }).click();
  await expect.poll(async () => JSON.stringify(await callsOf(page, 'app.copy'))).toContain('0.0.0.0/0');
  await page.getByRole('button', { name: 'Save picture' }).click();
  await expect.poll(async () => (await callsOf(page, 'exposure.save')).length).toBe(1);
});

test('without facts it says why there is no picture', async () => {
  opened = await openWindow({
    replies: {
      ...replies('bookworm-15-open'),
      'exposure.get': { ok: false, reason: 'pg_hba.conf is not known: no right to read it' },
    },
  });
  const { page } = opened;
  await dial(page);
  await reply(page, 'connection.open', connection);
  await reply(page, 'scan.start', sampleReport());
  await page.getByRole('radio', { name: 'Exposure' }).check({ force: true });
  await expect(page.getByText('There is no picture: pg_hba.conf is not known')).toBeVisible();
});
