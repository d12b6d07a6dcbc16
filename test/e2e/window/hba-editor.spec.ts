import { expect, test, type Page } from '@playwright/test';
import path from 'node:path';
import { editorGround } from '../../../shared/hba/editor/ground.ts';
import type { EditorGround } from '../../../shared/hba/editor/ground-schema.ts';
import {
  configurationFile,
  hardenedFacts,
  hbaPath,
  valueOf,
  withFact,
  withHba,
} from '../../unit/support/facts.ts';
import { role, session } from '../../unit/support/builders.ts';
import { violations } from '../accessibility.ts';
import { toFindings } from './dial.ts';
import { callsOf, reply } from './fake-backend.ts';
import { openWindow, type OpenWindow } from './open-window.ts';
import { sampleReplies } from './sample.ts';

const pictures = process.env.PORTCULLIS_PICTURES;

const text = `# PostgreSQL Client Authentication Configuration File
# The administrator
local   all             postgres                                peer

# TYPE  DATABASE        USER            ADDRESS                 METHOD
local   all             all                                     peer
host    all             all             127.0.0.1/32            scram-sha-256
# The shop
hostssl shop            shop_app        10.20.30.0/24           scram-sha-256
host    all             all             10.0.0.0/8              md5
hostssl shop            reporting       10.20.40.0/24           scram-sha-256
#host   all             all             0.0.0.0/0               trust
host    replication     replicator      10.20.31.12/32          scram-sha-256
`;

function groundOf(hba: string, more: Readonly<Record<string, string>> = {}): EditorGround {
  const base = withHba(hardenedFacts(), hba);
  const files = [
    ...valueOf(base, 'configurationFiles'),
    ...Object.entries(more).map(([file, content]) => configurationFile('include', file, content)),
  ];
  const facts = withFact(
    withFact(withFact(base, 'configurationFiles', files), 'sessions', [
      session({ role: 'shop_app', database: 'shop', address: '10.20.30.7', tls: true }),
      session({ role: 'shop_app', database: 'shop', address: '10.20.30.8', tls: true }),
      session({ role: 'legacy_etl', database: 'shop', address: '10.9.8.40', tls: false }),
    ]),
    'roles',
    ['postgres', 'shop_app', 'reporting', 'replicator', 'legacy_etl'].map((name) => role(name)),
  );
  const result = editorGround(facts, false);
  if (!result.ok) throw new Error(result.reason);
  return result.ground;
}

let opened: OpenWindow | null = null;
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function openEditor(scheme: 'light' | 'dark' = 'light', hbaGet: 'later' | null = null): Promise<Page> {
  const replies = { ...sampleReplies(), 'hba.get': hbaGet ?? { ok: true as const, ground: groundOf(text) } };
  opened = await openWindow({ replies, scheme });
  const { page } = opened;
  await toFindings(page);
  await page.keyboard.press('Control+K');
  await page.keyboard.type('edit pg_hba');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'pg_hba.conf' }).waitFor();
  return page;
}

const lines = (page: Page) => page.getByRole('grid', { name: 'Lines' });
const line = (page: Page, start: string) => lines(page).getByRole('row').filter({ hasText: start });
const detail = (page: Page) => page.getByRole('group', { name: 'The open line' });
const fileText = (page: Page) => page.getByRole('textbox', { name: `The text of ${hbaPath}` });
const showText = (page: Page) => page.getByRole('radio', { name: 'Text' }).check({ force: true });
const showRules = (page: Page) => page.getByRole('radio', { name: 'Rules' }).check({ force: true });

async function shoot(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  for (const width of [1280, 1024]) {
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: path.join(pictures, `hba-editor-${name}-${width}.png`) });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

for (const scheme of ['light', 'dark'] as const)
  test(`rules, text and a template are accessible, ${scheme}`, async () => {
    const page = await openEditor(scheme);
    const ask = page.getByRole('search', { name: 'Who gets which line?' });
    await ask.getByRole('combobox', { name: 'Role' }).fill('legacy_etl');
    await ask.getByRole('combobox', { name: 'Database' }).fill('shop');
    await ask.getByRole('textbox', { name: /^Address/ }).fill('10.9.8.40');
    await line(page, 'shop_app').click();
    await page.getByRole('button', { name: 'Comment out' }).click();
    await line(page, 'reporting').click();
    await expect(detail(page).getByText('Nobody ever comes to this line: line 10 before it')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await shoot(page, `rules-${scheme}`);
    await showText(page);
    await fileText(page).fill(`${text}hosts all all all md5\n`);
    await expect(page.getByText('"hosts" is no type of line.').first()).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await shoot(page, `text-${scheme}`);
    expect(opened?.complaints).toEqual([]);
    if (scheme === 'dark') return;
    await page.getByRole('button', { name: 'Add a line' }).click();
    await page.getByRole('menuitem', { name: /^An application/ }).click();
    await page.getByRole('textbox', { name: 'Role' }).fill('shop_app');
    await page.getByRole('textbox', { name: 'Database' }).fill('shop');
    await page.getByRole('dialog').getByRole('textbox', { name: 'Address' }).fill('10.20.50.0/24');
    expect(await violations(page)).toEqual([]);
    await shoot(page, `template-${scheme}`);
  });

test('both views are one model; a line is moved, switched off, taken back; the plan gets the text', async () => {
  const page = await openEditor();
  await line(page, 'shop_app').click();
  await expect(
    detail(page).getByText('The role "shop_app" may connect to the database "shop"'),
  ).toBeVisible();
  await expect(detail(page).getByText('shop_app to shop from 10.20.30.7 with TLS')).toBeVisible();
  await page.getByRole('button', { name: 'Move down' }).click();
  await page.getByRole('button', { name: 'Comment out' }).click();
  await expect(detail(page).getByText('Commented out')).toBeVisible();
  await page.getByRole('textbox', { name: 'Address', exact: true }).fill('10.20.99.0/24');
  const moved = text
    .replace(/# The shop\nhostssl shop +shop_app.*\n/, '')
    .replace(
      /(host +all +all +10.0.0.0.*\n)/,
      '$1# The shop\n# hostssl shop            shop_app        10.20.99.0/24           scram-sha-256\n',
    );
  await showText(page);
  await expect(fileText(page)).toHaveValue(moved);
  // What is left leads to another line; the client loses none, as the wide one takes it.
  await page.getByRole('button', { name: 'Preview the changes' }).click();
  await expect
    .poll(async () => (await callsOf(page, 'plan.build')).at(-1))
    .toMatchObject({
      hbaTexts: [{ path: hbaPath, text: moved, sha256: groundOf(text).files[0]?.sha256 }],
    });
  // Beside the fixes it can be left out of the plan; it is not lost by that.
  await page.getByRole('heading', { level: 1, name: 'Preview' }).waitFor();
  await page.getByRole('button', { name: /Fixes/ }).first().click();
  await page.getByRole('checkbox', { name: 'Your edit of pg_hba.conf' }).uncheck({ force: true });
  await expect(page.getByRole('button', { name: /^Preview the changes/ })).toBeDisabled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Open it' }).click();
  await expect(fileText(page)).toHaveValue(moved);
  for (let step = 0; step < 3; step += 1) await page.getByRole('button', { name: 'Undo' }).click();
  await expect(fileText(page)).toHaveValue(text);
  await expect(page.getByText('Nothing is edited')).toBeVisible();

  // A template puts its line where it takes effect; the simulator names it beside the one of now.
  const ask = page.getByRole('search', { name: 'Who gets which line?' });
  await ask.getByRole('combobox', { name: 'Role' }).fill('shop_app');
  await ask.getByRole('combobox', { name: 'Database' }).fill('shop');
  await ask.getByRole('textbox', { name: /^Address/ }).fill('10.20.50.9');
  await expect(ask.getByText('Line 10: Every role may connect')).toBeVisible();
  await page.getByRole('button', { name: 'Add a line' }).click();
  await page.getByRole('menuitem', { name: /^An application/ }).click();
  await page.getByRole('textbox', { name: 'Role' }).fill('shop_app');
  await page.getByRole('textbox', { name: 'Database' }).fill('shop');
  await page.getByRole('dialog').getByRole('textbox', { name: 'Address' }).fill('10.20.50.0/24');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(
    page.getByText('It stands before `host all all 10.0.0.0/8 md5`, which would take its clients otherwise.'),
  ).toBeVisible();
  await expect(ask.getByText('Line 10: The role "shop_app" may connect')).toBeVisible();
  await expect(ask.getByText('Line 10: Every role may connect')).toBeVisible();
});

test('what was typed stays when the screen is left; a file that became another is told of', async () => {
  const page = await openEditor('light', 'later');
  await reply(page, 'hba.get', { ok: true, ground: groundOf(text) });
  await line(page, 'shop_app').click();
  await page.getByRole('textbox', { name: 'Roles', exact: true }).fill('shop_app, "Big One"');
  await page.getByRole('textbox', { name: 'Address', exact: true }).fill('10.20.30.0/240');
  await expect(page.getByText('That is no address.')).toBeVisible();
  await page.getByRole('button', { name: 'Findings' }).first().click();
  await page.keyboard.press('Control+K');
  await page.keyboard.type('edit pg_hba');
  await page.keyboard.press('Enter');
  await reply(page, 'hba.get', { ok: true, ground: groundOf(`${text}# theirs\n`) });
  await expect(page.getByText('The file has become another since you began.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Preview the changes' })).toBeDisabled();
  await page.getByRole('button', { name: 'Keep my edits' }).click();
  await showText(page);
  await expect(fileText(page)).toHaveValue(
    `${text.replace('shop_app        10.20.30', 'shop_app,"Big One" 10.20.30')}# theirs\n`,
  );
  await showRules(page);
  await page.getByRole('button', { name: 'Discard…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByText('Nothing is edited')).toBeVisible();

  // An included file has its own text; a list of names is only shown.
  const names = '/etc/postgresql/15/main/names';
  await page.getByRole('button', { name: 'Findings' }).first().click();
  await page.keyboard.press('Control+K');
  await page.keyboard.type('edit pg_hba');
  await page.keyboard.press('Enter');
  await reply(page, 'hba.get', {
    ok: true,
    ground: groundOf(`${text}host shop @names samenet scram-sha-256\n`, { [names]: 'shop_app\n' }),
  });
  await page.getByRole('button', { name: /File$/ }).click();
  await page.getByRole('option', { name: names }).click();
  await expect(page.getByText('It is a list of names that a line refers to with @.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add a line' })).toBeDisabled();
});
