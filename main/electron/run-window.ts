import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { app, clipboard, dialog, nativeTheme, session, shell } from 'electron';
import type { Handlers, Method } from '../../shared/contract/contract.ts';
import { methods } from '../../shared/contract/contract.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { AppPorts } from '../api/context.ts';
import type { App } from '../app.ts';
import { registerAppScheme, serveApp } from './app-protocol.ts';
import { askForFile, askWhereToSave } from './dialogs.ts';
import { isDocumentation } from './documentation.ts';
import { answerCalls, sendEvent } from './ipc.ts';
import { setMenu } from './menu.ts';
import { printPdf } from './print-pdf.ts';
import { denyPermissions, restrictPages } from './restrictions.ts';
import { openWindow } from './window.ts';

/** How long quitting waits for connections to be closed in good order. */
const closeLimitMs = 5_000;

export interface WindowProgram {
  /** The folder `out/` of the build. */
  readonly builtFolder: string;
  readonly home: string | null;
  readonly startApp: (ports: AppPorts) => Promise<App>;
}

function portsFor(window: () => BrowserWindow | null, home: string | null): AppPorts {
  return {
    version: app.getVersion(),
    home,
    askWhereToSave: (question) => askWhereToSave(window(), question),
    askForFile: (question) => askForFile(window(), question),
    printPdf,
    copyText: (text) => {
      // A promise since Electron 44, before that done at once.
      void clipboard.writeText(text);
    },
    openDocumentation: async (url) => {
      if (!isDocumentation(url)) {
        throw new AppError('refused', 'Only PostgreSQL’s own pages are opened.', 'Copy the address instead.');
      }
      await shell.openExternal(url);
    },
    setTheme: (theme) => {
      nativeTheme.themeSource = theme;
    },
    emit: (event, payload) => sendEvent(window(), event, payload),
  };
}

/** The page is drawn while the engine still loads: a call waits for it. */
function handlersOf(running: Promise<App>): Handlers {
  const waiting = (method: Method) => async (input: never) => {
    const handler = (await running).handlers[method] as (input: never) => Promise<unknown>;
    return handler(input);
  };
  return Object.fromEntries(
    (Object.keys(methods) as Method[]).map((method) => [method, waiting(method)]),
  ) as unknown as Handlers;
}

async function offerReload(window: BrowserWindow, reason: string): Promise<void> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: 'The window has stopped working.',
    detail: `Reason: ${reason}. A guard on a host goes on by itself.`,
    buttons: ['Draw it again', 'Quit'],
  });
  if (response === 0) window.reload();
  else app.quit();
}

/** Runs the program with its window until it is closed. Has to be called before Electron is ready. */
export function runWindow({ builtFolder, home, startApp }: WindowProgram): void {
  // As root Chromium cannot sandbox; everybody else gets it for every page, whatever is asked for.
  if (process.getuid?.() !== 0) app.enableSandbox();
  if (home !== null) app.setPath('userData', join(home, 'window'));
  registerAppScheme();
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }

  let window: BrowserWindow | null = null;
  const currentWindow = () => window;
  const running = startApp(portsFor(currentWindow, home));
  running.catch((error: unknown) => {
    dialog.showErrorBox('Portcullis could not start', error instanceof Error ? error.message : String(error));
    app.exit(1);
  });

  restrictPages();
  answerCalls(handlersOf(running), currentWindow, (method, error) => {
    void running.then((program) => program.reportError(method, error));
  });
  setMenu();
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());

  app.on('will-quit', (event) => {
    event.preventDefault();
    const limit = new Promise((resolve) => setTimeout(resolve, closeLimitMs));
    const close = running.then((program) => program.close()).catch(() => undefined);
    // A second app.quit() from here leaves Electron waiting for itself.
    void Promise.race([close, limit]).finally(() => app.exit(0));
  });

  void app.whenReady().then(() => {
    denyPermissions(session.defaultSession);
    serveApp(session.defaultSession, join(builtFolder, 'renderer'));
    const opened = openWindow({
      session: session.defaultSession,
      preload: join(builtFolder, 'preload', 'index.cjs'),
      show: true,
    });
    window = opened;
    opened.on('closed', () => {
      window = null;
    });
    opened.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') void offerReload(opened, reason);
    });
  });
}
