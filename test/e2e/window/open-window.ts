import { _electron, type Page } from '@playwright/test';
import path from 'node:path';
import { installFake, type Replies } from './fake-backend.ts';
import { serveRenderer } from './serve-renderer.ts';

const root = path.resolve(import.meta.dirname, '../../..');

export type OpenWindow = {
  readonly page: Page;
  /** What the content security policy refused, and errors of the page. */
  readonly complaints: string[];
  close(): Promise<void>;
};

/** Opens the built renderer in Electron with a scripted backend: nothing but the window is under test. */
export async function openWindow(options: {
  readonly replies: Replies;
  readonly scheme?: 'light' | 'dark';
  readonly size?: readonly [number, number];
}): Promise<OpenWindow> {
  const { url, server } = await serveRenderer(path.join(root, 'out/renderer'));
  // No executablePath: only then does Playwright hold the program back until it watches every window.
  const electron = await _electron.launch({
    args: [path.join(import.meta.dirname, 'bare-window.mjs')],
    colorScheme: options.scheme ?? 'light',
  });
  const page = await electron.firstWindow();
  const [width, height] = options.size ?? [1280, 800];
  await electron.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  );
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await installFake(page, options.replies);
  await page.goto(url);
  return {
    page,
    complaints,
    close: async () => {
      await electron.close();
      server.close();
    },
  };
}
