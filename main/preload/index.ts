import type { IpcRendererEvent } from 'electron';
import { contextBridge, ipcRenderer } from 'electron';
import type { Bridge, EventName, Method } from '../../shared/contract/contract.ts';
import { events, methods } from '../../shared/contract/contract.ts';

/*
 * All that the page can reach. Names that the contract does not have go nowhere, and neither ipcRenderer nor an event
 * object, which would lead to it, is handed out.
 */
const isMethod = (name: unknown): name is Method => typeof name === 'string' && Object.hasOwn(methods, name);
const isEvent = (name: unknown): name is EventName => typeof name === 'string' && Object.hasOwn(events, name);

const bridge: Bridge = {
  invoke(method, input) {
    if (!isMethod(method)) throw new Error(`Unknown method ${String(method)}`);
    return ipcRenderer.invoke(method, input);
  },
  on(event, listener) {
    if (!isEvent(event)) throw new Error(`Unknown event ${String(event)}`);
    const pass = (_event: IpcRendererEvent, payload: Parameters<typeof listener>[0]) => listener(payload);
    ipcRenderer.on(event, pass);
    return () => {
      ipcRenderer.off(event, pass);
    };
  },
  platform: process.platform,
};

contextBridge.exposeInMainWorld('portcullis', bridge);
