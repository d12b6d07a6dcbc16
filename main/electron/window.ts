import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from 'electron';
import { BrowserWindow, app, nativeTheme, screen } from 'electron';
import { appOrigin } from './content-security-policy.ts';
import { webPreferences } from './web-preferences.ts';
import { firstWindow, readWindowState, smallestWindow, writeWindowState } from './window-state.ts';

export interface WindowOptions {
  readonly session: Session;
  readonly preload: string;
  /** Shown as soon as there is something to see; tests that only look inside leave it hidden. */
  readonly show: boolean;
}

/** The page's background of each theme, so that the window does not flash before the page has drawn itself. */
function backgroundColor(): string {
  return nativeTheme.shouldUseDarkColors ? '#141a1b' : '#f7f9f8';
}

/** Opens the one window of the program. */
export function openWindow({ session, preload, show }: WindowOptions): BrowserWindow {
  const stateFile = join(app.getPath('userData'), 'window.json');
  const state = readWindowState(
    stateFile,
    screen.getAllDisplays().map((display) => display.workArea),
  );
  const window = new BrowserWindow({
    ...firstWindow,
    ...state?.bounds,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    title: 'Portcullis',
    backgroundColor: backgroundColor(),
    autoHideMenuBar: true,
    webPreferences: { ...webPreferences, session, preload, devTools: !app.isPackaged },
  });
  if (state?.maximized) window.maximize();
  window.once('ready-to-show', () => {
    if (show) window.show();
  });
  window.on('close', () => {
    mkdirSync(app.getPath('userData'), { recursive: true });
    writeWindowState(stateFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  });
  const followTheme = () => window.setBackgroundColor(backgroundColor());
  nativeTheme.on('updated', followTheme);
  window.once('closed', () => nativeTheme.off('updated', followTheme));
  void window.loadURL(`${appOrigin}/index.html`);
  return window;
}
