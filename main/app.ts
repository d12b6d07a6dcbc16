import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Handlers, Method } from '../shared/contract/contract.ts';
import { connectionHandlers } from './api/connection.ts';
import type { AppContext, AppPorts } from './api/context.ts';
import { exposureHandlers } from './api/exposure.ts';
import { hbaHandlers } from './api/hba.ts';
import { reportHandlers } from './api/report.ts';
import { runHandlers } from './api/runs.ts';
import { scanHandlers } from './api/scan.ts';
import { systemHandlers } from './api/system.ts';
import { tunnelHandlers } from './api/tunnel.ts';
import { createPromptDesk } from './engine/prompt-desk.ts';
import { userError } from './engine/user-error.ts';
import { openLog } from './log/log.ts';
import { createPracticeServer } from './practice/practice-server.ts';
import { dataHome, practiceHome } from './store/data-home.ts';
import { openStore } from './store/store.ts';

export interface App {
  readonly handlers: Handlers;
  /** Ends the connection; a guard that is armed on a host goes on by itself. */
  close(): Promise<void>;
  reportError(where: string, error: unknown): void;
}

/** The program behind the window. Knows nothing of Electron. */
export async function createApp(ports: AppPorts): Promise<App> {
  const home = ports.home ?? dataHome();
  await mkdir(home, { recursive: true, mode: 0o700 });
  const context: AppContext = {
    ports,
    store: openStore(home),
    practice: createPracticeServer({ directory: practiceHome(home) }),
    desk: createPromptDesk((event, payload) => ports.emit(event, payload)),
    log: openLog(path.join(home, 'log.jsonl')),
    session: null,
    connection: null,
    busy: new Map(),
  };
  const handlers: Handlers = {
    ...systemHandlers(context),
    ...connectionHandlers(context),
    ...scanHandlers(context),
    ...runHandlers(context),
    ...exposureHandlers(context),
    ...hbaHandlers(context),
    ...tunnelHandlers(context),
    ...reportHandlers(context),
  };
  return {
    handlers: withUserErrors(handlers),
    close: async () => {
      for (const lane of ['connect', 'scan', 'tunnel'] as const) context.busy.get(lane)?.abort();
      await context.session?.close();
    },
    reportError: (where, error) => context.log.error(where, error),
  };
}

/** Every handler with the errors that a person can act on as AppError. */
function withUserErrors(handlers: Handlers): Handlers {
  const wrapped = Object.entries(handlers).map(([method, handler]) => [
    method,
    async (input: never) => {
      try {
        return await (handler as (input: never) => Promise<unknown>)(input);
      } catch (error) {
        throw userError(error);
      }
    },
  ]);
  // The same names with the same functions, their errors translated.
  return Object.fromEntries(wrapped) as Record<Method, unknown> as Handlers;
}
