import { expect, test, type Page } from '@playwright/test';
import path from 'node:path';
import type { FixOffer } from '../../../shared/contract/values.ts';
import { tunnelGuide } from '../../../shared/access/tunnel.ts';
import { violations } from '../accessibility.ts';
import { toFindings } from './dial.ts';
import { callsOf, refuse, reply } from './fake-backend.ts';
import { openWindow, type OpenWindow } from './open-window.ts';
import { sampleOffers, sampleReplies } from './sample.ts';

const pictures = process.env.PORTCULLIS_PICTURES;

const guide = tunnelGuide({
  host: 'db1.example.internal',
  sshPort: 22,
  account: 'tunnel',
  target: { kind: 'tcp', address: '127.0.0.1', port: 5432 },
});
const works = {
  account: 'tunnel',
  target: '127.0.0.1:5432',
  works: true,
  steps: (
    [
      ['login', 'tunnel logs in by SSH.'],
      ['forwarding', 'sshd lets tunnels lead to 127.0.0.1:5432.'],
      ['listener', 'Something listens there.'],
      ['server', 'PostgreSQL answers, with TLS.'],
      ['hba', 'It asks postgres for a SCRAM password: a rule is for this way.'],
    ] as const
  ).map(([gate, said]) => ({ gate, state: 'passed' as const, said, next: null })),
};
const ends = {
  ...works,
  works: false,
  steps: [
    ...works.steps.slice(0, 1),
    {
      gate: 'forwarding' as const,
      state: 'refused' as const,
      said: 'sshd forbids forwarding to 127.0.0.1 port 5432.',
      next: 'Set AllowTcpForwarding local in sshd_config.',
    },
  ],
};

/** The fix that limits tunnels, with an account that is ticked. */
function tunnelOffer(): FixOffer {
  const [first] = sampleOffers();
  if (first === undefined) throw new Error('the sample has no fix');
  const option = (value: string, chosen: boolean) => ({ value, label: value, seen: 'has a key', chosen });
  return {
    ...first,
    id: 'limit-tunnels',
    title: 'Let tunnels through SSH lead to PostgreSQL only',
    unavailable: null,
    choices: [
      {
        kind: 'many',
        key: 'tunnels',
        label: 'Which accounts are for tunnels only?',
        options: [option('report', false), option('tunnel', true)],
      },
    ],
  };
}

let opened: OpenWindow | null = null;
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(scheme: 'light' | 'dark' = 'light'): Promise<Page> {
  opened = await openWindow({
    replies: {
      ...sampleReplies(),
      'fixes.list': [tunnelOffer(), ...sampleOffers()],
      'tunnel.guide': { ok: true, login: 'deploy', guide: { ...guide, clients: [...guide.clients] } },
      'tunnel.test': 'later',
    },
    scheme,
  });
  const { page } = opened;
  await toFindings(page);
  return page;
}

async function openDialog(page: Page): Promise<void> {
  await page.keyboard.press('Control+K');
  await page.keyboard.type('tunnel through');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: /A tunnel through SSH to/ }).waitFor();
}

for (const scheme of ['light', 'dark'] as const)
  test(`the dialog about tunnels is accessible, ${scheme}`, async () => {
    const page = await open(scheme);
    await openDialog(page);
    await page.getByRole('button', { name: 'Try the tunnel' }).click();
    await reply(page, 'tunnel.test', scheme === 'light' ? works : ends);
    await page.getByRole('list', { name: 'How far it came' }).waitFor();
    expect(await violations(page)).toEqual([]);
    if (pictures !== undefined) await page.screenshot({ path: path.join(pictures, `tunnel-${scheme}.png`) });
    expect(opened?.complaints).toEqual([]);
  });

test('the fix that limits tunnels leads to what the clients write and to a try as the account that is ticked', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Fixes' }).first().click();
  await page.getByRole('row', { name: /Let tunnels through SSH lead to PostgreSQL only/ }).click();
  await page.getByRole('button', { name: /What the clients write/ }).click();
  const dialog = page.getByRole('dialog', { name: /A tunnel through SSH to/ });
  await expect(dialog.getByRole('textbox', { name: 'Account that tunnels' })).toHaveValue('tunnel');
  await expect(dialog.getByText('LocalForward 5433 127.0.0.1:5432')).toBeVisible();
  for (const name of ['psql', 'pgAdmin', 'DBeaver'])
    await expect(dialog.getByText(name, { exact: true })).toBeVisible();
  await dialog.getByRole('button', { name: 'Copy the text for psql' }).click();
  await expect.poll(async () => JSON.stringify(await callsOf(page, 'app.copy'))).toContain('port=5433');

  await dialog.getByRole('textbox', { name: 'Role' }).fill('report');
  await dialog.getByRole('button', { name: 'Try the tunnel' }).click();
  expect((await callsOf(page, 'tunnel.test')).at(-1)).toEqual({
    account: 'tunnel',
    identityFile: null,
    role: 'report',
    database: 'postgres',
  });
  await reply(page, 'tunnel.test', ends);
  await expect(dialog.getByText('It ends here: The rules of sshd.')).toBeVisible();
  await expect(dialog.getByText('Set AllowTcpForwarding local in sshd_config.')).toBeVisible();

  // As the login of the connection, and what main refuses is told.
  await dialog.getByRole('textbox', { name: 'Account that tunnels' }).fill('');
  await expect(dialog.getByText('It ends here')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Try the tunnel' }).click();
  expect((await callsOf(page, 'tunnel.test')).at(-1)).toMatchObject({ account: null });
  await refuse(page, 'tunnel.test', {
    code: 'busy',
    message: 'This is under way already.',
    next: 'Wait for its end.',
  });
  await expect(dialog.getByText('This is under way already.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => callsOf(page, 'tunnel.cancel')).toHaveLength(1);
});
