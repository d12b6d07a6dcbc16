import type { Session, WebContents } from 'electron';
import { app } from 'electron';
import { appOrigin } from './content-security-policy.ts';

function isOwnPage(address: string): boolean {
  // For the program's own scheme `origin` is "null"; scheme and host are compared instead.
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return `${url.protocol}//${url.host}` === appOrigin;
}

function restrict(contents: WebContents): void {
  const stayHome = (event: { readonly url: string; preventDefault(): void }) => {
    if (!isOwnPage(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stayHome);
  contents.on('will-redirect', stayHome);
  contents.on('will-frame-navigate', stayHome);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** Applies to every page that is ever made: it stays on app://, opens no window and embeds no other page. */
export function restrictPages(): void {
  app.on('web-contents-created', (_event, contents) => restrict(contents));
}

/** Denies what pages can ask for (camera, location, notifications, devices, …); Electron grants it by default. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  session.setSpellCheckerEnabled(false);
}
