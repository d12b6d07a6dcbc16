import type { BrowserWindow, IpcMainInvokeEvent } from 'electron';
import { ipcMain } from 'electron';
import type { EventName, EventPayload, Handlers, Method } from '../../shared/contract/contract.ts';
import { methods } from '../../shared/contract/contract.ts';
import { appOrigin } from './content-security-policy.ts';
import { reply } from './replies.ts';

/** True for a call that the top page of the program's own window made, as long as it shows the program itself. */
function isFromWindow(event: IpcMainInvokeEvent, window: BrowserWindow | null): boolean {
  const frame = event.senderFrame;
  return (
    window !== null &&
    !window.isDestroyed() &&
    frame !== null &&
    event.sender === window.webContents &&
    frame === window.webContents.mainFrame &&
    new URL(frame.url).href.startsWith(`${appOrigin}/`)
  );
}

/** Lets the window call each method of the contract, and no one else. */
export function answerCalls(
  handlers: Handlers,
  currentWindow: () => BrowserWindow | null,
  report: (method: Method, error: unknown) => void,
): void {
  for (const method of Object.keys(methods) as Method[]) {
    ipcMain.handle(method, (event, input: unknown) => {
      if (!isFromWindow(event, currentWindow())) throw new Error('Refused: not called by the window.');
      return reply(handlers, method, input, report);
    });
  }
}

/** Tells the window of something; without a window nobody needs to know. */
export function sendEvent<E extends EventName>(
  window: BrowserWindow | null,
  event: E,
  payload: EventPayload<E>,
): void {
  if (window !== null && !window.isDestroyed()) window.webContents.send(event, payload);
}
