import type { EventName, EventPayload, Handlers, Method } from '../../shared/contract/contract.ts';
import type { Connection, Settings } from '../../shared/contract/values.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { PromptDesk } from '../engine/prompt-desk.ts';
import type { Session } from '../engine/session.ts';
import type { Log } from '../log/log.ts';
import type { PracticeServer } from '../practice/practice-server.ts';
import type { Store } from '../store/store.ts';

export interface FileQuestion {
  readonly title: string;
  readonly suggested?: string;
  readonly filters?: readonly { readonly name: string; readonly extensions: string[] }[];
  readonly showHidden?: boolean;
}

/** What the program needs of the world around it: Electron's side gives the real things, tests their own. */
export interface AppPorts {
  readonly version: string;
  /** The folder of the program's own data, or null for the usual one. */
  readonly home: string | null;
  askWhereToSave(question: FileQuestion): Promise<string | null>;
  askForFile(question: FileQuestion): Promise<string | null>;
  printPdf(html: string): Promise<Uint8Array>;
  copyText(text: string): void;
  openDocumentation(url: string): Promise<void>;
  setTheme(theme: Settings['theme']): void;
  emit<E extends EventName>(event: E, payload: EventPayload<E>): void;
}

export type Lane = 'connect' | 'scan' | 'apply' | 'tunnel';

/** What the handlers share: the one connection of the window, and what is under way. */
export interface AppContext {
  readonly ports: AppPorts;
  readonly store: Store;
  readonly practice: PracticeServer;
  readonly desk: PromptDesk;
  readonly log: Log;
  session: Session | null;
  connection: Connection | null;
  /** What is under way, each with the controller that cancels it. */
  readonly busy: Map<Lane, AbortController>;
}

/** The handlers of one part of the contract. */
export type HandlersOf<M extends Method> = Pick<Handlers, M>;

/** The session, or an error that says that there is none. */
export function needSession(context: AppContext): Session {
  if (context.session === null) {
    throw new AppError('no-connection', 'There is no connection.', 'Connect to a server first.');
  }
  return context.session;
}

/** Runs work in a lane of which only one can be under way. Its signal aborts when it is cancelled or the app closes. */
export async function inLane<T>(
  context: AppContext,
  lane: Lane,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (context.busy.has(lane)) {
    throw new AppError('busy', 'This is under way already.', 'Wait for its end, or cancel it.');
  }
  const controller = new AbortController();
  context.busy.set(lane, controller);
  try {
    return await work(controller.signal);
  } finally {
    context.busy.delete(lane);
  }
}
