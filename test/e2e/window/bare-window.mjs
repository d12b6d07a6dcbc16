import { app, BrowserWindow } from 'electron';

/* A window that shows one address, with the web preferences of the product and no main process behind it. No await at
   the top level: Electron is ready only after this file has loaded. */
void app.whenReady().then(() => {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    useContentSize: true,
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  return window.loadURL('about:blank');
});
