import { expect, test } from '@playwright/test';
import type { LaunchedProgram } from './launch.ts';
import { launchPortcullis } from './launch.ts';

test.describe('the window is shielded', () => {
  let program: LaunchedProgram;
  test.beforeAll(async () => {
    program = await launchPortcullis();
  });
  test.afterAll(() => program.close());

  test('draws itself without a complaint of its own policy', async () => {
    const { page, complaints } = program;
    await expect(page).toHaveTitle(/Portcullis/);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(page.url()).toBe('app://portcullis/index.html');
    expect(complaints).toEqual([]);
  });

  test('has no Node, and only the bridge of the contract', async () => {
    const seen = await program.page.evaluate(() => ({
      node: [typeof Reflect.get(globalThis, 'require'), typeof Reflect.get(globalThis, 'process')],
      bridge: Object.keys(window.portcullis).sort(),
      secure: isSecureContext,
    }));
    expect(seen).toEqual({
      node: ['undefined', 'undefined'],
      bridge: ['invoke', 'on', 'platform'],
      secure: true,
    });
  });

  test('answers calls of the contract, and refuses what is not one', async () => {
    const { page } = program;
    expect(await page.evaluate(() => window.portcullis.invoke('app.info', {}))).toMatchObject({
      ok: true,
      value: { platform: process.platform },
    });
    expect(
      await page.evaluate(() => window.portcullis.invoke('app.copy', { text: 5 as never })),
    ).toMatchObject({
      ok: false,
      error: { code: 'invalid-input' },
    });
    const unknown = page.evaluate(() => window.portcullis.invoke('app.quit' as never, {} as never));
    await expect(unknown).rejects.toThrow('Unknown method');
    const elsewhere = { url: 'https://example.org/docs/' };
    const opened = page.evaluate(
      (input) => window.portcullis.invoke('app.openDocumentation', input),
      elsewhere,
    );
    expect(await opened).toMatchObject({ ok: false, error: { code: 'refused' } });
  });

  test('runs no script that it did not bring', async () => {
    const ran = await program.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.taken = true';
      document.head.append(script);
      // What a debugger calls may build code; what the page itself calls later may not.
      const built = await new Promise((resolve) => {
        setTimeout(() => {
          try {
            resolve(Reflect.apply(Reflect.construct(Function, ['return true']), undefined, []));
          } catch (error) {
            resolve(String(error));
          }
        });
      });
      return { inline: Reflect.get(globalThis, 'taken'), built };
    });
    expect(ran.inline).toBeUndefined();
    expect(ran.built).toMatch(/EvalError/);
  });

  test('stays on its page, opens no window and is granted nothing', async () => {
    const { page, app } = program;
    expect(await page.evaluate(() => window.open('https://example.org/') === null)).toBe(true);
    await page.evaluate(() => {
      location.href = 'https://example.org/';
    });
    const granted = await page.evaluate(async () => ({
      location: (await navigator.permissions.query({ name: 'geolocation' })).state,
      notifications: await Notification.requestPermission(),
      outside: await fetch('https://example.org/').then(
        () => 'reached',
        () => 'refused',
      ),
      above: (await fetch('app://portcullis/..%2fmain/index.js')).status,
    }));
    expect(granted).toEqual({ location: 'denied', notifications: 'denied', outside: 'refused', above: 404 });
    expect(page.url()).toBe('app://portcullis/index.html');
    expect(app.windows()).toHaveLength(1);
  });

  test('is of the size that was drawn for it', async () => {
    const sizes = await program.app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      return [window?.getSize(), window?.getMinimumSize()];
    });
    expect(sizes).toEqual([
      [1280, 800],
      [1024, 700],
    ]);
  });
});
